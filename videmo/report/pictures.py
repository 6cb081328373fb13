"""Take small pictures from a recording, as JPEG: faces for its page, and a whole frame for the index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import cv2
import numpy as np

from videmo.records import Recording
from videmo.report.moments import ObservedFace
from videmo.video.stills import Picture, read_stills

FACE_PX: Final = 112
"""Side of a face's picture."""
SMALL_PX: Final = 72
"""Side of the picture of one face among many."""
STILL_PX: Final = 240
"""Longer side of the picture of a whole frame."""
_AROUND: Final = 1.5
"""Side of the square shown around a face, over the longer side of its box."""
_QUALITY: Final = 82
_SMALL_QUALITY: Final = 70


@dataclass(frozen=True, slots=True)
class Pictures:
    """Hold JPEG files in memory."""

    faces: dict[ObservedFace, bytes]
    still: bytes | None
    small: dict[ObservedFace, bytes] = field(default_factory=dict)


def take_pictures(
    recording: Recording,
    observed: Sequence[ObservedFace],
    still_s: float,
    *,
    small: Sequence[ObservedFace] = (),
    steady: bool = True,
) -> Pictures:
    """Read the pictures of faces, and one of a whole frame, in one pass over the recording.

    What can't be decoded is left out. Those of ``small`` take a third of the room. ``steady`` is as for
    `video.stills.read_stills`.

    Raises:
        RecordingError: the recording can't be opened.
    """
    taken = Pictures({}, None, {})
    still, large_at, small_at = None, _by_time(observed), _by_time(small)
    for time_s, picture in read_stills(recording, [still_s, *large_at, *small_at], steady=steady):
        for face in large_at.get(time_s, ()):
            taken.faces[face] = _jpeg(_cut(picture, face, FACE_PX))
        for face in small_at.get(time_s, ()):
            taken.small[face] = _jpeg(_cut(picture, face, SMALL_PX), _SMALL_QUALITY)
        if time_s == still_s:
            still = _jpeg(_shrunk(picture))
    return replace(taken, still=still)


def _by_time(faces: Iterable[ObservedFace]) -> dict[float, list[ObservedFace]]:
    times: dict[float, list[ObservedFace]] = {}
    for face in faces:
        times.setdefault(face.time_s, []).append(face)
    return times


def _cut(picture: Picture, face: ObservedFace, size: int) -> Picture:
    """Cut out a square around a face, moved into the picture where it would stick out."""
    x, y, w, h = face.box
    height, width = picture.shape[:2]
    side = max(1, min(round(_AROUND * max(w, h)), width, height))
    left = min(max(round(x + w / 2 - side / 2), 0), width - side)
    top = min(max(round(y + h / 2 - side / 2), 0), height - side)
    part = picture[top : top + side, left : left + side]
    how = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, (size, size), interpolation=how), np.uint8)


def _shrunk(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    scale = min(1.0, STILL_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(picture: Picture, quality: int = _QUALITY) -> bytes:
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return encoded.tobytes()
