"""Compare three and more levels at once, and a number with a number."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.study.statistics.bootstrap import FEWEST, Floats, bca
from videmo.study.statistics.chance import TIE, generator, orders, p_value, reached, resamples

_AT_A_TIME: Final = 256
"""Resamples whose ranks fit into the processor's cache."""


@dataclass(frozen=True, slots=True)
class Omnibus:
    """A test of ``k`` columns over all levels, or of a relation; every array has one value per column."""

    design: str
    test: str
    count: int
    """Participants."""
    statistic: Floats
    df: str
    p_parametric: Floats
    p_permutation: Floats
    permutations: int
    effect: str
    effect_value: Floats
    effect_low: Floats
    effect_high: Floats


def between_f(groups: Sequence[Floats], *, permutations: int, seed: int) -> Omnibus:
    """Compare groups ``(n, k)`` by the F of an analysis of variance; the permutation shuffles who is in which."""
    values = np.concatenate(groups)
    sizes, centred = [len(group) for group in groups], values - values.mean(axis=0)
    total = (centred**2).sum(axis=0)
    edges = np.cumsum([0, *sizes])

    def explained(sums: Sequence[Floats]) -> Floats:
        return sum((found**2 / size for found, size in zip(sums, sizes)), np.zeros_like(sums[0]))

    observed = explained([centred[a:b].sum(axis=0) for a, b in itertools.pairwise(edges)])
    count, tried = np.zeros(values.shape[1], np.int64), 0
    pieces, tried, exact = orders(len(values), permutations, seed)
    for order in pieces:
        sums = []
        for begin, end in itertools.pairwise(edges):
            members = np.zeros(order.shape)
            np.put_along_axis(members, order[:, begin:end], 1.0, axis=1)
            sums.append(members @ centred)
        count += reached(explained(sums), observed)
    df = (len(groups) - 1, len(values) - len(groups))
    return _omnibus(
        "between", "ANOVA F", len(values), observed, total, df, p_value(count, tried, exact), tried, "eta_squared"
    )


def within_f(values: Floats, *, permutations: int, seed: int) -> Omnibus:
    """Compare levels within participants, ``(n, levels, k)``; the permutation shuffles levels inside participants.

    F is that of an analysis of variance with repeated measures, and its parametric p assumes sphericity.
    """
    count, levels, width = values.shape
    centred = values - values.mean(axis=1, keepdims=True)
    total = (centred**2).sum(axis=(0, 1))
    observed = (centred.sum(axis=0) ** 2).sum(axis=0) / count
    chance, found = generator(seed, "inside", count, levels), np.zeros(width, np.int64)
    piece = max(1, 200_000 // (count * levels * width))
    for first in range(0, permutations, piece):
        rows = min(piece, permutations - first)
        order = chance.random((rows, count, levels)).argsort(axis=2, kind="stable")
        shuffled = centred[np.arange(count)[None, :, None], order]
        found += reached((shuffled.sum(axis=1) ** 2).sum(axis=1) / count, observed)
    df = (levels - 1, (levels - 1) * (count - 1))
    p = p_value(found, permutations, False)
    return _omnibus("within", "repeated-measures F", count, observed, total, df, p, permutations, "partial_eta_squared")


def _omnibus(
    design: str, test: str, count: int, explained: Floats, total: Floats, df: tuple[int, int], p: Floats, tried: int,
    effect: str,
) -> Omnibus:  # fmt: skip
    from scipy import special

    with np.errstate(divide="ignore", invalid="ignore"):
        f = (explained / df[0]) / ((total - explained) / df[1])
        share = explained / total
        parametric = special.fdtrc(df[0], df[1], f)
    nothing = np.full(f.shape, np.nan)
    return Omnibus(design, test, count, f, f"{df[0]}, {df[1]}", parametric, p, tried, effect, share, nothing, nothing)


def spearman(variable: Floats, values: Floats, *, permutations: int, bootstraps: int, seed: int) -> Omnibus:
    """Relate a number ``(n,)`` to values ``(n, k)`` by rank correlation; BCa intervals over participants."""
    from scipy import special

    count = len(variable)
    ranks = _standard(_ranks(variable[:, None]))[:, 0]
    others = _standard(_ranks(values))
    rho = ranks @ others
    pieces, tried, exact = orders(count, permutations, seed)
    found = np.zeros(values.shape[1], np.int64)
    for order in pieces:
        found += reached(ranks[order] @ others, rho)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = rho * np.sqrt((count - 2) / np.maximum(1 - rho**2, 0.0))
        parametric = 2 * special.stdtr(count - 2, -np.abs(t))
    low, high = _rho_intervals(variable, values, rho, bootstraps, seed)
    p = np.where(np.isfinite(rho), p_value(found, tried, exact), np.nan)  # where all are equal, nothing was tested
    return Omnibus("correlation", "Spearman", count, rho, str(count - 2), parametric, p, tried, "rho", rho, low, high)


def _ranks(values: Floats) -> Floats:
    once = np.ones((len(values), 1))
    return np.concatenate([_weighted_ranks(once, column) for column in values.T], axis=1)


def _standard(values: Floats) -> Floats:
    centred = values - values.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return centred / np.sqrt((centred**2).sum(axis=0))


def _rho_intervals(variable: Floats, values: Floats, rho: Floats, bootstraps: int, seed: int) -> tuple[Floats, Floats]:
    count, width = values.shape
    if count < FEWEST + 1:
        return np.full(width, np.nan), np.full(width, np.nan)
    drawn = [
        _weighted_rho(each[first : first + _AT_A_TIME], variable, values)
        for each in resamples(count, bootstraps, seed)
        for first in range(0, len(each), _AT_A_TIME)
    ]
    without = np.concatenate(
        [_weighted_rho(_without(first, count), variable, values) for first in range(0, count, _AT_A_TIME)]
    )
    # A resample in which all have the same rank has no correlation; there are few, and they are left out.
    return bca(np.concatenate(drawn), rho, [without])


def _without(first: int, count: int) -> Floats:
    """Leave out some participants, one in each row."""
    rows = np.arange(first, min(first + _AT_A_TIME, count))
    return np.where(rows[:, None] == np.arange(count), 0.0, 1.0)


def _weighted_rho(counts: Floats, variable: Floats, values: Floats) -> Floats:
    """Compute the rank correlation of resamples, given how often each participant was drawn: ``(B, k)``."""
    drawn = np.ascontiguousarray(counts.T)  # sums and sorting then go along contiguous rows
    total = drawn.sum(axis=0)
    first = _centred(drawn, total, _weighted_ranks(drawn, variable))
    spread = np.einsum("ij,ij,ij->j", drawn, first, first)
    found = np.empty((len(counts), values.shape[1]))
    for place in range(values.shape[1]):
        second = _centred(drawn, total, _weighted_ranks(drawn, values[:, place]))
        weighted = drawn * second
        scale = np.sqrt(spread * np.einsum("ij,ij->j", weighted, second))
        with np.errstate(divide="ignore", invalid="ignore"):
            found[:, place] = np.where(scale > TIE, np.einsum("ij,ij->j", weighted, first) / scale, np.nan)
    return found


def _centred(drawn: Floats, total: Floats, ranks: Floats) -> Floats:
    return ranks - np.einsum("ij,ij->j", drawn, ranks) / total


def _weighted_ranks(drawn: Floats, values: Floats) -> Floats:
    """Rank with ties at their mean, each participant as often as it was drawn: ``(n, B)``."""
    kinds: npt.NDArray[np.int64] = np.unique(values, return_inverse=True)[1]
    same = drawn[np.argsort(kinds, kind="stable")]
    sizes = np.bincount(kinds)
    if len(sizes) < len(values):
        same = np.add.reduceat(same, np.concatenate([[0], np.cumsum(sizes)[:-1]]), axis=0)
    return (np.cumsum(same, axis=0) - (same - 1) / 2)[kinds]
