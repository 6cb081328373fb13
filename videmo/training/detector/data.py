"""Read what the face detector learns from, and have the teacher fill in what the annotators did not mark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from videmo.training.common.boxes import overlaps
from videmo.training.common.pictures import Picture, decode, read_backgrounds, read_table, read_web, unknown_landmarks
from videmo.training.detector.teacher import Teacher

MATCH = 0.4
"""Least overlap at which the teacher and an annotation mean the same face."""


def read_wider(path: Path, split: str) -> list[Picture]:
    """Read WIDER FACE pictures with their annotated boxes; landmarks are unknown.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    pictures = []
    for number, row in enumerate(read_table(path, ["image", "boxes", "invalid"], split)):
        boxes = np.array(row["boxes"], np.float32).reshape(-1, 4)
        ignore = np.array(row["invalid"], bool) | (boxes[:, 2:].min(axis=1, initial=1e9) < 1)
        pictures.append(Picture(decode(row["image"], path, number), boxes, unknown_landmarks(len(boxes)), ignore))
    return pictures


def training_pictures(data: Path, teacher: Teacher, report: Callable[[str], None]) -> list[list[Picture]]:
    """Read and label everything that the detector learns from.

    WIDER FACE has boxes, and the teacher adds landmarks where it finds the same face. Web photographs have points, and
    the teacher adds boxes, and faces that nobody annotated.

    Returns:
        WIDER's pictures, the web photographs, photographs without people.
    """
    wider = [_with_landmarks(picture, teacher) for picture in read_wider(data / "wider.parquet", "train")]
    report(f"{len(wider):,} WIDER FACE pictures with {sum(len(p.boxes) for p in wider):,} boxes")
    photographs = read_web(data / "webfaces.parquet", evaluation=False)
    web = [_with_boxes(image, points, teacher) for image, points in photographs]
    report(f"{len(web):,} web photographs with {sum(int((~p.ignore).sum()) for p in web):,} faces")
    backgrounds = read_backgrounds(data / "backgrounds.parquet", "train")
    report(f"{len(backgrounds):,} photographs without people")
    return [wider, web, backgrounds]


def _with_landmarks(picture: Picture, teacher: Teacher) -> Picture:
    marked = teacher.mark(picture.image)
    landmarks = picture.landmarks.copy()
    if len(marked.boxes) and len(picture.boxes):
        overlap = overlaps(picture.boxes, marked.boxes)
        best = overlap.argmax(axis=1)
        known = (overlap.max(axis=1) >= MATCH) & (marked.scores[best] >= 0.5)
        landmarks[known] = marked.landmarks[best[known]]
    return Picture(picture.image, picture.boxes, landmarks, picture.ignore)


def _with_boxes(image: npt.NDArray[np.uint8], points: npt.NDArray[np.float32], teacher: Teacher) -> Picture:
    marked = teacher.mark(image)
    boxes, landmarks, scores = list(marked.boxes), list(marked.landmarks), list(marked.scores)
    for face in points:
        guess = box_of_points(face)
        overlap = overlaps(guess[None], marked.boxes)[0] if len(marked.boxes) else np.zeros(0)
        if len(overlap) and overlap.max() >= MATCH:
            place = int(overlap.argmax())
            scores[place] = 1.0
            landmarks[place] = _as_annotated(landmarks[place], face)
        else:
            boxes.append(guess)
            landmarks.append(unknown_landmarks(1)[0])
            scores.append(1.0)
    ignore = np.array([score < 0.6 for score in scores], bool)
    count = len(boxes)
    return Picture(
        image,
        np.array(boxes, np.float32).reshape(count, 4),
        np.array(landmarks, np.float32).reshape(count, 5, 2),
        ignore,
    )


def _as_annotated(landmarks: npt.NDArray[np.float32], face: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Put eyes and nose where the annotator marked them, and the corners of the mouth around its annotated middle.

    The teacher draws tilted faces nearly upright; the corners keep its width and get the tilt of the eyes.
    """
    across = face[1] - face[0]
    distance = float(np.linalg.norm(across))
    if distance < 1:  # a profile: both eyes are one point
        return landmarks
    half = across / distance * np.linalg.norm(landmarks[4] - landmarks[3]) / 2
    return np.stack([face[0], face[1], face[2], face[3] - half, face[3] + half]).astype(np.float32)


def box_of_points(face: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Guess a face's box from eyes, nose and mouth ``(4, 2)``: left, top, width, height.

    Width and height are proportional to the larger of two distances, between the eyes and from eyes to mouth, as
    measured on photographs in which the teacher found the face.
    """
    eyes = face[:2].mean(axis=0)
    size = max(float(np.linalg.norm(face[1] - face[0])), float(np.linalg.norm(face[3] - eyes)))
    middle = (eyes + face[3]) / 2
    width, height = 2.0 * size, 2.6 * size
    return np.array([middle[0] - width / 2, middle[1] - height * 0.585, width, height], np.float32)
