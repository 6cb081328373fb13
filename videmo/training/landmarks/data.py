"""Gather faces with landmarks, and make the crops that the network learns from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from videmo.faces.framing import WHOLE_FACE
from videmo.faces.landmarks import SIDE
from videmo.records import Detection
from videmo.training.common.degrade import as_small, degraded
from videmo.training.common.pictures import Picture
from videmo.training.common.placing import random_placement
from videmo.training.detector.data import annotated_pictures
from videmo.training.detector.teacher import Teacher

Image = npt.NDArray[np.uint8]

AROUND: Final = 1.8
"""Side of what is kept of a picture over the side of the face's crop: a crop can be turned within it."""
KEPT_PX: Final = 112
"""Height and width of what is kept."""
SMALLEST_PX: Final = 26.0
"""Least height of a face in its picture: landmarks of smaller ones are guesses."""
MIRRORED: Final = (1, 0, 2, 4, 3)
"""Order of the landmarks in a mirrored picture."""


@dataclass(frozen=True, slots=True)
class Faces:
    """Faces with some of the picture around them."""

    images: Image
    """``(n, 112, 112)`` grey, the face's crop in the middle."""
    points: npt.NDArray[np.float32]
    """``(n, 5, 2)`` x and y of the landmarks in pixels of the images, from the middle of the first one on."""

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, slots=True)
class Variety:
    """Say how crops vary: normal distributions of these widths."""

    tilt_deg: float = 14.0
    largest_tilt_deg: float = 45.0
    zoom: float = 0.09
    """Of the logarithm of the size."""
    shift: float = 0.05
    """Over the side of the crop, in both directions."""
    small: float = 0.3
    """Share of the crops that are of faces smaller than the crop."""
    smallest_px: float = 12.0


def training_faces(data: Path, teacher: Teacher, report: Callable[[str], None]) -> Faces:
    """Read and label all faces to learn from.

    Args:
        data: folder with ``data/*.parquet``.
        teacher: marks the landmarks that nobody annotated.
        report: receives lines of progress.

    Raises:
        DatasetError: a table is missing or malformed.
    """
    images: list[Image] = []
    points: list[npt.NDArray[np.float32]] = []
    for name, pictures in annotated_pictures(data, teacher).items():
        before = len(images)
        for picture in pictures:
            for image, landmarks in _faces_of(picture):
                images.append(image)
                points.append(landmarks)
        report(f"{name}: {len(images) - before:,} faces")
    return Faces(np.stack(images), np.stack(points))


def _faces_of(picture: Picture) -> Iterator[tuple[Image, npt.NDArray[np.float32]]]:
    for box, landmarks, ignored in zip(picture.boxes, picture.landmarks, picture.ignore):
        if not ignored and np.isfinite(landmarks).all() and box[3] >= SMALLEST_PX:
            yield _surroundings(picture.image, box, landmarks)


def _surroundings(
    image: Image, box: npt.NDArray[np.float32], landmarks: npt.NDArray[np.float32]
) -> tuple[Image, npt.NDArray[np.float32]]:
    x, y, w, h = (float(value) for value in box)
    left, top, side = WHOLE_FACE.square(Detection(x, y, w, h, 1.0))
    middle, side = np.array([left, top]) + side / 2, side * AROUND
    scale = KEPT_PX / side
    shrunk = max(1, int(1 / scale))
    if shrunk > 1:  # by area first, as crops are scaled in analysis
        size = max(1, image.shape[1] // shrunk), max(1, image.shape[0] // shrunk)
        scales = size[0] / image.shape[1], size[1] / image.shape[0]
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    else:
        scales = 1.0, 1.0
    matrix = np.array([[scale / scales[0], 0.0, 0.0], [0.0, scale / scales[1], 0.0]])
    matrix[:, 2] = (KEPT_PX - 1) / 2 - scale * middle + 0.5 * (scale - np.diag(matrix))
    kept = cv2.warpAffine(image, matrix, (KEPT_PX, KEPT_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(kept, np.uint8), ((landmarks - middle) * scale + (KEPT_PX - 1) / 2).astype(np.float32)


def make_crop(faces: Faces, place: int, variety: Variety, rng: Generator) -> tuple[Image, npt.NDArray[np.float32]]:
    """Make one crop of a face, turned, shifted and degraded.

    Returns:
        ``(48, 48)`` grey, and ``(5, 2)`` x and y over its side, 0 at its left and upper edge.
    """
    most_deg = variety.largest_tilt_deg
    placement = random_placement(variety, rng, kept_px=KEPT_PX, around=AROUND, side=SIDE, most_deg=most_deg)
    crop, points = placement.crop(faces.images[place]), placement.points(faces.points[place])
    if placement.mirrored:
        points = points[list(MIRRORED)]
    image = degraded(as_small(crop, variety.small, variety.smallest_px, rng), rng)
    return image, ((points + 0.5) / SIDE).astype(np.float32)
