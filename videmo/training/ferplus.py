"""FER+ faces with the votes of their ten annotators (Barsoum et al., 2016, arXiv:1608.01041)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError

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
"""Vote columns; the first five are videmo's emotions, in videmo's order."""
SPLITS = ("train", "validation", "test")
SIZE = 48


@dataclass(frozen=True, slots=True)
class Faces:
    """Labelled faces in memory."""

    images: npt.NDArray[np.uint8]
    """``(n, 48, 48)`` gray."""
    votes: npt.NDArray[np.float32]
    """``(n, 10)`` counts in the order of `VOTES`."""
    split: npt.NDArray[np.str_]
    """``(n,)`` one of `SPLITS`."""

    def __len__(self) -> int:
        return len(self.images)

    def where(self, mask: npt.NDArray[np.bool_]) -> Faces:
        """Keep the faces that ``mask`` marks."""
        return Faces(self.images[mask], self.votes[mask], self.split[mask])

    def of(self, split: str) -> Faces:
        """Keep the faces of one official split."""
        return self.where(self.split == split)

    @property
    def targets(self) -> npt.NDArray[np.float32]:
        """``(n, 5)`` shares of the votes that went to the five emotions; rows add up to 1."""
        five = self.votes[:, :5]
        return np.asarray(five / np.maximum(five.sum(axis=1, keepdims=True), 1e-9), dtype=np.float32)

    @property
    def top(self) -> npt.NDArray[np.int64]:
        """``(n,)`` column with the most votes among all ten (the first of a tie)."""
        return self.votes.argmax(axis=1)


def read_ferplus(path: Path) -> Faces:
    """Read the FER+ table.

    Args:
        path: a parquet file with the columns ``split``, ``image`` (encoded 48×48 gray) and `VOTES`.

    Raises:
        DatasetError: the file is missing, a column is missing, or an image is not 48×48 gray.
    """
    import pandas as pd

    if not path.is_file():
        raise DatasetError(f"{path}: no such file. Set VIDEMO_DATA to the folder that holds data/ferplus.parquet.")
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as exc:
        raise DatasetError(f"{path}: not a readable parquet file ({exc}).") from exc
    missing = [name for name in ("split", "image", *VOTES) if name not in table.columns]
    if missing:
        raise DatasetError(f"{path}: no column {', '.join(missing)}; found {', '.join(table.columns)}.")
    unknown = sorted(set(table["split"]) - set(SPLITS))
    if unknown:
        raise DatasetError(f"{path}: split {unknown[0]!r} is not one of {', '.join(SPLITS)}.")
    images = np.empty((len(table), SIZE, SIZE), dtype=np.uint8)
    for row, encoded in enumerate(table["image"]):
        image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_GRAYSCALE)
        if image is None or image.shape != (SIZE, SIZE):
            found = "no image" if image is None else f"{image.shape[1]}×{image.shape[0]} pixels"
            raise DatasetError(f"{path}, row {row}: {found}, expected a {SIZE}×{SIZE} gray image. Remove the row.")
        images[row] = image
    votes = table[list(VOTES)].to_numpy(np.float32)
    return Faces(images, votes, table["split"].to_numpy(str))


def scored_rows(faces: Faces) -> npt.NDArray[np.bool_]:
    """Mark the faces whose top vote, over all ten columns, is one of the five emotions."""
    return np.asarray(faces.top < 5)


def strict_majority_rows(faces: Faces) -> npt.NDArray[np.bool_]:
    """Mark scored faces on which more than half of all votes agree."""
    share = faces.votes.max(axis=1) / np.maximum(faces.votes.sum(axis=1), 1e-9)
    return scored_rows(faces) & (share > 0.5)


def trainable_rows(faces: Faces, minimum_share: float = 0.5) -> npt.NDArray[np.bool_]:
    """Mark faces of which at least ``minimum_share`` of the votes went to the five emotions."""
    total = np.maximum(faces.votes.sum(axis=1), 1e-9)
    return np.asarray(faces.votes[:, :5].sum(axis=1) / total >= minimum_share)
