"""Define the small records that travel from one stage to the next: one per hop, standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple

LANDMARKS: Final = (
    "right_eye_x", "right_eye_y", "left_eye_x", "left_eye_y", "nose_x", "nose_y",
    "right_mouth_x", "right_mouth_y", "left_mouth_x", "left_mouth_y",
)  # fmt: skip
"""The five landmarks of a face, sides as the subject sees them, in the order of every table and network."""


PRESENTATION: Final = "presentation"
DECODING: Final = "decoding"
ORDER: Final = "order"
ASSUMED: Final = "assumed"
"""Where the times of frames come from: the presentation times in the file; its decode times, as it has no others and
frames are shown in the order in which they are stored; the same one after the other, as they are not; or a rate that is
assumed, as there are no times at all."""


@dataclass(frozen=True, slots=True)
class Source:
    """Name a file to analyse and the place of its results."""

    path: Path
    """The location of the recording, see `store.stores`."""
    key: str
    """Its path below the root that was given, with forward slashes; its folder of results has this name."""


def keys_called(name: str, keys: Iterable[str]) -> list[str]:
    """List the keys that a name may mean: itself if it is one, else all that end so, folder by folder."""
    every = list(keys)
    return [name] if name in every else [key for key in every if name and key.endswith(f"/{name}")]


@dataclass(frozen=True, slots=True)
class Recording:
    """Describe a media file as probing found it."""

    path: Path
    """Its location; a path on this machine while it is read."""
    container: str
    """Name of the container format in FFmpeg."""
    codec: str
    pixel_format: str
    width: int
    """Displayed width in pixels, which are square, after rotation."""
    height: int
    """Displayed height in pixels, after rotation."""
    rotation: int
    """Degrees (0, 90, 180, 270) by which a stored picture is rotated anticlockwise for display."""
    time_base: Fraction
    """Seconds in one tick of the video stream's time stamps."""
    start_s: float
    """Start of the container on the stream's own clock; ``time_s`` of a frame counts from here."""
    duration_s: float | None
    """Length according to the header; None if it has none."""
    average_fps: float | None
    """Average frame rate according to the header, or None. Never used for times."""
    frame_count_from_header: int
    """0 if the header has none."""
    audio: tuple[str, ...]
    """Codec of each audio stream."""
    keyframes: tuple[int, ...]
    """Decode time stamps of the keyframes in the container's index, ascending; empty if it has no such index."""
    size_bytes: int
    modified_ns: int
    """Time of the last change of the file, in nanoseconds since 1970."""
    mirrored: bool = False
    """True if a stored picture is mirrored left to right for display, before it is rotated."""
    pixel_aspect: float = 1.0
    """Width of a stored pixel over its height, before rotation."""
    timing: str = PRESENTATION
    """Where the times of its frames come from: `PRESENTATION`, `DECODING`, `ORDER` or `ASSUMED`."""
    stream: int | None = None
    """Number of the stream among those of video, from 1; None where the file was not asked, as for a camera."""
    other_streams: tuple[str, ...] = ()
    """What else it shows: number, codec and size of each other stream of video, in words."""
    audio_streams: tuple[int, ...] = ()
    """Place of each audio stream among all streams of the file, from 0, in the order of `audio`."""
    turned: int = 0
    """Degrees (0, 90, 180, 270) of `rotation`, clockwise, that the file doesn't say: see `video.turn`."""
    next_at_byte: int = 0
    """Where another recording begins in the file, which is not read; 0 where none does."""

    @property
    def view(self) -> tuple[object, ...]:
        """Return all that the places and times of faces in it refer to: where this differs, so do they."""
        shape = self.width, self.height, self.rotation, self.mirrored, self.pixel_aspect
        chosen = self.stream if self.other_streams else None
        return *shape, chosen, round(self.start_s, 6), self.timing, self.assumed_fps

    @property
    def nominal_rate(self) -> Fraction:
        """Return about how many frames it has per second, for what needs a number: 25 where the header has none."""
        rate = Fraction(self.average_fps or 25.0).limit_denominator(1001)
        return max(rate, Fraction(1, 1001))  # of a picture in half an hour; never 0

    @property
    def assumed_fps(self) -> float | None:
        """Frames per second that were assumed; None where the file says what they are."""
        return self.average_fps if self.timing == ASSUMED else None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Delimit a half-open range ``[start_pts, end_pts)`` of one recording: the unit of work, retry and resume."""

    index: int
    """Place among the recording's chunks, from 0."""
    seek_to: int | None
    """Time stamp to seek to in order to land on the chunk's keyframe; None to read from the beginning."""
    start_pts: int | None
    """First presentation time stamp that belongs to the chunk; None for the beginning."""
    end_pts: int | None
    """First presentation time stamp behind the chunk; None for the end."""
    duration_s: float
    """Approximate length, for ordering and progress."""


@dataclass(frozen=True, slots=True)
class Detection:
    """Describe one face in one frame."""

    x: float
    """Left edge in displayed pixels; may lie outside the frame."""
    y: float
    """Top edge in displayed pixels."""
    w: float
    h: float
    score: float
    """The detector's confidence, 0 to 1. Not comparable between detectors."""
    landmarks: tuple[tuple[float, float], ...] = ()
    """Right eye, left eye, nose, right and left mouth corner (the subject's right) in displayed pixels, or empty."""
    seen: Box | None = None
    """Where the detector saw it, if its box was steadied since (`faces.steadying`)."""

    @property
    def box(self) -> Box:
        """Its rectangle."""
        return Box(self.x, self.y, self.w, self.h)

    def as_seen(self) -> Detection:
        """Return it where the detector saw it."""
        if self.seen is None:
            return self
        x, y, w, h = self.seen
        return replace(self, x=x, y=y, w=w, h=h, seen=None)


@dataclass(frozen=True, slots=True)
class Observation:
    """Hold a face in a frame and what the measures say about it."""

    face: Detection
    """In the recording's pixels."""
    values: tuple[float, ...]
    """One number for each column of the measures, in their order (`measures.registry.columns`)."""
    look: Any
    """How the face and its surroundings look, see `faces.likeness.Glance`."""
    vector: Any = None
    """What recognises the face, see `faces.recognition.Vector`; None in frames in which nobody asks for it."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Says which columns of the observations are carried onto a timeline, and how."""

    words: tuple[str, ...]
    """Probabilities that add up to 1; the strongest of them is named in each cell."""
    means: tuple[str, ...] = ()
    """Other numbers, as their mean over time."""
    rest: str = ""
    """The one of the means that is the probability that none of the words applies; empty where there is none."""


class Box(NamedTuple):
    """Describe a rectangle in pixels."""

    left: float
    top: float
    width: float
    height: float

    def common(self, other: Box) -> float:
        """Return the area that two rectangles share."""
        across = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        down = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        return max(0.0, across) * max(0.0, down)

    def overlap(self, other: Box) -> float:
        """Return the area that two rectangles share over the area that they cover together, 0 to 1."""
        shared = self.common(other)
        return shared / (self.width * self.height + other.width * other.height - shared)

    def grown(self, margin: float) -> Box:
        """Add a margin on all sides."""
        return Box(self.left - margin, self.top - margin, self.width + 2 * margin, self.height + 2 * margin)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Tell how the work on one recording ended."""

    source: Source
    status: str
    """``analysed``, ``renewed`` (what follows from its observations was made anew), ``skipped`` (already finished) or
    ``failed``."""
    reason: str = ""
    """For a failure or a recording that is cut off: what was found and what to do."""
    details: str = ""
    """For a failure: the traceback."""
    frames: int = 0
    """Sampled frames."""
    duration_s: float = 0.0
    people: int = 0
    quality: str = ""
    """``good``, ``fair`` or ``poor``; empty for a failure."""
    warnings: tuple[str, ...] = ()
    host: str = ""
    """For a failure: the machine on which it occurred, where that is known."""
