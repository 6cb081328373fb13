"""Read the tables of pictures that the face detector learns from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from videmo.training.common.pictures import Picture, decode, read_table, unknown_landmarks
from videmo.training.detector.teacher import Teacher

PORTRAIT_PX = 320
"""Longer side to which a portrait is enlarged for the teacher, which misses faces much larger than this."""
MARGIN = 0.25
"""Of a portrait's size on each side: the teacher misses faces that fill the picture."""
SURE = 0.6


def read_wider(path: Path, split: str) -> list[Picture]:
    """Read WIDER FACE pictures with their annotated boxes; landmarks are unknown.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    return [_boxed(row, path, number, row["invalid"]) for number, row in _rows(path, ["invalid"], split)]


def read_masks(path: Path) -> list[Picture]:
    """Read scenes with masked people and their annotated boxes; landmarks are unknown.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    return [_boxed(row, path, number, None) for number, row in _rows(path, [], None)]


def portraits_of(
    folder: Path, wanted: Mapping[str, tuple[tuple[str, int], ...]], teacher: Teacher
) -> Iterator[Picture]:
    """Yield pictures of one face each, marked by the teacher; those in which it finds none are left out.

    Args:
        folder: of the tables.
        wanted: by table, how many pictures of which source; evenly spread over the rows to learn from.
        teacher: marks the faces.

    Raises:
        DatasetError: a table is missing or malformed.
    """
    for table, sources in wanted.items():
        path = folder / f"{table}.parquet"
        for source, count in sources if path.is_file() else ():
            rows = [(number, row) for number, row in _portrait_rows(path, source)]
            for place in np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int).tolist():
                number, row = rows[place]
                picture = marked_portrait(decode(row["image"], path, number), teacher)
                if picture is not None:
                    yield picture


def marked_portrait(image: npt.NDArray[np.uint8], teacher: Teacher) -> Picture | None:
    """Have the teacher mark the one face of a tight crop; None if it isn't sure of one."""
    height, width = image.shape
    down, across = round(MARGIN * height), round(MARGIN * width)
    framed = cv2.copyMakeBorder(image, down, down, across, across, cv2.BORDER_CONSTANT, value=0)
    marked = teacher.mark(np.asarray(framed, np.uint8), PORTRAIT_PX)
    if not len(marked.scores) or marked.scores.max() < SURE:
        return None
    best = int(marked.scores.argmax())
    x, y, w, h = (marked.boxes[best] - [across, down, 0, 0]).tolist()
    left, top, right, bottom = max(0.0, x), max(0.0, y), min(float(width), x + w), min(float(height), y + h)
    box = np.array([[left, top, right - left, bottom - top]], np.float32)
    landmarks = (marked.landmarks[best] - [across, down]).astype(np.float32)[None]
    return Picture(image, box, landmarks, np.zeros(1, bool))


def _portrait_rows(path: Path, source: str) -> Iterator[tuple[int, dict[str, Any]]]:
    columns = ["image", "source"] if source else ["image"]
    split = "train" if path.stem == "expressions" else None
    for number, row in enumerate(read_table(path, columns, split)):
        if not source or row["source"] == source:
            yield number, row


def _rows(path: Path, more: list[str], split: str | None) -> Iterator[tuple[int, dict[str, Any]]]:
    yield from enumerate(read_table(path, ["image", "boxes", *more], split))


def _boxed(row: dict[str, Any], path: Path, number: int, invalid: Any) -> Picture:
    boxes = np.array([list(box) for box in row["boxes"]], np.float32).reshape(-1, 4)
    ignore = boxes[:, 2:].min(axis=1, initial=1e9) < 1
    if invalid is not None:
        ignore |= np.array(invalid, bool)
    return Picture(decode(row["image"], path, number), boxes, unknown_landmarks(len(boxes)), ignore)
