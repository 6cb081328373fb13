"""Measure a classifier on FER+'s held-out faces, with the runtime and the crops that analysis uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.emotions.classifier import EmotionClassifier
from videmo.records import EMOTIONS
from videmo.training.copies import near_copies
from videmo.training.ferplus import Faces, scored_rows, strict_majority_rows
from videmo.weights import Weights


@dataclass(frozen=True, slots=True)
class Score:
    """How often the strongest emotion was the annotators' top vote, on one set of faces."""

    rows: int
    accuracy: float
    balanced_accuracy: float
    """Mean of the recalls."""
    recall: dict[str, float]
    confusion: list[list[int]]
    """Rows: top vote; columns: predicted."""


def evaluate_classifier(weights: Weights, faces: Faces) -> dict[str, Any]:
    """Score a network on the test split: on all scored rows, without copies of training images, on clear majorities.

    Returns:
        Sets by name, each as plain values of a `Score`.
    """
    test, train = faces.of("test"), faces.of("train")
    test = test.where(scored_rows(test))
    classifier = EmotionClassifier(weights)
    predicted = np.array([classifier.predict(image).argmax() for image in test.images])
    sets = {
        "test": np.ones(len(test), dtype=np.bool_),
        "test without copies of training images": ~near_copies(test.images, train.images),
        "test, more than half of the votes agree": strict_majority_rows(test),
    }
    return {name: _as_dict(_score(test.top[rows], predicted[rows])) for name, rows in sets.items()}


def _score(truth: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64]) -> Score:
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), dtype=np.int64)
    np.add.at(confusion, (truth, predicted), 1)
    recalls = confusion.diagonal() / np.maximum(confusion.sum(axis=1), 1)
    return Score(
        rows=len(truth),
        accuracy=float((truth == predicted).mean()),
        balanced_accuracy=float(recalls.mean()),
        recall={emotion: float(recall) for emotion, recall in zip(EMOTIONS, recalls)},
        confusion=confusion.tolist(),
    )


def _as_dict(score: Score) -> dict[str, Any]:
    rounded = {emotion: round(value, 4) for emotion, value in score.recall.items()}
    return {
        "rows": score.rows,
        "accuracy": round(score.accuracy, 4),
        "balanced_accuracy": round(score.balanced_accuracy, 4),
        "recall": rounded,
        "confusion": score.confusion,
    }
