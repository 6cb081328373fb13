"""All settings: one frozen tree whose defaults are the documentation.

A TOML file has one table for each class below (see `config`). The tree that a run used is saved beside its results.
"""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass, field

from videmo.errors import UsageError

HIDINGS = ("none", "blur", "pixelate", "box")
"""Ways to hide faces."""


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """Which frames are looked at."""

    fps: float | None = None
    """Frames sampled a second, chosen by presentation time; None for every frame."""
    chunk_s: float = 10.0
    """Recordings are cut at keyframes into chunks of at least this length: the unit of parallel work and of resume."""

    def __post_init__(self) -> None:
        _check(self.fps is None or 0 < self.fps <= 1000, "reading.fps", self.fps, "'all' or above 0, at most 1000")
        _check(0.1 <= self.chunk_s <= 3600, "reading.chunk_s", self.chunk_s, "0.1 to 3600 seconds")


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """How faces are found."""

    name: str = "videmo"
    """``videmo`` (its own network), ``yunet``, ``haar``, or a file: a network (.tflite, .onnx) or a cascade (.xml)."""
    max_side: int | None = None
    """The frame is scaled down so that its longer side has at most this many pixels; None: 320 for networks, 640 for
    cascades. 640 finds smaller faces with the networks and takes three times as long."""
    min_size_px: float | None = None
    """Smallest face in pixels of the displayed frame; None: 40 for cascades, whatever they see for networks."""
    min_score: float | None = None
    """Smallest score of a face; None: what each network was set to. Cascades have none: see `min_neighbours`."""
    scale_factor: float = 1.2
    """Step between the sizes at which a cascade looks."""
    min_neighbours: int = 4
    """Overlapping windows that a cascade must accept for a face."""

    def __post_init__(self) -> None:
        _check(
            self.max_side is None or 32 <= self.max_side <= 8192,
            "detector.max_side",
            self.max_side,
            "32 to 8192 pixels",
        )
        small = self.min_size_px is None or 8 <= self.min_size_px <= 4000
        _check(small, "detector.min_size_px", self.min_size_px, "8 to 4000 pixels")
        sure = self.min_score is None or 0.01 <= self.min_score <= 0.99
        _check(sure, "detector.min_score", self.min_score, "0.01 to 0.99")
        _check(1.01 <= self.scale_factor <= 4, "detector.scale_factor", self.scale_factor, "1.01 to 4")
        _check(1 <= self.min_neighbours <= 100, "detector.min_neighbours", self.min_neighbours, "1 to 100")


@dataclass(frozen=True, slots=True)
class ClassifierSettings:
    """How faces are classified."""

    name: str = "residual"
    """``residual``; ``founding``, the founding project's network; or the path of a .tflite network."""
    prior_power: float | None = None
    """How far to correct for some emotions being rarer in the training data than others: 0 for emotions as frequent
    as there, 1 for equally frequent ones. None for the value that the network ships with."""

    def __post_init__(self) -> None:
        held = self.prior_power is None or 0 <= self.prior_power <= 1
        _check(held, "classifier.prior_power", self.prior_power, "0 to 1")


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """How detections become persons."""

    max_gap_s: float = 2.0
    """A person keeps the id over gaps up to this long."""
    min_overlap: float = 0.25
    """Smallest overlap (intersection over union) of a detection with where the person is expected."""
    min_detections: int = 3
    """Fewer detections than this are no person; the rows stay in the table with status ``stray``."""
    min_duration_s: float = 0.2
    """Seen for a shorter time than this is no person either."""
    min_presence: float = 0.3
    """Seen in a smaller share of the frames between first and last sight is no person either."""
    cut_threshold: float = 0.35
    """Change between frames (0 to 1) from which on it is a cut between scenes: no person is followed across it."""

    def __post_init__(self) -> None:
        _check(0 <= self.max_gap_s <= 60, "tracking.max_gap_s", self.max_gap_s, "0 to 60 seconds")
        _check(0 < self.min_overlap < 1, "tracking.min_overlap", self.min_overlap, "between 0 and 1")
        _check(self.min_detections >= 1, "tracking.min_detections", self.min_detections, "at least 1")
        _check(self.min_duration_s >= 0, "tracking.min_duration_s", self.min_duration_s, "0 or more")
        _check(0 <= self.min_presence <= 1, "tracking.min_presence", self.min_presence, "0 to 1")
        _check(0 < self.cut_threshold <= 1, "tracking.cut_threshold", self.cut_threshold, "above 0, at most 1")


@dataclass(frozen=True, slots=True)
class TimelineSettings:
    """How observations become a timeline on a regular grid."""

    step_s: float = 0.2
    """Width of a cell of the grid."""
    smoothing_s: float = 0.4
    """Full width at half height of the Gaussian kernel over time; 0 for none."""
    max_gap_s: float = 0.5
    """Between two observations further apart than this, nothing is known."""

    def __post_init__(self) -> None:
        _check(0.01 <= self.step_s <= 3600, "timeline.step_s", self.step_s, "0.01 to 3600 seconds")
        _check(0 <= self.smoothing_s <= 60, "timeline.smoothing_s", self.smoothing_s, "0 to 60 seconds")
        _check(0.01 <= self.max_gap_s <= 60, "timeline.max_gap_s", self.max_gap_s, "0.01 to 60 seconds")


@dataclass(frozen=True, slots=True)
class EpisodeSettings:
    """When an emotion counts as an episode (hysteresis on the smoothed timeline)."""

    enter: float = 0.55
    """An episode begins where the probability reaches this."""
    leave: float = 0.40
    """It ends where the probability falls below this."""
    min_duration_s: float = 0.4
    """Shorter ones are dropped."""

    def __post_init__(self) -> None:
        _check(0 < self.enter <= 1, "episodes.enter", self.enter, "above 0, at most 1")
        _check(0 <= self.leave <= self.enter, "episodes.leave", self.leave, "0 up to episodes.enter")
        _check(self.min_duration_s >= 0, "episodes.min_duration_s", self.min_duration_s, "0 or more")


LEFT_OUT_REASONS: typing.Final = ("small", "blurred", "dark", "border", "low_score")
"""Why a face may be left out of timelines, episodes and summaries, in the order in which the reasons are tried."""


@dataclass(frozen=True, slots=True)
class QualitySettings:
    """Which faces count, and what makes a recording good enough. docs/decisions.md has the measurements."""

    leave_out: tuple[str, ...] = LEFT_OUT_REASONS
    """The reasons that are applied; an empty list keeps every face."""
    min_height_px: float = 14.0
    """``small``: a face lower than this, in pixels of the displayed frame."""
    min_sharpness: float = 4.5
    """``blurred``: a crop whose Laplacian has a smaller standard deviation."""
    min_brightness: float = 24.0
    """``dark``: a crop with a lower mean luma (0 to 255)."""
    max_outside: float = 0.4
    """``border``: a larger share of the box than this lies outside of the frame."""
    min_score: float = 0.5
    """``low_score``: the detector was less certain than this (0 to 1)."""
    good_share: float = 0.9
    """Traffic light: ``good`` from this share of usable frames on ..."""
    fair_share: float = 0.7
    """... ``fair`` from this one on, else ``poor``."""
    review_s: float = 1.0
    """Stretches without a usable frame of at least this length are listed for review."""

    def __post_init__(self) -> None:
        unknown = [reason for reason in self.leave_out if reason not in LEFT_OUT_REASONS]
        _check(not unknown, "quality.leave_out", unknown, f"some of {', '.join(LEFT_OUT_REASONS)}")
        _check(0 <= self.min_height_px <= 4000, "quality.min_height_px", self.min_height_px, "0 to 4000 pixels")
        _check(0 <= self.min_sharpness <= 1000, "quality.min_sharpness", self.min_sharpness, "0 to 1000")
        _check(0 <= self.min_brightness <= 255, "quality.min_brightness", self.min_brightness, "0 to 255")
        _check(0 <= self.max_outside <= 1, "quality.max_outside", self.max_outside, "0 to 1")
        _check(0 <= self.min_score <= 1, "quality.min_score", self.min_score, "0 to 1")
        _check(0 < self.good_share <= 1, "quality.good_share", self.good_share, "above 0, at most 1")
        _check(
            0 <= self.fair_share <= self.good_share, "quality.fair_share", self.fair_share, "0 to quality.good_share"
        )
        _check(0 < self.review_s <= 3600, "quality.review_s", self.review_s, "above 0, at most 3600 seconds")


@dataclass(frozen=True, slots=True)
class PlotSettings:
    """Whether and how plots are drawn."""

    enabled: bool = True
    dpi: int = 200

    def __post_init__(self) -> None:
        _check(30 <= self.dpi <= 1200, "plots.dpi", self.dpi, "30 to 1200")


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """Whether pages are written."""

    enabled: bool = True
    """``report.html`` for each recording and ``index.html`` for the folder."""


@dataclass(frozen=True, slots=True)
class AnnotationSettings:
    """Whether and how the annotated video is written."""

    enabled: bool = True
    audio: bool = True
    """Keep the recording's audio."""
    quality: int = 23
    """x264's constant rate factor: lower is better and larger."""
    anonymize: str = "none"
    """Hide every face: ``blur``, ``pixelate``, ``box``, or ``none``."""
    anonymize_margin: float = 0.35
    """How much is hidden around a face, as a share of its size, on each side."""
    anonymize_hold_s: float = 2.0
    """For how long before the first and after the last sight of a face it stays hidden."""
    anonymize_max_side: int = 640
    """For hiding, every frame is searched with this longer side in pixels and with half of it. More finds smaller
    faces and takes longer."""
    anonymize_sure_score: float = 0.45
    """What was seen with this score once is a face ..."""
    anonymize_min_score: float = 0.3
    """... and is hidden as long as it is followed through sights of this score."""

    def __post_init__(self) -> None:
        _check(0 <= self.quality <= 51, "annotation.quality", self.quality, "0 to 51")
        _check(self.anonymize in HIDINGS, "annotation.anonymize", self.anonymize, f"one of {', '.join(HIDINGS)}")
        _check(0 <= self.anonymize_margin <= 2, "annotation.anonymize_margin", self.anonymize_margin, "0 to 2")
        _check(
            0 <= self.anonymize_hold_s <= 60, "annotation.anonymize_hold_s", self.anonymize_hold_s, "0 to 60 seconds"
        )
        _check(
            64 <= self.anonymize_max_side <= 8192,
            "annotation.anonymize_max_side",
            self.anonymize_max_side,
            "64 to 8192 pixels",
        )
        sure, least = self.anonymize_sure_score, self.anonymize_min_score
        _check(0.01 <= sure <= 0.99, "annotation.anonymize_sure_score", sure, "0.01 to 0.99")
        _check(
            0.01 <= least <= sure, "annotation.anonymize_min_score", least, "0.01 to annotation.anonymize_sure_score"
        )

    @property
    def hides_faces(self) -> bool:
        """True if no face may be recognisable in what is made."""
        return self.anonymize != "none"


def hiding_settings(settings: AnnotationSettings) -> dict[str, object]:
    """How faces are hidden, by name."""
    names = (field.name for field in dataclasses.fields(settings) if field.name.startswith("anonymize"))
    return {name: getattr(settings, name) for name in names}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the results depend on."""

    reading: ReadingSettings = field(default_factory=ReadingSettings)
    detector: DetectorSettings = field(default_factory=DetectorSettings)
    classifier: ClassifierSettings = field(default_factory=ClassifierSettings)
    tracking: TrackingSettings = field(default_factory=TrackingSettings)
    timeline: TimelineSettings = field(default_factory=TimelineSettings)
    episodes: EpisodeSettings = field(default_factory=EpisodeSettings)
    quality: QualitySettings = field(default_factory=QualitySettings)
    plots: PlotSettings = field(default_factory=PlotSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    annotation: AnnotationSettings = field(default_factory=AnnotationSettings)


def _check(holds: bool, name: str, value: object, expected: str) -> None:
    if not holds:
        raise UsageError(f"{name} = {value}: out of range, expected {expected}.")
