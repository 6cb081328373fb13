"""Hash what the emotions depend on, without running a network."""

from __future__ import annotations

import dataclasses
from typing import Final

from videmo.config import fingerprint
from videmo.measures.emotions import VOCABULARIES
from videmo.settings import ClassifierSettings
from videmo.weights import current_name, load_weights, shipped

_UNCALIBRATED: Final = 2
"""The version of how the five emotions are told by a network without a calibration that knows others too."""


def classifier_identity(settings: ClassifierSettings) -> str:
    """Hash what results depend on: the network's content, its calibration, and the prior that the settings ask for.

    Only a network that doesn't ship with videmo, or has to know other words, is loaded, to see whether it can be used.

    Raises:
        UsageError: there is no such network, or it has no prior to correct for.
        WeightsError: it is damaged, or not a network for faces.
    """
    weights = load_weights(settings.name)
    more: tuple[int, ...] = ()
    if current_name(settings.name) not in shipped() or settings.emotions != "five":
        from videmo.measures.emotions.classifier import EmotionClassifier

        one = EmotionClassifier(weights, prior_power=settings.prior_power, words=VOCABULARIES[settings.emotions])
        if weights.calibration is None and one.knows_rest:
            more = (_UNCALIBRATED,)
    calibration = None if weights.calibration is None else dataclasses.asdict(weights.calibration)
    if calibration and not calibration["others"]:
        del calibration["others"]  # which results of earlier versions know nothing of, and such networks neither
    return fingerprint(weights.sha256, calibration, settings.prior_power, *more)
