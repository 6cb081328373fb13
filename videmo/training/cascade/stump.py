"""Find the feature and threshold that split weighted samples best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videmo.training.cascade.spread import Spread
from videmo.training.cascade.values import CACHED, SampleValues, SortedGroups

SLACK = 4e-6
"""What bounds in float32 may be too low by, for weights that sum to one."""
WHOLE = 2**50
"""The whole numbers that stand for weights sum to about this, so that their sums are exact in float64 too."""
AT_ONCE = 32
"""Features that are searched exactly in one go."""


@dataclass(frozen=True, slots=True)
class Split:
    """The best split of some samples."""

    feature: int
    threshold: float
    """In float32: values below it go left."""
    left: float
    """Weighted mean of the labels of those that go left, −1 to 1."""
    right: float
    gain: float
    """Weighted mean squares of the means: the greater, the less squared error is left."""


def best_split(
    values: SampleValues,
    groups: SortedGroups,
    objects: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.float64],
    spread: Spread,
) -> Split | None:
    """Find the stump with the least weighted squared error over all features, as Gentle AdaBoost wants it.

    The gain is a convex function of the weights of objects and others that go left. So among the splits inside of a
    group of neighbours in a feature's order none gains more than one of four: before the group, after it, or
    its objects alone or its others alone going left. Features whose bound is below what another reaches are not
    looked at closer; the result is the same as if they were. Ties go to the first feature, then the lowest threshold.

    Args:
        values: of all features for all samples.
        groups: the samples' order by each feature.
        objects: ``(n,)``: what is labelled 1; the others are −1.
        weights: ``(n,)``: 0 for samples that don't count.
        spread: how blocks are spread over cores.

    Returns:
        The split, or None where no feature tells any two samples apart.
    """
    whole = np.round(weights / weights.sum() * WHOLE).astype(np.int64)
    weights = whole / whole.sum()
    table = np.zeros(len(weights) + 1, np.complex64)
    table[:-1].real = np.where(objects, weights, 0)
    table[:-1].imag = np.where(objects, 0, weights)
    bounds = np.concatenate(list(spread(lambda number: _bounds(groups.block(number), table), groups.numbers())))
    order = np.lexsort((np.arange(len(bounds)), -bounds))
    active = np.flatnonzero(whole)
    best: Split | None = None
    for start in range(0, len(order), AT_ONCE):
        if best is not None and bounds[order[start]] + SLACK < best.gain:
            break
        chosen = np.sort(order[start : start + AT_ONCE])
        found = _exact(values.of(chosen)[:, active], chosen, objects[active], whole[active])
        if found is not None and (best is None or (-found.gain, found.feature) < (-best.gain, best.feature)):
            best = found
    return best


def _bounds(block: npt.NDArray, table: npt.NDArray[np.complex64]) -> npt.NDArray[np.float64]:
    """The most that any split of each feature of a block can gain."""
    total = float(table.real.sum(dtype=np.float64)), float(table.imag.sum(dtype=np.float64))
    taken = np.empty((CACHED, *block.shape[1:]), np.complex64)
    sums = np.empty((4 * CACHED, block.shape[2]), np.complex64)
    bounds = np.empty(len(block), np.float64)
    for start in range(0, len(block), len(sums)):
        count = min(len(sums), len(block) - start)
        for first in range(0, count, CACHED):
            part = block[start + first : start + min(first + CACHED, count)]
            np.take(table, part, out=taken[: len(part)], mode="clip")  # clip: else out is filled from a copy
            np.add.reduce(taken[: len(part)], axis=1, out=sums[first : first + len(part)])
        bounds[start : start + count] = _highest(sums[:count], *total)
    return bounds


def _highest(
    sums: npt.NDArray[np.complex64], all_objects: float, all_others: float
) -> npt.NDArray[np.float64]:
    """The most that a split inside of a group can gain, from each group's objects + i·others ``(features, groups)``."""
    total = all_objects, all_others
    after = np.cumsum(sums.real, axis=1, dtype=np.float64), np.cumsum(sums.imag, axis=1, dtype=np.float64)
    before = after[0] - sums.real, after[1] - sums.imag
    return np.maximum.reduce(
        [
            _gain(*after, *total).max(axis=1),
            _gain(after[0], before[1], *total).max(axis=1),
            _gain(before[0], after[1], *total).max(axis=1),
        ]
    )


def _gain(objects: npt.NDArray, others: npt.NDArray, all_objects: float, all_others: float) -> npt.NDArray:
    tiny = 1e-15
    left = (objects - others) ** 2 / np.maximum(objects + others, tiny)
    rest = all_objects - objects, all_others - others
    return left + (rest[0] - rest[1]) ** 2 / np.maximum(rest[0] + rest[1], tiny)


def _exact(
    values: npt.NDArray[np.float32],
    features: npt.NDArray[np.int64],
    objects: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.int64],
) -> Split | None:
    # Weights are whole numbers: sums are exact, so the order of equal values and of blocks makes no difference.
    order = np.argsort(values, axis=1)
    ranked = np.take_along_axis(values, order, axis=1)
    left_all = np.cumsum(weights[order], axis=1)
    left_objects = np.cumsum(np.where(objects, weights, 0)[order], axis=1)
    amount, balance = left_all.astype(np.float64), (2 * left_objects - left_all).astype(np.float64)
    rest, rest_balance = amount[:, -1:] - amount[:, :-1], balance[:, -1:] - balance[:, :-1]
    gain = balance[:, :-1] ** 2 / amount[:, :-1] + rest_balance**2 / rest
    gain[ranked[:, :-1] >= ranked[:, 1:]] = -1.0
    row, place = np.unravel_index(int(gain.argmax()), gain.shape) if gain.size else (0, 0)
    if not gain.size or gain[row, place] < 0:
        return None
    low, high = ranked[row, place], ranked[row, place + 1]
    middle = np.float32((low + high) / np.float32(2))
    return Split(
        int(features[row]),
        float(middle if low < middle else high),
        float(balance[row, place] / amount[row, place]),
        float(rest_balance[row, place] / rest[row, place]),
        float(gain[row, place] / amount[row, -1]),
    )
