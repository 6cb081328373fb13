"""Test two time courses cell by cell, without being fooled by their number: clusters (Maris & Oostenveld 2007)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.study.statistics.bootstrap import Floats
from videmo.study.statistics.chance import TIE, group_labels, sign_flips

MANY_CELLS: Final = 500
FEWER: Final = 1999
"""Permutations at most, of more than `MANY_CELLS` cells."""

_AT_A_TIME: Final = 64
"""Permutations whose courses fit into the processor's cache."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Neighbouring cells in which the two differ in the same direction."""

    first: int
    last: int
    """The last cell of it."""
    mass: float
    """Sum of t; its sign is the direction."""
    p: float


@dataclass(frozen=True, slots=True)
class Clusters:
    """The result of a cluster test."""

    found: tuple[Cluster, ...]
    permutations: int
    threshold: float
    """Of t, where all participants are valid; NaN if no cell could be tested."""
    tested: int
    """Cells with enough participants."""


def paired_clusters(first: Floats, second: Floats, *, min_valid: float, permutations: int, seed: int) -> Clusters:
    """Compare two courses ``(n, cells)`` of the same participants by flipping the signs of their differences.

    Args:
        first: NaN where a participant has no value.
        second: likewise.
        min_valid: share of the participants that a cell needs; others are not tested and end clusters.
        permutations: number of random flips, unless all can be tried.
        seed: of the study.
    """
    difference = first - second
    there = np.isfinite(difference)
    filled, counts = np.where(there, difference, 0.0), there.sum(axis=0)
    square = (filled**2).sum(axis=0)

    def t_of(signs: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = signs @ filled / counts
            return mean / np.sqrt(np.maximum(square / counts - mean**2, 0.0) / (counts - 1))

    tested = (counts >= min_valid * len(difference)) & (counts >= 2)
    pieces, tried, exact = sign_flips(len(difference), _effort(permutations, difference.shape[1]), seed)
    return _clusters(t_of, np.ones((1, len(difference))), pieces, tested, counts - 1, tried, exact)


def group_clusters(first: Floats, second: Floats, *, min_valid: float, permutations: int, seed: int) -> Clusters:
    """Compare the courses of two groups, ``(n, cells)`` and ``(m, cells)``, by shuffling who is in which.

    The arguments are those of `paired_clusters`; t is that of equal variances.
    """
    values = np.concatenate([first, second])
    there = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        centre = np.where(
            there.any(axis=0), np.where(there, values, 0.0).sum(axis=0) / np.maximum(1, there.sum(axis=0)), 0.0
        )
    filled, valid = np.where(there, values - centre, 0.0), there.astype(np.float64)
    total, squares, counts = filled.sum(axis=0), (filled**2).sum(axis=0), valid.sum(axis=0)
    gaps = not there.all()

    def t_of(chosen: Floats) -> Floats:
        sums = chosen @ filled
        n_a = chosen @ valid if gaps else chosen.sum(axis=1, keepdims=True)
        n_b = counts - n_a
        with np.errstate(divide="ignore", invalid="ignore"):
            mean_a, mean_b = sums / n_a, (total - sums) / n_b
            inside = np.maximum(squares - sums * mean_a - (total - sums) * mean_b, 0.0)
            return (mean_a - mean_b) / np.sqrt(inside * counts / (counts - 2) / (n_a * n_b))

    n_a, n_b = there[: len(first)].sum(axis=0), there[len(first) :].sum(axis=0)
    tested = (n_a >= min_valid * len(first)) & (n_b >= min_valid * len(second)) & (n_a >= 2) & (n_b >= 2)
    observed = np.concatenate([np.ones(len(first)), np.zeros(len(second))])[None]
    pieces, tried, exact = group_labels(len(first), len(values), _effort(permutations, values.shape[1]), seed)
    return _clusters(t_of, observed, pieces, tested, counts - 2, tried, exact)


def _effort(permutations: int, cells: int) -> int:
    return min(permutations, FEWER) if cells > MANY_CELLS else permutations


def _clusters(
    t_of: Callable[[Floats], Floats], observed: Floats, pieces: Iterable[Floats], tested: npt.NDArray[np.bool_],
    df: npt.NDArray[np.int64], tried: int, exact: bool,
) -> Clusters:  # fmt: skip
    from scipy import special

    if not tested.any():
        return Clusters((), 0, np.nan, 0)
    threshold = np.where(tested, special.stdtrit(np.maximum(df, 1), 0.975), np.inf)
    t = np.where(tested, t_of(observed)[0], 0.0)
    runs = _runs(t, threshold)
    largest = np.concatenate(
        [
            _largest(np.where(tested, t_of(piece[first : first + _AT_A_TIME]), 0.0), threshold)
            for piece in pieces
            for first in range(0, len(piece), _AT_A_TIME)
        ]
    )
    found = []
    for first, last in runs:
        mass = float(t[first : last + 1].sum())
        reached = int((largest >= abs(mass) * (1 - TIE)).sum())
        p = reached / tried if exact else (1 + reached) / (1 + tried)
        found.append(Cluster(first, last, mass, p))
    return Clusters(tuple(found), tried, float(special.stdtrit(int(df.max()), 0.975)), int(tested.sum()))


def _runs(t: Floats, threshold: Floats) -> list[tuple[int, int]]:
    """Find the runs of cells beyond the threshold, in one direction."""
    beyond = np.where(np.abs(t) > threshold, np.sign(t), 0.0)
    edges = np.flatnonzero(np.diff(beyond, prepend=0.0, append=0.0))
    return [(int(a), int(b) - 1) for a, b in itertools.pairwise(edges) if beyond[a] != 0]


def _largest(t: Floats, threshold: Floats) -> Floats:
    """Return for each row the mass of its largest cluster; 0 where there is none."""
    largest = np.zeros(len(t))
    t = np.nan_to_num(t, posinf=1e6, neginf=-1e6)
    for signed in (t, -t):
        beyond = np.zeros((len(t), t.shape[1] + 1))  # a cell of nothing ends each row
        np.copyto(beyond[:, :-1], signed, where=signed > threshold)
        flat = beyond.ravel()
        ends = np.flatnonzero((flat[:-1] > 0) & (flat[1:] == 0))
        if not len(ends):
            continue
        masses = np.diff(np.cumsum(flat)[ends], prepend=0.0)
        np.maximum.at(largest, ends // beyond.shape[1], masses)
    return largest
