"""What one chunk gives: a small table that needs no other chunk, kept on disk until its recording is complete."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from videmo.files import replacing

Part = TypeVar("Part")
_DARK = 4.0
"""Added to each value of the sum, so that noise in black frames is no change."""
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
    """``(3, 18, 32)`` the first, second and last frame, to compare with the neighbouring chunks."""
    row: npt.NDArray[np.int64]
    """``(faces,)`` which sampled frame a face belongs to."""
    box: npt.NDArray[np.float32]
    """``(faces, 5)`` x, y, w, h in displayed pixels, and the detector's score."""
    landmarks: npt.NDArray[np.float32]
    """``(faces, 10)`` in displayed pixels, in the order of `records.LANDMARKS`; NaN where the detector gives none."""
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
    end_s: float
    """Where the last decoded frame ends, in seconds from the container's start; 0 without frames."""


def change_between(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> float:
    """Change of the picture between two thumbnails, 0 (none) to 1.

    The sum of the absolute differences of luma over the sum of the larger values (Ruzicka's distance), so that a cut
    in a dark hall weighs as much as one in daylight.
    """
    one, other = before.astype(np.float64), after.astype(np.float64)
    return float(np.abs(one - other).sum() / (np.maximum(one, other).sum() + _DARK * one.size))


def save_part(part: Any, path: Path) -> None:
    """Write a part, a dataclass of arrays and numbers, as a whole."""
    columns: dict[str, Any] = {column.name: getattr(part, column.name) for column in fields(part)}
    with replacing(path) as partial:
        np.savez(partial, **columns)


def kept_part(path: Path, kind: type[Part], make: Callable[[], Part]) -> Part:
    """Read a part, or make and write it where there is none or it is damaged."""
    part = load_part(path, kind)
    if part is None:
        part = make()
        save_part(part, path)
    return part


def load_part(path: Path, kind: type[Part]) -> Part | None:
    """Read a part of a kind, or None where there is none or it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            values = {column.name: stored[column.name] for column in fields(kind)}  # type: ignore[arg-type]
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile):
        return None
    return kind(**{name: value if value.ndim else value.item() for name, value in values.items()})
