"""Read the calibration on a network's card, by which its outputs become probabilities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from videmo.errors import WeightsError


@dataclass(frozen=True, slots=True)
class Calibration:
    """The calibration of a network's outputs, found on validation faces."""

    output: str
    """The kind of the file's outputs: ``logits`` or ``probabilities``."""
    balanced: bool
    """True if the network learned as if all emotions were equally frequent; the prior is then added."""
    prior: tuple[float, ...]
    """Share of each emotion in the training data; adds up to 1."""
    temperature: float
    """The log-probabilities are divided by this: above 1 makes an over-confident network modest."""
    prior_power: float
    """The prior to this power is divided out: 0 for emotions as frequent as in the training data, 1 for equally
    frequent ones. This is the value chosen on validation faces; `settings.ClassifierSettings.prior_power` wins over it.
    """
    others: tuple[float, ...] = ()
    """How frequent each output beyond the five emotions is in the training data, over all five; empty if not known."""


def calibration_of(card: Mapping[str, Any], name: str) -> Calibration | None:
    """Read the calibration from a network's card; None where the card has none.

    Raises:
        WeightsError: it is damaged.
    """
    known = card.get("calibration")
    if known is None:
        return None
    try:
        calibration = Calibration(
            output=str(known["output"]),
            balanced=known["balanced"],
            prior=tuple(float(share) for share in known["prior"]),
            temperature=float(known["temperature"]),
            prior_power=float(known["prior_power"]),
            others=tuple(float(share) for share in known.get("others", ())),
        )
    except (KeyError, OverflowError, TypeError, ValueError) as exc:
        raise _damaged(name, repr(exc)) from exc
    sound = (
        calibration.output in ("logits", "probabilities")
        and isinstance(calibration.balanced, bool)
        and 0 <= calibration.prior_power <= 1
        and 0 < calibration.temperature < math.inf
        and all(0 < share < math.inf for share in (*calibration.prior, *calibration.others))
        and abs(sum(calibration.prior) - 1) < 0.01
    )
    if not sound:
        raise _damaged(name, str(known))
    return calibration


def _damaged(name: str, reason: str) -> WeightsError:
    return WeightsError(name, f"its card has a damaged calibration ({reason})", advice="Train or install it again.")
