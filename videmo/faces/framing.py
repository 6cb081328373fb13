"""Convert a detector's box to the square crop of an emotion network."""

from __future__ import annotations

import math
from dataclasses import dataclass

from videmo.records import Detection


@dataclass(frozen=True, slots=True)
class Framing:
    """The place of FER+'s square crop around a box of one kind."""

    scale: float
    """Side of the crop over the mean of the box's width and height."""
    down: float
    """Middle of the crop below the box's middle, over the same mean."""

    def square(self, face: Detection) -> tuple[float, float, float]:
        """Return left, top and side of the crop in displayed pixels."""
        size = (face.w + face.h) / 2
        side = size * self.scale
        return face.x + (face.w - side) / 2, face.y + face.h / 2 + self.down * size - side / 2, side


CASCADE = Framing(scale=1.0, down=0.0)
"""Boxes of a frontal cascade.

FER+ crops measured against Haar boxes on 770 of its own faces, enlarged and padded: median side 1.02 boxes (quartiles
0.96 and 1.12), median offset of the centres below 0.01 of a box in both directions.
"""
WHOLE_FACE = Framing(scale=1.15, down=0.0)
"""Boxes from forehead to chin, as WIDER FACE annotates them and networks trained on it find them.

Measured as for cascades (``benchmarks/framing.py``); narrower than high, so that the mean of both sides counts.
"""


@dataclass(frozen=True, slots=True)
class Aligned:
    """A square around a face that is turned with it."""

    x: float
    """Its middle in displayed pixels."""
    y: float
    side: float
    """Length of its edges in displayed pixels."""
    angle: float
    """Radians from the picture's horizontal to the line from the eye on the left to the one on the right, clockwise."""


def aligned(face: Detection) -> Aligned | None:
    """Place a square by eyes and mouth, about as large as `WHOLE_FACE` makes one; None without landmarks.

    Eyes that are nearly one point, as in a profile, tell no direction; the line from eyes to mouth does then.
    """
    if len(face.landmarks) != 5:
        return None
    (right_x, right_y), (left_x, left_y), _, one, other = face.landmarks
    eyes_x, eyes_y = (right_x + left_x) / 2, (right_y + left_y) / 2
    mouth_x, mouth_y = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
    across = math.hypot(left_x - right_x, left_y - right_y)
    down = math.hypot(mouth_x - eyes_x, mouth_y - eyes_y)
    size = max(across, down)
    if not math.isfinite(size) or size <= 0:
        return None
    if across >= _LEAST_ACROSS * size:
        angle = math.atan2(left_y - right_y, left_x - right_x)
    else:
        angle = math.atan2(eyes_x - mouth_x, mouth_y - eyes_y)
    middle_x, middle_y = (eyes_x + mouth_x) / 2, (eyes_y + mouth_y) / 2
    up = _ABOVE * size
    return Aligned(middle_x + up * math.sin(angle), middle_y - up * math.cos(angle), _SIDE * size, angle)


_LEAST_ACROSS = 0.3
"""Distance of the eyes over the distance from eyes to mouth, below which they tell no direction."""
_SIDE, _ABOVE = 2.65, 0.22
"""Side of the aligned square, and how far its middle lies above the middle between eyes and mouth, over the larger of
the distances between the eyes and from eyes to mouth: by the boxes that belong to them (`training.detector.label`)."""
