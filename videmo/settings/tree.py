"""Declare the tree of settings. `make docs` writes docs/settings.md anew."""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, Final

from videmo.settings.declare import Declared, Range, Section, declared_in, setting

HIDINGS: Final = ("none", "blur", "pixelate", "box")
"""Ways to hide faces."""
TURNS: Final = ("none", "90", "180", "270", "auto")
"""Ways to turn pictures."""
CSV_STYLES: Final = ("plain", "excel")
"""Ways to write tables."""
LEFT_OUT_REASONS: Final = ("small", "blurred", "dark", "border", "low_score")
"""Why a face may be left out of timelines, episodes and summaries, in the order in which the reasons are tried."""
_SHARE: Final = Range(0, 1)
_PRIOR_NOTE: Final = """\
Emotions are not equally frequent in the training data (neutral 35 %, angry 9 %), and an uncertain network leans towards
what is frequent. With 0, the probabilities hold for faces that show each emotion as often as the training data do; with
1, for faces that show all five equally often. Values in between find rare emotions more often, and more often mistake a
neutral face for something else. Each network ships with the value that did best on validation faces; its card says
which."""


@dataclass(frozen=True, slots=True)
class ReadingSettings(Section):
    """Choose the frames that are analysed."""

    section: ClassVar[str] = "reading"
    fps: float | None = setting(
        None,
        "Frames analysed per second. They are chosen by presentation time.",
        brief="Frames analysed per second, chosen by presentation time.",
        unit="frames per second",
        within=Range(0, 1000, low_open=True),
        unset="all",
        unset_means="every frame",
    )
    assume_fps: float | None = setting(
        None,
        "Frames per second of recordings that don't say how many they have, such as raw H.264 from a Raspberry Pi. "
        "Others keep their own times.",
        brief="Frames per second of recordings that don't say how many they have, such as raw H.264.",
        unit="frames per second",
        within=Range(0, 1000, low_open=True),
        unset_means="25",
    )
    chunk_s: float = setting(
        10.0,
        "Minimum length of a chunk. Recordings are cut into chunks at keyframes; chunks are analysed in parallel, and "
        "an interrupted analysis resumes with those that are unfinished. Does not affect the results.",
        unit="seconds",
        within=Range(0.1, 3600),
        neutral=True,
    )
    stream: int | None = setting(
        None,
        "Which video stream of a file is analysed, counted from 1, if there are several. `videmo probe` lists them.",
        within=Range(1, 1000),
        unset_means="the one that players show",
    )
    rotate: str = setting(
        "none",
        "How pictures are turned, in degrees clockwise, besides what the file says: for cameras that hung upside down "
        "or lay on their side. `auto` looks for faces in a few pictures in all four directions.",
        choices=TURNS,
    )


@dataclass(frozen=True, slots=True)
class DetectorSettings(Section):
    """Detect faces."""

    section: ClassVar[str] = "detector"
    name: str = setting(
        "videmo",
        "Face detector: `videmo` (its own network), `yunet`, `haar`, or the path of a network (.tflite, .onnx) or "
        "cascade (.xml).",
    )
    max_side: int | None = setting(
        None,
        "Frames are scaled down for detection until their longer side has at most this many pixels. Larger values find "
        "smaller faces and take longer. `videmo` looks at halves of this size too, so that large faces are found.",
        brief="Longer side to which frames are scaled down for detection; larger values find smaller faces.",
        unit="pixels",
        within=Range(32, 8192),
        unset_means="640; 320 for other networks",
    )
    min_size_px: float | None = setting(
        None,
        "Smallest face to detect, measured in the displayed frame.",
        unit="pixels",
        within=Range(8, 4000),
        unset_means="no limit for networks, 40 for cascades",
    )
    search_fps: float = setting(
        5.0,
        "How often the whole picture is searched for faces; in the frames between, faces are followed in small "
        "windows. The detector `videmo` only: others search every sampled frame.",
        brief="How often the whole picture is searched for faces.",
        unit="times per second",
        within=Range(0, 1000, low_open=True),
    )
    sure_score: float | None = setting(
        None,
        "Score that a face must reach in at least one frame to be a person's; it is kept through more doubtful "
        "detections for as long as it is followed. Networks only.",
        within=Range(0.01, 0.99),
        unset_means="0.7 for `videmo`, no limit for other detectors",
    )
    min_score: float | None = setting(
        None,
        "Lowest score of a detection. Networks only; cascades have no scores (see `detector.min_neighbours`).",
        within=Range(0.01, 0.99),
        unset_means="0.35 for `videmo`, 0.6 for other networks",
    )
    scale_factor: float = setting(
        1.2, "Ratio between successive face sizes that are tried. Cascades only.", within=Range(1.01, 4)
    )
    min_neighbours: int = setting(
        4, "Minimum number of overlapping windows that make a detection. Cascades only.", within=Range(1, 100)
    )


@dataclass(frozen=True, slots=True)
class ClassifierSettings(Section):
    """Classify the emotions that faces show."""

    section: ClassVar[str] = "classifier"
    name: str = setting(
        "broad",
        "Emotion classifier: `broad`; `residual`, which learned from FER+'s faces; `founding` (the network of the "
        "founding project); or the path of a .tflite network.",
        brief="Emotion classifier: `broad`, `residual`, `founding`, or the path of a .tflite network.",
    )
    prior_power: float | None = setting(
        None,
        "How far to correct for emotions that are rare in the training data: 0 assumes that emotions are as frequent "
        "as they are there, 1 that all are equally frequent.",
        within=_SHARE,
        unset="shipped",
        unset_means="the value that the network ships with",
        note=_PRIOR_NOTE,
    )


@dataclass(frozen=True, slots=True)
class TrackingSettings(Section):
    """Turn detections into persons."""

    section: ClassVar[str] = "tracking"
    max_gap_s: float = setting(
        2.0,
        "Longest gap between detections over which a person keeps the same number. If few frames per second are "
        "analysed, gaps of up to two and a half frames are bridged in any case.",
        unit="seconds",
        within=Range(0, 60),
    )
    min_overlap: float = setting(
        0.25,
        "Minimum overlap (intersection over union) between a detection and where the person is expected.",
        within=Range(0, 1, low_open=True, high_open=True),
    )
    min_detections: int = setting(
        3,
        "Minimum number of detections that make a person. Tracks with fewer stay in the observations with the status "
        "`stray`.",
        within=Range(1),
    )
    min_duration_s: float = setting(
        0.2, "Minimum duration of a track; shorter ones are `stray` too.", unit="seconds", within=Range(0)
    )
    min_presence: float = setting(
        0.3,
        "Minimum share of the frames of a track, from its first detection to its last, in which the face is detected; "
        "tracks with a smaller share are `stray` too.",
        within=_SHARE,
    )
    cut_threshold: float = setting(
        0.35,
        "Change between consecutive frames, on a scale from 0 to 1, that counts as a cut. No one is followed across a "
        "cut.",
        within=Range(0, 1, low_open=True),
    )
    face_threshold: float = setting(
        0.5,
        "How different a face and its surroundings may look from those at the same place just before, on a scale from "
        "0 to 1; from here on it is another person. 1 leaves this to `cut_threshold` alone.",
        within=Range(0, 1, low_open=True),
    )


@dataclass(frozen=True, slots=True)
class TimelineSettings(Section):
    """Turn observations into a timeline on a regular grid."""

    section: ClassVar[str] = "timeline"
    step_s: float = setting(0.2, "Width of a timeline cell.", unit="seconds", within=Range(0.01, 3600))
    smoothing_s: float = setting(
        0.4,
        "Full width at half maximum of the Gaussian smoothing kernel; 0 turns smoothing off.",
        unit="seconds",
        within=Range(0, 60),
    )
    max_gap_s: float = setting(
        0.5,
        "Longest gap between two observations that the timeline bridges; longer gaps stay empty.",
        unit="seconds",
        within=Range(0.01, 60),
    )


@dataclass(frozen=True, slots=True)
class EpisodeSettings(Section):
    """Find episodes of an emotion, by hysteresis on the smoothed timeline."""

    section: ClassVar[str] = "episodes"
    enter: float = setting(0.55, "Probability at which an episode begins.", within=Range(0, 1, low_open=True))
    leave: float = setting(0.40, "Probability below which an episode ends.", within=_SHARE, at_most="enter")
    min_duration_s: float = setting(
        0.4, "Minimum length of an episode; shorter ones are dropped.", unit="seconds", within=Range(0)
    )


@dataclass(frozen=True, slots=True)
class QualitySettings(Section):
    """Decide which faces count in timelines, episodes and summaries, and rate recordings."""

    section: ClassVar[str] = "quality"
    leave_out: tuple[str, ...] = setting(
        LEFT_OUT_REASONS, "Reasons for leaving out a face; an empty list keeps every face.", choices=LEFT_OUT_REASONS
    )
    min_height_px: float = setting(
        14.0,
        "Height, measured in the displayed frame, below which a face is `small`.",
        unit="pixels",
        within=Range(0, 4000),
    )
    min_sharpness: float = setting(
        4.5,
        "Sharpness (standard deviation of the face's Laplacian) below which a face is `blurred`.",
        within=Range(0, 1000),
    )
    min_brightness: float = setting(
        24.0, "Brightness (mean luma, from 0 to 255) below which a face is `dark`.", within=Range(0, 255)
    )
    max_outside: float = setting(
        0.4, "Share of a face's box outside the frame above which the face is left out as `border`.", within=_SHARE
    )
    min_score: float = setting(0.5, "Detector score below which a face is left out as `low_score`.", within=_SHARE)
    good_share: float = setting(
        0.9, "Share of usable frames from which the rating is `good`.", within=Range(0, 1, low_open=True)
    )
    fair_share: float = setting(
        0.7,
        "Share of usable frames from which the rating is `fair`; below, it is `poor`.",
        within=_SHARE,
        at_most="good_share",
    )
    review_s: float = setting(
        1.0,
        "Minimum length of a stretch without usable frames that is listed for review.",
        unit="seconds",
        within=Range(0, 3600, low_open=True),
    )


@dataclass(frozen=True, slots=True)
class TableSettings(Section):
    """Write tables."""

    section: ClassVar[str] = "tables"
    csv_style: str = setting(
        "plain",
        "How tables are written: `plain` with commas and decimal points; `excel` with a byte order mark, semicolons "
        "and decimal commas, as Excel expects it where commas are decimal marks (in German or French, for example).",
        choices=CSV_STYLES,
    )


@dataclass(frozen=True, slots=True)
class PlotSettings(Section):
    """Draw plots."""

    section: ClassVar[str] = "plots"
    enabled: bool = setting(True, "Draw plots.", neutral=True)
    dpi: int = setting(200, "Resolution of the PNG files.", unit="dots per inch", within=Range(30, 1200))


@dataclass(frozen=True, slots=True)
class ReportSettings(Section):
    """Write pages."""

    section: ClassVar[str] = "report"
    enabled: bool = setting(
        True,
        "Write a page for each recording (`report.html`) and one for the folder (`index.html`).",
        brief="Write HTML pages.",
        neutral=True,
    )


@dataclass(frozen=True, slots=True)
class AnnotationSettings(Section):
    """Write annotated videos."""

    section: ClassVar[str] = "annotation"
    enabled: bool = setting(True, "Write an annotated video of each recording.", neutral=True)
    audio: bool = setting(True, "Keep the recording's audio in the annotated video.")
    quality: int = setting(
        23,
        "Constant rate factor of the x264 encoder; lower values give better quality and larger files.",
        within=Range(0, 51),
    )


@dataclass(frozen=True, slots=True)
class AnonymizeSettings(Section):
    """Hide faces in annotated videos, in pages and while watching live."""

    section: ClassVar[str] = "anonymize"
    how: str = setting("none", "How faces are hidden in videos and pages; `none` shows them.", choices=HIDINGS)
    margin: float = setting(
        0.35, "Margin that is hidden on each side of a face, as a share of its size.", within=Range(0, 2)
    )
    hold_s: float = setting(
        2.0,
        "How long a face stays hidden before its first and after its last detection.",
        unit="seconds",
        within=Range(0, 60),
    )
    max_side: int = setting(
        640,
        "Faces to hide are searched for in frames scaled down to this longer side, and again at half of it. Larger "
        "values find smaller faces and take longer.",
        unit="pixels",
        within=Range(64, 8192),
    )
    sure_score: float = setting(
        0.45,
        "Score that a face must reach in at least one frame to be hidden. Faces that the analysis detected are hidden "
        "in any case.",
        within=Range(0.01, 0.99),
    )
    min_score: float = setting(
        0.3,
        "Lowest score of the detections in other frames by which such a face is followed and hidden.",
        within=Range(0.01, 0.99),
        at_most="sure_score",
    )

    @property
    def hides_faces(self) -> bool:
        """Tell whether no face may be recognisable in what is made."""
        return self.how != "none"


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold everything that the results depend on."""

    reading: ReadingSettings = field(default_factory=ReadingSettings)
    detector: DetectorSettings = field(default_factory=DetectorSettings)
    classifier: ClassifierSettings = field(default_factory=ClassifierSettings)
    tracking: TrackingSettings = field(default_factory=TrackingSettings)
    timeline: TimelineSettings = field(default_factory=TimelineSettings)
    episodes: EpisodeSettings = field(default_factory=EpisodeSettings)
    quality: QualitySettings = field(default_factory=QualitySettings)
    tables: TableSettings = field(default_factory=TableSettings)
    plots: PlotSettings = field(default_factory=PlotSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    annotation: AnnotationSettings = field(default_factory=AnnotationSettings)
    anonymize: AnonymizeSettings = field(default_factory=AnonymizeSettings)


MOVED: Final = {
    "annotation.anonymize": "anonymize.how",
    "annotation.anonymize_margin": "anonymize.margin",
    "annotation.anonymize_hold_s": "anonymize.hold_s",
    "annotation.anonymize_max_side": "anonymize.max_side",
    "annotation.anonymize_sure_score": "anonymize.sure_score",
    "annotation.anonymize_min_score": "anonymize.min_score",
}
"""Former names of settings, which are read for good: results and files that were made with them are still around."""


@lru_cache(maxsize=1)
def declarations() -> dict[str, Declared]:
    """Return all settings by dotted name, in the order of the tree."""
    kinds: list[type[Section]] = [*typing.get_type_hints(Settings).values()]
    assert [kind.section for kind in kinds] == [each.name for each in dataclasses.fields(Settings)]
    return {each.name: each for kind in kinds for each in declared_in(kind).values()}


def declared(name: str) -> Declared:
    """Return what is declared about one setting, by its dotted name."""
    return declarations()[name]
