"""Define a labelled face, whatever it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.training.common.pictures import gray_or_none

VOTES = (
    "neutral",
    "happiness",
    "sadness",
    "surprise",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "not_a_face",
)
"""Everything that annotators can vote for; the first are videmo's classes (`common.labels.CLASSES`), in that order."""
SPLITS = ("train", "validation", "test")
SIZE = 48
"""Height and width at which faces are stored."""
_ADVICE = "Correct the votes, or remove the row."
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
"""Suffixes of pictures that are read from folders."""


@dataclass(frozen=True, slots=True)
class LabelledFace:
    """Hold a face and the votes of its annotators."""

    image: npt.NDArray[np.uint8]
    """``(48, 48)`` grey, full range."""
    votes: npt.NDArray[np.float32]
    """``(10,)`` counts in the order of `VOTES`; all zero for a face without a label."""
    split: str
    """One of `SPLITS`."""


def one_vote(label: str) -> npt.NDArray[np.float32]:
    """Return the votes of a face with a single label."""
    votes = np.zeros(len(VOTES), np.float32)
    votes[VOTES.index(label)] = 1
    return votes


def checked_votes(values: list[str] | list[float], where: str) -> npt.NDArray[np.float32]:
    """Turn vote counts into an array.

    Raises:
        DatasetError: one is not a number or below zero, or all are zero.
    """
    try:
        votes = np.array([float(value) for value in values], np.float32)
    except (TypeError, ValueError):
        raise DatasetError(where, f"the votes are {', '.join(map(str, values))}", "numbers", _ADVICE) from None
    if not np.isfinite(votes).all() or (votes < 0).any():
        raise DatasetError(where, f"the votes are {', '.join(map(str, values))}", "numbers of 0 or more", _ADVICE)
    if not votes.any():
        raise DatasetError(where, "nobody voted", advice=_ADVICE)
    return votes


def decode_gray(content: bytes, where: str) -> npt.NDArray[np.uint8]:
    """Decode a picture in grey.

    Raises:
        DatasetError: it is not a picture.
    """
    image = gray_or_none(content)
    if image is None:
        raise DatasetError(where, "not a picture that can be decoded", advice="Remove or replace it.")
    return image


def decode_face(content: bytes, where: str) -> npt.NDArray[np.uint8]:
    """Decode a crop that must have the size of FER's images.

    Raises:
        DatasetError: it is not a picture, or not 48×48.
    """
    image = decode_gray(content, where)
    if image.shape != (SIZE, SIZE):
        raise DatasetError(
            where,
            f"{image.shape[1]}×{image.shape[0]} pixels",
            f"a grey image of {SIZE}×{SIZE} pixels",
            "Remove or replace it.",
        )
    return image


def read_bytes(path: Path, where: str) -> bytes:
    """Read a picture's file.

    Raises:
        DatasetError: it can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as exc:
        raise DatasetError(
            where, f"{path} cannot be read ({exc.strerror})", advice="Restore the file, or remove the row."
        ) from exc


def to_size(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Scale a square crop to 48×48, in the same way as analysis."""
    if image.shape == (SIZE, SIZE):
        return image
    shrinks = image.shape[0] > SIZE
    scaled = cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(scaled, np.uint8)


def cut_square(
    image: npt.NDArray[np.uint8], left: float, top: float, width: float, height: float
) -> npt.NDArray[np.uint8]:
    """Cut the square around a box, repeating the picture's edge where it reaches beyond it, and scale it to 48×48."""
    side = max(2, round(max(width, height)))
    x, y = round(left + (width - side) / 2), round(top + (height - side) / 2)
    rows = np.clip(np.arange(y, y + side), 0, image.shape[0] - 1)
    columns = np.clip(np.arange(x, x + side), 0, image.shape[1] - 1)
    return to_size(image[np.ix_(rows, columns)])
