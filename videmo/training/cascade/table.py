"""Make a description of positives, or a list of negatives, from a table of pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.training.cascade.description import Box, Warn, write_description, write_negatives
from videmo.training.common.pictures import decode, held_out

NAMES = ("name", "path", "file", "filename", "image_path")
"""Columns that may name a row's picture."""
SQUARE = 1.1
"""Side of a face's square over the sum of two distances: between the eyes, and from eyes to mouth."""
DOWN = 0.4
"""Position of the square's centre on the way from eyes to mouth."""
TURNED, TILTED_DEGREES = 0.15, 15.0
"""Largest offset of a frontal face's nose from the middle of the eyes, over their distance, and its largest tilt."""
PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class TableSettings:
    """Say which rows and faces of a table are used."""

    split: str | None = None
    """Only rows with this value in the column ``split``; None for all."""
    part: str = "all"
    """``all``, nine tenths of the pictures for ``training``, or the other tenth, ``held-out``, by the hash of names."""
    least_px: float = 20.0
    """Shorter side of the smallest box that is used."""


@dataclass(frozen=True, slots=True)
class Written:
    """Report what was made of a table."""

    path: Path
    pictures: int
    boxes: int
    left_out: int
    """Boxes that are too small, extend beyond the picture, or belong to faces that are not frontal."""


def face_square(points: npt.NDArray[np.floating]) -> tuple[float, float, float, float]:
    """Return the square from brows to chin of a frontal face: left, top, width, height.

    Args:
        points: ``(4, 2)``: both eyes, nose, mouth.
    """
    eyes = points[:2].mean(axis=0)
    side = SQUARE * float(np.linalg.norm(points[1] - points[0]) + np.linalg.norm(points[3] - eyes))
    middle = eyes + DOWN * (points[3] - eyes)
    return float(middle[0] - side / 2), float(middle[1] - side / 2), side, side


def is_frontal(points: npt.NDArray[np.floating]) -> bool:
    """Tell whether a face is frontal and upright.

    Args:
        points: ``(4, 2)``: the eye on the left of the picture, the other eye, nose, mouth.
    """
    across = points[1] - points[0]
    width = float(np.linalg.norm(across))
    if width < 1:
        return False
    beside = abs(float((points[2] - points[:2].mean(axis=0)) @ across)) / width**2
    tilt = math.degrees(math.atan2(float(across[1]), float(across[0])))
    below = float((points[3] - points[:2].mean(axis=0)) @ np.array([-across[1], across[0]])) / width**2
    return beside < TURNED and abs(tilt) <= TILTED_DEGREES and 0.6 < below < 1.8


def ordered_points(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Arrange eight numbers as eyes, nose and mouth ``(4, 2)``, the eye on the left of the picture first."""
    points = np.array(values, np.float64).reshape(4, 2)
    return points[[1, 0, 2, 3]] if points[0, 0] > points[1, 0] else points


def annotate(path: Path, out: Path, settings: TableSettings, warn: Warn, *, images: Path | None = None) -> Written:
    """Write a description of positives from a table of boxes, or of facial points.

    Pictures stored in the table are written to ``out/pictures``.

    Args:
        path: CSV or parquet; each row has a picture's name, and either ``x, y, w, h``, a list ``boxes`` of these, or a
            list ``points`` of eyes, nose and mouth, from which frontal faces become squares.
        out: folder for ``positives.txt``.
        settings: which rows and faces to use.
        warn: receives a sentence about each row that is left out.
        images: folder that the names are relative to, if the table has no pictures.

    Raises:
        DatasetError: the table is missing or malformed, or nothing in it can be used.
    """
    boxes: dict[str, list[Box]] = {}
    left_out = 0
    for number, row in _rows(path, settings):
        try:
            found, dropped = _boxes(row, path, number, settings)
            left_out += dropped
            if found:
                boxes.setdefault(_placed(row, path, number, out, images), []).extend(found)
        except DatasetError as exc:
            warn(str(exc))
    if not boxes:
        raise DatasetError(
            path,
            f"none of its boxes can be used ({left_out} left out)",
            advice="Check which rows are chosen, and the size of the smallest box that is used.",
        )
    target = out / "positives.txt"
    write_description(target, boxes.items())
    return Written(target, len(boxes), sum(map(len, boxes.values())), left_out)


def annotate_negatives(
    path: Path, out: Path, settings: TableSettings, warn: Warn, *, images: Path | None = None
) -> Written:
    """Write a list of negatives from a table of pictures without objects. The arguments are those of `annotate`.

    Raises:
        DatasetError: the table is missing or malformed, or nothing in it can be used.
    """
    names: dict[str, None] = {}
    for number, row in _rows(path, settings):
        try:
            names[_placed(row, path, number, out, images)] = None
        except DatasetError as exc:
            warn(str(exc))
    if not names:
        raise DatasetError(path, "none of its rows can be used", advice="Check which rows are chosen.")
    target = out / "negatives.txt"
    write_negatives(target, names)
    return Written(target, len(names), 0, 0)


def _rows(path: Path, settings: TableSettings) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the chosen rows; they are numbered by the lines of a CSV file, else from 0."""
    table = _read(path)
    if settings.split is not None and "split" not in table.columns:
        raise DatasetError(
            path,
            f"no column split to choose rows by; it has {', '.join(table.columns)}",
            advice="Add the column, or use all rows.",
        )
    if not set(NAMES) & set(table.columns):
        raise DatasetError(path, "no column names the picture", f"one of {', '.join(NAMES)}")
    first = 2 if path.suffix.lower() == ".csv" else 0
    for number, row in enumerate(table.to_dict("records"), first):
        if settings.split is not None and str(row["split"]) != settings.split:
            continue
        if settings.part != "all" and held_out(_name(row)) != (settings.part == "held-out"):
            continue
        yield number, row


def _read(path: Path) -> Any:
    import pandas as pd

    if not path.is_file():
        raise DatasetError(path, "no such file", "a table of boxes as CSV or parquet")
    try:
        return pd.read_csv(path) if path.suffix.lower() == ".csv" else pd.read_parquet(path)
    except Exception as exc:  # pandas and its engines raise exceptions of all kinds
        raise DatasetError(path, f"cannot be read as a table ({exc})", "CSV or parquet") from exc


def _name(row: dict[str, Any]) -> str:
    return str(next(row[column] for column in NAMES if column in row))


def _boxes(row: dict[str, Any], path: Path, number: int, settings: TableSettings) -> tuple[list[Box], int]:
    """Return the boxes of a row that are used, and the number of those that are not."""
    try:
        if "points" in row:
            faces = [ordered_points(face) for face in row["points"]]
            found = [face_square(face) for face in faces if is_frontal(face)]
            total = len(faces)
        elif "boxes" in row:
            found = [(float(b[0]), float(b[1]), float(b[2]), float(b[3])) for b in row["boxes"]]
            total = len(found)
        else:
            found = [(float(row["x"]), float(row["y"]), float(row["w"]), float(row["h"]))]
            total = 1
    except KeyError as exc:
        raise DatasetError(
            f"{path}, row {number}", f"no column {exc}", "x, y, w, h, or boxes, or points in each row"
        ) from exc
    except (TypeError, ValueError, IndexError) as exc:
        raise DatasetError(
            f"{path}, row {number}",
            f"its boxes or points are malformed ({exc})",
            "four numbers per box, eight per face",
            "Correct or remove the row.",
        ) from exc
    large = [box for box in found if min(box[2:]) >= settings.least_px]
    whole = [(round(x), round(y), round(w), round(h)) for x, y, w, h in large if math.isfinite(x + y + w + h)]
    if isinstance(row.get("image"), bytes):
        height, width = decode(row["image"], path, number).shape
        whole = [b for b in whole if b[0] >= 0 and b[1] >= 0 and b[0] + b[2] <= width and b[1] + b[3] <= height]
    return whole, total - len(whole)


def _placed(row: dict[str, Any], path: Path, number: int, out: Path, images: Path | None) -> str:
    """Name the row's picture as seen from ``out``; a picture stored in the table is written there."""
    name = _name(row)
    content = row.get("image")
    if not isinstance(content, bytes):
        return str(((images or path.parent) / name).resolve())
    suffix = ".png" if content.startswith(b"\x89PNG") else ".jpg" if content.startswith(b"\xff\xd8") else None
    if suffix is None:
        raise DatasetError(
            f"{path}, row {number}", "its picture is neither PNG nor JPEG", advice="Replace it or remove the row."
        )
    # In some tables, names are paths; the number distinguishes those that differ in their folder only.
    target = out / PICTURES / f"{number:06}-{Path(name).stem}{suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return target.relative_to(out).as_posix()
