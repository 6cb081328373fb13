"""Tell whether the face at a place still looks like the one that was there a moment ago.

A cut between two people, or tiles of a video call that change places, can leave much of the picture as it was, so the
whole picture can't tell. What tells is the face together with what is around it: while one person moves, one of the two
stays much the same, in its place or along with the face; where another person is shown, both change at once.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from videmo.records import Box, Detection
from videmo.video.luma import Luma

SIDE: Final = 24
"""Rows and columns of a look: a square three faces wide, so that the face is its middle third."""
MEMORY: Final = 2
"""Sampled frames for which looks are kept: a face may be missed in one of them."""
THUMB: Final = 8
"""Rows and columns of a face alone."""
_WIDE: Final = 3.0
_THIRD: Final = SIDE // 3
_SAMPLES: Final = 4
_OVERLAP: Final = 0.2
"""Overlap (intersection over union) from which on two faces are at the same place."""
_RECENT_S: Final = 0.5
"""How old the look of a face may be that was missed in the last frame."""
_STEP_S: Final = 0.05
"""Time between two frames up to which differences count in full: that of 20 frames per second."""
_ALIKE: Final = 0.2
"""A face that differs by less is alike, wherever it was."""
_NOISE: Final = 4
"""Levels of luma per pixel that count as none: flat and dark parts have no look."""
_FACE, _AROUND = 0.34, 0.14
"""How much a face and its surroundings differ, at the least, where another person is shown."""
_OTHER_FACE, _OTHER_LUMA = 0.8, 0.3
"""How much a face alone does, in pattern and brightness, where its surroundings stay: a tile in a shared screen."""

Look = npt.NDArray[np.uint8]
"""``(24, 24)`` luma of a face and its surroundings."""


_ONES: Final = np.ones(THUMB * THUMB, np.int32)


class Glance:
    """A face as it looks: small at once, with its surroundings only when asked for, which is rare."""

    __slots__ = ("_face", "_luma", "_wide", "spread", "thumb", "total", "vector")

    def __init__(self, thumb: Look, luma: Luma | None, face: Detection | None, wide: Look | None = None) -> None:
        """Take a face.

        Args:
            thumb: ``(8, 8)`` luma of the face alone.
            luma: the frame, which stays in memory until `settle` is called.
            face: in the pixels of `luma`.
            wide: the look, where it is known; the frame and the face are not needed then.
        """
        self.thumb, self._luma, self._face, self._wide = thumb, luma, face, wide
        self.vector = thumb.astype(np.int32).ravel()
        self.total = int(self.vector.dot(_ONES))
        self.spread = int(self.vector.dot(self.vector)) - self.total * self.total / self.vector.size

    @property
    def wide(self) -> Look:
        """Look at the face and around it."""
        if self._wide is None:
            assert self._luma is not None
            assert self._face is not None
            self._wide, self._luma = look_of(self._luma, self._face), None
        return self._wide

    def settle(self) -> Glance:
        """Look now, and let go of the frame."""
        assert self.wide is not None
        return self


def glance_at(luma: Luma, face: Detection, crop: Look) -> Glance:
    """Take a face, with a crop of it that was made for something else."""
    small = cv2.resize(crop, (THUMB, THUMB), interpolation=cv2.INTER_AREA)
    return Glance(np.asarray(small, np.uint8), luma, face)


def look_of(luma: Luma, face: Detection) -> Look:
    """Look at a face and around it, with as few pixels as will do.

    Args:
        luma: the frame.
        face: in the pixels of `luma`.
    """
    side = _WIDE * max(face.w, face.h)
    left, top = face.x + face.w / 2 - side / 2, face.y + face.h / 2 - side / 2
    step = max(1, int(side) // (SIDE * _SAMPLES))
    coarse = Luma(luma.plane[::step, ::step], luma.limited, luma.rotation) if step > 1 else luma
    return coarse.patch(left / step, top / step, side / step, SIDE)


@dataclass(frozen=True, slots=True)
class _Seen:
    box: Box
    glance: Glance

    @property
    def look(self) -> Look:
        return self.glance.wide


class Likeness:
    """Compare faces with those that were at their places before, frame by frame."""

    def __init__(self) -> None:
        self._frames: deque[tuple[float, list[_Seen]]] = deque(maxlen=MEMORY)

    def changes(self, time_s: float, boxes: Sequence[Box], glances: Sequence[Glance]) -> list[float]:
        """Measure how much each face of the next sampled frame differs from the one before it, 0 to 1.

        From 0.5 on it is another person's. 0 where there was no face at its place.

        Args:
            time_s: time of the frame.
            boxes: of its faces, in pixels of the recording.
            glances: of the same faces.
        """
        seen = [_Seen(box, glance) for box, glance in zip(boxes, glances, strict=True)]
        found = [self._change(time_s, each) for each in seen]
        self._frames.append((time_s, seen))
        return found

    def _change(self, time_s: float, now: _Seen) -> float:
        for place, (earlier_s, faces) in enumerate(reversed(self._frames)):
            if place and time_s - earlier_s > _RECENT_S:
                break
            before, most = None, _OVERLAP
            for face in faces:
                if (shared := face.box.overlap(now.box)) >= most:
                    before, most = face, shared
            if before is not None:
                # The longer ago, the more one person alone may have moved.
                return min(1.0, _difference(before, now) * _STEP_S / max(time_s - earlier_s, _STEP_S))
        return 0.0


def _difference(before: _Seen, now: _Seen) -> float:
    """Measure how two looks differ: 0.5 is the line. What looks different must also be so at its place."""
    seen = _unlike(now.glance, before.glance)
    if seen < _ALIKE:
        return 0.5 * seen / _FACE
    face, was = _middle(now.look), _middle(before.look)
    pattern = _apart(face, was)
    around, around_was = _small(now.look), _small(before.look)
    there = _at_place(before, now)
    pattern = min(pattern, _apart(face, _middle(there)))
    brightness = min(_brighter(face, was), _brighter(face, _middle(there)))
    surroundings = min(_brighter(around, around_was), _brighter(around, _small(there)))
    both = min(pattern / _FACE, surroundings / _AROUND)
    alone = min(pattern / _OTHER_FACE, brightness / _OTHER_LUMA)
    return 0.5 * max(both, alone)


def _middle(look: Look) -> Look:
    return look[_THIRD : 2 * _THIRD, _THIRD : 2 * _THIRD]


def _small(look: Look) -> Look:
    return np.asarray(cv2.resize(look, (_THIRD, _THIRD), interpolation=cv2.INTER_AREA), np.uint8)


def _at_place(before: _Seen, now: _Seen) -> Look:
    """Cut out of the earlier look what stood where the later face is; what lies beyond it repeats its edge."""
    one, other = before.box, now.box
    side, wide = _WIDE * max(one.width, one.height), _WIDE * max(other.width, other.height)
    scale = wide / side
    across = (other.left + other.width / 2 - one.left - one.width / 2) / side * SIDE
    down = (other.top + other.height / 2 - one.top - one.height / 2) / side * SIDE
    middle = (SIDE - 1) / 2
    matrix = np.array([[scale, 0, middle - scale * middle + across], [0, scale, middle - scale * middle + down]])
    warped = cv2.warpAffine(
        before.look, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(warped, np.uint8)


def _unlike(one: Glance, other: Glance) -> float:
    """Return 1 minus the correlation of two patterns, 0 to 2, in whole numbers up to the last step: same everywhere."""
    size = one.vector.size
    common = int(one.vector.dot(other.vector)) - one.total * other.total / size
    return 1.0 - common / (math.sqrt(max(one.spread * other.spread, 0.0)) + _NOISE * size)


def _apart(one: Look, other: Look) -> float:
    return _unlike(Glance(one, None, None, one), Glance(other, None, None, other))


def _brighter(one: Look, other: Look) -> float:
    """Return the sum of differences of luma over the sum of the larger values, 0 to 1, as for changes of scene."""
    difference = int(cv2.norm(one, other, cv2.NORM_L1))
    larger = (int(one.sum()) + int(other.sum()) + difference) / 2
    return difference / (larger + _NOISE * one.size)
