"""Hold what one person shows in one recording: cells of the timeline, on the clock of the events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.measures.emotions import VALENCE
from videmo.study.clock import Clock
from videmo.study.expression import Expression

Floats = npt.NDArray[np.float64]
TINY: Final = 1e-7
"""Overlaps below this, in seconds, are errors of rounding."""


@dataclass(frozen=True, slots=True)
class Track:
    """Cells in order of time; they don't overlap."""

    starts: Floats
    """``(n,)`` on the clock of the events, in seconds."""
    ends: Floats
    coverage: Floats
    """``(n,)`` share of each cell in which the person was seen and counted; 0 where there are no values."""
    values: Floats
    """``(n, e)`` probability of each emotion, then what is made of them, NaN where a formula has no value; 0 where
    `coverage` is 0."""
    strongest: npt.NDArray[np.int64]
    """``(n,)`` place of the strongest emotion; -1 where there is none."""

    def span(self, begin: float, end: float) -> slice:
        """Find the cells that overlap a stretch of time."""
        first = int(np.searchsorted(self.ends, begin + TINY, side="left"))
        last = int(np.searchsorted(self.starts, end - TINY, side="right"))
        return slice(first, max(first, last))

    def overlaps(self, begin: float, end: float, cells: slice) -> Floats:
        """Return how much of each cell lies in a stretch of time, in seconds."""
        common = np.minimum(self.ends[cells], end) - np.maximum(self.starts[cells], begin)
        return np.where(common > TINY, common, 0.0)

    def without(self, stretches: Sequence[tuple[float, float]]) -> Track:
        """Cut stretches of time out: cells are split at their edges, and what lies inside is gone."""
        track = self
        for begin, end in stretches:
            track = track._split(begin)._split(end)
            middle = (track.starts + track.ends) / 2
            track = track._take(np.flatnonzero((middle < begin) | (middle >= end)))
        return track

    def _take(self, rows: npt.NDArray[np.int64]) -> Track:
        return Track(self.starts[rows], self.ends[rows], self.coverage[rows], self.values[rows], self.strongest[rows])

    def _split(self, at: float) -> Track:
        inside = np.flatnonzero((self.starts < at - TINY) & (self.ends > at + TINY))
        if not len(inside):
            return self
        row = int(inside[0])
        double = self._take(np.sort(np.append(np.arange(len(self.starts)), row)))
        double.ends[row], double.starts[row + 1] = at, at
        return double


def _known(values: Floats) -> Floats:
    """Return NaN where a formula has no value: a quotient by 0."""
    return np.where(np.isfinite(values), values, np.nan)


def empty_track(emotions: int) -> Track:
    """Make the track of somebody who was never seen."""
    nothing = np.zeros(0)
    return Track(nothing, nothing, nothing, np.zeros((0, emotions)), np.zeros(0, np.int64))


def track_of(
    timeline: pd.DataFrame,
    person: int | None,
    clock: Clock,
    words: Sequence[str],
    formulas: Mapping[str, Expression],
) -> Track:
    """Take the cells of one person out of a ``timeline.csv``.

    Args:
        timeline: with ``start_s, end_s, person, coverage``, the emotions and, where a formula names it, valence.
        person: the number; None for all rows, of a table that holds one person.
        clock: of the events.
        words: names of the emotions.
        formulas: what is made of them, by name.
    """
    if person is not None:
        timeline = timeline[timeline["person"] == person]
    timeline = timeline.sort_values("start_s", kind="stable")
    shown = timeline[list(words)].to_numpy(np.float64)
    there = np.isfinite(shown).all(axis=1)
    coverage = np.where(there, np.nan_to_num(timeline["coverage"].to_numpy(np.float64)), 0.0)
    shown = np.where(there[:, None], shown, 0.0)
    by_name = {name: shown[:, place] for place, name in enumerate(words)}
    if any(VALENCE in formula.names for formula in formulas.values()):
        by_name[VALENCE] = np.where(there, timeline[VALENCE].to_numpy(np.float64), 0.0)
    # Where nothing is valid, a quotient would be not a number, and so would every sum over it.
    made = [np.where(there, _known(formula(by_name)), 0.0) for formula in formulas.values()]
    strongest = np.where(there, shown.argmax(axis=1) if len(shown) else 0, -1)
    return Track(
        clock.event(timeline["start_s"].to_numpy(np.float64)),
        clock.event(timeline["end_s"].to_numpy(np.float64)),
        coverage,
        np.column_stack([shown, *made]) if made else shown,
        strongest.astype(np.int64),
    )
