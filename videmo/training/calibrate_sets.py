"""Choose prior and temperature on the validation faces of several sets that count the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from videmo.emotions.calibration import Floats, probabilities
from videmo.training.calibrate import POWERS
from videmo.weights.calibration import Calibration

TO_GIVE = 0.01
"""How much plain accuracy, in the mean over the sets, a balanced prior may cost."""

Outputs = tuple[npt.NDArray[np.floating], npt.NDArray[np.int64]]
"""``(n, 7)`` logits and ``(n,)`` places in the five emotions."""


def calibrate_over_sets(sets: Mapping[str, Outputs], known: Calibration) -> Calibration:
    """Choose the prior power and the temperature of a calibration.

    As `calibrate.calibrate` does on one set, with the means over the sets of plain accuracy, balanced accuracy and
    likelihood in place of those of one.
    """
    fitted = [_at_best_temperature(sets, dataclasses.replace(known, prior_power=power)) for power in POWERS]
    scores = [_accuracies(sets, calibration) for calibration in fitted]
    enough = max(plain for plain, _ in scores) - TO_GIVE
    return max(zip(fitted, scores, strict=True), key=lambda pair: (pair[1][0] >= enough, pair[1][1]))[0]


def _at_best_temperature(sets: Mapping[str, Outputs], known: Calibration) -> Calibration:
    def at(log_temperature: float) -> Calibration:
        return dataclasses.replace(known, temperature=round(float(np.exp(log_temperature)), 4))

    found = minimize_scalar(
        lambda value: np.mean([_surprise(probabilities(logits, at(value)), truth) for logits, truth in sets.values()]),
        bounds=(np.log(0.1), np.log(10.0)),
        method="bounded",
    )
    return at(float(found.x))


def _accuracies(sets: Mapping[str, Outputs], known: Calibration) -> tuple[float, float]:
    plain, balanced = [], []
    for logits, truth in sets.values():
        hits = probabilities(logits, known).argmax(axis=1) == truth
        plain.append(hits.mean())
        balanced.append(np.mean([hits[truth == word].mean() for word in np.unique(truth)]))
    return float(np.mean(plain)), float(np.mean(balanced))


def _surprise(predicted: Floats, truth: npt.NDArray[np.int64]) -> float:
    return float(-np.log(np.maximum(predicted[np.arange(len(truth)), truth], 1e-12)).mean())
