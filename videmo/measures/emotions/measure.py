"""Declare the emotions as a measure: the words that were chosen, what they leave out, and valence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from videmo.measures.emotions import EMOTIONS, LEFT_OUT, OTHER, SEVEN, UNPLEASANT, VALENCE, VOCABULARIES
from videmo.measures.emotions.contract import FOUNDING
from videmo.measures.measure import Column, Crop, Instrument, Measure

if TYPE_CHECKING:
    from videmo.settings import Settings


def _load(settings: Settings) -> Instrument:
    from videmo.measures.emotions.classifier import EmotionClassifier
    from videmo.weights import load_weights

    chosen = settings.classifier
    words = VOCABULARIES[chosen.emotions]
    classifier = EmotionClassifier(load_weights(chosen.name), prior_power=chosen.prior_power, words=words)
    happy, unpleasant = words.index("happy"), [place for place, word in enumerate(words) if word in UNPLEASANT]

    def measure(crop: Any) -> tuple[float, ...]:
        shares, other = classifier.predict_with_rest(crop)
        values = tuple(shares.tolist())
        valence = values[happy] - max(values[place] for place in unpleasant)
        return (*values, valence) if words == SEVEN else (*values, other, valence)

    return measure


def _identity(settings: Settings) -> str:
    from videmo.measures.emotions.identity import classifier_identity

    return classifier_identity(settings.classifier)


def _since(word: str) -> str:
    return "0.1.0" if word in EMOTIONS else "0.2.0"


def _columns(words: tuple[str, ...]) -> tuple[Column, ...]:
    named = [
        Column(word, 4, 0.0, 1.0, "", f"Probability that the face shows {word}.", "word", _since(word))
        for word in words
    ]
    if words == EMOTIONS:
        about = f"Probability that the face shows {' or '.join(LEFT_OUT)} rather than one of the {len(EMOTIONS)}."
        named.append(Column(OTHER, 4, 0.0, 1.0, "", about, "rest", "0.2.0"))
    about = "How pleasant the display is: happy, less the most probable of the unpleasant emotions."
    return (*named, Column(VALENCE, 4, -1.0, 1.0, "", about, "mean", "0.2.0"))


def emotion_measure(words: tuple[str, ...]) -> Measure:
    """Declare the measure with some words, see `VOCABULARIES`."""
    return Measure(
        name="emotions",
        columns=_columns(words),
        crop=Crop(FOUNDING.size, levelled=True),
        load=_load,
        sections=("classifier",),
        identity=_identity,
    )
