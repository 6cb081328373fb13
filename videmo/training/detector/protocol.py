"""Calculate average precision as WIDER FACE's own evaluation does (Yang et al., 2016): pure functions on arrays.

It differs from `metrics` in how boxes are matched and the curve is drawn. A detection belongs to the face that it
covers best, found before or not; if that face is to be ignored, so is the detection. Scores are stretched to 0 to 1
over all pictures, and the curve has one point for each of a thousand thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.training.common.boxes import overlaps
from videmo.training.detector.metrics import Boxes, Finding

LEVELS: Final[Mapping[str, float]] = {"easy": 50.0, "medium": 30.0, "hard": 10.0}
"""Faces that are higher than this, in pixels of the original picture, are to be found; all others are ignored."""
OVERLAP: Final = 0.5
THRESHOLDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Proposals:
    """Hold what came of a picture's detections, strongest first, as counts up to and including each."""

    scores: npt.NDArray[np.float64]
    """``(n,)``"""
    counted: npt.NDArray[np.int64]
    """``(n,)`` detections that are not ignored."""
    found: npt.NDArray[np.int64]
    """``(n,)`` faces found."""


def at_level(finding: Finding, original_heights: npt.NDArray[np.float64], level: str) -> Finding:
    """Ignore the faces that are not of a level.

    Args:
        finding: of one picture, whose own ignored faces stay ignored.
        original_heights: ``(m,)`` of the annotated faces, in pixels of the original picture.
        level: a name in `LEVELS`.
    """
    ignore = finding.ignore | (original_heights <= LEVELS[level])
    return Finding(finding.boxes, finding.scores, finding.truth, ignore)


def official_average_precision(findings: Sequence[Finding]) -> float:
    """Return the average precision, 0 to 1; NaN without faces to find.

    Args:
        findings: one per picture, boxes in pixels of the original picture. Pictures without annotated faces are passed
            over, as there.
    """
    annotated = [finding for finding in findings if len(finding.truth)]
    faces = sum(int((~finding.ignore).sum()) for finding in annotated)
    if not faces:
        return float("nan")
    judged = [proposals(finding) for finding in annotated]
    counted, found = curve(judged)
    return _area(found / faces, found / np.maximum(counted, 1))


def proposals(finding: Finding) -> Proposals:
    """Match the detections of a picture with its faces, strongest first."""
    order = np.argsort(-finding.scores, kind="stable")
    shared = overlaps(_inclusive(finding.boxes[order]), _inclusive(finding.truth))
    best, covers = shared.argmax(axis=1), shared.max(axis=1) >= OVERLAP
    ignored = covers & finding.ignore[best]
    hits = covers & ~ignored
    first = np.zeros(len(order), bool)
    first[[np.flatnonzero(hits & (best == face))[0] for face in np.unique(best[hits])]] = True
    return Proposals(finding.scores[order], np.cumsum(~ignored), np.cumsum(first))


def curve(judged: Sequence[Proposals]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Sum detections and faces found ``(1000,)`` in all pictures at each threshold, from the highest to 0."""
    every = np.concatenate([one.scores for one in judged])
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    # A detector with one score for everything finds all of it at once.
    least = low + (1 - np.arange(1, THRESHOLDS + 1) / THRESHOLDS) * (high - low)
    least[-1] = low
    counted, found = np.zeros(THRESHOLDS), np.zeros(THRESHOLDS)
    for one in judged:
        reached = np.searchsorted(-one.scores, -least, side="right")
        counted += np.concatenate([[0], one.counted])[reached]
        found += np.concatenate([[0], one.found])[reached]
    return counted, found


def _inclusive(boxes: Boxes) -> Boxes:
    """Let a box end with its last pixel instead of before the next, as WIDER's evaluation does."""
    return boxes + np.array([0.0, 0.0, 1.0, 1.0])


def _area(recall: npt.NDArray[np.float64], precision: npt.NDArray[np.float64]) -> float:
    """Return the area under the curve, its precision made monotonic, as PASCAL VOC does since 2010."""
    steps = np.diff(recall, prepend=0.0)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float((steps * envelope).sum())
