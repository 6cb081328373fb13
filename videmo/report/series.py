"""The timeline of a recording in the form in which its page draws it: small, and to the digit of the table."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.measures.registry import carried
from videmo.timeline.quality import FrameFates, rows_by_person

MOST_CELLS: Final = 200_000
"""Cells of all persons together that a page may hold; beyond, neighbouring ones are averaged. 15 bytes of page each."""
SCALE: Final = 10_000
"""Probabilities are whole numbers of this, as many digits as the table has."""
NOTHING: Final = 65_535
"""Stands for a cell without an observation."""


@dataclass(frozen=True, slots=True)
class PersonSeries:
    """The cells of one person, from first to last sight."""

    number: int
    first: int
    """Number of the first cell; cell 0 begins at time 0."""
    values: npt.NDArray[np.uint16]
    """``(cells, 5)`` probabilities in units of ``1 / SCALE``, or `NOTHING`."""
    coverage: npt.NDArray[np.uint8]
    """``(cells,)`` percent of the cell in which the person was seen."""
    fate: npt.NDArray[np.uint8]
    """``(cells,)`` what became of the frame in the middle of the cell, as its place in `quality.BECAME`."""

    def as_json(self) -> dict[str, Any]:
        """Plain values; arrays as base64 of their little-endian bytes."""
        return {
            "number": self.number,
            "first": self.first,
            "values": _base64(self.values.astype("<u2")),
            "coverage": _base64(self.coverage),
            "fate": _base64(self.fate),
        }


@dataclass(frozen=True, slots=True)
class Series:
    """The cells of all persons."""

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
    merged = max(1, -(-len(timeline) // most_cells))
    fates = FrameFates(observations, end_s)
    sights = dict(rows_by_person(observations, np.asarray(observations["status"] == "ok", dtype=bool)))
    persons = []
    for person, cells in timeline.groupby("person", sort=True):
        first = round(float(cells["start_s"].iloc[0]) / step_s)
        values, coverage = _merge(cells, first, merged)
        middles = (first // merged + np.arange(len(values)) + 0.5) * merged * step_s
        shown = np.clip(np.searchsorted(fates.times, middles, "right") - 1, 0, len(fates.times) - 1)
        fate = fates.of_person(sights[int(person)])[shown].astype(np.uint8)
        persons.append(PersonSeries(int(person), first // merged, values, coverage, fate))
    return Series(merged * step_s, merged, tuple(persons))


def _merge(cells: pd.DataFrame, first: int, merged: int) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """Mean probabilities of each group of cells, weighted by coverage, and mean coverage."""
    group = (first + np.arange(len(cells))) // merged
    group -= group[0]
    count = int(group[-1]) + 1
    probabilities = cells[list(carried().words)].to_numpy(np.float64)
    known = ~np.isnan(probabilities[:, 0])
    coverage = cells["coverage"].to_numpy(np.float64)
    weights = np.where(known, np.maximum(coverage, 1e-6), 0.0) if merged > 1 else known.astype(np.float64)
    total = np.bincount(group, weights, count)
    values = np.full((count, probabilities.shape[1]), NOTHING, dtype=np.uint16)
    some = total > 0
    for column in range(probabilities.shape[1]):
        summed = np.bincount(group, weights * np.nan_to_num(probabilities[:, column]), count)
        values[some, column] = np.round(summed[some] / total[some] * SCALE).astype(np.uint16)
    seen = np.bincount(group, coverage, count) / merged
    return values, np.round(100 * seen).astype(np.uint8)


def _base64(array: npt.NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
