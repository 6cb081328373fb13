"""Correlate what each participant shows over time with what the others show: intersubject correlation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.study.statistics.bootstrap import Floats, intervals
from videmo.study.statistics.chance import generator

FEWEST: Final = 3
MANY_VALUES: Final = 20_000
FEWER: Final = 199
"""Surrogates at most, of more than `MANY_VALUES` values."""
_FLAT: Final = 1e-24
"""Products of variances below this are nothing but errors of rounding."""
Values = npt.NDArray[Any]
_LIMIT: Final = 0.999
"""Correlations beyond this would have an endless Fisher z."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Leave-one-out correlations of one stimulus and emotion."""

    r: Floats
    """``(n,)`` of each participant with the mean of the others; NaN where one doesn't vary."""
    mean_r: float
    """By way of Fisher's z."""
    low: float
    high: float
    p: float
    """Of the share of shifted copies that are as similar, one-sided."""
    surrogates: int


def shared_course(values: Floats, *, surrogates: int, bootstraps: int, seed: int) -> Shared | None:
    """Correlate each course with the mean of the others, in the cells in which both are valid.

    The null distribution shifts each course by a random time, around its end.

    Args:
        values: ``(n, cells)``, NaN where a participant has no value.
        surrogates: number of shifted copies; 199 at most of more than 20,000 values.
        bootstraps: resamples of participants for the interval.
        seed: of the study.

    Returns:
        None of fewer than three participants.
    """
    if len(values) < FEWEST:
        return None
    there = np.isfinite(values)
    centre = np.where(there, values, 0.0).sum(axis=1, keepdims=True) / np.maximum(1, there.sum(axis=1, keepdims=True))
    filled = np.where(there, values - centre, 0.0)
    r = leave_one_out(filled, there.astype(np.float64))
    z = np.arctanh(np.clip(r[np.isfinite(r)], -_LIMIT, _LIMIT))
    if len(z) < FEWEST:
        return Shared(r, np.nan, np.nan, np.nan, np.nan, 0)
    tried = min(surrogates, FEWER) if values.size > MANY_VALUES else surrogates
    null = _null(filled, there, tried, seed)
    p = float((1 + (null >= z.mean() - 1e-12).sum()) / (1 + tried))
    ((low, high),) = intervals([z[:, None, None]], [_mean], bootstraps, seed)
    return Shared(r, float(np.tanh(z.mean())), float(np.tanh(low[0])), float(np.tanh(high[0])), p, tried)


def _mean(means: Floats, sizes: list[int]) -> Floats:
    return means[..., 0, :]


def leave_one_out(filled: Values, there: Values) -> Values:
    """Correlate each row with the mean of the other rows, over the cells in which it and at least one other is valid.

    Args:
        filled: ``(n, cells)``, 0 where nothing is valid; rows centred, so that sums lose no digits.
        there: which are valid, as 1 and 0.

    Returns:
        ``(n,)``; NaN where one of the two doesn't vary.
    """
    others = there.sum(axis=0) - 1  # in cells in which a row is valid itself
    weight = np.where(others > 0, 1 / np.maximum(others, 1), 0).astype(filled.dtype)
    usable = (others > 0).astype(filled.dtype)
    pooled = filled.sum(axis=0) * weight
    squared = filled * filled
    # The others' mean is (total - own) * weight; sums over the cells of each row, without making it for each.
    own, by_pooled, by_weight, by_both = (filled @ np.stack([usable, pooled, weight, pooled * weight], 1)).T
    square, square_weight, square_weight2 = (squared @ np.stack([usable, weight, weight * weight], 1)).T
    count, mean, mean_square = (there @ np.stack([usable, pooled, pooled * pooled], 1)).T
    mean = mean - by_weight
    mean_square = mean_square - 2 * by_both + square_weight2
    product = by_pooled - square_weight
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = product / count - (own / count) * (mean / count)
        spread = (square / count - (own / count) ** 2) * (mean_square / count - (mean / count) ** 2)
        return np.where(spread > _FLAT, covariance / np.sqrt(spread), np.nan)


def _null(filled: Floats, there: np.ndarray, surrogates: int, seed: int) -> Floats:
    """Return the mean Fisher z of copies in which each row is shifted by a random time, around its end.

    In single precision: what is compared is a distribution, and there are many copies.
    """
    chance = generator(seed, "shifts", *filled.shape)
    count, cells = filled.shape
    scale = np.abs(filled).max() or 1.0
    around = [np.concatenate([each, each], axis=1).astype(np.float32) for each in (filled / scale, there)]
    moved = [np.empty(filled.shape, np.float32) for _ in around]
    found = np.empty(surrogates)
    for number in range(surrogates):
        shifts: npt.NDArray[np.int64] = np.asarray(chance.integers(0, cells, count))
        for row in range(count):
            shift = int(shifts[row])
            moved[0][row] = around[0][row, shift : shift + cells]
            moved[1][row] = around[1][row, shift : shift + cells]
        r = leave_one_out(*moved)
        known = r[np.isfinite(r)].astype(np.float64)
        found[number] = np.arctanh(np.clip(known, -_LIMIT, _LIMIT)).mean() if len(known) else -np.inf
    return found
