"""Convert a network's outputs to calibrated probabilities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from videmo.weights.calibration import Calibration

LEAST = 1.0 / 1024
"""Stands for a probability that an int8 output, in steps of 1/256, rounds to 0."""

Floats = npt.NDArray[np.float64]


def probabilities(
    outputs: npt.NDArray[np.floating],
    calibration: Calibration,
    prior_power: float | None = None,
    *,
    others: bool = False,
) -> Floats:
    """Apply temperature and prior.

    With the outputs as log-probabilities ``v`` under the training prior ``π``, the result is the softmax of
    ``(v - prior_power · log π) / temperature``: which emotion is the strongest depends on the prior alone, how sure
    that is on the temperature.

    Args:
        outputs: ``(..., n)`` as the network gave them.
        calibration: of the network.
        prior_power: in place of the calibration's own.
        others: False to leave out the outputs behind the five emotions: the result is conditional on one of the five.

    Returns:
        ``(..., 5)`` or, with the others, one for each output that the calibration knows; adding up to 1.
    """
    power = calibration.prior_power if prior_power is None else prior_power
    prior = np.log(np.asarray((*calibration.prior, *(calibration.others if others else ())), np.float64))
    values = np.asarray(outputs, np.float64)[..., : len(prior)]
    if calibration.output == "probabilities":
        values = np.log(np.maximum(values, LEAST))
    if calibration.balanced:
        values = values + prior
    return softmax((values - power * prior) / calibration.temperature)


def softmax(values: Floats) -> Floats:
    """Compute the exponentials over the last axis, scaled to add up to 1."""
    raised = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
