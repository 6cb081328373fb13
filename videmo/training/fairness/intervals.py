"""Calculate intervals of shares and of their differences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

LEVEL = 0.95
_DRAWS = 4000

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Interval:
    """Hold an estimate with its interval."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Tell whether 0 lies outside of it."""
        return self.low > 0 or self.high < 0

    def plain(self) -> list[float]:
        """Return value, low and high, rounded for JSON."""
        return [round(each, 4) for each in (self.value, self.low, self.high)]


def wilson(hits: int, count: int, level: float = LEVEL) -> Interval:
    """Return a share and its score interval (Wilson, 1927); all NaN of nothing."""
    if not count:
        return Interval(math.nan, math.nan, math.nan)
    z, share = NormalDist().inv_cdf((1 + level) / 2), hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach))


def difference(first: tuple[int, int], second: tuple[int, int], level: float = LEVEL) -> Interval:
    """Return the difference of two independent shares, first minus second, from their score intervals (Newcombe, 1998).

    Args:
        first: hits and count.
        second: hits and count.
        level: of the interval.
    """
    one, other = wilson(*first, level), wilson(*second, level)
    apart = one.value - other.value
    low = math.hypot(one.value - one.low, other.high - other.value)
    high = math.hypot(one.high - one.value, other.value - other.low)
    return Interval(apart, apart - low, apart + high)


def several(level: float, comparisons: int) -> float:
    """Return the level that each of some intervals needs so that all hold together (Bonferroni)."""
    return 1 - (1 - level) / max(1, comparisons)


def standardised_difference(
    hits: Flags, strata: npt.NDArray[np.int64], first: Flags, second: Flags, *, level: float = LEVEL, seed: int = 7
) -> Interval:
    """Return the difference of two shares, first minus second, as if both had the same mix of strata.

    Each stratum counts as often as in both together; strata that one of them lacks are left out. The interval is by
    bootstrap over the faces, within each stratum.

    Args:
        hits: ``(n,)``
        strata: ``(n,)`` for example age bands.
        first: ``(n,)`` marks the faces of the one.
        second: ``(n,)`` marks the faces of the other.
        level: of the interval.
        seed: of the bootstrap.
    """
    rng, shared = np.random.default_rng(seed), np.intersect1d(strata[first], strata[second])
    value, draws, total = 0.0, np.zeros(_DRAWS), int(np.isin(strata[first | second], shared).sum())
    if not total:
        return Interval(math.nan, math.nan, math.nan)
    for stratum in shared:
        inside = strata == stratum
        weight = int((inside & (first | second)).sum()) / total
        for group, sign in ((first, 1), (second, -1)):
            count, share = int((inside & group).sum()), float(hits[inside & group].mean())
            value += sign * weight * share
            draws += sign * weight * rng.binomial(count, share, _DRAWS) / count
    low, high = np.quantile(draws, ((1 - level) / 2, (1 + level) / 2))
    return Interval(value, float(low), float(high))


def ranks(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return ranks from 1, ties at their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place], np.float64)


def order_share(lower: npt.NDArray[Any], higher: npt.NDArray[Any]) -> float:
    """Return the share of pairs, one of each, of which the second is higher, ties half: the area under the curve."""
    if not len(lower) or not len(higher):
        return math.nan
    found = ranks(np.concatenate([lower, higher]))[len(lower) :]
    return float((found.sum() - len(higher) * (len(higher) + 1) / 2) / (len(lower) * len(higher)))


def between_share(values: npt.NDArray[np.float64], persons: npt.NDArray[np.int64]) -> float:
    """Return the share of the variance that lies between persons, not between pictures of one: the ICC(1).

    Persons with a single picture count too. NaN without a person with several.
    """
    names, place, counts = np.unique(persons, return_inverse=True, return_counts=True)
    if len(names) < 2 or len(values) <= len(names):
        return math.nan
    means = np.bincount(place, weights=values) / counts
    between = (counts * (means - values.mean()) ** 2).sum() / (len(names) - 1)
    within = ((values - means[place]) ** 2).sum() / (len(values) - len(names))
    size = (len(values) - (counts**2).sum() / len(values)) / (len(names) - 1)
    return float((between - within) / (between + (size - 1) * within))
