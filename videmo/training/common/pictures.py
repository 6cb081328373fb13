"""Read pictures and their annotations from the tables of the data folder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.extras import how_to_install

HELD_OUT_SHARE = 0.1
"""Share of the web photographs that is kept out of training, chosen by the hash of their names."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Hold a grey picture and what is known about its faces."""

    image: npt.NDArray[np.uint8]
    """``(height, width)``, full range."""
    boxes: npt.NDArray[np.float32]
    """``(n, 4)``: left, top, width, height in pixels."""
    landmarks: npt.NDArray[np.float32]
    """``(n, 5, 2)``: the points of `records.Detection` in pixels, NaN where unknown."""
    ignore: npt.NDArray[np.bool_]
    """``(n,)``: neither a face to find nor a mistake when found (too small, unclear, not annotated)."""
    mistakes: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    """``(m, 4)``: boxes that a detector took for faces; worth looking at again."""


def gray_or_none(content: bytes) -> npt.NDArray[np.uint8] | None:
    """Decode a picture in grey; None if it is not a picture."""
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) if content else None
    return None if image is None else np.asarray(image, np.uint8)


def decode(content: bytes, path: Path, row: int) -> npt.NDArray[np.uint8]:
    """Decode a stored picture in grey.

    Raises:
        DatasetError: it is not a picture.
    """
    image = gray_or_none(content)
    if image is None:
        raise DatasetError(
            f"{path}, row {row}", "the picture cannot be decoded", advice="Remove the row or replace the picture."
        )
    return image


def read_table(
    path: Path, columns: list[str], split: str | None = None, optional: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Read rows of a parquet table.

    Args:
        path: the file.
        columns: that it must have.
        split: which rows to read, by the column ``split``; None for all.
        optional: columns that it may have; the rows of a table without them don't.

    Raises:
        DatasetError: the file is missing, is not a parquet file or lacks a column, or pyarrow isn't installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise DatasetError(path, "reading parquet needs pyarrow", advice=how_to_install("export")) from None

    if not path.is_file():
        raise DatasetError(path, "no such file", advice="Check the path and the data folder (VIDEMO_DATA).")
    wanted = [*columns, "split"] if split else columns
    try:
        table = pyarrow.parquet.read_table(path, columns=[*wanted, *optional])
    except (pyarrow.ArrowException, OSError) as exc:
        raise DatasetError(
            path, f"cannot be read as a parquet table ({exc})", advice="Restore the file or download it again."
        ) from exc
    if missing := [name for name in wanted if name not in table.column_names]:
        raise DatasetError(
            path,
            f"no column {', '.join(missing)}; it has {', '.join(table.column_names)}",
            advice="Check that it is the right table.",
        )
    rows: list[dict[str, Any]] = table.to_pylist()
    return [row for row in rows if not split or row["split"] == split]


def held_out(name: str) -> bool:
    """Tell whether a web photograph is kept for evaluation; its name alone decides."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32 < HELD_OUT_SHARE


def read_web(path: Path, *, evaluation: bool) -> list[tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]]:
    """Read web photographs with the annotated points of faces.

    Args:
        path: the table.
        evaluation: whether to read those kept out of training instead of the others.

    Returns:
        Pictures and points ``(n, 4, 2)``: the eye on the left of the picture, the other eye, nose, mouth.

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
    nothing = np.zeros((0, 4), np.float32), unknown_landmarks(0), np.zeros(0, bool)
    rows = read_table(path, ["image"], split)
    return [Picture(decode(row["image"], path, number), *nothing) for number, row in enumerate(rows)]


def unknown_landmarks(count: int) -> npt.NDArray[np.float32]:
    """Return landmarks ``(count, 5, 2)`` of which none is known: NaN."""
    return np.full((count, 5, 2), np.nan, np.float32)
