"""Measure the distance between sampled frames, and decide how long an observation holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_TO_THE_NEXT: Final = 1.5
"""Steps up to which two sampled frames follow each other, whatever the setting for gaps: steps vary."""
_MISSED_ONE: Final = 2.5
"""Steps for which a track waits for its face, which may be missed in one sampled frame."""
_PICTURE_S: Final = 1 / 25
"""How long a single picture lasts that nobody knows the length of."""
_ALONE: Final = 1.01
"""Steps for which a last observation holds: to the next frame, whatever the rounding of times."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """The typical step between sampled frames."""

    step_s: float
    """Median step; 0 with fewer than two frames."""

    def longest_hold_s(self, max_gap_s: float) -> float:
        """Return the longest gap over which an observation holds until the next one."""
        return max(max_gap_s, _TO_THE_NEXT * self.step_s)

    def longest_wait_s(self, max_gap_s: float) -> float:
        """Return the longest time for which a face may stay undetected and still be followed."""
        return max(max_gap_s, _MISSED_ONE * self.step_s)

    @property
    def usual_s(self) -> float:
        """Return how long a step may be that is nothing out of the ordinary."""
        return _TO_THE_NEXT * self.step_s

    def idle_s(self, steps_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return by how much steps between sampled frames are longer than usual.

        A picture lasts until the next one, so this is no time in which a face was looked for and not found.
        """
        return np.maximum(steps_s - self.usual_s, 0.0)

    @property
    def lone_hold_s(self) -> float:
        """Return how long an observation holds before a gap that is too long."""
        return _ALONE * self.step_s


def sampling_of(times: npt.NDArray[np.float64]) -> Sampling:
    """Measure the typical step.

    Args:
        times: ``(frames,)`` of the sampled frames in seconds, ascending, each frame once.
    """
    return Sampling(float(np.median(np.diff(times))) if len(times) > 1 else 0.0)


def lasts_until(times: npt.NDArray[np.float64], end_s: float | None) -> float:
    """Return when the last sampled frame ends: with the recording, or after a typical step if that ends before it.

    Args:
        times: as of `sampling_of`, at least one.
        end_s: end of the recording, if it is known. Files may tell one that lies before their last frame.
    """
    last = float(times[-1])
    return end_s if end_s is not None and end_s > last else last + (sampling_of(times).step_s or _PICTURE_S)
