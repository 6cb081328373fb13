"""Measure face detectors on WIDER FACE's validation pictures: at a common size, and at each one's own scales."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.training.common.pictures import decode, read_table
from videmo.training.detector.metrics import (
    Boxes,
    Finding,
    Verdicts,
    average_precision,
    judge,
    mistakes_above,
    recall_above,
    recall_at,
)
from videmo.training.detector.pictures import CANVAS, HEIGHTS, Look, boxes_of, on_canvas
from videmo.training.detector.protocol import LEVELS, at_level, official_average_precision
from videmo.video.luma import Luma

MISTAKES_A_PICTURE: Final = 0.01


@dataclass(frozen=True, slots=True)
class WiderPicture:
    """Hold a picture with its annotated faces."""

    image: npt.NDArray[np.uint8]
    """As it is stored."""
    scale: float
    """Stored over original size; 1 if the table doesn't say."""
    boxes: Boxes
    """``(n, 4)`` in stored pixels."""
    invalid: npt.NDArray[np.bool_]
    """Faces that nobody could recognise as such: need not be found."""
    unusual: npt.NDArray[np.bool_]
    """Faces whose pose WIDER calls atypical: profiles, or strongly turned or tilted."""

    @property
    def on_canvas(self) -> float:
        """Return the scale at which it fits into the common input."""
        height, width = self.image.shape
        return min(CANVAS[0] / width, CANVAS[1] / height)


def read_validation(path: Path) -> Iterator[WiderPicture]:
    """Read the validation pictures.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    rows = read_table(path, ["image", "boxes", "invalid", "pose"], "validation", optional=["scale"])
    for number, row in enumerate(rows):
        yield WiderPicture(
            decode(row["image"], path, number),
            float(row.get("scale", 1.0)),
            np.array(row["boxes"], np.float64).reshape(-1, 4),
            np.array(row["invalid"], bool),
            np.array(row["pose"]) > 0,
        )


def found_on_canvas(look: Look, pictures: Sequence[WiderPicture]) -> list[Finding]:
    """Look at the pictures scaled to fit into the common input; boxes are in its pixels."""
    findings = []
    for picture in pictures:
        luma, scale = on_canvas(picture.image)
        findings.append(_finding(look, luma, picture.boxes * scale, picture.invalid))
    return findings


def found_as_stored(look: Look, pictures: Sequence[WiderPicture]) -> list[Finding]:
    """Look at the pictures as they are stored; boxes are in their pixels."""
    return [_finding(look, Luma(one.image, False, 0), one.boxes, one.invalid) for one in pictures]


def _finding(look: Look, luma: Luma, truth: Boxes, ignore: npt.NDArray[np.bool_]) -> Finding:
    found = look(luma)
    return Finding(boxes_of(found), np.array([face.score for face in found], np.float64), truth, ignore)


def at_common_size(findings: Sequence[Finding], pictures: Sequence[WiderPicture]) -> list[Finding]:
    """Express findings in stored pixels in those of the common input, where face heights are measured."""
    return [
        Finding(one.boxes * picture.on_canvas, one.scores, one.truth * picture.on_canvas, one.ignore)
        for one, picture in zip(findings, pictures, strict=True)
    ]


def by_height_and_pose(
    findings: Sequence[Finding], pictures: Sequence[WiderPicture], threshold: float
) -> dict[str, Any]:
    """Score findings in pixels of the common input by the faces' height there, and by their pose."""
    scores = {name: _scores(judge(findings, height=bounds), threshold) for name, bounds in HEIGHTS.items()}
    for name, wanted in (("usual", False), ("unusual", True)):
        posed = [
            Finding(one.boxes, one.scores, one.truth, one.ignore | (picture.unusual != wanted))
            for one, picture in zip(findings, pictures, strict=True)
        ]
        scores[f"≥ 24 px, {name} pose"] = _scores(judge(posed, height=HEIGHTS["≥ 24 px"]), threshold)
    return scores


def _scores(verdicts: Verdicts, threshold: float) -> dict[str, Any]:
    return {
        "faces": verdicts.faces,
        "average_precision": round(average_precision(verdicts), 4),
        "recall_at_1_mistake_in_100": round(recall_at(verdicts, MISTAKES_A_PICTURE), 4),
        "recall": round(recall_above(verdicts, threshold), 4),
        "mistakes": mistakes_above(verdicts, threshold),
    }


def by_level(findings: Sequence[Finding], pictures: Sequence[WiderPicture]) -> dict[str, Any]:
    """Score findings in stored pixels by WIDER FACE's own protocol, in pixels of the original pictures."""
    originals = [
        Finding(one.boxes / picture.scale, one.scores, one.truth / picture.scale, one.ignore)
        for one, picture in zip(findings, pictures, strict=True)
    ]
    scores = {}
    for level in LEVELS:
        leveled = [at_level(one, one.truth[:, 3], level) for one in originals]
        scores[level] = {
            "faces": sum(int((~one.ignore).sum()) for one in leveled),
            "average_precision": round(official_average_precision(leveled), 4),
        }
    return scores
