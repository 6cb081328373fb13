"""Find the feature and threshold that split weighted samples best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videmo.training.cascade.parallel import ParallelMap
from videmo.training.cascade.values import CACHED, SampleValues, SortedGroups

SLACK = 4e-6
"""Amount by which bounds in float32 may be too low, for weights that sum to one."""
WHOLE = 2**50
"""The whole numbers that represent weights sum to about this, so that their sums are exact in float64 too."""
AT_ONCE, CACHED_VALUES = 32, 2**15
"""Number of features that are searched exactly in one go, or more up to this many values in all."""


@dataclass(frozen=True, slots=True)
class Split:
    """Describe the best split of some samples."""

    feature: int
    threshold: float
    """In float32: values below it go left."""
    left: float
    """Weighted mean of the labels of those that go left, −1 to 1."""
    right: float
    gain: float
    """Weighted mean square of the means: the larger, the less squared error is left."""


def best_split(
    values: SampleValues,
    groups: SortedGroups,
    objects: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.float64],
    parallel: ParallelMap,
) -> Split | None:
    """Find the stump with the least weighted squared error over all features, as Gentle AdaBoost wants it.

    The gain is a convex function of the weights of objects and others that go left. So no split inside a group of
    neighbours in a feature's order gains more than the best of four: before the group, after it, or with only its
    objects or only its others going left. Features whose bound is below what another reaches are not searched exactly;
    the result is the same as if they were. Ties go to the first feature, then the lowest threshold.

    Args:
        values: of all features for all samples.
        groups: the samples' order by each feature.
        objects: ``(n,)``: which samples are labelled 1; the others are −1.
        weights: ``(n,)``: 0 for samples that don't count.
        parallel: how blocks are spread over cores.

    Returns:
        The split, or None if no feature tells any two samples apart.
    """
    whole = np.round(weights / weights.sum() * WHOLE).astype(np.int64)
    weights, labels = whole / whole.sum(), np.where(objects, 1.0, -1.0)
    balance = float(weights @ labels)
    table = np.zeros(len(weights) + 1, np.complex64)
    table[:-1].real, table[:-1].imag = weights * (labels - balance), weights
    bounds = np.concatenate(
        list(parallel(lambda number: _bounds(groups.block(number), table, balance), groups.numbers()))
    )
    order = np.lexsort((np.arange(len(bounds)), -bounds))
    active = np.flatnonzero(whole)
    values = values.only(active)
    at_once = max(AT_ONCE, CACHED_VALUES // len(active))
    best: Split | None = None
    for start in range(0, len(order), at_once):
        if best is not None and bounds[order[start]] + SLACK < best.gain:
            break
        chosen = np.sort(order[start : start + at_once])
        found = _exact(values.of(chosen), chosen, objects[active], whole[active])
        if found is not None and (best is None or (-found.gain, found.feature) < (-best.gain, best.feature)):
            best = found
    return best


def _bounds(block: npt.NDArray, table: npt.NDArray[np.complex64], balance: float) -> npt.NDArray[np.float32]:
    """Return the most that any split of each feature of a block can gain."""
    taken = np.empty((CACHED, *block.shape[1:]), np.complex64)
    sums = np.empty((4 * CACHED, block.shape[2]), np.complex64)
    bounds = np.empty(len(block), np.float32)
    for start in range(0, len(block), len(sums)):
        count = min(len(sums), len(block) - start)
        for first in range(0, count, CACHED):
            part = block[start + first : start + min(first + CACHED, count)]
            np.take(table, part, out=taken[: len(part)], mode="clip")  # clip: else out is filled from a copy
            np.add.reduce(taken[: len(part)], axis=1, out=sums[first : first + len(part)])
        bounds[start : start + count] = _highest(sums[:count], balance)
    return bounds


def _highest(sums: npt.NDArray[np.complex64], balance: float) -> npt.NDArray[np.float32]:
    """Return the most that a split can gain, given the contents of each group.

    With labels taken from their mean, sums e of the weighted labels and w of the weights of what goes left, a split
    gains e² / (w (1 − w)) over the square of the mean.

    Args:
        sums: ``(features, groups)`` of e + i·w.
        balance: the mean of the labels.
    """
    shape = len(sums), sums.shape[1] + 1
    e, w = np.zeros(shape, np.float64), np.zeros(shape, np.float64)
    np.cumsum(sums.real, axis=1, dtype=np.float64, out=e[:, 1:])
    np.cumsum(sums.imag, axis=1, dtype=np.float64, out=w[:, 1:])
    e, w = e.astype(np.float32), w.astype(np.float32)
    objects = np.float32(0.5) * (sums.real + np.float32(1 + balance) * sums.imag)
    labelled = np.float32(1 - balance) * objects
    gain = np.maximum(
        _gain(e[:, :-1] + labelled, w[:, :-1] + objects), _gain(e[:, 1:] - labelled, w[:, 1:] - objects)
    ).max(axis=1)
    return np.maximum(gain, _gain(e, w).max(axis=1)) + np.float32(balance**2)


def _gain(e: npt.NDArray[np.float32], w: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    spread = w - w * w
    np.maximum(spread, np.float32(1e-8), out=spread)
    return np.divide(e * e, spread, out=spread)


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
