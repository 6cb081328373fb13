"""Calculate precision and recall of a face detector against annotated boxes: pure functions on arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videmo.training.common.boxes import overlaps

Boxes = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold what a detector found in one picture, and what was annotated."""

    boxes: Boxes
    """``(n, 4)`` found: left, top, width, height."""
    scores: npt.NDArray[np.float64]
    """``(n,)``"""
    truth: Boxes
    """``(m, 4)`` annotated."""
    ignore: npt.NDArray[np.bool_]
    """``(m,)``: faces that need not be found and are not mistakes when found."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Hold the detections in a set of pictures that count, strongest first."""

    scores: npt.NDArray[np.float64]
    right: npt.NDArray[np.bool_]
    """True where the detection found a face for the first time, False for a mistake."""
    faces: int
    """Faces to be found."""
    pictures: int


def judge(findings: Sequence[Finding], *, height: tuple[float, float], overlap: float = 0.5) -> Verdicts:
    """Match detections with faces, as PASCAL VOC does (Everingham et al., 2010), each face once, strongest first.

    Only faces with ``height[0] <= height < height[1]`` are to be found. A detection that covers a face of another
    height, or an ignored one, doesn't count; nor does one that covers nothing and is itself of another height.

    Args:
        findings: one per picture.
        height: bounds in the pixels of the boxes.
        overlap: least intersection over union at which a detection has found a face.
    """
    scores: list[float] = []
    right: list[bool] = []
    faces = 0
    for finding in findings:
        wanted = ~finding.ignore & (finding.truth[:, 3] >= height[0]) & (finding.truth[:, 3] < height[1])
        faces += int(wanted.sum())
        shared = overlaps(finding.boxes, finding.truth)
        taken = np.zeros(len(wanted), bool)
        for place in np.argsort(-finding.scores, kind="stable"):
            verdict = _verdict(shared[place], wanted, taken, overlap)
            if verdict is None and not height[0] <= finding.boxes[place, 3] < height[1]:
                continue
            if verdict is None or verdict >= 0:
                scores.append(float(finding.scores[place]))
                right.append(verdict is not None)
            if verdict is not None and verdict >= 0:
                taken[verdict] = True
    order = np.argsort(-np.array(scores), kind="stable")
    return Verdicts(np.array(scores)[order], np.array(right, bool)[order], faces, len(findings))


def _verdict(
    shared: npt.NDArray[np.float64], wanted: npt.NDArray[np.bool_], taken: npt.NDArray[np.bool_], overlap: float
) -> int | None:
    """Return the index of the face found, -1 for one that doesn't count, None for a mistake."""
    free = np.where(wanted & ~taken, shared, 0.0)
    if len(free) and free.max() >= overlap:
        return int(free.argmax())
    others = np.where(wanted, 0.0, shared)
    return -1 if len(others) and others.max() >= overlap else None


def average_precision(verdicts: Verdicts) -> float:
    """Return the area under the precision-recall curve, precision made monotonic; 0 to 1, NaN without faces to find."""
    if not verdicts.faces:
        return float("nan")
    hits = np.cumsum(verdicts.right)
    precision = hits / np.maximum(np.arange(1, len(hits) + 1), 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(envelope[verdicts.right].sum() / verdicts.faces)


def recall_at(verdicts: Verdicts, mistakes_per_picture: float) -> float:
    """Return the share of faces found at the lowest threshold with at most this many mistakes per picture."""
    if not verdicts.faces:
        return float("nan")
    allowed = np.cumsum(~verdicts.right) <= mistakes_per_picture * verdicts.pictures
    return float(verdicts.right[allowed].sum() / verdicts.faces)


def recall_above(verdicts: Verdicts, score: float) -> float:
    """Return the share of faces found with at least this score."""
    return float(verdicts.right[verdicts.scores >= score].sum() / verdicts.faces) if verdicts.faces else float("nan")


def mistakes_above(verdicts: Verdicts, score: float) -> int:
    """Count the mistakes with at least this score."""
    return int((~verdicts.right[verdicts.scores >= score]).sum())
