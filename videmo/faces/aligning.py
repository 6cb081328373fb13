"""Place a square on a face by its eyes and mouth, and cut it out so that the eyes are level."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from videmo.records import Detection
from videmo.video.luma import Luma

Image = npt.NDArray[np.uint8]


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


TILT: Final = math.radians(10)
"""Up to this tilt, faces are read as they are; what is tilted further is turned back to it (docs/decisions.md)."""


def leaning(face: Detection) -> float:
    """Return by how much a face is tilted further than `TILT`, in radians clockwise; 0 without landmarks."""
    place = aligned(face)
    return 0.0 if place is None else math.copysign(max(0.0, abs(place.angle) - TILT), place.angle)


def cut_aligned(plane: Luma, place: Aligned, size: int) -> Image:
    """Cut a square that is turned with the face: an upright one that holds it first, which is then turned.

    Args:
        plane: a picture, or one of its colours.
        place: of the square, in displayed pixels.
        size: height and width of what is returned.
    """
    wider = abs(math.cos(place.angle)) + abs(math.sin(place.angle))
    side, edge = place.side * wider, math.ceil(size * wider)
    left, top, length = plane.square(place.x - side / 2, place.y - side / 2, side)
    upright = plane.patch(left, top, length, edge)
    scale = edge / length
    x, y = (place.x - left) * scale - 0.5, (place.y - top) * scale - 0.5
    matrix = cv2.getRotationMatrix2D((x, y), math.degrees(place.angle), size / (place.side * scale))
    matrix[:, 2] += np.array([(size - 1) / 2 - x, (size - 1) / 2 - y])
    return np.asarray(cv2.warpAffine(upright, matrix, (size, size), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def cut_levelled(plane: Luma, face: Detection, square: tuple[float, float, float], size: int) -> Image:
    """Cut a square around a face; one that is tilted further than `TILT` is turned back to it.

    Args:
        plane: a picture, or one of its colours.
        face: with landmarks, in displayed pixels.
        square: left, top and side of the square.
        size: height and width of what is returned.
    """
    lean, (left, top, side) = leaning(face), square
    if not lean:
        return plane.patch(left, top, side, size)
    return cut_aligned(plane, Aligned(left + side / 2, top + side / 2, side, lean), size)
