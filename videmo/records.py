"""The small records that travel from one stage to the next. One for each hop; standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

LANDMARKS: Final = (
    "right_eye_x", "right_eye_y", "left_eye_x", "left_eye_y", "nose_x", "nose_y",
    "right_mouth_x", "right_mouth_y", "left_mouth_x", "left_mouth_y",
)  # fmt: skip
"""The five landmarks of a face, sides as the subject sees them, in the order of every table and network."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to analyse and where its results go."""

    path: Path
    """The recording."""
    key: str
    """Its path below the root that was given, with forward slashes: names its folder of results."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A media file and what probing it said."""

    path: Path
    container: str
    """Name of the container format, as FFmpeg calls it."""
    codec: str
    pixel_format: str
    width: int
    """Displayed width in pixels: rotation is applied."""
    height: int
    """Displayed height in pixels: rotation is applied."""
    rotation: int
    """Degrees (0, 90, 180, 270) by which a stored picture is turned counter-clockwise for display."""
    time_base: Fraction
    """Seconds in one tick of the video stream's time stamps."""
    start_s: float
    """Start of the container on the stream's own clock; ``time_s`` of a frame counts from here."""
    duration_s: float | None
    """Length by the header, or None where it says nothing."""
    average_fps: float | None
    """Average frame rate by the header, or None. Never used for times."""
    frame_count_from_header: int
    """0 where the header says nothing."""
    audio: tuple[str, ...]
    """Codec of each audio stream."""
    keyframes: tuple[int, ...]
    """Decode time stamps of the keyframes that the container's index tells, ascending; empty where it tells none."""
    size_bytes: int
    modified_ns: int
    """Time of the last change of the file, in nanoseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A half-open range ``[start_pts, end_pts)`` of one recording: the unit of work, retry and resume."""

    index: int
    """Place among the recording's chunks, from 0."""
    seek_to: int | None
    """What to ask a seek for to arrive at the chunk's keyframe; None to read from the beginning."""
    start_pts: int | None
    """First presentation time stamp that belongs to the chunk; None for the beginning."""
    end_pts: int | None
    """First presentation time stamp that does not; None for the end."""
    duration_s: float
    """About how much time it covers: for ordering and progress."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One face in one frame."""

    x: float
    """Left edge in displayed pixels; may lie outside of the frame."""
    y: float
    """Top edge in displayed pixels."""
    w: float
    h: float
    score: float
    """The detector's certainty, 0 to 1. Not comparable between detectors."""
    landmarks: tuple[tuple[float, float], ...] = ()
    """Right eye, left eye, nose, right and left mouth corner (the subject's right) in displayed pixels, or empty."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A face in a frame and what the measures say of it."""

    face: Detection
    """In the recording's pixels."""
    values: tuple[float, ...]
    """One number for each column of the measures, in their order (`measures.registry.columns`)."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Says which columns of the observations are carried onto a timeline, and how."""

    words: tuple[str, ...]
    """Probabilities that add up to 1; the strongest of them is named in each cell."""
    means: tuple[str, ...] = ()
    """Other numbers, as their mean over time."""


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    top: float
    width: float
    height: float

    def common(self, other: Box) -> float:
        """Return the area that two rectangles share."""
        across = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        down = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        return max(0.0, across) * max(0.0, down)

    def grown(self, margin: float) -> Box:
        """Add a margin on all sides."""
        return Box(self.left - margin, self.top - margin, self.width + 2 * margin, self.height + 2 * margin)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the work on one recording ended."""

    source: Source
    status: str
    """``analysed``, ``skipped`` (was done already) or ``failed``."""
    reason: str = ""
    """For a failure, or a recording that is cut off: one sentence that says what was found and what to do."""
    details: str = ""
    """For a failure: the traceback."""
    frames: int = 0
    """Sampled frames."""
    duration_s: float = 0.0
    people: int = 0
    warnings: tuple[str, ...] = ()
