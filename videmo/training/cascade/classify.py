"""Run a cascade over windows, bit for bit like OpenCV's detector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videmo.training.cascade.features import corners
from videmo.training.cascade.integral import Windows
from videmo.training.cascade.model import Cascade, Stage, Tree

CACHED = 2**16
"""Number of sums that are looked up at once: as many as fit into a core's cache."""
SLACK = np.float32(1e-5)
"""OpenCV lowers each stage's threshold by this when it loads a cascade."""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """Arrange a stage for many windows at once."""

    stage: Stage
    places: npt.NDArray[np.int64]
    """``(corners, 3)``: x, y and 1 for the tilted table, of all corners of all features."""
    weights: npt.NDArray[np.float64]
    """``(corners, nodes)``: from sums at the corners to values of features, exact in float64."""
    thresholds: npt.NDArray[np.float32]
    """``(nodes,)``"""
    leaves: npt.NDArray[np.float32] | None
    """``(2, nodes)``: answers below the threshold and from it on, if all weak classifiers are stumps."""


def plan(cascade: Cascade) -> tuple[StagePlan, ...]:
    """Arrange all stages."""
    return tuple(plan_stage(stage) for stage in cascade.stages)


def plan_stage(stage: Stage) -> StagePlan:
    """Arrange a stage."""
    nodes = [node for tree in stage.trees for node in tree.nodes]
    found = [
        {(x, y, int(node.feature.tilted)): weight for (x, y), weight in corners(node.feature).items()} for node in nodes
    ]
    rows = {place: row for row, place in enumerate(dict.fromkeys(place for places in found for place in places))}
    weights = np.zeros((len(rows), len(nodes)), np.float64)
    for column, places in enumerate(found):
        for place, weight in places.items():
            weights[rows[place], column] = weight
    stumps = all(len(tree.nodes) == 1 for tree in stage.trees)
    below = [[tree.leaves[-side] for tree in stage.trees for side in (tree.nodes[0].left,)] if stumps else []]
    above = [[tree.leaves[-side] for tree in stage.trees for side in (tree.nodes[0].right,)] if stumps else []]
    return StagePlan(
        stage,
        np.array(list(rows), np.int64).reshape(-1, 3),
        weights,
        np.array([node.threshold for node in nodes], np.float32),
        np.array(below + above, np.float32) if stumps else None,
    )


def stage_sums(plan: StagePlan, windows: Windows) -> npt.NDArray[np.float64]:
    """Sum the weak classifiers of a stage for each window: ``(n,)``."""
    values = _values(plan, windows)
    if plan.leaves is not None:
        answers = np.where(values < plan.thresholds, plan.leaves[0], plan.leaves[1])
        return answers.sum(axis=1, dtype=np.float64)
    total, column = np.zeros(len(windows), np.float64), 0
    for tree in plan.stage.trees:
        total += tree_answers(tree, list(values.T[column : column + len(tree.nodes)]))
        column += len(tree.nodes)
    return total


def _values(plan: StagePlan, windows: Windows) -> npt.NDArray[np.float32]:
    """Return the values of a stage's features over the spread of each window: ``(n, nodes)``."""
    x, y, tilted = plan.places.T
    offsets = x + y * windows.step + tilted * windows.tilted
    sums = windows.sums.take(windows.starts[:, None] + offsets)
    return (sums @ plan.weights).astype(np.float32) * windows.inverse[:, None]


def tree_answers(tree: Tree, values: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Return the answers of a weak classifier, from the values of its nodes' features."""
    goes = [
        np.where(value < np.float32(node.threshold), np.int32(node.left), np.int32(node.right))
        for node, value in zip(tree.nodes, values, strict=True)
    ]
    place = goes[0]
    for _ in tree.nodes[1:]:
        for number in range(1, len(tree.nodes)):
            place = np.where(place == number, goes[number], place)
    return np.array(tree.leaves, np.float32)[-place]


def passes(stage: Stage, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Mark the sums that are high enough to pass a stage."""
    return ~(sums < np.float32(stage.threshold) - SLACK)


def stages_passed(plans: Sequence[StagePlan], windows: Windows) -> npt.NDArray[np.int64]:
    """Count the stages that each window passes before the first that rejects it; −1 if it is too flat: ``(n,)``."""
    passed = np.full(len(windows), -1, np.int64)
    for alive in _survivors(plans, windows):
        passed[alive] += 1
    return passed


def accepted(plans: Sequence[StagePlan], windows: Windows) -> npt.NDArray[np.int64]:
    """Return the indices of the windows that pass all stages and are not too flat."""
    *_, alive = _survivors(plans, windows)
    return alive


def _survivors(plans: Sequence[StagePlan], windows: Windows) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the indices of the windows that aren't too flat, then of those that pass each stage."""
    alive = np.flatnonzero(windows.inverse > 0)
    yield alive
    for stage in plans:
        at_once = max(1, CACHED // len(stage.places))
        parts = [alive[first : first + at_once] for first in range(0, len(alive), at_once)]
        kept = [part[passes(stage.stage, stage_sums(stage, windows.at(part)))] for part in parts]
        alive = np.concatenate(kept) if kept else alive
        yield alive
