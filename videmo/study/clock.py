"""Put the times of events onto the clock of a recording: ``t_recording = offset + rate · t_event``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from videmo.errors import StudyError

ODD_RATE: Final = 0.001
"""Clocks that differ by more than this are worth a look."""
WRONG_RATE: Final = 0.02
"""No two clocks differ by more."""
_LAST_BITS: Final = 1e-9
"""1.02 is off by 2 %, but 1.02 - 1 is a little more than 0.02."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of the events, as seen from a recording."""

    offset_s: float = 0.0
    rate: float = 1.0

    def recording(self, event_s: float) -> float:
        """Return the time in the recording, in seconds, of a time of the events."""
        return self.offset_s + self.rate * event_s

    def event(self, recording_s: np.ndarray) -> np.ndarray:
        """Return the times of the events' clock for times of the recording, to the nanosecond."""
        return np.round((recording_s - self.offset_s) / self.rate, 9)


def check_rate(rate: float, where: str) -> None:
    """Refuse a rate that no two clocks have.

    Raises:
        StudyError: it is off by more than 2 %.
    """
    if abs(rate - 1) > WRONG_RATE + _LAST_BITS:
        expected = f"a number from {1 - WRONG_RATE:g} to {1 + WRONG_RATE:g}"
        advice = "A clock is not off by that much: check the two markers, and the unit of the times."
        raise StudyError(where, f"a rate of {rate:g}", expected, advice)


def fit_clock(event_s: Sequence[float], recording_s: Sequence[float], where: str) -> Clock:
    """Find offset and rate from markers that are seen in both: exactly from two, by least squares from more.

    Args:
        event_s: their times on the clock of the events, in seconds.
        recording_s: their times in the recording.
        where: what errors name.

    Raises:
        StudyError: there are fewer than two different ones, or the rate is off by more than 2 %.
    """
    events, recordings = np.asarray(event_s, np.float64), np.asarray(recording_s, np.float64)
    if len(events) != len(recordings) or len(np.unique(events)) < 2:
        raise StudyError(where, "one marker" if len(events) else "no marker", "at least two at different times")
    centred = events - events.mean()
    rate = float(centred @ (recordings - recordings.mean()) / (centred @ centred))
    check_rate(rate, where)
    return Clock(float(recordings.mean() - rate * events.mean()), rate)
