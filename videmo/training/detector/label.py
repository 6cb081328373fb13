"""Have the teacher fill in what the annotators did not mark."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from videmo.training.common.boxes import overlaps
from videmo.training.common.pictures import Picture, unknown_landmarks
from videmo.training.detector.teacher import Marked, Teacher

MATCH = 0.4
"""Least overlap at which the teacher and an annotation mean the same face."""
SUSPECT = 0.3
"""Score of the teacher from which on something is not counted as a mistake."""
SURE = 0.6
"""Score from which on a face that only the teacher sees is one."""


def with_landmarks(picture: Picture, teacher: Teacher) -> Picture:
    """Add landmarks where the teacher finds an annotated face."""
    return _with_landmarks(picture, teacher.mark(picture.image))


def with_teacher(picture: Picture, teacher: Teacher) -> Picture:
    """Add landmarks, the teacher's boxes for the same faces, and what only it sees: sure of it as a face, else ignored.

    For annotations whose boxes lie otherwise around a face than those of the other sets.
    """
    marked = teacher.mark(picture.image)
    known = _with_landmarks(picture, marked)
    if not len(marked.boxes):
        return known
    overlap = overlaps(known.boxes, marked.boxes) if len(known.boxes) else np.zeros((0, len(marked.boxes)))
    best, same = _matches(overlap, marked)
    boxes = known.boxes.copy()
    boxes[same] = marked.boxes[best[same]]
    new = (overlap.max(axis=0, initial=0.0) < 0.2) & (marked.scores >= SUSPECT)
    return Picture(
        picture.image,
        np.concatenate([boxes, marked.boxes[new]]).astype(np.float32),
        np.concatenate([known.landmarks, marked.landmarks[new]]).astype(np.float32),
        np.concatenate([known.ignore, marked.scores[new] < SURE]),
    )


def without_suspects(picture: Picture, teacher: Teacher) -> Picture:
    """Have what the teacher suspects in a picture without people ignored: somebody may be there after all."""
    marked = teacher.mark(picture.image)
    suspected = marked.scores >= SUSPECT
    boxes, count = marked.boxes[suspected], int(suspected.sum())
    return dataclasses.replace(picture, boxes=boxes, landmarks=unknown_landmarks(count), ignore=np.ones(count, bool))


def _with_landmarks(picture: Picture, marked: Marked) -> Picture:
    landmarks = picture.landmarks.copy()
    if len(marked.boxes) and len(picture.boxes):
        best, known = _matches(overlaps(picture.boxes, marked.boxes), marked)
        landmarks[known] = marked.landmarks[best[known]]
    return dataclasses.replace(picture, landmarks=landmarks)


def _matches(overlap: npt.NDArray[np.float64], marked: Marked) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return for each annotated face which one of the teacher's is most like it, and whether it is the same."""
    if not len(overlap):
        return np.zeros(0, np.int64), np.zeros(0, bool)
    best = overlap.argmax(axis=1)
    return best, (overlap.max(axis=1) >= MATCH) & (marked.scores[best] >= 0.5)


def with_boxes(image: npt.NDArray[np.uint8], points: npt.NDArray[np.float32], teacher: Teacher) -> Picture:
    """Add boxes to a photograph in which points of faces are annotated, and faces that only the teacher sees."""
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
