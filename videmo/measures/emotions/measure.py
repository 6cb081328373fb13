"""Declare the emotions as a measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from videmo.measures.emotions import EMOTIONS
from videmo.measures.emotions.contract import FOUNDING
from videmo.measures.measure import Column, Crop, Instrument, Measure

if TYPE_CHECKING:
    from videmo.settings import Settings


def _load(settings: Settings) -> Instrument:
    from videmo.measures.emotions.classifier import EmotionClassifier
    from videmo.weights import load_weights

    classifier = EmotionClassifier(load_weights(settings.classifier.name), prior_power=settings.classifier.prior_power)

    def measure(crop: Any) -> tuple[float, ...]:
        return tuple(classifier.predict(crop).tolist())

    return measure


def _identity(settings: Settings) -> str:
    from videmo.measures.emotions.identity import classifier_identity

    return classifier_identity(settings.classifier)


EMOTION_MEASURE = Measure(
    name="emotions",
    columns=tuple(Column(word, 4, 0.0, 1.0, "", f"Probability that the face shows {word}.") for word in EMOTIONS),
    crop=Crop(FOUNDING.size),
    carry="words",
    load=_load,
    sections=("classifier",),
    identity=_identity,
)
