"""Measure landmarks on photographs that were kept out of training: how near they are, and whether they tilt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from videmo.faces.detector import FaceDetector, framing_of, make_detector
from videmo.faces.landmarks import SIDE, LandmarkFinder
from videmo.faces.yunet import YunetDetector
from videmo.records import Detection
from videmo.settings import DetectorSettings
from videmo.training.common.pictures import read_web
from videmo.training.detector.label import box_of_points
from videmo.video.luma import Luma

Floats = npt.NDArray[np.float64]
Points = npt.NDArray[np.float32]
Marker = Callable[[Luma, Detection], Floats | None]
"""Returns the landmarks ``(5, 2)`` of a face in a picture, None if it finds none."""

SMALLEST_EYES: Final = 10.0
"""Pixels between the eyes of the smallest faces that are measured: annotators marked whole pixels."""
TURNS: Final = (-30, -20, -10, 0, 10, 20, 30)
"""Degrees by which each picture is turned, clockwise."""
WORDS: Final = ("eyes", "nose", "mouth")


@dataclass(frozen=True, slots=True)
class Marked:
    """Hold what a marker found, over all faces."""

    away: Floats
    """``(n, 3)`` distances of eyes, nose and middle of the mouth from the annotated ones over the eyes' distance."""
    tilts: Floats
    """``(n, 2)`` degrees of the line between the eyes, annotated and found."""


def markers(finder: LandmarkFinder, yunet: Path | None) -> dict[str, Marker]:
    """Return what is compared: the network, the landmarks of videmo's detector, and YuNet's if its file is there."""
    detector, settings = make_detector(DetectorSettings()), DetectorSettings()

    def crop(luma: Luma, face: Detection) -> Floats:
        framing = framing_of(settings)
        return np.array(finder.marked(face, luma, framing, luma.patch(*framing.square(face), SIDE)).landmarks)

    found: dict[str, Marker] = {"landmark network": crop, "videmo's detector": _of_detector(detector)}
    if yunet is not None:
        found["YuNet"] = _of_detector(YunetDetector(yunet, DetectorSettings(max_side=640)))
    return found


def _of_detector(detector: FaceDetector) -> Marker:
    def mark(luma: Luma, face: Detection) -> Floats | None:
        found = _around(face.x + face.w / 2, face.y + face.h / 2, detector.detect(luma))
        return None if found is None else np.array(found.landmarks)

    return mark


def _around(x: float, y: float, faces: Sequence[Detection]) -> Detection | None:
    """Return the surest face that a point lies in."""
    near = [one for one in faces if one.x < x < one.x + one.w and one.y < y < one.y + one.h]
    return max(near, key=lambda one: one.score, default=None)


def evaluate_landmarks(data: Path, compared: Mapping[str, Marker], report: Callable[[str], None]) -> dict[str, Any]:
    """Measure landmarks on the web photographs that were kept out of training.

    Faces are those that videmo's detector finds where somebody annotated one, in pictures turned by `TURNS`.

    Args:
        data: folder with ``data/webfaces.parquet``.
        compared: markers by title.
        report: receives lines of progress.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    photographs = read_web(data / "data" / "webfaces.parquet", evaluation=True)
    detector = make_detector(DetectorSettings())
    found: dict[str, list[tuple[Floats, Floats]]] = {title: [] for title in compared}
    for turn in TURNS:
        for image, points in photographs:
            luma, turned = _turned(image, points, turn)
            for annotated, face in _known_faces(detector, luma, turned):
                for title, mark in compared.items():
                    landmarks = mark(luma, face)
                    if landmarks is not None:
                        found[title].append(_compare(landmarks, annotated))
        report(f"turned by {turn}°: {len(next(iter(found.values()))):,} faces so far")
    return {title: scores(Marked(*map(np.array, zip(*rows)))) for title, rows in found.items() if rows}


def _turned(image: npt.NDArray[np.uint8], points: Points, turn: float) -> tuple[Luma, Points]:
    """Turn a picture about its middle, clockwise."""
    height, width = image.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -turn, 1.0)
    turned = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE) if turn else image
    moved = points.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return Luma(np.asarray(turned, np.uint8), False, 0), moved.astype(np.float32)


def _known_faces(detector: FaceDetector, luma: Luma, points: Points) -> list[tuple[Points, Detection]]:
    """Pair annotated faces with those that are found around them."""
    pairs, detections = [], detector.detect(luma) if len(points) else []
    for face in points:
        box = box_of_points(face)
        x, y = box[:2] + box[2:] / 2
        found = _around(x, y, detections)
        if found is not None and np.linalg.norm(face[1] - face[0]) >= SMALLEST_EYES:
            pairs.append((face, found))
    return pairs


def _compare(landmarks: Floats, annotated: Points) -> tuple[Floats, Floats]:
    eyes = float(np.linalg.norm(annotated[1] - annotated[0]))
    mouth = landmarks[3:].mean(axis=0)
    away = np.linalg.norm(np.stack([*landmarks[:3], mouth]) - annotated, axis=1) / eyes
    return np.array([away[:2].mean(), away[2], away[3]]), np.array([_tilt(annotated), _tilt(landmarks)])


def _tilt(points: Sequence[Any] | Floats | Points) -> float:
    across = np.asarray(points[1]) - np.asarray(points[0])
    return float(np.degrees(np.arctan2(across[1], across[0])))


def scores(marked: Marked) -> dict[str, Any]:
    """Sum up: medians of the distances, and how the found tilt follows the annotated one."""
    true, found = marked.tilts.T
    off = np.abs(found - true)
    return {
        "faces": len(true),
        "away_over_eye_distance": {
            word: round(float(value), 4) for word, value in zip(WORDS, np.median(marked.away, axis=0))
        },
        "tilt": {
            "slope": round(float(np.polyfit(true, found, 1)[0]), 3),
            "median_error_deg": round(float(np.median(off)), 2),
            "within_5_deg": round(float((off <= 5).mean()), 4),
            "within_10_deg": round(float((off <= 10).mean()), 4),
        },
    }
