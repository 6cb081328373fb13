"""Test two time courses cell by cell, without being fooled by their number: clusters (Maris & Oostenveld 2007)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.results.curves import stretches
from videmo.study.measures import STEADY
from videmo.study.statistics.bootstrap import Floats
from videmo.study.statistics.chance import TIE, counted, group_labels, sign_flips
from videmo.study.statistics.runs import Clusters, Stretch, find_clusters
from videmo.study.statistics.two_levels import difference_and_errors

MANY_CELLS: Final = 500
FEWER: Final = 1999
"""Permutations at most, of more than `MANY_CELLS` cells."""
LARGEST: Final = 300.0
"""No t counts for more: where almost nothing varies but the means, its last digits, and ties, would be chance."""


def paired_clusters(first: Floats, second: Floats, *, min_valid: float, permutations: int, seed: int) -> Clusters:
    """Compare two courses ``(n, cells)`` of the same participants by flipping the signs of their differences.

    Args:
        first: NaN where a participant has no value.
        second: likewise.
        min_valid: share of the participants that a cell needs; others are not tested and end clusters.
        permutations: number of random flips, unless all can be tried.
        seed: of the study.
    """
    return paired_clusters_of(
        lambda: _cut(first, second), len(first), first.shape[1], min_valid=min_valid, permutations=permutations,
        seed=seed,
    )  # fmt: skip


def group_clusters(first: Floats, second: Floats, *, min_valid: float, permutations: int, seed: int) -> Clusters:
    """Compare the courses of two groups, ``(n, cells)`` and ``(m, cells)``, by shuffling who is in which.

    The arguments are those of `paired_clusters`; the statistic is z, see `welch_z`. In an arrangement in which fewer
    than two of a group have a value in a cell, it has no z there, and belongs to no cluster.
    """
    return group_clusters_of(
        lambda: _cut(first, second), (len(first), len(second)), first.shape[1], min_valid=min_valid,
        permutations=permutations, seed=seed,
    )  # fmt: skip


Pieces = Callable[[], Iterable[tuple[Floats, Floats]]]
"""Yields two courses stretch by stretch, in order of time; may be called again."""


def _cut(first: Floats, second: Floats) -> Iterator[tuple[Floats, Floats]]:
    return ((first[:, each], second[:, each]) for each in stretches(first.shape[1]))


def paired_clusters_of(
    pieces: Pieces, people: int, cells: int, *, min_valid: float, permutations: int, seed: int
) -> Clusters:
    """Do what `paired_clusters` does with courses that are read a stretch at a time.

    Args:
        pieces: yields stretches as `results.curves.stretches` cuts them.
        people: number of rows.
        cells: length of the whole courses.
        min_valid: as above.
        permutations: as above.
        seed: as above.
    """
    flips = sign_flips(people, effort(permutations, cells), seed)
    return find_clusters(
        lambda: (_paired_stretch(first - second, min_valid) for first, second in pieces()), np.ones((1, people)), flips,
        cells,
    )  # fmt: skip


def _paired_stretch(difference: Floats, min_valid: float) -> Stretch:
    there = np.isfinite(difference)
    filled, counts = without_steady(np.where(there, difference, 0.0)), there.sum(axis=0)
    square = (filled**2).sum(axis=0)

    def t_of(signs: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = signs @ filled / counts
            return _bounded(mean, np.maximum(square / counts - mean**2, 0.0) / (counts - 1))

    tested = (counts >= min_valid * len(difference)) & (counts >= 2)
    return Stretch(t_of, tested, _threshold(counts - 1))


def without_steady(filled: Floats) -> Floats:
    """Return differences, or values around their mean, with 0 where all of a cell are errors of rounding."""
    return np.where(np.abs(filled).max(axis=tuple(range(filled.ndim - 1)), initial=0.0) <= STEADY, 0.0, filled)


def _bounded(difference: Floats, error: Floats) -> Floats:
    """Return t of a difference and its squared standard error, at most `LARGEST`; NaN where nothing varies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return difference / np.sqrt(np.maximum(error, (difference / LARGEST) ** 2))


def group_clusters_of(
    pieces: Pieces, people: tuple[int, int], cells: int, *, min_valid: float, permutations: int, seed: int
) -> Clusters:
    """Do what `group_clusters` does with courses that are read a stretch at a time, as in `paired_clusters_of`."""
    labels = group_labels(people[0], sum(people), effort(permutations, cells), seed)
    observed = np.concatenate([np.ones(people[0]), np.zeros(people[1])])[None]
    return find_clusters(
        lambda: (_group_stretch(first, second, min_valid) for first, second in pieces()), observed, labels, cells, "z"
    )


def _group_stretch(first: Floats, second: Floats, min_valid: float) -> Stretch:
    from scipy import special

    values = np.concatenate([first, second])
    there = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        centre = np.where(
            there.any(axis=0), np.where(there, values, 0.0).sum(axis=0) / np.maximum(1, there.sum(axis=0)), 0.0
        )
    filled, known = without_steady(np.where(there, values - centre, 0.0)), counted(there)
    squared, counts = filled**2, there.sum(axis=0).astype(np.float64)
    totals = filled.sum(axis=0), squared.sum(axis=0)

    def z_of(chosen: Floats) -> Floats:
        return welch_z(chosen @ filled, chosen @ squared, known(chosen), totals, counts)

    n_a, n_b = there[: len(first)].sum(axis=0), there[len(first) :].sum(axis=0)
    tested = (n_a >= min_valid * len(first)) & (n_b >= min_valid * len(second)) & (n_a >= 2) & (n_b >= 2)
    return Stretch(z_of, tested, np.full(len(counts), special.ndtri(0.975)))


def welch_z(sums: Floats, squares: Floats, count: Floats, totals: tuple[Floats, Floats], whole: Floats) -> Floats:
    """Return the z that has the same p as Welch's t, by Wallace's formula (1959): off by 0.1 at most up to a t of 10.

    The degrees of freedom of t differ from arrangement to arrangement. Few who vary much have a t with long tails, and
    a cluster of such t would be larger than those of other arrangements for that alone.

    The arguments are those of `two_levels.difference_and_errors`. Where a t is not below `LARGEST`, its degrees of
    freedom are nothing but errors of rounding, and those of equal variances are taken. NaN where nothing varies.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        difference, one, other = difference_and_errors(sums, squares, count, totals, whole)
        t = _bounded(difference, one + other)
        df = (one + other) ** 2 / (one**2 / (count - 1) + other**2 / (whole - count - 1))
        df = np.where(np.abs(t) < LARGEST * (1 - TIE), df, whole - 2)
        return np.sign(t) * np.sqrt(df * np.log1p(t**2 / df)) * (8 * df + 1) / (8 * df + 3)


def _threshold(df: npt.NDArray[Any]) -> Floats:
    """Return the t beyond which a cell belongs to a cluster: two-sided p of .05."""
    from scipy import special

    return np.asarray(special.stdtrit(np.maximum(df, 1), 0.975))


def effort(permutations: int, cells: int) -> int:
    """Return how many permutations are made."""
    return min(permutations, FEWER) if cells > MANY_CELLS else permutations
