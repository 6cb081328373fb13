"""Compare two levels: within participants by paired differences, between groups by Welch's t."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from videmo.study.statistics.bootstrap import Floats, Statistic, intervals
from videmo.study.statistics.chance import group_labels, p_value, reached, sign_flips


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
    standard deviations.
    """
    count = len(first)
    difference = first - second
    mean, spread = difference.mean(axis=0), _sd(difference)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = mean / (spread / np.sqrt(count))
        d_z, g_av = mean / spread, mean / ((_sd(first) + _sd(second)) / 2)
    low, high = _paired_intervals(first, second, bootstraps, seed)
    p, tried = _flipped(difference, permutations, seed)
    return Compared(
        design="within", test="paired t", n_a=count, n_b=count, n_pairs=count,
        mean_a=first.mean(axis=0), sd_a=_sd(first), mean_b=second.mean(axis=0), sd_b=_sd(second),
        difference=mean, ci_low=low[0], ci_high=high[0], statistic=t, df=np.full(mean.shape, count - 1.0),
        p_parametric=_t_p(t, np.full(mean.shape, count - 1.0)), p_permutation=p, permutations=tried,
        effects=(("d_z", d_z, low[1], high[1]), ("g_av", g_av, low[2], high[2])),
    )  # fmt: skip


def between(first: Floats, second: Floats, *, permutations: int, bootstraps: int, seed: int) -> Compared:
    """Compare groups ``(n, k)`` and ``(m, k)``: Welch's t, permutation of the group labels, Hedges' g."""
    count_a, count_b = len(first), len(second)
    mean_a, mean_b, sd_a, sd_b = first.mean(axis=0), second.mean(axis=0), _sd(first), _sd(second)
    with np.errstate(divide="ignore", invalid="ignore"):
        error_a, error_b = sd_a**2 / count_a, sd_b**2 / count_b
        t = (mean_a - mean_b) / np.sqrt(error_a + error_b)
        df = (error_a + error_b) ** 2 / (error_a**2 / (count_a - 1) + error_b**2 / (count_b - 1))
        g = (mean_a - mean_b) / _pooled(sd_a, sd_b, count_a, count_b) * hedges_factor(count_a + count_b - 2)
    samples = [_powers(first - mean_a), _powers(second - mean_b)]
    bounds = intervals(samples, [_group_difference(mean_a - mean_b), _group_g(mean_a - mean_b)], bootstraps, seed)
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


def _sd(values: Floats) -> Floats:
    return values.std(axis=0, ddof=1) if len(values) > 1 else np.full(values.shape[1], np.nan)


def _pooled(sd_a: Floats, sd_b: Floats, count_a: float, count_b: float) -> Floats:
    return np.sqrt(((count_a - 1) * sd_a**2 + (count_b - 1) * sd_b**2) / (count_a + count_b - 2))


def _t_p(t: Floats, df: Floats) -> Floats:
    from scipy import special

    with np.errstate(invalid="ignore"):
        return 2 * special.stdtr(df, -np.abs(t))


def _flipped(difference: Floats, permutations: int, seed: int) -> tuple[Floats, int]:
    pieces, tried, exact = sign_flips(len(difference), permutations, seed)
    observed, count = difference.sum(axis=0), np.zeros(difference.shape[1], np.int64)
    for signs in pieces:
        count += reached(signs @ difference, observed)
    return p_value(count, tried, exact), tried


def _relabelled(values: Floats, first: int, permutations: int, seed: int) -> tuple[Floats, int]:
    pieces, tried, exact = group_labels(first, len(values), permutations, seed)
    centred = values - values.mean(axis=0)  # so that ties are seen in the first digits
    total, count = centred.sum(axis=0), np.zeros(values.shape[1], np.int64)

    def difference(sums: Floats) -> Floats:
        return sums / first - (total - sums) / (len(values) - first)

    observed = difference(centred[:first].sum(axis=0))
    for chosen in pieces:
        count += reached(difference(chosen @ centred), observed)
    return p_value(count, tried, exact), tried


def _powers(values: Floats) -> Floats:
    """Stack values and their squares: ``(n, 2, k)``."""
    return np.stack([values, values**2], axis=1)


def _spread(mean: Floats, square: Floats, count: int) -> Floats:
    return np.sqrt(np.maximum(square - mean**2, 0.0) * count / (count - 1))


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
    """Return the bounds of the difference, of d_z and of g_av."""
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
        return difference(means, sizes) / ((sd_a + sd_b) / 2)

    bounds = intervals([powers], [difference, d_z, g_av], bootstraps, seed)
    return [low for low, _ in bounds], [high for _, high in bounds]
