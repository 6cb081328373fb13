"""Make of the courses of many participants a table that is no larger than a figure can show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.pipeline.study.curves import Courses
from videmo.pipeline.study.measure import Key
from videmo.results.curves import stretches

ROWS: Final = 400
"""Rows of a figure at most; of more participants, neighbours share one."""
WIDTH: Final = 800
"""Cells of a figure at most; of longer courses, neighbours share one."""


def people_in_row(people: int) -> int:
    """Return how many participants share a row."""
    return max(1, math.ceil(people / ROWS))


def peaks(courses: Courses, labels: Sequence[str], emotion: int) -> npt.NDArray[np.float64]:
    """Return ``(people,)`` the highest value of each participant over some labels; -inf where there is none."""
    found = None
    for label in labels:
        keys = courses.keys(label)
        for cells in stretches(courses.cells(keys)):
            values = courses.read(keys, emotion, cells=cells).values
            highest = np.where(np.isfinite(values), values, -np.inf).max(axis=1)
            found = highest if found is None else np.maximum(found, highest)
    return np.zeros(0) if found is None else found


def overview(
    courses: Courses, label: str, emotion: int, order: npt.NDArray[Any], what: str, above: int | None = None
) -> pd.DataFrame:
    """Return participants × time of one label: their ids as the index, seconds as columns, NaN where nothing is known.

    Args:
        courses: of the study.
        label: of the events.
        emotion: its place.
        order: places of the participants to show, in order.
        what: ``values``, or ``seen`` for the valid share of each cell in all segments, used or not.
        above: so many of them share no row with the others, which come below; by default there are no others.
    """
    keys, many = courses.keys(label), people_in_row(len(order))
    cells = courses.cells(keys)
    wide = max(1, math.ceil(cells / WIDTH))
    row = _rows(len(order), len(order) if above is None else above, many)
    total, count = (np.zeros((int(row[-1]) + 1, math.ceil(cells / wide))) for _ in range(2))
    for stretch in stretches(cells):
        values = _known(courses, keys, emotion, stretch, what)[order]
        there = np.isfinite(values)
        place = row[:, None], (np.arange(stretch.start, stretch.stop) // wide)[None]
        np.add.at(total, place, np.where(there, values, 0.0))
        np.add.at(count, place, there)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.where(count > 0, total / count, np.nan)
    first = np.unique(row, return_index=True)[1]
    times = np.round(np.arange(means.shape[1]) * wide * courses.step_s, 6)
    return pd.DataFrame(means, index=[courses.people[each] for each in order[first]], columns=times)


def _rows(people: int, above: int, many: int) -> npt.NDArray[np.int64]:
    """Return ``(people,)`` the row of each; those above share none with those below."""
    place = np.arange(people)
    return np.where(place < above, place // many, math.ceil(above / many) + (place - above) // many)


def _known(courses: Courses, keys: Sequence[Key], emotion: int, cells: slice, what: str) -> npt.NDArray[np.float64]:
    if what == "values":
        return courses.read(keys, emotion, cells=cells).values
    seen = courses.seen(keys, cells)
    return np.where(seen > 0, seen, np.nan)
