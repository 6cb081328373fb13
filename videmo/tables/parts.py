"""What one chunk gives: a small table that needs no other chunk, kept on disk until its recording is complete."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.tables.files import replacing

THUMBNAIL = (18, 32)
"""Rows and columns of the thumbnails by which changes of scene are found."""


@dataclass(frozen=True, slots=True)
class ChunkObservations:
    """The sampled frames of a chunk and the faces in them, as columns."""

    frame: npt.NDArray[np.int64]
    """``(frames,)`` place of each sampled frame among the frames of the chunk, from 0."""
    pts: npt.NDArray[np.int64]
    """``(frames,)`` presentation time stamps."""
    time_s: npt.NDArray[np.float64]
    """``(frames,)`` seconds from the container's start."""
    change: npt.NDArray[np.float32]
    """``(frames,)`` change from the sampled frame before, 0 to 1; NaN for the first."""
    edge_thumbnails: npt.NDArray[np.uint8]
    """``(2, 18, 32)`` the first and the last frame, to compare with the neighbouring chunks."""
    row: npt.NDArray[np.int64]
    """``(faces,)`` which sampled frame a face belongs to."""
    box: npt.NDArray[np.float32]
    """``(faces, 5)`` x, y, w, h in displayed pixels, and the detector's score."""
    probabilities: npt.NDArray[np.float32]
    """``(faces, 5)`` in the order of the emotions."""
    quality: npt.NDArray[np.float32]
    """``(faces, 2)`` brightness and sharpness of the crop."""
    decoded: int
    """Frames in the chunk, sampled or not."""
    damaged: int
    """Packets and pictures that could not be decoded cleanly."""
    unordered: int
    """Frames with a time stamp not later than the one before."""


def change_between(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> float:
    """Mean absolute difference of two thumbnails' luma, 0 to 1."""
    return float(np.abs(before.astype(np.int16) - after).mean() / 255.0)


def save_part(part: ChunkObservations, path: Path) -> None:
    """Write a part as a whole."""
    columns: dict[str, Any] = {column.name: getattr(part, column.name) for column in fields(part)}
    with replacing(path) as partial:
        np.savez(partial, **columns)


def load_part(path: Path) -> ChunkObservations | None:
    """Read a part, or None where there is none or it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            values = {column.name: stored[column.name] for column in fields(ChunkObservations)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    counts = {name: int(values[name]) for name in ("decoded", "damaged", "unordered")}
    return ChunkObservations(**{**values, **counts})
