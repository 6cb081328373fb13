"""Choose prior and temperature on validation faces."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from videmo.measures.emotions.calibration import Floats, probabilities
from videmo.weights.calibration import Calibration

POWERS = tuple(np.round(np.arange(0, 1.01, 0.05), 2).tolist())
ACCURACY_TO_GIVE = 0.01
"""Plain accuracy that a balanced prior may cost."""


def calibrate(
    outputs: npt.NDArray[np.floating],
    truth: npt.NDArray[np.int64],
    known: Calibration,
    *,
    prior_power: float | None = None,
) -> Calibration:
    """Choose the prior power and the temperature of a calibration.

    Among the prior powers whose plain accuracy is within `ACCURACY_TO_GIVE` of the best, take the one with the highest
    balanced accuracy; for each power, the temperature is the one with the highest likelihood of the top votes.

    Args:
        outputs: ``(n, classes)`` of the network on validation faces.
        truth: ``(n,)`` their top votes.
        known: describes the outputs; its temperature and prior power are replaced.
        prior_power: use this one instead of choosing one.
    """

    def with_values(power: float, temperature: float) -> Calibration:
        return dataclasses.replace(known, temperature=temperature, prior_power=power)

    def best_temperature(power: float) -> float:
        found = minimize_scalar(
            lambda log_t: _negative_log_likelihood(
                probabilities(outputs, with_values(power, float(np.exp(log_t)))), truth
            ),
            bounds=(np.log(0.1), np.log(10.0)),
            method="bounded",
        )
        return round(float(np.exp(found.x)), 4)

    candidates = [prior_power] if prior_power is not None else POWERS
    fitted = [with_values(power, best_temperature(power)) for power in candidates]
    scores = [_accuracies(probabilities(outputs, calibration), truth) for calibration in fitted]
    enough = max(plain for plain, _ in scores) - ACCURACY_TO_GIVE
    return max(zip(fitted, scores), key=lambda pair: (pair[1][0] >= enough, pair[1][1]))[0]


def _accuracies(predicted: Floats, truth: npt.NDArray[np.int64]) -> tuple[float, float]:
    hits = predicted.argmax(axis=1) == truth
    return float(hits.mean()), float(np.mean([hits[truth == label].mean() for label in np.unique(truth)]))


def _negative_log_likelihood(predicted: Floats, truth: npt.NDArray[np.int64]) -> float:
    return float(-np.log(np.maximum(predicted[np.arange(len(truth)), truth], 1e-12)).mean())
