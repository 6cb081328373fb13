"""Several sets of faces as one lesson: what the labels of each are worth, and how often its faces are drawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.training.classifier.datasets.expressions import SEVEN
from videmo.training.classifier.datasets.face import VOTES

Floats = npt.NDArray[np.float32]

FLOOR = 0.02
"""Least share of a word in a set's prior. A word that a set doesn't have is then hardly learned from it: its logit is
lowered by log 0.02 before the loss, so that saying it there costs little."""
TEMPER = 0.5
"""Rare words are drawn more often: by their share to the power of minus this."""
DOUBT: Final = {"rafdb": 0.06, "ckplus": 0.05, "ffhq": 0.08}
"""Share of the labels of a source that is taken for wrong."""
DOUBT_OF_AFFECTNET: Final = (0.12, 0.08, 0.25, 0.10, 0.10, 0.22, 0.10)
"""The same for AffectNet's single annotators, by word."""
MISTAKEN_FOR: Final = (0.40, 0.04, 0.10, 0.10, 0.16, 0.08, 0.12)
"""Shares of the words that a face shows where a single annotator's label is wrong."""
PLACES: Final = tuple(
    VOTES.index(name) for name in ("neutral", "happiness", "sadness", "surprise", "anger", "fear", "disgust")
)


@dataclass(frozen=True, slots=True)
class LessonSet:
    """The faces of one set that are learned from."""

    name: str
    images: npt.NDArray[np.uint8]
    """``(n, 64, 64)`` with their surroundings."""
    targets: Floats
    """``(n, 7)`` soft labels in the order of `SEVEN`; each adds up to 1."""
    draws: int
    """Faces of an epoch."""

    def chances(self) -> npt.NDArray[np.float64]:
        """``(n,)`` the chance of each face to be drawn."""
        shares = np.maximum(self.targets.mean(axis=0), 1e-3)
        weights = (self.targets / shares**TEMPER).sum(axis=1).astype(np.float64)
        return np.asarray(weights / weights.sum())

    def prior(self) -> Floats:
        """``(7,)`` shares of the words among the faces as they are drawn, none below `FLOOR`; adds up to 1."""
        shares = np.maximum((self.chances()[:, None] * self.targets).sum(axis=0), FLOOR)
        return np.asarray(shares / shares.sum(), np.float32)

    def taught(self, opinion: Floats, share: float) -> LessonSet:
        """The same faces with labels between their own and a teacher's opinion."""
        return dataclasses.replace(self, targets=np.float32(1 - share) * self.targets + np.float32(share) * opinion)


def seven_of_votes(votes: npt.NDArray[np.float32]) -> Floats:
    """``(n, 7)`` shares of the votes that went to the seven words."""
    seven = votes[:, list(PLACES)]
    return np.asarray(seven / np.maximum(seven.sum(axis=1, keepdims=True), 1e-9), np.float32)


def seven_of_labels(labels: npt.NDArray[np.int64], source: str) -> Floats:
    """``(n, 7)`` soft labels of a source with one label a face, as doubtful as that source's labels are."""
    sure = np.eye(len(SEVEN), dtype=np.float32)[labels]
    if source in ("rafdb", "ckplus"):
        return np.asarray(sure * (1 - DOUBT[source]) + DOUBT[source] / len(SEVEN), np.float32)
    doubt = np.array([DOUBT.get(source, wrong) for wrong in DOUBT_OF_AFFECTNET], np.float32)[labels, None]
    return np.asarray(sure * (1 - doubt) + doubt * np.array(MISTAKEN_FOR, np.float32), np.float32)


def one_epoch(sets: Sequence[LessonSet], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """``(m, 2)`` which set and which of its faces, in the order of one epoch."""
    drawn = [
        np.stack([np.full(one.draws, place), rng.choice(len(one.images), one.draws, p=one.chances())], axis=1)
        for place, one in enumerate(sets)
    ]
    return np.asarray(rng.permutation(np.concatenate(drawn)))
