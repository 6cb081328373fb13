"""Calculate how good probabilities of emotions are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.training.common.labels import CLASSES

BINS = 15
"""Equal steps of confidence, from 0 to 1, of the reliability diagram and the calibration error."""
RESAMPLES = 2000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Score:
    """Say how well the probabilities match the annotators' top votes on one set of faces."""

    rows: int
    accuracy: float
    balanced_accuracy: float
    """Mean of the recalls."""
    macro_f1: float
    recall: dict[str, float]
    """Of each word that occurs."""
    confusion: list[list[int]]
    """Rows: top vote; columns: predicted."""
    ece: float
    """Expected calibration error of the strongest emotion (Guo et al., 2017), over `BINS` equal bins."""
    reliability: list[tuple[int, float, float]]
    """For each bin: number of faces, their mean confidence, their accuracy (0 and 0 for an empty bin)."""
    intervals: dict[str, tuple[float, float]]
    """95 % intervals of ``accuracy``, ``balanced_accuracy``, ``macro_f1`` and ``ece``, by bootstrap over the faces."""

    def plain(self) -> dict[str, Any]:
        """Return plain values for JSON, rounded to a hundredth of a percent."""
        return {
            "rows": self.rows,
            "accuracy": round(self.accuracy, 4),
            "balanced_accuracy": round(self.balanced_accuracy, 4),
            "macro_f1": round(self.macro_f1, 4),
            "recall": {name: round(value, 4) for name, value in self.recall.items()},
            "confusion": self.confusion,
            "ece": round(self.ece, 4),
            "reliability": [[count, round(mean, 4), round(right, 4)] for count, mean, right in self.reliability],
            "intervals": {name: [round(low, 4), round(high, 4)] for name, (low, high) in self.intervals.items()},
        }


def score(
    truth: npt.NDArray[np.int64],
    predicted: npt.NDArray[np.floating],
    *,
    words: Sequence[str] = CLASSES,
    seed: int = 7,
) -> Score:
    """Score probabilities.

    Args:
        truth: ``(n,)`` top votes, as places in ``words``.
        predicted: ``(n, words)`` probabilities.
        words: the emotions.
        seed: of the bootstrap.
    """
    guess, confidence = predicted.argmax(axis=1), predicted.max(axis=1).astype(np.float64)
    confusion = np.zeros((len(words), len(words)), dtype=np.int64)
    np.add.at(confusion, (truth, guess), 1)
    accuracy, balanced, f1, recalls = _rates(confusion[None].astype(np.float64))
    hits = (truth == guess).astype(np.float64)
    counts, means, right = reliability(hits, confidence)
    return Score(
        rows=len(truth),
        accuracy=float(accuracy[0]),
        balanced_accuracy=float(balanced[0]),
        macro_f1=float(f1[0]),
        recall={
            word: share for word, share, row in zip(words, recalls[0].tolist(), confusion, strict=True) if any(row)
        },
        confusion=confusion.tolist(),
        ece=calibration_error(hits, confidence),
        reliability=[(int(n), float(m), float(r)) for n, m, r in zip(counts, means, right, strict=True)],
        intervals=_intervals(confusion, hits, confidence, seed),
    )


def _rates(confusion: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Calculate accuracy, balanced accuracy, macro-F1 ``(k,)`` and recalls ``(k, c)`` of ``(k, c, c)`` confusions.

    A class that doesn't occur is left out of the means.
    """
    right = np.diagonal(confusion, axis1=1, axis2=2)
    shown, guessed = confusion.sum(axis=2), confusion.sum(axis=1)
    recalls = right / np.maximum(shown, 1)
    f1 = 2 * right / np.maximum(shown + guessed, 1)
    there = shown > 0
    classes = np.maximum(there.sum(axis=1), 1)
    return (
        right.sum(axis=1) / np.maximum(shown.sum(axis=1), 1),
        (recalls * there).sum(axis=1) / classes,
        (f1 * there).sum(axis=1) / classes,
        recalls,
    )


def recalls_of(hits: npt.NDArray[np.bool_], truth: npt.NDArray[np.int64]) -> list[float]:
    """Return the share of hits among the faces of each word that occurs, in the order of the words."""
    return [float(hits[truth == word].mean()) for word in np.unique(truth)]


def reliability(hits: Floats, confidence: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the faces, mean confidence and accuracy in each of `BINS` equal bins of confidence."""
    place = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    counts = np.bincount(place, minlength=BINS).astype(np.float64)
    some = np.maximum(counts, 1)
    means = np.bincount(place, weights=confidence, minlength=BINS) / some
    return counts, means, np.bincount(place, weights=hits, minlength=BINS) / some


def calibration_error(hits: Floats, confidence: Floats) -> float:
    """Return the mean difference between confidence and accuracy over the bins, weighted by their faces."""
    counts, means, right = reliability(hits, confidence)
    return float((counts * np.abs(means - right)).sum() / max(counts.sum(), 1))


def _intervals(
    confusion: npt.NDArray[np.int64], hits: Floats, confidence: Floats, seed: int
) -> dict[str, tuple[float, float]]:
    rng = np.random.default_rng(seed)
    rows = int(confusion.sum())
    # Drawing faces with replacement means drawing cells of the confusion matrix: exact, and fast.
    drawn = rng.multinomial(rows, confusion.ravel() / rows, RESAMPLES).reshape(-1, *confusion.shape)
    accuracy, balanced, f1, _ = _rates(drawn.astype(np.float64))
    errors = []
    for _ in range(RESAMPLES // 10):
        chosen = rng.integers(0, rows, rows)
        errors.append(calibration_error(hits[chosen], confidence[chosen]))
    samples = {"accuracy": accuracy, "balanced_accuracy": balanced, "macro_f1": f1, "ece": np.array(errors)}
    return {name: _middle(values) for name, values in samples.items()}


def _middle(values: Floats) -> tuple[float, float]:
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def recall_cells(recall: Mapping[str, float], words: Sequence[str]) -> str:
    """Write recalls as cells of a Markdown table; a dash for a word that does not occur."""
    return " | ".join(f"{recall[word]:.1%}" if word in recall else "–" for word in words)
