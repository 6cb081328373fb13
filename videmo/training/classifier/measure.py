"""Measure classifiers side by side on the same held-out faces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from videmo.training.classifier.metrics import Score, score
from videmo.training.classifier.rows import HeldOutFaces
from videmo.training.classifier.variants import VARIANTS, Variant


class Predictor(Protocol):
    """Turn a crop into probabilities."""

    def predict(self, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Classify a crop: ``(48, 48)`` grey → ``(classes,)`` probabilities in the order of `CLASSES`."""
        ...


def titled(names: Sequence[str]) -> dict[str, str]:
    """Return some networks by what to call them: the name of their file, or its path where two are called alike."""
    stems = {name: Path(name).stem for name in names}
    alike = Counter(stems.values())
    return {stem if alike[stem] == 1 else name: name for name, stem in stems.items()}


def predictions(predictor: Predictor, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return ``(n, classes)`` probabilities of ``(n, 48, 48)`` crops, one at a time as in analysis."""
    return np.array([predictor.predict(image) for image in images], dtype=np.float32)


def score_sets(predictor: Predictor, faces: HeldOutFaces) -> dict[str, Score]:
    """Score a classifier on each set of held-out faces."""
    predicted = predictions(predictor, faces.images)
    return {name: score(faces.truth[rows], predicted[rows]) for name, rows in faces.sets.items()}


def robustness(
    predictors: Mapping[str, Predictor],
    faces: HeldOutFaces,
    report: Callable[[str], None],
    variants: Sequence[Variant] = VARIANTS,
) -> list[dict[str, Any]]:
    """Measure accuracy and balanced accuracy of each classifier on changed copies of all held-out faces.

    Returns:
        One record per variant: ``group``, ``name`` and, under ``scores``, both numbers by classifier.
    """
    records = []
    for variant in variants:
        changed = np.stack([variant.change(image) for image in faces.images])
        scores = {}
        for name, predictor in predictors.items():
            hits = predictions(predictor, changed).argmax(axis=1) == faces.truth
            recalls = [hits[faces.truth == label].mean() for label in np.unique(faces.truth)]
            scores[name] = [round(float(hits.mean()), 4), round(float(np.mean(recalls)), 4)]
        records.append({"group": variant.group, "name": variant.name, "scores": scores})
        report(f"{variant.group} {variant.name}")
    return records
