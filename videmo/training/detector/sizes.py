"""Measure which sizes of face detectors find, from a few pixels to the whole picture, and faces that are cut off."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from videmo.records import Detection
from videmo.training.common.boxes import overlaps
from videmo.training.common.pictures import decode, read_table
from videmo.training.detector.label import box_of_points
from videmo.training.detector.pictures import GUESS_OVERLAP, Look, boxes_of
from videmo.video.luma import Luma

FRAME: Final = (640, 360)
"""Width and height of the frames that faces are set into."""
HEIGHTS_PX: Final = (12, 16, 24, 36, 54, 80, 120, 180, 270, 360)
"""Of the faces in them; the last fills the frame from top to bottom."""
FACES: Final = 10
"""So many faces are set into frames: the highest that are alone in a web photograph."""
SURROUNDINGS: Final = 110
"""Luma of the rest of a frame."""
PORTRAIT: Final = (480, 640)
"""Width and height of the frames that a face fills."""
CUT: Final = 1 / 8
"""Share of the picture that is cut off at the forehead or the chin."""
CROPS: Final[Mapping[str, tuple[float, float]]] = {
    "as aligned": (0.0, 0.0),
    "forehead cut off": (CUT, 0.0),
    "chin cut off": (0.0, CUT),
}
"""Shares cut off above and below."""
EVERY: Final = 10
"""Each so many-th aligned face is taken: about 300."""

Image = npt.NDArray[np.uint8]
Box = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, slots=True)
class Portrait:
    """Hold a photograph of one face."""

    image: Image
    box: Box
    """``(4,)``: left, top, width, height of the face."""


def portraits(photographs: Sequence[tuple[Image, npt.NDArray[np.float32]]]) -> list[Portrait]:
    """Choose the highest faces that are alone in a photograph."""
    alone = [
        Portrait(image, box_of_points(points[0]).astype(np.float64))
        for image, points in photographs
        if len(points) == 1
    ]
    return sorted(alone, key=lambda one: -one.box[3])[:FACES]


def set_into_frame(portrait: Portrait, height: int) -> tuple[Luma, Box]:
    """Set a face into the middle of a frame, ``height`` pixels high; return its box there too."""
    scale = height / portrait.box[3]
    rows, columns = portrait.image.shape
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    small = cv2.resize(portrait.image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    middle = (portrait.box[:2] + portrait.box[2:] / 2) * scale
    left, top = (round(side / 2 - place) for side, place in zip(FRAME, middle.tolist(), strict=True))
    frame = np.full(FRAME[::-1], SURROUNDINGS, np.uint8)
    across, down = (
        slice(max(0, start), min(side, start + length)) for start, side, length in zip((left, top), FRAME, size)
    )
    frame[down, across] = small[down.start - top : down.stop - top, across.start - left : across.stop - left]
    return Luma(frame, False, 0), portrait.box * scale + np.array([left, top, 0.0, 0.0])


def by_size(look: Look, faces: Sequence[Portrait], sure: float) -> dict[str, Any]:
    """Count the faces found at each height, and those that are found surely."""
    counts: dict[str, Any] = {}
    for height in HEIGHTS_PX:
        scores = []
        for portrait in faces:
            luma, box = set_into_frame(portrait, height)
            scores.append(_best(look(luma), box))
        counts[str(height)] = _counted(scores, sure)
    return counts


def _best(found: Sequence[Detection], box: Box) -> float | None:
    """Return the score of the surest detection that covers a box; None if there is none."""
    covers = overlaps(boxes_of(found), box[None])[:, 0] >= GUESS_OVERLAP
    return max((face.score for face, covering in zip(found, covers) if covering), default=None)


def _counted(scores: Sequence[float | None], sure: float) -> dict[str, int]:
    found = [score for score in scores if score is not None]
    return {"faces": len(scores), "found": len(found), "sure": sum(score >= sure for score in found)}


def read_aligned(path: Path) -> list[Image]:
    """Read aligned faces that fill their pictures: every tenth of RAF-DB's test part.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    rows = read_table(path, ["source", "image"], "test")
    chosen = [(number, row) for number, row in enumerate(rows) if row["source"] == "rafdb"][::EVERY]
    return [decode(row["image"], path, number) for number, row in chosen]


def filling(image: Image, above: float, below: float) -> Luma:
    """Enlarge a face until it fills a portrait frame, with shares of the picture cut off above and below."""
    rows = len(image)
    part = image[round(above * rows) : round((1 - below) * rows)]
    width, height = PORTRAIT
    scale = max(width / part.shape[1], height / part.shape[0])
    large = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return Luma(np.ascontiguousarray(large[top : top + height, left : left + width], np.uint8), False, 0)


def cut_off(look: Look, faces: Sequence[Image], sure: float) -> dict[str, Any]:
    """Count the faces found that fill a portrait frame, for each way of cutting them off."""
    whole = np.array([0.0, 0.0, *PORTRAIT])
    return {
        name: _counted([_best(look(filling(face, *cut)), whole) for face in faces], sure) for name, cut in CROPS.items()
    }
