"""Test the time courses of three and more labels or groups at once: clusters of an F in every cell."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.study.statistics.bootstrap import Floats
from videmo.study.statistics.chance import counted, generator, orders
from videmo.study.statistics.clusters import LARGEST, effort, without_steady
from videmo.study.statistics.many_levels import members, squares_of
from videmo.study.statistics.runs import Arranged, Clusters, Stretch, find_clusters

PRODUCTS: Final = 40_000_000
"""Permutations × cells × pairs of levels at most, inside participants; 499 permutations are made in any case."""
FEWEST: Final = 499
COMPLETE: Final = 0.5
"""Share of the participants who need all levels in a cell: of ten levels with gaps of 5 % each, 60 % have all."""
_VALUES: Final = 2_000_000
"""Places of levels that are drawn at a time."""
_FEW: Final = 4
"""Levels up to which products of whole matrices, one for each, take less than picking what is chosen."""
_COURSES: Final = 1_000_000
"""Values of all levels that are worked with at a time."""
Pieces = Callable[[], Iterable[Sequence[Floats]]]
"""Yields the courses of all levels or groups, stretch by stretch, in order of time; may be called again."""


def level_clusters(
    pieces: Pieces, people: int, levels: int, cells: int, *, min_valid: float, permutations: int, seed: int
) -> Clusters:
    """Compare three and more courses of the same participants; the permutation shuffles levels inside participants.

    F is that of an analysis of variance with repeated measures, over the participants who have all levels in a cell.

    Args:
        pieces: yields for each level ``(people, cells of the stretch)``, NaN where a participant has no value.
        people: number of participants.
        levels: number of levels.
        cells: length of the whole courses.
        min_valid: share of the participants that each level needs in a cell; half of them need all levels.
        permutations: random ones; fewer of many cells and levels.
        seed: of the study.
    """
    tried = min(effort(permutations, cells), max(FEWEST, PRODUCTS // (cells * levels * (levels - 1))))
    observed = np.tile(np.arange(levels), (1, people, 1))
    return find_clusters(
        lambda: (_level_stretch(part, min_valid) for each in pieces() for part in _narrow(each)), observed,
        (_shuffled(people, levels, tried, seed), tried, False), cells, "F",
    )  # fmt: skip


def _shuffled(people: int, levels: int, permutations: int, seed: int) -> Iterator[npt.NDArray[np.int64]]:
    """Yield ``(m, people, levels)``: which level stands in place of which."""
    chance = generator(seed, "levels over time", people, levels)
    most = max(1, _VALUES // (people * levels))
    for first in range(0, permutations, most):
        yield chance.random((min(most, permutations - first), people, levels)).argsort(axis=2, kind="stable")


def _narrow(courses: Sequence[Floats]) -> Iterator[list[Floats]]:
    """Cut the courses of many levels and people so that what is made of them fits into memory."""
    people, cells = courses[0].shape
    width = max(1, _COURSES // (len(courses) * people))
    return ([each[:, first : first + width] for each in courses] for first in range(0, cells, width))


def _level_stretch(courses: Sequence[Floats], min_valid: float) -> Stretch:
    values = np.stack(courses)
    there = np.isfinite(values).all(axis=0)
    centred = without_steady(np.where(there, values - np.where(there, values, 0.0).mean(axis=0), 0.0))
    counts, levels = there.sum(axis=0), len(values)
    total = (centred**2).sum(axis=(0, 1))

    def f_of(order: npt.NDArray[Any]) -> Floats:
        explained, last = np.zeros((len(order), len(counts))), np.zeros((len(order), len(counts)))
        for place in range(levels - 1):
            sums = _sums(order[:, :, place], centred)
            explained += sums**2
            last -= sums  # all of them add up to 0
        explained = (explained + last**2) / np.maximum(counts, 1) / (levels - 1)
        inside = np.maximum(total / (levels - 1) - explained, 0.0) / np.maximum(counts - 1, 1)
        return _bounded(explained, inside)

    people = values.shape[1]
    enough = (np.isfinite(values).sum(axis=1) >= min_valid * people).all(axis=0)
    tested = enough & (counts >= max(2.0, COMPLETE * people))
    return Stretch(f_of, tested, _threshold(levels - 1, (levels - 1) * (counts - 1)))


def _sums(chosen: npt.NDArray[np.int64], values: Floats) -> Floats:
    """Add up in each cell what is chosen of each participant.

    Args:
        chosen: ``(m, people)`` which level.
        values: ``(levels, people, cells)``

    Returns:
        ``(m, cells)``
    """
    levels, people, cells = values.shape
    if levels <= _FEW:
        return np.add.reduce([(chosen == level).astype(np.float64) @ values[level] for level in range(levels)])
    from scipy.sparse import csr_array

    places = (chosen * people + np.arange(people)).ravel()
    rows = np.arange(0, len(places) + 1, people)
    wanted = csr_array((np.ones(len(places)), places, rows), shape=(len(chosen), levels * people))
    return np.asarray(wanted @ values.reshape(levels * people, cells))


def many_group_clusters(
    pieces: Pieces, people: Sequence[int], cells: int, *, min_valid: float, permutations: int, seed: int
) -> Clusters:
    """Compare the courses of three and more groups; the permutation shuffles who is in which.

    F is that of Brown and Forsythe, as in `many_levels.between_f`. In an arrangement in which fewer than two of a group
    have a value in a cell, it has no F there, and belongs to no cluster. The arguments are those of `level_clusters`;
    each group has rows of its own.
    """
    arranged: Arranged = orders(sum(people), effort(permutations, cells), seed)
    return find_clusters(
        lambda: (_group_stretch(each, min_valid) for each in pieces()), np.arange(sum(people))[None], arranged, cells,
        "F",
    )  # fmt: skip


def _group_stretch(courses: Sequence[Floats], min_valid: float) -> Stretch:
    values = np.concatenate(courses)
    there = np.isfinite(values)
    counts = there.sum(axis=0)
    centre = np.where(there, values, 0.0).sum(axis=0) / np.maximum(counts, 1)
    filled, known = without_steady(np.where(there, values - centre, 0.0)), counted(there)
    squared, groups = filled**2, len(courses)
    edges = list(itertools.pairwise(np.cumsum([0, *map(len, courses)])))

    def f_of(order: npt.NDArray[Any]) -> Floats:
        between, inside = (np.zeros((len(order), len(counts))) for _ in range(2))
        for begin, end in edges:
            chosen = members(order[:, begin:end], len(values))
            with np.errstate(divide="ignore", invalid="ignore"):
                of_means, within = squares_of(chosen @ filled, chosen @ squared, known(chosen), counts)
            between += of_means
            inside += within
        return _bounded(between, inside)

    tested = np.all([there[begin:end].sum(axis=0) >= max(2, min_valid * (end - begin)) for begin, end in edges], axis=0)
    return Stretch(f_of, tested, _threshold(groups - 1, counts - groups))


def _bounded(between: Floats, inside: Floats) -> Floats:
    """Return F, at most the square of `LARGEST`; NaN where nothing varies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return between / np.maximum(inside, between / LARGEST**2)


def _threshold(between: int, inside: npt.NDArray[Any]) -> Floats:
    """Return the F beyond which a cell belongs to a cluster: p of .05."""
    from scipy import special

    return np.asarray(special.fdtri(between, np.maximum(inside, 1), 0.95))
