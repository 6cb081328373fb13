"""Declare the settings of annotated videos, and of hiding faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from videmo.settings.declare import Range, Section, setting

HIDINGS: Final = ("none", "blur", "pixelate", "box")
"""Ways to hide faces."""


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
