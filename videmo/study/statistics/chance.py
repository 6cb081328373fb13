"""Make all randomness of a study from its seed, and from what the randomness is for."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
EXACT: Final = 20_000
"""So many arrangements are tried one by one; of more, a random sample."""
TIE: Final = 1e-10
"""Statistics that differ by less, relative to the size of the largest, are equal."""
_VALUES: Final = 1_000_000
"""Random numbers that are drawn at a time."""
_KEPT: Final = 5_000_000
"""Of so many, at most, draws are kept for the next contrast."""
Small = npt.NDArray[Any]
Draw = Callable[[np.random.Generator, int, int, tuple[object, ...]], Small]


def generator(seed: int, *purpose: object) -> np.random.Generator:
    """Return a generator for one purpose: the same for the same seed and purpose, whatever else was drawn."""
    text = "/".join(map(str, purpose)).encode()
    return np.random.default_rng([seed, int.from_bytes(hashlib.sha256(text).digest()[:8], "big")])


def _pieces(rows: int, width: int) -> Iterator[int]:
    """Cut a number of rows into pieces that fit into memory."""
    most = max(1, _VALUES // max(1, width))
    return (min(most, rows - first) for first in range(0, rows, most))


def _drawn(draw: Draw, rows: int, count: int, seed: int, *purpose: object) -> Iterator[Small]:
    """Draw pieces of small whole numbers; what is drawn for many contrasts alike is kept, if it is not large."""
    if rows * count <= _KEPT:
        return iter(_kept(draw, rows, count, seed, purpose))
    chance = generator(seed, *purpose)
    return (draw(chance, number, count, purpose) for number in _pieces(rows, count))


@lru_cache(maxsize=8)
def _kept(draw: Draw, rows: int, count: int, seed: int, purpose: tuple[object, ...]) -> tuple[Small, ...]:
    chance = generator(seed, *purpose)
    return tuple(draw(chance, number, count, purpose) for number in _pieces(rows, count))


def all_tried(design: str, sizes: Sequence[int]) -> int:
    """Return how many arrangements there are where a test tries them all; 0 where it draws some of them at random.

    Args:
        design: ``within``, ``between`` or ``correlation``.
        sizes: units of each level; the number of all where they are put into other orders.
    """
    if design == "within":
        total = 2 ** sizes[0] if len(sizes) == 2 else 0
    elif len(sizes) == 2:
        total = math.comb(sum(sizes), sizes[0])
    else:
        total = math.factorial(sum(sizes)) if sum(sizes) < 10 else 0
    return total if total <= EXACT else 0


def sign_flips(count: int, permutations: int, seed: int) -> tuple[Iterator[Floats], int, bool]:
    """Flip the signs of paired differences.

    Returns:
        Pieces ``(m, count)`` of ±1, their number of rows, and whether these are all there are.
    """
    if all_tried("within", (count, count)):
        rows = np.array(list(itertools.product((1.0, -1.0), repeat=count)))
        return iter([rows]), len(rows), True
    pieces = _drawn(_signs, permutations, count, seed, "signs", count)
    return (piece.astype(np.float64) for piece in pieces), permutations, False


def _signs(chance: np.random.Generator, rows: int, count: int, purpose: tuple[object, ...]) -> Small:
    return chance.integers(0, 2, (rows, count), np.int16) * np.int16(2) - np.int16(1)


def group_labels(first: int, count: int, permutations: int, seed: int) -> tuple[Iterator[Floats], int, bool]:
    """Choose which of ``count`` participants are in the first of two groups, of ``first`` members.

    Returns:
        Pieces ``(m, count)`` of 0 and 1, their number of rows, and whether these are all there are.
    """
    if all_tried("between", (first, count - first)):
        members = np.array(list(itertools.combinations(range(count), first)))
        rows = np.zeros((len(members), count))
        np.put_along_axis(rows, members, 1.0, axis=1)
        return iter([rows]), len(rows), True
    pieces = _drawn(_orders, permutations, count, seed, "orders", count)
    return ((piece < first).astype(np.float64) for piece in pieces), permutations, False


def orders(count: int, permutations: int, seed: int) -> tuple[Iterator[npt.NDArray[Any]], int, bool]:
    """Put ``count`` participants into other orders.

    Returns:
        Pieces ``(m, count)`` of places, their number of rows, and whether these are all there are.
    """
    if all_tried("correlation", (count,)):
        rows = np.array(list(itertools.permutations(range(count))))
        return iter([rows]), len(rows), True
    return _drawn(_orders, permutations, count, seed, "orders", count), permutations, False


def _orders(chance: np.random.Generator, rows: int, count: int, purpose: tuple[object, ...]) -> Small:
    kind = np.int16 if count < 2**15 else np.int32
    return chance.random((rows, count)).argsort(axis=1).astype(kind)


def resamples(count: int, bootstraps: int, seed: int, purpose: str = "bootstrap") -> Iterator[Floats]:
    """Draw participants with replacement; yields pieces ``(m, count)`` of how often each was drawn."""
    pieces = _drawn(_counts, bootstraps, count, seed, purpose, count)
    return (piece.astype(np.float64) for piece in pieces)


def _counts(chance: np.random.Generator, rows: int, count: int, purpose: tuple[object, ...]) -> Small:
    drawn = chance.integers(0, count, (rows, count)) + np.arange(rows)[:, None] * count
    return np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count).astype(np.int16)


def counted(there: npt.NDArray[np.bool_]) -> Callable[[Floats], Floats]:
    """Return what counts, for rows of how often each participant was chosen, how many values that makes in each cell.

    Few values are missing: to count those takes a fraction of a product of whole matrices.

    Args:
        there: ``(people, cells)`` which values there are.

    Returns:
        What makes ``(m, cells)``, or ``(m, 1)`` where nothing is missing, of ``(m, people)``.
    """
    if there.all():
        return lambda chosen: chosen.sum(axis=1, keepdims=True)
    from scipy.sparse import csr_array

    missing = csr_array((~there.T).astype(np.float64))
    return lambda chosen: np.ascontiguousarray(chosen.sum(axis=1, keepdims=True) - (missing @ chosen.T).T)


def reached(found: Floats, observed: Floats, most: float | Floats) -> npt.NDArray[np.int64]:
    """Count per column how many statistics are at least as far from 0 as the observed one.

    Args:
        found: ``(m, k)``
        observed: ``(k,)``
        most: how far from 0 a statistic can be at all: the scale on which errors of rounding are small, also of those
            that are 0 but for such errors.
    """
    return (np.abs(found) >= np.abs(observed) - TIE * most).sum(axis=0)


def least_p(design: str, first: int, second: int = 0) -> float:
    """Return the smallest p that a permutation test can have, however large the effect: that of the last arrangement.

    Args:
        design: ``within``, ``between`` or ``correlation``.
        first: units; of the first group, if there are two.
        second: units of the second group.
    """
    if design == "between":
        return (1 + (first == second)) / math.comb(first + second, first)
    return 2 / (2**first if design == "within" else math.factorial(first))


def least_of_levels(sizes: Sequence[int], *, paired: bool) -> float:
    """Return the smallest p that a permutation of three levels and more can have: levels may change their names.

    Args:
        sizes: units of each level.
        paired: whether they are the same units'.
    """
    if paired:
        return float(math.factorial(len(sizes))) ** (1 - max(sizes, default=0))
    arrangements = math.factorial(sum(sizes)) // math.prod(map(math.factorial, sizes))
    return math.prod(math.factorial(sizes.count(size)) for size in {*sizes}) / arrangements


def p_value(count: npt.NDArray[np.int64], tried: int, exact: bool) -> Floats:
    """Return p values: the share of all arrangements, or ``(1 + #) / (1 + B)`` of a random sample."""
    return count / tried if exact else (1 + count) / (1 + tried)
