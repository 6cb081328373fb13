"""Pack a recording's timeline for its page: small, and exact to the last digit of the table."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.measures.emotions import OTHER, VALENCE
from videmo.measures.registry import words_in
from videmo.timeline.quality import FrameOutcomes, rows_by_person
from videmo.timeline.summary import MORE_LIKELY

MOST_CELLS: Final = 200_000
"""Cells of all persons together that a page may hold, some 20 bytes each; beyond, neighbouring cells are averaged."""
SCALE: Final = 10_000
"""Probabilities are whole multiples of one over this: as many digits as the table has."""
NOTHING: Final = 65_535
"""Stands for a cell without an observation."""


@dataclass(frozen=True, slots=True)
class PersonSeries:
    """Hold the cells of one person, from first to last sight, whether the face counts there or not."""

    number: int
    first: int
    """Number of the first cell; cell 0 begins at time 0."""
    values: npt.NDArray[np.uint16]
    """``(cells, emotions)`` probabilities in units of ``1 / SCALE``, or `NOTHING`."""
    coverage: npt.NDArray[np.uint8]
    """``(cells,)`` percent of the cell in which the person was seen."""
    outcome: npt.NDArray[np.uint8]
    """``(cells,)`` outcome of the frame in the middle of the cell, as its index in `quality.OUTCOMES`."""
    valence: npt.NDArray[np.int16]
    """``(cells,)`` in units of ``1 / SCALE``; 0 where nothing is known, which the probabilities tell."""
    other: npt.NDArray[np.uint16] | None
    """``(cells,)`` probability of an emotion that the words leave out, like `values`; None where nobody told."""

    @property
    def flagged(self) -> bool:
        """Return whether any cell more likely than not shows an emotion that the words leave out."""
        if self.other is None:
            return False
        return bool(((self.other != NOTHING) & (self.other > MORE_LIKELY * SCALE)).any())

    def as_json(self) -> dict[str, Any]:
        """Return plain values; arrays as base64 of their little-endian bytes."""
        return {
            "number": self.number,
            "first": self.first,
            "values": _base64(self.values.astype("<u2")),
            "coverage": _base64(self.coverage),
            "outcome": _base64(self.outcome),
            "valence": _base64(self.valence.astype("<i2")),
            "other": None if self.other is None else _base64(self.other.astype("<u2")),
        }


@dataclass(frozen=True, slots=True)
class Series:
    """Hold the cells of all persons."""

    step_s: float
    """Width of a cell in seconds."""
    merged: int
    """Cells of the table that each cell here is the mean of."""
    persons: tuple[PersonSeries, ...]


def build_series(
    timeline: pd.DataFrame, observations: pd.DataFrame, *, step_s: float, end_s: float, most_cells: int = MOST_CELLS
) -> Series:
    """Pack a timeline.

    Args:
        timeline: the table ``timeline.csv``.
        observations: ``frame, time_s, status, person, left_out`` of the observation table.
        step_s: width of a cell of the timeline.
        end_s: where the recording ends.
        most_cells: how many cells to pack at most.
    """
    outcomes = FrameOutcomes(observations, end_s)
    sights = rows_by_person(observations, np.asarray(observations["status"] == "ok", dtype=bool))
    tables = dict(iter(timeline.groupby("person", sort=False)))
    cells_of = {person: tables.get(person, timeline.iloc[:0]) for person, _ in sights}
    spans = {person: _span(cells_of[person], outcomes.span_s(rows), step_s) for person, rows in sights}
    merged = max(1, -(-sum(last - first for first, last in spans.values()) // most_cells))
    persons = []
    for person, rows in sights:
        first, last = spans[person][0] // merged, -(-spans[person][1] // merged)
        values, valence, other, coverage = _merge(cells_of[person], step_s, merged, first, last - first)
        middles = (np.arange(first, last) + 0.5) * merged * step_s
        shown = np.clip(np.searchsorted(outcomes.times, middles, "right") - 1, 0, len(outcomes.times) - 1)
        outcome = outcomes.of_person(rows)[shown].astype(np.uint8)
        persons.append(PersonSeries(person, first, values, coverage, outcome, valence, other))
    return Series(merged * step_s, merged, tuple(persons))


def _span(cells: pd.DataFrame, seen_s: tuple[float, float], step_s: float) -> tuple[int, int]:
    """Return the first cell in which a person is there, whether the face counts or not, and the one behind the last."""
    begin, end = math.floor(seen_s[0] / step_s + 1e-6), math.ceil(seen_s[1] / step_s - 1e-6)
    if cells.empty:
        return begin, max(end, begin + 1)
    first = round(float(cells["start_s"].iloc[0]) / step_s)
    return min(begin, first), max(end, first + len(cells))


def _merge(
    cells: pd.DataFrame, step_s: float, merged: int, begin: int, count: int
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int16], npt.NDArray[np.uint16] | None, npt.NDArray[np.uint8]]:
    """Average probabilities, valence and the probability of others in each group of cells, by coverage, and that.

    There are ``count`` groups of ``merged`` cells, the first of which has the number ``begin``.
    """
    first = 0 if cells.empty else round(float(cells["start_s"].iloc[0]) / step_s)
    group = (first + np.arange(len(cells))) // merged
    group -= begin
    probabilities = cells[list(words_in(cells.columns))].to_numpy(np.float64)
    known = ~np.isnan(probabilities[:, 0])
    coverage = cells["coverage"].to_numpy(np.float64)
    weights = np.where(known, np.maximum(coverage, 1e-6), 0.0) if merged > 1 else known.astype(np.float64)
    total = np.bincount(group, weights, count)
    some = total > 0

    def mean(column: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        summed = np.bincount(group, weights * np.nan_to_num(column), count)
        return np.asarray(np.round(summed[some] / total[some] * SCALE))

    values = np.full((count, probabilities.shape[1]), NOTHING, dtype=np.uint16)
    for place, column in enumerate(probabilities.T):
        values[some, place] = mean(column).astype(np.uint16)
    valence = np.zeros(count, dtype=np.int16)
    valence[some] = mean(cells[VALENCE].to_numpy(np.float64)).astype(np.int16)
    other = None
    if OTHER in cells.columns and not np.isnan(told := cells[OTHER].to_numpy(np.float64)).all():
        other = np.full(count, NOTHING, dtype=np.uint16)
        other[some] = mean(told).astype(np.uint16)
    seen = np.bincount(group, coverage, count) / merged
    return values, valence, other, np.round(100 * seen).astype(np.uint8)


def _base64(array: npt.NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
