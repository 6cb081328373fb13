"""Choose prior and temperature on the validation faces of several sets that count the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from videmo.measures.emotions.calibration import Floats, probabilities
from videmo.training.classifier.calibrate import POWERS
from videmo.training.classifier.metrics import recalls_of
from videmo.weights.calibration import Calibration

SCALES = (1.0, 2.0, 4.0, 8.0)
"""By how much fear and disgust may be more frequent than in the training data."""

EQUAL = 0.001
"""Mean accuracies that differ by no more are taken for equal: the sets are too small to tell."""
LEAST_RECALL = 0.6
"""Share of the faces of each emotion that should be found on every set, if equal accuracy can be had with it."""

Outputs = tuple[npt.NDArray[np.floating], npt.NDArray[np.int64]]
"""``(n, 7)`` logits and ``(n,)`` places in the five emotions."""


def calibrate_over_sets(sets: Mapping[str, Outputs], known: Calibration) -> Calibration:
    """Choose the prior power and the temperature of a calibration.

    For each prior power the temperature with the highest likelihood, in the mean over the sets, is taken; then the
    power whose mean of plain and balanced accuracy over all sets is the highest. Of those within `EQUAL`, it is the
    lowest with which no emotion of any set is recalled less than `LEAST_RECALL`, or else the lowest.
    """
    fitted = [_at_best_temperature(sets, dataclasses.replace(known, prior_power=power)) for power in POWERS]
    scores = [_accuracy(sets, calibration) for calibration in fitted]
    equal = [one for one, each in zip(fitted, scores, strict=True) if each >= max(scores) - EQUAL]
    return next((one for one in equal if _lowest_recall(sets, one) >= LEAST_RECALL), equal[0])


def others_over_sets(sets: Mapping[str, Outputs], known: Calibration) -> Calibration:
    """Choose how frequent the outputs beyond the five emotions are taken to be.

    Those of the card are multiplied by each of `SCALES`; the one whose mean of plain and balanced accuracy with all
    outputs, over all sets, is the highest is taken, the lower one of equals.
    """
    tried = [
        dataclasses.replace(known, others=tuple(round(scale * share, 4) for share in known.others)) for scale in SCALES
    ]
    scores = [_accuracy(sets, calibration, others=True) for calibration in tried]
    return tried[int(np.argmax(scores))]


def _at_best_temperature(sets: Mapping[str, Outputs], known: Calibration) -> Calibration:
    def at(log_temperature: float) -> Calibration:
        return dataclasses.replace(known, temperature=round(float(np.exp(log_temperature)), 4))

    found = minimize_scalar(
        lambda value: np.mean([_surprise(probabilities(logits, at(value)), truth) for logits, truth in sets.values()]),
        bounds=(np.log(0.1), np.log(10.0)),
        method="bounded",
    )
    return at(float(found.x))


def _accuracy(sets: Mapping[str, Outputs], known: Calibration, *, others: bool = False) -> float:
    """Mean of plain and balanced accuracy, in the mean over the sets."""
    found = []
    for logits, truth in sets.values():
        hits = probabilities(logits, known, others=others).argmax(axis=1) == truth
        found += [hits.mean(), np.mean(recalls_of(hits, truth))]
    return float(np.mean(found))


def _lowest_recall(sets: Mapping[str, Outputs], known: Calibration) -> float:
    found = ((probabilities(logits, known).argmax(axis=1) == truth, truth) for logits, truth in sets.values())
    return min(min(recalls_of(hits, truth)) for hits, truth in found)


def _surprise(predicted: Floats, truth: npt.NDArray[np.int64]) -> float:
    return float(-np.log(np.maximum(predicted[np.arange(len(truth)), truth], 1e-12)).mean())
