"""Compare three and more levels at once, and a number with a number."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.study.measures import STEADY, steadied
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
    df: tuple[str, ...]
    """Empty where there is no statistic."""
    p_parametric: Floats
    p_permutation: Floats
    permutations: int
    effect: str
    effect_value: Floats
    effect_low: Floats
    effect_high: Floats


def between_f(groups: Sequence[Floats], *, permutations: int, seed: int) -> Omnibus:
    """Compare groups ``(n, k)`` by the F of Brown and Forsythe; the permutation shuffles who is in which.

    Of two groups it is the square of Welch's t: each group's variance counts by itself. The F of an analysis of
    variance finds too much where smaller groups vary more. It has a value where some of the groups don't vary.
    """
    from scipy import special

    values, sizes = np.concatenate(groups), np.array([len(group) for group in groups])
    edges = [*itertools.pairwise(np.cumsum([0, *sizes]).tolist())]
    scaled, varies = _scaled(values)
    squared = scaled**2

    def parts(order: npt.NDArray[Any]) -> tuple[Floats, Floats]:
        """Return the sum of squares between groups ``(m, k)``, and each group's part inside ``(groups, m, k)``."""
        between, inside = np.zeros((len(order), values.shape[1])), []
        for begin, end in edges:
            chosen = members(order[:, begin:end], len(values))
            of_means, within = squares_of(chosen @ scaled, chosen @ squared, end - begin, len(values))
            between += of_means
            inside.append(within)
        return between, np.array(inside)

    def far(order: npt.NDArray[Any]) -> Floats:
        between, inside = parts(order)
        with np.errstate(divide="ignore", invalid="ignore"):
            return between / (between + inside.sum(axis=0))

    real = np.arange(len(values))[None]
    observed, count = far(real)[0], np.zeros(values.shape[1], np.int64)
    pieces, tried, exact = orders(len(values), permutations, seed)
    for order in pieces:
        count += reached(far(order), observed, 1.0)
    (between,), inside = parts(real)[0], parts(real)[1][:, 0]
    inside[:, np.max([_steady_sd(group) for group in groups], axis=0) == 0] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = inside / inside.sum(axis=0)
        f = between / inside.sum(axis=0)
        df = 1 / (shares**2 / (sizes[:, None] - 1)).sum(axis=0)
        f, eta = np.where(np.isfinite(f), f, np.nan), np.where(varies, between / squared.sum(axis=0), np.nan)
        parametric = special.fdtrc(len(groups) - 1, df, f)
    nothing = np.full(f.shape, np.nan)
    return Omnibus(
        "between", "Brown-Forsythe F", len(values), f,
        tuple(f"{len(groups) - 1}, {each:.6g}" if np.isfinite(each) else "" for each in df), parametric,
        np.where(varies, p_value(count, tried, exact), np.nan), tried, "eta_squared", eta, nothing, nothing,
    )  # fmt: skip


def _scaled(values: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return values around their mean and in units of their spread, and which columns have one."""
    spread = values.std(axis=0)
    varies = spread > STEADY
    return (values - values.mean(axis=0)) / np.where(varies, spread, 1.0), varies


def _steady_sd(values: Floats) -> Floats:
    return steadied(values.std(axis=0, ddof=1))


def members(chosen: npt.NDArray[Any], whole: int) -> Floats:
    """Return 1 for who is chosen, else 0: ``(m, whole)`` of ``(m, n)`` places."""
    found = np.zeros((len(chosen), whole))
    np.put_along_axis(found, chosen.astype(np.int64), 1.0, axis=1)
    return found


def squares_of(sums: Floats, squares: Floats, count: float | Floats, whole: float | Floats) -> tuple[Floats, Floats]:
    """Return what a group adds to the two sums of squares whose quotient is the F of Brown and Forsythe (1974).

    Args:
        sums: of the group's values around the mean of all.
        squares: of their squares.
        count: of the group's values.
        whole: of all values.
    """
    of_means = sums**2 / count
    return of_means, (1 - count / whole) * np.maximum(squares - of_means, 0.0) / (count - 1)


def within_f(values: Floats, *, permutations: int, seed: int) -> Omnibus:
    """Compare levels within participants, ``(n, levels, k)``; the permutation shuffles levels inside participants.

    F is that of an analysis of variance with repeated measures. Its degrees of freedom, and so its parametric p, are
    those of Greenhouse and Geisser (1959), who don't take all pairs of levels to vary alike.
    """
    from scipy import special

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
        found += reached((shuffled.sum(axis=1) ** 2).sum(axis=1) / count, observed, total)
    varies = np.sqrt(total / (count * levels)) > STEADY
    rest = centred - centred.mean(axis=0)
    inside = np.where(np.sqrt((rest**2).mean(axis=(0, 1))) > STEADY, (rest**2).sum(axis=(0, 1)), 0.0)
    df = (levels - 1, (levels - 1) * (count - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        f = (observed / df[0]) / (inside / df[1])
        f, eta = np.where(np.isfinite(f), f, np.nan), np.where(varies, observed / total, np.nan)
        epsilon = sphericity(rest)
        parametric = special.fdtrc(epsilon * df[0], epsilon * df[1], f)
        corrected = [f"{each * df[0]:.6g}, {each * df[1]:.6g}" for each in epsilon]
    nothing = np.full(f.shape, np.nan)
    return Omnibus(
        "within", "repeated-measures F", count, f,
        tuple(each if np.isfinite(known) else "" for each, known in zip(corrected, f)), parametric,
        np.where(varies, p_value(found, permutations, False), np.nan), permutations, "partial_eta_squared", eta,
        nothing, nothing,
    )  # fmt: skip


def sphericity(rest: Floats) -> Floats:
    """Return the epsilon of Greenhouse and Geisser, from 1 / (levels - 1) to 1: how alike pairs of levels vary.

    Args:
        rest: ``(n, levels, k)`` what is left after participants and levels.
    """
    covariance = np.einsum("nik,njk->kij", rest, rest)
    trace = np.trace(covariance, axis1=1, axis2=2)
    return trace**2 / ((rest.shape[1] - 1) * (covariance**2).sum(axis=(1, 2)))


def spearman(variable: Floats, values: Floats, *, permutations: int, bootstraps: int, seed: int) -> Omnibus:
    """Relate a number ``(n,)`` to values ``(n, k)`` by rank correlation; BCa intervals over participants.

    What differs by errors of rounding alone has the same rank.
    """
    from scipy import special

    count = len(variable)
    variable, values = alike(variable[:, None])[:, 0], alike(values, STEADY)
    ranks = _standard(_ranks(variable[:, None]))[:, 0]
    others = _standard(_ranks(values))
    rho = ranks @ others
    pieces, tried, exact = orders(count, permutations, seed)
    found = np.zeros(values.shape[1], np.int64)
    for order in pieces:
        found += reached(ranks[order] @ others, rho, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = rho * np.sqrt((count - 2) / np.maximum(1 - rho**2, 0.0))
        parametric = 2 * special.stdtr(count - 2, -np.abs(t))
    low, high = _rho_intervals(variable, values, rho, bootstraps, seed)
    p = np.where(np.isfinite(rho), p_value(found, tried, exact), np.nan)  # where all are equal, nothing was tested
    df = tuple(str(count - 2) if np.isfinite(each) else "" for each in rho)
    return Omnibus("correlation", "Spearman", count, rho, df, parametric, p, tried, "rho", rho, low, high)


def alike(values: Floats, least: float = 0.0) -> Floats:
    """Make values the same that differ by errors of rounding alone, column by column.

    Args:
        values: ``(n, k)``
        least: differences up to this are such errors; those up to `TIE` of the largest value are in any case.
    """
    order = values.argsort(axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    most = np.maximum(least, TIE * np.abs(values).max(axis=0))
    apart = np.where(np.diff(ordered, axis=0) > most, np.arange(1, len(values))[:, None], 0)
    first = np.concatenate([np.zeros((1, values.shape[1]), np.int64), apart])
    found = np.empty_like(values)
    np.put_along_axis(found, order, np.take_along_axis(ordered, np.maximum.accumulate(first), axis=0), axis=0)
    return found


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
