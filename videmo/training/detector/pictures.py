"""Measure face detectors on single pictures: web photographs, and rooms without people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from videmo.records import Detection
from videmo.training.common.boxes import overlaps
from videmo.training.detector.label import box_of_points
from videmo.video.luma import Luma

Look = Callable[[Luma], list[Detection]]
"""Finds the faces in a picture."""
CANVAS: Final = (320, 256)
"""Width and height of the input that each picture is scaled to fit into."""
HEIGHTS: Final[Mapping[str, tuple[float, float]]] = {
    "≥ 24 px": (24.0, 1e9),
    "12–24 px": (12.0, 24.0),
    "24–48 px": (24.0, 48.0),
    "48–96 px": (48.0, 96.0),
    "> 96 px": (96.0, 1e9),
}
"""Face heights at the input."""
GUESS_OVERLAP: Final = 0.4
"""A detection has found a face in a web photograph if it overlaps the box guessed from its points by this much."""
TURNED: Final = (0.15, 0.35)
"""Nose offset from the middle of the eyes, over their distance: frontal below the first, profile from the second."""


def on_canvas(image: npt.NDArray[np.uint8]) -> tuple[Luma, float]:
    """Scale a picture to fit into the common input, on black; return the scale too."""
    height, width = image.shape
    scale = min(CANVAS[0] / width, CANVAS[1] / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = np.zeros(CANVAS[::-1], np.uint8)
    canvas[: size[1], : size[0]] = cv2.resize(
        image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    return Luma(canvas, False, 0), scale


def boxes_of(found: Sequence[Detection]) -> npt.NDArray[np.float64]:
    """Return the boxes of faces: ``(n, 4)``."""
    return np.array([(face.x, face.y, face.w, face.h) for face in found], np.float64).reshape(-1, 4)


def on_web(
    look: Look,
    photographs: Sequence[tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]],
    threshold: float,
) -> dict[str, Any]:
    """Measure recall and landmarks at the common size; mistakes can't be counted, since not every face is annotated."""
    hits: dict[str, list[bool]] = {}
    gaps: list[npt.NDArray[np.float64]] = []
    for image, points in photographs:
        luma, scale = on_canvas(image)
        found = [face for face in look(luma) if face.score >= threshold]
        boxes = boxes_of(found)
        for face in points * scale:
            overlap = overlaps(box_of_points(face)[None], boxes)[0] if len(found) else np.zeros(0)
            hit = bool(len(overlap)) and bool(overlap.max() >= GUESS_OVERLAP)
            for name in ("all", _turn(face), _height_class(float(box_of_points(face)[3]))):
                hits.setdefault(name, []).append(hit)
            if hit and found[int(overlap.argmax())].landmarks:
                gaps.append(_gaps(np.array(found[int(overlap.argmax())].landmarks), face))
    scores: dict[str, Any] = {
        "recall": {
            name: {"faces": len(hits[name]), "recall": round(float(np.mean(hits[name])), 4)} for name in sorted(hits)
        }
    }
    if gaps:
        middle = np.median(np.array(gaps), axis=0)
        scores["landmark_error_over_eye_distance"] = {
            "faces": len(gaps),
            **{name: round(float(value), 4) for name, value in zip(("eyes", "nose", "mouth"), middle)},
        }
    return scores


def _turn(face: npt.NDArray[np.float32]) -> str:
    across = face[1] - face[0]
    beside = abs(float((face[2] - face[:2].mean(axis=0)) @ across) / max(float(across @ across), 1e-6))
    return "frontal" if beside < TURNED[0] else "turned" if beside < TURNED[1] else "profile"


def _height_class(height: float) -> str:
    return next((name for name, (low, high) in list(HEIGHTS.items())[1:] if low <= height < high), "< 12 px")


def _gaps(landmarks: npt.NDArray[np.float64], face: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return the errors of eyes (mean of both), nose, and middle of the mouth, over the distance between the eyes."""
    distance = max(float(np.linalg.norm(face[1] - face[0])), 1e-6)
    eyes = np.linalg.norm(landmarks[:2] - face[:2], axis=1).mean()
    nose = np.linalg.norm(landmarks[2] - face[2])
    mouth = np.linalg.norm(landmarks[3:].mean(axis=0) - face[3])
    return np.array([eyes, nose, mouth]) / distance


def on_empty(look: Look, images: Sequence[npt.NDArray[np.uint8]], threshold: float) -> dict[str, Any]:
    """Count the faces that are reported in photographs without people."""
    scores = [face.score for image in images for face in look(Luma(image, False, 0))]
    return {
        "pictures": len(images),
        "mistakes": sum(score >= threshold for score in scores),
        "highest_score": round(max(scores, default=0.0), 4),
    }
