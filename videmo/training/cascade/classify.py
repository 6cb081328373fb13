"""Run a cascade over windows, to the bit as OpenCV's detector does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from videmo.training.cascade.features import corners
from videmo.training.cascade.integral import Windows
from videmo.training.cascade.model import Cascade, Feature, Stage, Tree

CACHED = 8192
"""Windows that are worked on at once: what fits into a core's cache."""
SLACK = np.float32(1e-5)
"""OpenCV lowers each stage's threshold by this when it loads a cascade."""


def feature_values(feature: Feature, windows: Windows) -> npt.NDArray[np.float32]:
    """The values of a feature over the spread of each window: ``(n,)``."""
    total = np.zeros(len(windows), np.int32)
    base = windows.tilted if feature.tilted else 0
    for (x, y), weight in corners(feature).items():
        total += np.int32(weight) * windows.sums.take(windows.starts + (base + y * windows.step + x))
    return total.astype(np.float32) * windows.inverse


def tree_outputs(tree: Tree, windows: Windows) -> npt.NDArray[np.float32]:
    """What a weak classifier says of each window: ``(n,)``."""
    return tree_answers(tree, [feature_values(node.feature, windows) for node in tree.nodes])


def tree_answers(tree: Tree, values: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """What a weak classifier says, from the values of its nodes' features."""
    leaves = np.array(tree.leaves, np.float32)
    goes = [
        np.where(value < np.float32(node.threshold), np.int32(node.left), np.int32(node.right))
        for node, value in zip(tree.nodes, values, strict=True)
    ]
    place = goes[0]
    for _ in tree.nodes[1:]:
        for number in range(1, len(tree.nodes)):
            place = np.where(place == number, goes[number], place)
    return leaves[-place]


def stage_sums(stage: Stage, windows: Windows) -> npt.NDArray[np.float64]:
    """The sum of a stage's weak classifiers over each window: ``(n,)``."""
    total = np.zeros(len(windows), np.float64)
    for tree in stage.trees:
        total += tree_outputs(tree, windows)
    return total


def passes(stage: Stage, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which sums are enough to pass a stage."""
    return ~(sums < np.float32(stage.threshold) - SLACK)


def stages_passed(cascade: Cascade, windows: Windows) -> npt.NDArray[np.int64]:
    """How many stages each window passes before the first that rejects it; windows too flat pass none: ``(n,)``."""
    passed = np.zeros(len(windows), np.int64)
    for first in range(0, len(windows), CACHED):
        alive = first + np.flatnonzero(windows.inverse[first : first + CACHED] > 0)
        for stage in cascade.stages:
            if not len(alive):
                break
            alive = alive[passes(stage, stage_sums(stage, windows.at(alive)))]
            passed[alive] += 1
    return passed


def accepted(cascade: Cascade, windows: Windows) -> npt.NDArray[np.int64]:
    """Indices of the windows that pass all stages and are not too flat."""
    looked_at = windows.inverse > 0
    return np.flatnonzero(looked_at & (stages_passed(cascade, windows) == len(cascade.stages)))
