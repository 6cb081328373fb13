"""Measure the displayed emotion of a face, as probabilities of five words or of seven."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EMOTIONS: Final = ("neutral", "happy", "sad", "surprise", "angry")
"""The displayed emotions in the one order of every table, plot and network: an emotion's place is its index."""
SEVEN: Final = (*EMOTIONS, "fear", "disgust")
"""The same with the two that five words leave out."""
LEFT_OUT: Final = SEVEN[len(EMOTIONS) :]
"""Those two."""
VOCABULARIES: Final[Mapping[str, tuple[str, ...]]] = {"five": EMOTIONS, "seven": SEVEN}
"""By the setting ``classifier.emotions``."""
OTHER: Final = "other"
"""Column of the probability that a face shows an emotion that the five words leave out."""
VALENCE: Final = "valence"
"""Column of how pleasant the display is: happy, less the strongest unpleasant emotion."""
UNPLEASANT: Final = ("sad", "angry", "fear", "disgust")
