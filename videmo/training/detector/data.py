"""Pictures with boxes and landmarks of their faces, from the tables of the data folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.training.classifier.datasets.face import gray_or_none
from videmo.training.detector.teacher import Teacher

HELD_OUT_SHARE = 0.1
"""Share of the web photographs that is kept out of training, chosen by the hash of their names."""
MATCH = 0.4
"""Overlap from which on the teacher and the annotation mean the same face."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A gray picture and what is known of its faces."""

    image: npt.NDArray[np.uint8]
    """``(height, width)``, full range."""
    boxes: npt.NDArray[np.float32]
    """``(n, 4)``: left, top, width, height in pixels."""
    landmarks: npt.NDArray[np.float32]
    """``(n, 5, 2)``: the points of `records.Detection` in pixels, NaN where unknown."""
    ignore: npt.NDArray[np.bool_]
    """``(n,)``: neither a face to find nor a mistake when found (too small, unclear, not annotated)."""


def read_table(path: Path, columns: list[str], split: str | None = None) -> list[dict[str, Any]]:
    """Read rows of a parquet table.

    Raises:
        DatasetError: the file is missing, is no parquet file, or lacks a column.
    """
    import pyarrow
    import pyarrow.parquet

    if not path.is_file():
        raise DatasetError(f"{path}: no such file. Give the folder that holds data/ with --data or VIDEMO_DATA.")
    wanted = [*columns, "split"] if split else columns
    try:
        table = pyarrow.parquet.read_table(path, columns=wanted)
    except (pyarrow.ArrowException, OSError) as exc:
        raise DatasetError(f"{path}: cannot be read as a parquet table ({exc}).") from exc
    if missing := [name for name in wanted if name not in table.column_names]:
        raise DatasetError(f"{path}: lacks the column {', '.join(missing)}; it has {', '.join(table.column_names)}.")
    rows: list[dict[str, Any]] = table.to_pylist()
    return [row for row in rows if not split or row["split"] == split]


def decode(content: bytes, path: Path, row: int) -> npt.NDArray[np.uint8]:
    """Decode a stored picture as gray.

    Raises:
        DatasetError: it is no picture.
    """
    image = gray_or_none(content)
    if image is None:
        raise DatasetError(f"{path}: row {row}: the picture cannot be decoded. Take the row out or replace it.")
    return image


def held_out(name: str) -> bool:
    """Whether a web photograph is kept for evaluation: decided by its name alone."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32 < HELD_OUT_SHARE


def read_wider(path: Path, split: str) -> list[Picture]:
    """Read WIDER FACE pictures with their annotated boxes; landmarks are unknown.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    pictures = []
    for number, row in enumerate(read_table(path, ["image", "boxes", "invalid"], split)):
        boxes = np.array(row["boxes"], np.float32).reshape(-1, 4)
        ignore = np.array(row["invalid"], bool) | (boxes[:, 2:].min(axis=1, initial=1e9) < 1)
        pictures.append(Picture(decode(row["image"], path, number), boxes, _unknown(len(boxes)), ignore))
    return pictures


def read_web(path: Path, *, evaluation: bool) -> list[tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]]:
    """Read web photographs with the annotated points of faces.

    Args:
        path: the table.
        evaluation: the photographs kept out of training, else the others.

    Returns:
        Pictures and points ``(n, 4, 2)``: the eye on the picture's left, the other eye, nose, mouth.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    photographs = []
    for number, row in enumerate(read_table(path, ["name", "image", "points"])):
        if held_out(row["name"]) is evaluation:
            points = np.array(row["points"], np.float32).reshape(-1, 4, 2)
            swap = points[:, 0, 0] > points[:, 1, 0]
            points[swap, :2] = points[swap, 1::-1]
            photographs.append((decode(row["image"], path, number), points))
    return photographs


def read_backgrounds(path: Path, split: str) -> list[Picture]:
    """Read photographs without people.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    nothing = np.zeros((0, 4), np.float32), _unknown(0), np.zeros(0, bool)
    rows = read_table(path, ["image"], split)
    return [Picture(decode(row["image"], path, number), *nothing) for number, row in enumerate(rows)]


def training_pictures(data: Path, teacher: Teacher, report: Callable[[str], None]) -> list[list[Picture]]:
    """Read and label all that the detector learns from.

    WIDER FACE brings boxes and the teacher adds landmarks where it sees the same face. Web photographs bring points;
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


def overlaps(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Intersection over union of each box ``(n, 4)`` with each of ``(m, 4)``: ``(n, m)``."""
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    corner = np.maximum(one[:, None, :2], other[None, :, :2])
    opposite = np.minimum((one[:, :2] + one[:, 2:])[:, None], (other[:, :2] + other[:, 2:])[None])
    shared = np.clip(opposite - corner, 0, None).prod(axis=2)
    union = one[:, 2:].prod(axis=1)[:, None] + other[:, 2:].prod(axis=1)[None] - shared
    return np.asarray(shared / np.maximum(union, 1e-9))


def _unknown(count: int) -> npt.NDArray[np.float32]:
    return np.full((count, 5, 2), np.nan, np.float32)


def _with_landmarks(picture: Picture, teacher: Teacher) -> Picture:
    seen = teacher.look(picture.image)
    landmarks = picture.landmarks.copy()
    if len(seen.boxes) and len(picture.boxes):
        overlap = overlaps(picture.boxes, seen.boxes)
        best = overlap.argmax(axis=1)
        known = (overlap.max(axis=1) >= MATCH) & (seen.scores[best] >= 0.5)
        landmarks[known] = seen.landmarks[best[known]]
    return Picture(picture.image, picture.boxes, landmarks, picture.ignore)


def _with_boxes(image: npt.NDArray[np.uint8], points: npt.NDArray[np.float32], teacher: Teacher) -> Picture:
    seen = teacher.look(image)
    boxes, landmarks, scores = list(seen.boxes), list(seen.landmarks), list(seen.scores)
    for face in points:
        guess = box_of_points(face)
        overlap = overlaps(guess[None], seen.boxes)[0] if len(seen.boxes) else np.zeros(0)
        if len(overlap) and overlap.max() >= MATCH:
            place = int(overlap.argmax())
            scores[place] = 1.0
            landmarks[place] = _as_annotated(landmarks[place], face)
        else:
            boxes.append(guess)
            landmarks.append(_unknown(1)[0])
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
    """Put eyes and nose where the annotator saw them, and the mouth's corners around its annotated middle.

    The teacher draws tilted faces nearly upright; the corners keep its width and take the tilt of the eyes.
    """
    across = face[1] - face[0]
    distance = float(np.linalg.norm(across))
    if distance < 1:  # a profile: both eyes are one point
        return landmarks
    half = across / distance * np.linalg.norm(landmarks[4] - landmarks[3]) / 2
    return np.stack([face[0], face[1], face[2], face[3] - half, face[3] + half]).astype(np.float32)


def box_of_points(face: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Guess a face's box from eyes, nose and mouth ``(4, 2)``: left, top, width, height.

    Width and height are in proportion to the larger of the distance between the eyes and from eyes to mouth, as
    measured on photographs where the teacher saw the face.
    """
    eyes = face[:2].mean(axis=0)
    size = max(float(np.linalg.norm(face[1] - face[0])), float(np.linalg.norm(face[3] - eyes)))
    middle = (eyes + face[3]) / 2
    width, height = 2.0 * size, 2.6 * size
    return np.array([middle[0] - width / 2, middle[1] - height * 0.585, width, height], np.float32)
