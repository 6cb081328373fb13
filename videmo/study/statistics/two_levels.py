"""Compare two levels: within participants by paired differences, between groups by Welch's t."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from videmo.study.measures import STEADY, steadied
from videmo.study.statistics.bootstrap import Floats, Statistic, intervals
from videmo.study.statistics.chance import TIE, group_labels, p_value, reached, sign_flips


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison of ``k`` columns at once; every array has one value per column."""

    design: str
    test: str
    n_a: int
    n_b: int
    n_pairs: int
    mean_a: Floats
    sd_a: Floats
    mean_b: Floats
    sd_b: Floats
    difference: Floats
    ci_low: Floats
    ci_high: Floats
    statistic: Floats
    df: Floats
    p_parametric: Floats
    p_permutation: Floats
    permutations: int
    effects: tuple[tuple[str, Floats, Floats, Floats], ...]
    """Name, value and bounds of each effect size."""


def within(first: Floats, second: Floats, *, permutations: int, bootstraps: int, seed: int) -> Compared:
    """Compare paired values ``(n, k)``: paired t, permutation by flipping signs, d_z and g_av.

    ``d_z`` is the mean difference over the standard deviation of the differences, ``g_av`` over the mean of both
    standard deviations, times the factor for small samples (Lakens 2013); of two pairs there is no such factor.

    Differences that are all alike have no t, no d_z and no interval; where they aren't 0, signs can be flipped, and
    there is a permutation p.
    """
    count = len(first)
    difference = first - second
    mean, spread, factor = difference.mean(axis=0), _sd(difference), _factor(count - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = _known(mean / (spread / np.sqrt(count)))
        d_z, g_av = _known(mean / spread), _known(mean / ((_sd(first) + _sd(second)) / 2)) * factor
    low, high = _paired_intervals(first, second, bootstraps, seed)
    p, tried = _flipped(difference, permutations, seed)
    return Compared(
        design="within", test="paired t", n_a=count, n_b=count, n_pairs=count,
        mean_a=first.mean(axis=0), sd_a=_sd(first), mean_b=second.mean(axis=0), sd_b=_sd(second),
        difference=mean, ci_low=low[0], ci_high=high[0], statistic=t, df=np.where(np.isfinite(t), count - 1.0, np.nan),
        p_parametric=_t_p(t, np.full(mean.shape, count - 1.0)), p_permutation=p, permutations=tried,
        effects=(("d_z", d_z, low[1], high[1]), ("g_av", g_av, low[2], high[2])),
    )  # fmt: skip


def between(first: Floats, second: Floats, *, permutations: int, bootstraps: int, seed: int) -> Compared:
    """Compare groups ``(n, k)`` and ``(m, k)``: Welch's t, permutation of the group labels, Hedges' g.

    What is permuted is Welch's t as well, not the difference of means: else the test would find too much, or too
    little, where groups of different sizes vary differently (Janssen 1997; Chung & Romano 2013).

    Groups in each of which all values are alike have no t, no g and no interval; where the two differ, there is a
    permutation p.
    """
    count_a, count_b = len(first), len(second)
    mean_a, mean_b, sd_a, sd_b = first.mean(axis=0), second.mean(axis=0), _sd(first), _sd(second)
    with np.errstate(divide="ignore", invalid="ignore"):
        error_a, error_b = sd_a**2 / count_a, sd_b**2 / count_b
        t = _known((mean_a - mean_b) / np.sqrt(error_a + error_b))
        df = (error_a + error_b) ** 2 / (error_a**2 / (count_a - 1) + error_b**2 / (count_b - 1))
        g = _known((mean_a - mean_b) / _pooled(sd_a, sd_b, count_a, count_b)) * hedges_factor(count_a + count_b - 2)
    samples = [_powers(first - mean_a), _powers(second - mean_b)]
    bounds = [
        (np.where(sd_a + sd_b > 0, low, np.nan), np.where(sd_a + sd_b > 0, high, np.nan))
        for low, high in intervals(
            samples, [_group_difference(mean_a - mean_b), _group_g(mean_a - mean_b)], bootstraps, seed
        )
    ]
    p, tried = _relabelled(np.concatenate([first, second]), count_a, permutations, seed)
    return Compared(
        design="between", test="Welch t", n_a=count_a, n_b=count_b, n_pairs=0,
        mean_a=mean_a, sd_a=sd_a, mean_b=mean_b, sd_b=sd_b, difference=mean_a - mean_b,
        ci_low=bounds[0][0], ci_high=bounds[0][1], statistic=t, df=df, p_parametric=_t_p(t, df), p_permutation=p,
        permutations=tried, effects=(("g", g, *bounds[1]),),
    )  # fmt: skip


def hedges_factor(df: int) -> float:
    """Return the factor by which d is too large in small samples."""
    return 1 - 3 / (4 * df - 1)


def _factor(df: int) -> float:
    return hedges_factor(df) if df > 1 else np.nan


def _sd(values: Floats) -> Floats:
    return steadied(values.std(axis=0, ddof=1)) if len(values) > 1 else np.full(values.shape[1], np.nan)


def _known(quotients: Floats) -> Floats:
    """Return NaN for what was divided by a spread of 0."""
    return np.where(np.isfinite(quotients), quotients, np.nan)


def _pooled(sd_a: Floats, sd_b: Floats, count_a: float, count_b: float) -> Floats:
    return np.sqrt(((count_a - 1) * sd_a**2 + (count_b - 1) * sd_b**2) / (count_a + count_b - 2))


def _t_p(t: Floats, df: Floats) -> Floats:
    from scipy import special

    with np.errstate(invalid="ignore"):
        return 2 * special.stdtr(df, -np.abs(t))


def _flipped(difference: Floats, permutations: int, seed: int) -> tuple[Floats, int]:
    """Return the share of flips after which the sum is as far from 0; NaN where all differences are 0."""
    pieces, tried, exact = sign_flips(len(difference), permutations, seed)
    observed, count = difference.sum(axis=0), np.zeros(difference.shape[1], np.int64)
    most = np.abs(difference).sum(axis=0)
    for signs in pieces:
        count += reached(signs @ difference, observed, most)
    return np.where(np.abs(difference).max(axis=0) > STEADY, p_value(count, tried, exact), np.nan), tried


def _relabelled(values: Floats, first: int, permutations: int, seed: int) -> tuple[Floats, int]:
    """Return the share of arrangements with a t of Welch as far from 0; NaN where all values are alike.

    Compared is t² / (1 + t²), which has the same order, lies between 0 and 1 and has a value in every arrangement:
    where neither group varies and their means differ, t is endless, and this is 1, the most there can be.
    """
    pieces, tried, exact = group_labels(first, len(values), permutations, seed)
    spread = values.std(axis=0)
    varies = spread > STEADY
    # Around the mean and in units of the spread, so that ties are seen in the first digits.
    scaled = (values - values.mean(axis=0)) / np.where(varies, spread, 1.0)
    totals, count = (scaled.sum(axis=0), (scaled**2).sum(axis=0)), np.zeros(values.shape[1], np.int64)

    def far(chosen: Floats) -> Floats:
        sums, squares = chosen @ scaled, chosen @ scaled**2
        difference, one, other = difference_and_errors(sums, squares, first, totals, len(values))
        with np.errstate(divide="ignore", invalid="ignore"):
            return difference**2 / (difference**2 + one + other)

    observed = far(np.where(np.arange(len(values)) < first, 1.0, 0.0)[None])[0]
    for chosen in pieces:
        count += reached(far(chosen), observed, 1.0)
    return np.where(varies, p_value(count, tried, exact), np.nan), tried


def difference_and_errors(
    sums: Floats, squares: Floats, count: float | Floats, totals: tuple[Floats, Floats], whole: float | Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the difference of the means of two groups, and the squared standard error of each, as Welch's t has them.

    Args:
        sums: ``(m, k)`` of the values of the first group, in each of m arrangements.
        squares: ``(m, k)`` likewise, of their squares.
        count: of the values of the first group.
        totals: sums and squares of all values, ``(k,)`` each.
        whole: count of all values.
    """
    others = whole - count
    mean, other = sums / count, (totals[0] - sums) / others
    inside = np.maximum(squares - sums * mean, 0.0)
    outside = np.maximum(totals[1] - squares - (totals[0] - sums) * other, 0.0)
    return mean - other, inside / (count * (count - 1)), outside / (others * (others - 1))


def _powers(values: Floats) -> Floats:
    """Stack values and their squares: ``(n, 2, k)``."""
    return np.stack([values, values**2], axis=1)


def _spread(mean: Floats, square: Floats, count: int) -> Floats:
    """Return standard deviations; 0 of those drawn alike, of which the difference is nothing but errors of rounding."""
    inside = square - mean**2
    return steadied(np.sqrt(np.where(inside > TIE * square, inside, 0.0) * count / (count - 1)))


def _group_difference(shift: Floats) -> Statistic:
    def statistic(a: Floats, b: Floats, sizes: list[int]) -> Floats:
        return a[..., 0, :] - b[..., 0, :] + shift

    return statistic


def _group_g(shift: Floats) -> Statistic:
    def statistic(a: Floats, b: Floats, sizes: list[int]) -> Floats:
        sd_a = _spread(a[..., 0, :], a[..., 1, :], sizes[0])
        sd_b = _spread(b[..., 0, :], b[..., 1, :], sizes[1])
        pooled = _pooled(sd_a, sd_b, sizes[0], sizes[1])
        return (a[..., 0, :] - b[..., 0, :] + shift) / pooled * hedges_factor(sum(sizes) - 2)

    return statistic


def _paired_intervals(first: Floats, second: Floats, bootstraps: int, seed: int) -> tuple[list[Floats], list[Floats]]:
    """Return the bounds of the difference, of d_z and of g_av; NaN where all differences are alike."""
    mean_a, mean_b = first.mean(axis=0), second.mean(axis=0)
    a, b = first - mean_a, second - mean_b
    powers = np.stack([a, b, a**2, b**2, (a - b) ** 2], axis=1)
    shift = mean_a - mean_b

    def difference(means: Floats, sizes: list[int]) -> Floats:
        return means[..., 0, :] - means[..., 1, :] + shift

    def d_z(means: Floats, sizes: list[int]) -> Floats:
        centred = means[..., 0, :] - means[..., 1, :]
        return (centred + shift) / _spread(centred, means[..., 4, :], sizes[0])

    def g_av(means: Floats, sizes: list[int]) -> Floats:
        sd_a = _spread(means[..., 0, :], means[..., 2, :], sizes[0])
        sd_b = _spread(means[..., 1, :], means[..., 3, :], sizes[0])
        return difference(means, sizes) / ((sd_a + sd_b) / 2) * factor

    factor, varies = _factor(len(first) - 1), _sd(first - second) > 0  # one factor, also with one left out
    bounds = intervals([powers], [difference, d_z, g_av], bootstraps, seed)
    return [np.where(varies, low, np.nan) for low, _ in bounds], [np.where(varies, high, np.nan) for _, high in bounds]
