"""Divide time into the cells of a grid; the first frame in a cell is its sample."""

from __future__ import annotations

import math
from typing import Final

_TOLERANCE: Final = 1e-6
"""Cells are this much wider at their start, against rounding of time stamps."""


def sampling_cell(time_s: float, fps: float) -> int:
    """Return the cell of the sampling grid that a time falls into, from 0; the first frame in a cell is the sample."""
    return math.floor(time_s * fps + _TOLERANCE)


class FirstInCell:
    """Tells which frames are the first in their cell, of frames that are shown to it in order.

    Args:
        fps: cells per second; None where each frame is a sample.
    """

    def __init__(self, fps: float | None) -> None:
        self._fps = fps
        self._last: int | None = None

    def is_sample(self, time_s: float) -> bool:
        """Tell whether the next frame, at a time in seconds, is the first in its cell."""
        return self._fps is None or self.sampled(time_s) is not None

    def sampled(self, time_s: float) -> int | None:
        """Return the number of the cell in which the next frame is the first; None if it isn't, or without cells."""
        if self._fps is None:
            return None
        cell, last = sampling_cell(time_s, self._fps), self._last
        self._last = cell
        return None if cell == last else cell
