"""Declare the settings by which tables, plots and pages follow from what was observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from videmo.settings.declare import SHARE, Range, Section, setting

CSV_STYLES: Final = ("plain", "excel")
"""Ways to write tables."""
LEFT_OUT_REASONS: Final = ("small", "blurred", "dark", "border", "turned", "low_score")
"""Why a face may be left out of timelines, episodes and summaries, in the order in which the reasons are tried."""
LIGHTS: Final = ("good", "fair", "poor")
"""Ratings of the data of a recording or person, from best to worst."""


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
        "Longest time without the face across which the curve is smoothed. Cells in which it was not seen at all stay "
        "empty in any case.",
        unit="seconds",
        within=Range(0.01, 60),
    )


@dataclass(frozen=True, slots=True)
class EpisodeSettings(Section):
    """Find episodes of an emotion, by hysteresis on the smoothed timeline."""

    section: ClassVar[str] = "episodes"
    enter: float = setting(0.55, "Probability at which an episode begins.", within=Range(0, 1, low_open=True))
    leave: float = setting(0.40, "Probability below which an episode ends.", within=SHARE, at_most="enter")
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
        0.4, "Share of a face's box outside the frame above which the face is left out as `border`.", within=SHARE
    )
    max_yaw: float = setting(
        65.0,
        "Turn of the head to either side above which a face is `turned`.",
        unit="degrees",
        within=Range(0, 180),
    )
    max_pitch: float = setting(
        20.0, "Nod of the head up or down above which a face is `turned`.", unit="degrees", within=Range(0, 90)
    )
    min_score: float = setting(0.5, "Detector score below which a face is left out as `low_score`.", within=SHARE)
    good_share: float = setting(
        0.9, "Share of usable frames from which the rating is `good`.", within=Range(0, 1, low_open=True)
    )
    fair_share: float = setting(
        0.7,
        "Share of usable frames from which the rating is `fair`; below, it is `poor`.",
        within=SHARE,
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
