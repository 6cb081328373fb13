"""Give the interval of an intersubject correlation: participants are drawn, never correlations (Chen et al. 2016)."""

from __future__ import annotations

from typing import Final

import numpy as np

from videmo.study.statistics.bootstrap import Floats, bca
from videmo.study.statistics.chance import resamples

FEWEST: Final = 5
"""Of fewer participants, most resamples have too few different ones, and there is no interval."""
PRODUCTS: Final = 40_000_000
"""Resamples × pairs of participants at most: of 63 participants and fewer, all that the study wants."""
FEWER: Final = 999
"""Resamples that there are in any case."""
_AT_A_TIME: Final = 256
"""Participants who are left out in turn, at a time."""
_LIMIT: Final = 0.999
"""Correlations beyond this would have an endless Fisher z."""


def mean_z_interval(products: Floats, observed: float, bootstraps: int, seed: int) -> tuple[float, float]:
    """Give a BCa interval of the mean Fisher z of each participant with the mean of the others.

    The correlations depend on each other, since each course is part of what the others are compared with: so courses
    are drawn, not correlations. Who is drawn twice is not correlated with their own copy, and the others in a
    resample, who are fewer different ones than those of the sample, count as if they were as many different ones.

    Args:
        products: ``(n, n)`` of the courses, each around its mean; of those who vary.
        observed: the mean z, which that of the products differs from where somebody was not always seen: the interval
            is moved by as much.
        bootstraps: number of resamples.
        seed: of the study.

    Returns:
        Lower and upper bound, as Fisher z; NaN of fewer than `FEWEST` participants.
    """
    people = len(products)
    if people < FEWEST:
        return np.nan, np.nan
    tried = min(bootstraps, max(FEWER, PRODUCTS // people**2))
    own, everybody = products.diagonal(), np.ones((1, people))
    drawn = [mean_z(each, each @ products, own, people) for each in resamples(people, tried, seed, "isc")]
    real = mean_z(everybody, everybody @ products, own, people)
    without = []
    for first in range(0, people, _AT_A_TIME):
        places = np.arange(first, min(first + _AT_A_TIME, people))
        others = np.where(places[:, None] == np.arange(people), 0.0, 1.0)
        without.append(mean_z(others, products.sum(axis=0) - products[places], own, people - 1))
    (low,), (high,) = bca(np.concatenate(drawn)[:, None], real, [np.concatenate(without)[:, None]])
    return float(low - real[0] + observed), float(high - real[0] + observed)


def mean_z(drawn: Floats, sums: Floats, own: Floats, people: int) -> Floats:
    """Return the mean z of some choices of participants.

    Args:
        drawn: ``(m, n)`` how often each participant is in a choice.
        sums: ``(m, n)`` the products of each course with all that are in a choice, added up.
        own: ``(n,)`` the product of each course with itself.
        people: how many are in each choice.

    Returns:
        ``(m,)``; NaN of choices with too few different participants.
    """
    sums = sums - drawn * own  # without copies of themselves
    others = people - drawn
    pairs = others**2 - ((drawn**2).sum(axis=1, keepdims=True) - drawn**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_one = ((drawn @ own)[:, None] - drawn * own) / others
        of_two = ((sums * drawn).sum(axis=1, keepdims=True) - 2 * drawn * sums) / pairs
        variance = (of_one + (people - 2) * of_two) / (people - 1)  # of the mean of as many different others
        z = np.arctanh(np.clip(sums / others / np.sqrt(own * variance), -_LIMIT, _LIMIT))
    return np.where(drawn > 0, drawn * z, 0.0).sum(axis=1) / people
