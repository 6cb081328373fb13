"""Measure what a classifier with seven words makes of fear and disgust, and what one with five does with such faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.timeline.summary import MORE_LIKELY
from videmo.training.classifier.data import collect
from videmo.training.classifier.datasets.expressions import SEVEN, read_expressions
from videmo.training.classifier.datasets.face import VOTES
from videmo.training.classifier.datasets.ferplus import read_table
from videmo.training.classifier.datasets.framed import Framer, crop_of
from videmo.training.classifier.measure import titled
from videmo.training.classifier.metrics import recall_cells, score
from videmo.training.classifier.mixture import PLACES
from videmo.training.common.labels import CLASSES
from videmo.weights import Weights, load_weights

FERPLUS, EXPRESSIONS = Path("data/ferplus.parquet"), Path("data/expressions.parquet")

Crops = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]
"""``(n, 48, 48)``, and ``(n,)`` places in `SEVEN`."""


def seven_sets(root: Path, split: str) -> dict[str, Crops]:
    """The faces of one split of every set that show one of the seven emotions, cut by our detector but for FER+'s.

    Raises:
        DatasetError: a table is missing or broken.
    """
    faces = collect(read_table(root / FERPLUS)).of(split)
    top = faces.votes.argmax(axis=1)
    told = np.isin(top, PLACES) & faces.votes.any(axis=1)
    order = np.full(len(VOTES), -1)
    order[list(PLACES)] = np.arange(len(SEVEN))
    sets = {"FER+": (faces.images[told], order[top[told]])}
    others = read_expressions(root / EXPRESSIONS, Framer(), (split,))
    for name, sources in (
        ("RAF-DB", ("rafdb",)), ("AffectNet and FFHQ", ("affectnet", "ffhq")), ("CK+", ("ckplus",)),
    ):  # fmt: skip
        part = others.of(split, *sources)
        sets[name] = crop_of(part.images), part.labels
    return sets


def knows_seven(weights: Weights) -> bool:
    """Tell whether a network can be asked for all seven words."""
    return weights.words == SEVEN and weights.calibration is not None and bool(weights.calibration.others)


def score_seven(names: Sequence[str], root: Path, split: str = "test") -> dict[str, dict[str, Any]]:
    """Score those of some networks that know seven words, by name and set; plain values.

    ``flagged`` is the share of the faces of fear and disgust that a table with five words marks as more likely another
    emotion, ``falsely`` the same of all other faces.

    Raises:
        DatasetError: a table is missing or broken.
        UsageError, WeightsError: a network can't be loaded.
    """
    known = {title: weights for title, name in titled(names).items() if knows_seven(weights := load_weights(name))}
    sets = seven_sets(root, split) if known else {}
    return {name: {title: _scored(weights, crops) for title, crops in sets.items()} for name, weights in known.items()}


def _scored(weights: Weights, crops: Crops) -> dict[str, Any]:
    images, truth = crops
    classifier = EmotionClassifier(weights, words=SEVEN)
    predicted = np.array([classifier.predict(image) for image in images], np.float64)
    flagged = predicted[:, len(CLASSES) :].sum(axis=1) > MORE_LIKELY
    other = truth >= len(CLASSES)
    return {
        **score(truth, predicted, words=SEVEN).plain(),
        "flagged": round(float(flagged[other].mean()), 4),
        "falsely": round(float(flagged[~other].mean()), 4),
    }


def seven_lines(scores: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[str]:
    """Write them in Markdown; nothing without a network that knows seven words."""
    if not scores:
        return []
    lines = [
        "## Seven words", "",
        "All seven emotions (`classifier.emotions`): recalls by emotion, balanced accuracy is their mean. *Flagged*: "
        "the share of the faces of fear and disgust that a table with five words marks as more likely another emotion "
        f"(`other` above {MORE_LIKELY:g}); *falsely*: the same of all other faces.", "",
    ]  # fmt: skip
    for name, by_set in scores.items():
        lines += [f"| {name} | rows | accuracy | balanced | {' | '.join(SEVEN)} | ECE | flagged | falsely |"]
        lines += ["|---|" + "---|" * (len(SEVEN) + 6)]
        for title, one in by_set.items():
            recalls = recall_cells(one["recall"], SEVEN)
            lines.append(
                f"| {title} | {one['rows']:,} | {one['accuracy']:.1%} | {one['balanced_accuracy']:.1%} | {recalls} |"
                f" {one['ece']:.3f} | {one['flagged']:.1%} | {one['falsely']:.1%} |"
            )
        lines.append("")
    return lines
