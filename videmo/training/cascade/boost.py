"""Train one stage of the cascade with Gentle AdaBoost (Friedman, Hastie and Tibshirani, 2000)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videmo.training.cascade.classify import passes, tree_answers
from videmo.training.cascade.model import Feature, Node, Stage, Tree
from videmo.training.cascade.parallel import ParallelMap
from videmo.training.cascade.stump import Split, best_split
from videmo.training.cascade.values import SampleValues, SortedGroups

Labels = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StageSettings:
    """Say when a stage is good enough, and what it may consist of."""

    min_hit_rate: float = 0.995
    """Smallest share of the positives that has to pass."""
    max_false_alarm: float = 0.5
    """Largest share of the negatives that may pass."""
    max_weak: int = 100
    """Largest number of weak classifiers."""
    max_depth: int = 1
    """1 for stumps, 2 for trees of up to three features."""
    weight_trim: float = 0.95
    """Each weak classifier learns from the samples that hold this share of the weight; 1 for all."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Tell how well a stage does on the samples that it was trained with."""

    hit_rate: float
    false_alarms: float


def train_stage(
    values: SampleValues,
    groups: SortedGroups,
    features: Sequence[Feature],
    objects: Labels,
    settings: StageSettings,
    parallel: ParallelMap,
    report: Callable[[int, Shares], None],
) -> tuple[Stage, Shares]:
    """Add weak classifiers until enough positives and few enough negatives pass.

    Positives and negatives start with half of the weight each (Viola and Jones, 2001).

    Args:
        values: of all features for all samples.
        groups: the samples' order by each feature.
        features: the features.
        objects: ``(n,)``: which samples are positives.
        settings: when to stop.
        parallel: how the search is spread over cores.
        report: receives the number of weak classifiers and how well they do, after each.
    """
    labels = np.where(objects, 1.0, -1.0)
    weights = np.where(objects, 0.5 / objects.sum(), 0.5 / (~objects).sum())
    sums = np.zeros(len(objects), np.float64)
    trees: list[Tree] = []
    threshold, shares = 0.0, Shares(1.0, 1.0)
    while len(trees) < settings.max_weak:
        grown = _grow(values, groups, features, objects, _trimmed(weights, settings.weight_trim), settings, parallel)
        if grown is None:
            break
        tree, used = grown
        answers = tree_answers(tree, list(values.of(used)))
        trees.append(tree)
        sums += answers
        weights = weights * np.exp(-labels * answers)
        weights /= weights.sum()
        threshold = _threshold(sums[objects], settings.min_hit_rate)
        passed = passes(Stage(threshold, ()), sums)
        shares = Shares(float(passed[objects].mean()), float(passed[~objects].mean()))
        report(len(trees), shares)
        if shares.false_alarms <= settings.max_false_alarm:
            break
    return Stage(threshold, tuple(trees)), shares


def _threshold(sums: npt.NDArray[np.float64], min_hit_rate: float) -> float:
    """Return the highest threshold, in float32, that lets enough positives pass."""
    lost = math.floor((1 - min_hit_rate) * len(sums) + 1e-9)
    least = float(np.sort(sums)[min(lost, len(sums) - 1)])
    threshold = np.float32(least)
    return float(threshold if threshold <= least else np.nextafter(threshold, np.float32(-np.inf)))


def _trimmed(weights: npt.NDArray[np.float64], share: float) -> npt.NDArray[np.float64]:
    """Set the smallest weights, which together make up the rest beyond the share, to zero."""
    if share >= 1:
        return weights
    order = np.argsort(weights, kind="stable")
    light = order[np.cumsum(weights[order]) <= 1 - share]
    kept = weights.copy()
    kept[light] = 0
    return kept


def _grow(
    values: SampleValues,
    groups: SortedGroups,
    features: Sequence[Feature],
    objects: Labels,
    weights: npt.NDArray[np.float64],
    settings: StageSettings,
    parallel: ParallelMap,
) -> tuple[Tree, list[int]] | None:
    """Find the weak classifier with the least squared error, and the numbers of its features."""
    root = best_split(values, groups, objects, weights, parallel)
    if root is None:
        return None
    splits, leaves, turns = [root], [root.left, root.right], [[0, -1]]
    if settings.max_depth > 1:
        goes_left = values.of([root.feature])[0] < np.float32(root.threshold)
        leaves, turns = [], [[0, 0]]
        for side, (mask, answer) in enumerate(((goes_left, root.left), (~goes_left, root.right))):
            below = _below(values, groups, objects, np.where(mask, weights, 0), parallel)
            if below is None:
                turns[0][side] = -len(leaves)
                leaves.append(answer)
            else:
                turns[0][side] = len(splits)
                splits.append(below)
                turns.append([-len(leaves), -len(leaves) - 1])
                leaves += [below.left, below.right]
    nodes = tuple(Node(features[s.feature], s.threshold, *turn) for s, turn in zip(splits, turns, strict=True))
    return Tree(nodes, tuple(float(np.float32(leaf)) for leaf in leaves)), [split.feature for split in splits]


def _below(
    values: SampleValues, groups: SortedGroups, objects: Labels, weights: npt.NDArray[np.float64], parallel: ParallelMap
) -> Split | None:
    if not weights[objects].sum() or not weights[~objects].sum():  # nothing left to tell apart
        return None
    return best_split(values, groups, objects, weights, parallel)
