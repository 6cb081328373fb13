"""Turn, scale, mirror and shift what is kept of a picture at random, so that no two crops of a face are the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt
from numpy.random import Generator

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


class Spread(Protocol):
    """Say how crops vary: widths of normal distributions."""

    @property
    def tilt_deg(self) -> float: ...

    @property
    def zoom(self) -> float:
        """Return that of the logarithm of the size."""
        ...

    @property
    def shift(self) -> float:
        """Return that of the place over the side of the crop, in both directions."""
        ...


@dataclass(frozen=True, slots=True)
class Placement:
    """Say where what is kept of a picture comes to lie in a crop."""

    turn: Floats
    """``(2, 2)`` rotation, size and mirroring."""
    shift: Floats
    """``(2,)`` where the middle of the first pixel comes to lie, in pixels of the crop."""
    side: int
    """Height and width of the crop in pixels."""
    mirrored: bool

    def crop(self, image: Image) -> Image:
        """Cut the crop ``(side, side)`` from what is kept of a picture."""
        matrix = np.column_stack([self.turn, self.shift])
        size = (self.side, self.side)
        crop = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(crop, np.uint8)

    def points(self, points: npt.NDArray[np.floating]) -> Floats:
        """Return where points ``(n, 2)`` come to lie, both in pixels from the middle of the first one on."""
        return np.asarray(points @ self.turn.T + self.shift, np.float64)


def random_placement(
    spread: Spread, rng: Generator, *, kept_px: int, around: float, side: int, most_deg: float = math.inf
) -> Placement:
    """Choose where what is kept of a picture comes to lie: drawn in this order, tilt, size, mirroring, place.

    Args:
        spread: how crops vary.
        rng: source of the randomness.
        kept_px: height and width of what is kept.
        around: the same over the side of the crop that varies least.
        side: height and width of the crops.
        most_deg: largest tilt.
    """
    tilt = math.radians(float(np.clip(rng.normal(0, spread.tilt_deg), -most_deg, most_deg)))
    zoom = side / (kept_px / around) * math.exp(rng.normal(0, spread.zoom))
    flip = -1.0 if rng.random() < 0.5 else 1.0
    turn = zoom * np.array([[math.cos(tilt), -math.sin(tilt)], [math.sin(tilt), math.cos(tilt)]]) * [flip, 1.0]
    middle = rng.normal(0, spread.shift, 2) * side + (side - 1) / 2
    return Placement(turn, middle - turn @ np.full(2, (kept_px - 1) / 2), side, flip < 0)
