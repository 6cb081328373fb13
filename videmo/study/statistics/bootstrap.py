"""Give bias-corrected and accelerated bootstrap intervals (BCa; Efron 1987) over participants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.study.statistics.chance import TIE, resamples

Floats = npt.NDArray[np.float64]
LEVEL: Final = 0.95
FEWEST: Final = 3
"""Of fewer participants there is no interval."""
Statistic = Callable[..., Floats]
"""Takes for each sample the means ``(..., m, k)`` of m powers and products, returns ``(..., k)``."""


def bca(distribution: Floats, observed: Floats, jackknives: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Make an interval from a bootstrap distribution, column by column.

    Args:
        distribution: ``(B, k)``.
        observed: ``(k,)``.
        jackknives: for each sample ``(n, k)``, the statistic without each participant in turn.

    Values that differ from the observed one by errors of rounding alone are ties: of what takes few values, as a number
    of episodes, there are many.

    Returns:
        Lower and upper bounds ``(k,)``; NaN where the statistic does not vary.
    """
    from scipy import special

    if not np.isfinite(distribution).all():
        return _finite(distribution, observed, jackknives)
    near = TIE * np.maximum(np.abs(observed), np.abs(distribution).max(axis=0))
    below = (distribution < observed - near).mean(axis=0)
    bias = special.ndtri((below + (distribution <= observed + near).mean(axis=0)) / 2)
    top, bottom = np.zeros(observed.shape), np.zeros(observed.shape)
    for values in jackknives:
        count = len(values)
        influence = (count - 1) * (values.mean(axis=0) - values)
        top += (influence**3).sum(axis=0) / count**3
        bottom += (influence**2).sum(axis=0) / count**2
    ordered, every = np.sort(distribution.T, axis=1), np.full(len(observed), len(distribution))
    with np.errstate(divide="ignore", invalid="ignore"):
        acceleration = top / (6 * bottom**1.5)
        bounds = []
        for normal in (special.ndtri((1 - LEVEL) / 2), -special.ndtri((1 - LEVEL) / 2)):
            level = special.ndtr(bias + (bias + normal) / (1 - acceleration * (bias + normal)))
            known = np.isfinite(level)
            bounds.append(np.where(known, _between(ordered, every, np.where(known, level, 0.0)), np.nan))
    return bounds[0], bounds[1]


def _finite(distribution: Floats, observed: Floats, jackknives: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Do the same column by column, without resamples that have no value: those of one participant alone."""
    bounds = np.full((2, len(observed)), np.nan)
    for place, column in enumerate(distribution.T):
        known = column[np.isfinite(column)]
        if len(known) > len(column) / 2 and np.isfinite(observed[place]):
            one = slice(place, place + 1)
            low, high = bca(known[:, None], observed[one], [values[:, one] for values in jackknives])
            bounds[:, place] = low[0], high[0]
    return bounds[0], bounds[1]


def intervals(
    samples: Sequence[Floats], statistics: Sequence[Statistic], bootstraps: int, seed: int
) -> list[tuple[Floats, Floats]]:
    """Make intervals of statistics that are functions of means, for many columns at once.

    Args:
        samples: for each group ``(n, m, k)``: of each participant m powers and products of k columns.
        statistics: each takes the means ``(..., m, k)`` of all groups.
        bootstraps: number of resamples.
        seed: of the study.

    Returns:
        For each statistic lower and upper bounds ``(k,)``; NaN where a group has fewer than three members.
    """
    width = samples[0].shape[2]
    if min(len(sample) for sample in samples) < FEWEST:
        return [(np.full(width, np.nan), np.full(width, np.nan)) for _ in statistics]
    drawn = [_means(sample, bootstraps, seed, f"bootstrap {place}") for place, sample in enumerate(samples)]
    whole = [sample.mean(axis=0) for sample in samples]
    found = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for statistic in statistics:
            jackknives = []
            for place, sample in enumerate(samples):
                without = (sample.sum(axis=0) - sample) / (len(sample) - 1)
                others = [*whole[:place], without, *whole[place + 1 :]]
                jackknives.append(statistic(*others, **_sizes(samples, place)))
            found.append(bca(statistic(*drawn, **_sizes(samples)), statistic(*whole, **_sizes(samples)), jackknives))
    return found


def _sizes(samples: Sequence[Floats], shortened: int | None = None) -> dict[str, list[int]]:
    return {"sizes": [len(sample) - (place == shortened) for place, sample in enumerate(samples)]}


def _means(sample: Floats, bootstraps: int, seed: int, purpose: str) -> Floats:
    """Return the means ``(B, m, k)`` of resampled participants."""
    count, powers, width = sample.shape
    flat = sample.reshape(count, powers * width)
    pieces = [drawn @ flat / count for drawn in resamples(count, bootstraps, seed, purpose)]
    return np.concatenate(pieces).reshape(-1, powers, width)


def mean_intervals(values: Floats, bootstraps: int, seed: int, purpose: str) -> tuple[Floats, Floats]:
    """Give percentile intervals of means, for the ribbons of time courses.

    Args:
        values: ``(n, k)``; NaN where a participant has none.
        bootstraps: number of resamples.
        seed: of the study.
        purpose: of the randomness.

    Returns:
        Lower and upper bounds ``(k,)``.
    """
    there = np.isfinite(values)
    filled, valid = np.where(there, values, 0.0).astype(np.float32), there.astype(np.float32)
    gaps = not there.all()
    distribution = []
    for drawn in resamples(len(values), bootstraps, seed, purpose):
        weights = drawn.astype(np.float32)
        with np.errstate(divide="ignore", invalid="ignore"):
            distribution.append((weights @ filled) / ((weights @ valid) if gaps else np.float32(len(values))))
    ordered = np.sort(np.ascontiguousarray(np.concatenate(distribution).T), axis=1)  # NaN comes last
    counts = np.isfinite(ordered).sum(axis=1)
    bounds = [_between(ordered, counts, share) for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2)]
    enough = there.sum(axis=0) >= FEWEST
    return np.where(enough, bounds[0], np.nan), np.where(enough, bounds[1], np.nan)


def _between(ordered: npt.NDArray[Any], counts: npt.NDArray[np.int64], share: float | Floats) -> Floats:
    """Return a quantile of each row of ordered values, of which the first are known."""
    place = share * np.maximum(counts - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(counts - 1, 0))
    rows, part = np.arange(len(ordered)), place - below
    return np.asarray(ordered[rows, below] * (1 - part) + ordered[rows, above] * part, np.float64)
