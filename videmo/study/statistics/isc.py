"""Correlate what each participant shows over time with what the others show: intersubject correlation."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.study.statistics.bootstrap import Floats
from videmo.study.statistics.chance import generator
from videmo.study.statistics.isc_interval import mean_z_interval

FEWEST: Final = 3
PEOPLE: Final = 256
"""Participants whose courses are in memory at once."""
COPIED: Final = 60_000_000
"""Values that are copied at most: of 60,000 values and fewer, there are a thousand copies."""
FEWER: Final = 199
"""Copies that there are in any case."""
_COPIES: Final = 500_000
"""Values of pooled courses of shifted copies that are in memory at once."""
_FLAT: Final = 1e-24
"""Products of variances below this are nothing but errors of rounding."""
Values = npt.NDArray[Any]
_LIMIT: Final = 0.999
"""Correlations beyond this would have an endless Fisher z."""
Pieces = Callable[[], Iterable[Floats]]
"""Yields ``(people, cells)`` of `PEOPLE` participants at a time, NaN where one has no value; may be called again."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Leave-one-out correlations of one stimulus and emotion."""

    r: Floats
    """``(n,)`` of each participant with the mean of the others; NaN where one doesn't vary."""
    mean_r: float
    """By way of Fisher's z."""
    low: float
    """Of the interval; NaN of fewer than five participants, see `isc_interval`."""
    high: float
    p: float
    """Of the share of shifted copies that are as similar, one-sided."""
    surrogates: int


def shared_course(values: Floats, *, surrogates: int, bootstraps: int, seed: int) -> Shared | None:
    """Correlate each course with the mean of the others, in the cells in which both are valid.

    Courses are averaged around their own means, so that one who is not valid everywhere makes no steps in the mean.

    The null distribution shifts each course by a random time, around its end.

    Args:
        values: ``(n, cells)``, NaN where a participant has no value.
        surrogates: number of shifted copies; of many values fewer, see `COPIED`, but 199 in any case.
        bootstraps: resamples of participants for the interval.
        seed: of the study.

    Returns:
        None of fewer than three participants.
    """
    return shared_courses(
        lambda: (values[first : first + PEOPLE] for first in range(0, len(values), PEOPLE)), len(values),
        surrogates=surrogates, bootstraps=bootstraps, seed=seed,
    )  # fmt: skip


def shared_courses(pieces: Pieces, people: int, *, surrogates: int, bootstraps: int, seed: int) -> Shared | None:
    """Do what `shared_course` does with courses of which some participants' are read at a time."""
    if people < FEWEST:
        return None
    pooled = _Pooled.of(_centred(each) for each in pieces())
    r = np.concatenate([pooled.leave_one_out(*_centred(each)) for each in pieces()])
    z = np.arctanh(np.clip(r[np.isfinite(r)], -_LIMIT, _LIMIT))
    if len(z) < FEWEST:
        return Shared(r, np.nan, np.nan, np.nan, np.nan, 0)
    tried = min(surrogates, max(FEWER, COPIED // (people * len(pooled.total))))
    null = _null(pieces, people, len(pooled.total), tried, seed)
    p = float((1 + (null >= z.mean() - 1e-12).sum()) / (1 + tried))
    varies = np.isfinite(r)
    low, high = mean_z_interval(_products(pieces)[np.ix_(varies, varies)], float(z.mean()), bootstraps, seed)
    return Shared(r, float(np.tanh(z.mean())), float(np.tanh(low)), float(np.tanh(high)), p, tried)


def _products(pieces: Pieces) -> Floats:
    """Return ``(people, people)`` the products of everybody's courses, each around its mean."""
    courses = np.concatenate([_centred(each)[0] for each in pieces()])  # of one stimulus and emotion: little
    return np.asarray(courses @ courses.T)


def _centred(values: Floats) -> tuple[Values, Values]:
    """Return courses around their means, so that sums lose no digits, 0 where nothing is valid; and what is valid."""
    there = np.isfinite(values)
    filled = np.where(there, values, 0.0)
    centre = filled.sum(axis=1, keepdims=True) / np.maximum(1, there.sum(axis=1, keepdims=True))
    return np.where(there, filled - centre, 0.0), there.astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Pooled:
    """Hold what of everybody's courses the correlation of one with the others needs: one value per cell."""

    total: Values
    count: Values

    @classmethod
    def of(cls, parts: Iterable[tuple[Values, Values]]) -> _Pooled:
        """Pool the courses of some participants after the other, as `_centred` makes them."""
        return functools.reduce(cls.with_others, (cls(fill.sum(axis=0), there.sum(axis=0)) for fill, there in parts))

    def with_others(self, other: _Pooled) -> _Pooled:
        """Add more participants."""
        return _Pooled(self.total + other.total, self.count + other.count)

    def leave_one_out(self, filled: Values, there: Values) -> Values:
        """Correlate rows with the mean of all other rows, over the cells in which it and at least one other is valid.

        Args:
            filled: ``(m, cells)`` some of the rows, 0 where nothing is valid.
            there: which are valid, as 1 and 0.

        Returns:
            ``(m,)``; NaN where one of the two doesn't vary.
        """
        others = self.count - 1  # in cells in which a row is valid itself
        weight = np.where(others > 0, 1 / np.maximum(others, 1), 0).astype(filled.dtype)
        usable = (others > 0).astype(filled.dtype)
        pooled = (self.total * weight).astype(filled.dtype)
        # The others' mean is (total - own) * weight; sums over the cells of each row, without making it for each.
        # One product with a vector each: with matrices of three columns they take twice as long.
        own, by_pooled, by_weight, by_both = (filled @ each for each in (usable, pooled, weight, pooled * weight))
        squares = filled * filled
        square, square_weight, square_weight2 = (squares @ each for each in (usable, weight, weight * weight))
        count, mean, mean_square = (there @ each for each in (usable, pooled, pooled * pooled))
        mean = mean - by_weight
        mean_square = mean_square - 2 * by_both + square_weight2
        product = by_pooled - square_weight
        with np.errstate(divide="ignore", invalid="ignore"):
            covariance = product / count - (own / count) * (mean / count)
            spread = (square / count - (own / count) ** 2) * (mean_square / count - (mean / count) ** 2)
            return np.where(spread > _FLAT, covariance / np.sqrt(spread), np.nan)


def _null(pieces: Pieces, people: int, cells: int, surrogates: int, seed: int) -> Floats:
    """Return the mean Fisher z of copies in which each row is shifted by a random time, around its end.

    In single precision: what is compared is a distribution, and there are many copies.
    """
    chance = generator(seed, "shifts", people, cells)
    scale = max(np.abs(_centred(each)[0]).max(initial=0.0) for each in pieces()) or 1.0
    most = max(1, _COPIES // cells)
    found = []
    for first in range(0, surrogates, most):
        shifts: npt.NDArray[np.int64] = np.asarray(chance.integers(0, cells, (min(most, surrogates - first), people)))
        found.append(_of_copies(pieces, shifts, scale))
    return np.concatenate(found)


def _of_copies(pieces: Pieces, shifts: npt.NDArray[np.int64], scale: float) -> Floats:
    """Return the mean Fisher z of some copies: first pool everybody, then compare each with the others."""
    if shifts.shape[1] <= PEOPLE:
        (values,) = pieces()
        return np.array([_mean_z([_Pooled.of([own]).leave_one_out(*own)]) for own in _shifted(values, shifts, scale)])
    whole: list[_Pooled] = []
    for begin, each in _numbered(pieces()):
        own = _shifted(each, shifts[:, begin : begin + len(each)], scale)
        pools = [_Pooled.of([copy]) for copy in own]
        whole = [pooled.with_others(other) for pooled, other in zip(whole, pools)] if whole else pools
    found: list[list[Values]] = [[] for _ in shifts]
    for begin, each in _numbered(pieces()):
        own = _shifted(each, shifts[:, begin : begin + len(each)], scale)
        for r, pooled, copy in zip(found, whole, own):
            r.append(pooled.leave_one_out(*copy))
    return np.array([_mean_z(each) for each in found])


def _mean_z(parts: Sequence[Values]) -> float:
    r = np.concatenate(parts).astype(np.float64)
    known = r[np.isfinite(r)]
    return float(np.arctanh(np.clip(known, -_LIMIT, _LIMIT)).mean()) if len(known) else -np.inf


def _numbered(pieces: Iterable[Floats]) -> Iterator[tuple[int, Floats]]:
    begin = 0
    for each in pieces:
        yield begin, each
        begin += len(each)


def _shifted(values: Floats, shifts: npt.NDArray[np.int64], scale: float) -> Iterator[tuple[Values, Values]]:
    """Yield some participants' courses in each copy."""
    filled, there = _centred(values)
    around = [np.concatenate([each, each], axis=1).astype(np.float32) for each in (filled / scale, there)]
    moved = [np.lib.stride_tricks.sliding_window_view(each, values.shape[1], axis=1) for each in around]
    rows = np.arange(len(values))
    for copy in shifts:
        yield moved[0][rows, copy], moved[1][rows, copy]
