"""Find clusters of cells beyond a threshold, and how large they get by chance (Maris & Oostenveld 2007)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.study.statistics.bootstrap import Floats
from videmo.study.statistics.chance import TIE

AT_A_TIME: Final = 64
"""Permutations whose courses fit into the processor's cache."""
_VALUES: Final = 4_000_000
"""Statistics that are in memory at once."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Neighbouring cells in which the two differ in the same direction."""

    first: int
    last: int
    """The last cell of it."""
    mass: float
    """Sum of the statistic; the sign of t and z is the direction."""
    p: float


@dataclass(frozen=True, slots=True)
class Clusters:
    """The result of a cluster test."""

    found: tuple[Cluster, ...]
    permutations: int
    threshold: float
    """Of the statistic, where most participants are valid; NaN if no cell could be tested."""
    tested: int
    """Cells with enough participants."""
    statistic: str = "t"
    """``t``, ``z`` or ``F``."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hold what is computed from one stretch of the courses."""

    statistic_of: Callable[[npt.NDArray[Any]], Floats]
    """Returns ``(m, cells)`` statistics of m arrangements of the participants."""
    tested: npt.NDArray[np.bool_]
    """``(cells,)`` those with enough participants."""
    threshold: Floats
    """``(cells,)`` beyond which a statistic belongs to a cluster."""


Cut = Callable[[], Iterable[Stretch]]
"""Yields the stretches of the courses in order of time; may be called again."""
Arranged = tuple[Iterable[npt.NDArray[Any]], int, bool]
"""Arrangements in pieces, how many, and whether these are all there are; as `chance` makes them."""


def find_clusters(
    cut: Cut, observed: npt.NDArray[Any], arranged: Arranged, cells: int, statistic: str = "t"
) -> Clusters:
    """Find the clusters of courses, and the share of arrangements in which any is as large.

    Args:
        cut: the courses, stretch by stretch.
        observed: the arrangement that is real, as the only one.
        arranged: arrangements by chance.
        cells: length of the courses.
        statistic: ``t`` or ``z``, which have two directions, or ``F``.
    """
    pieces, tried, exact = arranged
    found = [(each.statistic_of(observed)[0], each.tested, each.threshold) for each in cut()]
    real, tested, threshold = (np.concatenate(part) for part in zip(*found)) if found else (np.zeros(0),) * 3
    if not tested.any():
        return Clusters((), 0, np.nan, 0, statistic)
    threshold = np.where(tested, threshold, np.inf)
    real = _finite(np.where(tested, real, 0.0))
    largest = np.concatenate([_largest_of(cut, piece, threshold) for piece in _handy(pieces, cells)])
    clusters = []
    for first, last in _runs(real, threshold):
        mass = float(real[first : last + 1].sum())
        reached = int((largest >= abs(mass) * (1 - TIE)).sum())
        p = reached / tried if exact else (1 + reached) / (1 + tried)
        clusters.append(Cluster(first, last, mass, p))
    return Clusters(tuple(clusters), tried, float(threshold.min()), int(tested.sum()), statistic)


def _handy(pieces: Iterable[npt.NDArray[Any]], cells: int) -> Iterator[npt.NDArray[Any]]:
    """Cut arrangements so that all their statistics fit into memory."""
    most = max(AT_A_TIME, _VALUES // max(1, cells))
    return (piece[first : first + most] for piece in pieces for first in range(0, len(piece), most))


def _largest_of(cut: Cut, arranged: npt.NDArray[Any], threshold: Floats) -> Floats:
    """Return the mass of the largest cluster of each arrangement."""
    found = np.empty((len(arranged), len(threshold)))
    begin = 0
    for each in cut():
        end = begin + len(each.tested)
        for first in range(0, len(arranged), AT_A_TIME):
            rows = slice(first, first + AT_A_TIME)
            found[rows, begin:end] = each.statistic_of(arranged[rows])
        begin = end
    found[:, np.isinf(threshold)] = 0.0
    return np.concatenate(
        [_largest(found[first : first + AT_A_TIME], threshold) for first in range(0, len(found), AT_A_TIME)]
    )


def _runs(t: Floats, threshold: Floats) -> list[tuple[int, int]]:
    """Find the runs of cells beyond the threshold, in one direction."""
    beyond = np.where(np.abs(t) > threshold, np.sign(t), 0.0)
    edges = np.flatnonzero(np.diff(beyond, prepend=0.0, append=0.0))
    return [(int(a), int(b) - 1) for a, b in itertools.pairwise(edges) if beyond[a] != 0]


def _finite(statistics: Floats) -> Floats:
    """Return statistics with 0 for those of cells in which nothing varies, or too few have a value."""
    return np.nan_to_num(statistics)


def _largest(t: Floats, threshold: Floats) -> Floats:
    """Return for each row the mass of its largest cluster; 0 where there is none."""
    largest = np.zeros(len(t))
    t = _finite(t)
    for signed in (t, -t):
        beyond = np.zeros((len(t), t.shape[1] + 1))  # a cell of nothing ends each row
        np.copyto(beyond[:, :-1], signed, where=signed > threshold)
        flat = beyond.ravel()
        starts = np.flatnonzero((flat > 0) & np.concatenate([[True], flat[:-1] == 0]))
        if not len(starts):
            continue
        masses = np.add.reduceat(flat, starts)  # up to the next cluster, over noughts
        np.maximum.at(largest, starts // beyond.shape[1], masses)
    return largest
