"""The three layouts of FER+ (Barsoum et al., 2016): one table, the official pair of CSV files, the official folders."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.training.classifier.datasets.face import (
    SIZE,
    SPLITS,
    VOTES,
    LabelledFace,
    checked_votes,
    decode_face,
    read_bytes,
)
from videmo.training.classifier.datasets.tables import columns_of, csv_lines, parquet_rows

OFFICIAL_ORDER = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)
"""Vote columns as FER+ orders and names them; NF is ``not_a_face``."""
USAGES = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
FOLDERS = {"FER2013Train": "train", "FER2013Valid": "validation", "FER2013Test": "test"}
PIXELS, LABELS = "fer2013.csv", "fer2013new.csv"
_PLACES = [[name.replace("NF", "not_a_face") for name in OFFICIAL_ORDER].index(name) for name in VOTES]


def read_table(path: Path) -> Iterator[LabelledFace]:
    """Read one parquet table with the columns ``split``, ``image`` (encoded 48×48 gray) and `VOTES`.

    Raises:
        DatasetError: the file or a row is not like that.
    """
    for row, values in parquet_rows(path, ("split", "image", *VOTES)):
        where = f"{path}, row {row}"
        if values["split"] not in SPLITS:
            raise DatasetError(f"{where}: split {values['split']!r} is not one of {', '.join(SPLITS)}.")
        votes = checked_votes([values[name] for name in VOTES], where)
        yield LabelledFace(decode_face(values["image"] or b"", where), votes, values["split"])


def read_csv_pair(path: Path) -> Iterator[LabelledFace]:
    """Read a folder with FER2013's ``fer2013.csv`` (pixels) and FER+'s ``fer2013new.csv`` (votes), line by line.

    Rows without an image name were withdrawn by FER+ and are left out.

    Raises:
        DatasetError: a file is missing, the two don't belong together, or a row is broken.
    """
    advice = f"A folder with {PIXELS} (Kaggle) and {LABELS} (microsoft/FERPlus) is expected."
    pixel_lines, label_lines = csv_lines(path / PIXELS, advice), csv_lines(path / LABELS, advice)
    pixel_header, label_header = next(pixel_lines, (1, [])), next(label_lines, (1, []))
    usage, pixels = columns_of(pixel_header[1], ("Usage", "pixels"), path / PIXELS)
    vote_columns = columns_of(label_header[1], ("Usage", "Image name", *OFFICIAL_ORDER), path / LABELS)
    for pixel_line, label_line in zip_longest(pixel_lines, label_lines):
        if pixel_line is None or label_line is None:
            short, line = (LABELS, pixel_line) if label_line is None else (PIXELS, label_line)
            raise DatasetError(
                f"{path / short}: ends before the other file's line {line[0]}. Both must have the same rows; "
                "download it again."
            )
        face = _from_pair(path, pixel_line, label_line, (usage, pixels), vote_columns)
        if face is not None:
            yield face


def _from_pair(
    path: Path,
    pixel_line: tuple[int, list[str]],
    label_line: tuple[int, list[str]],
    pixel_columns: tuple[int, int],
    label_columns: list[int],
) -> LabelledFace | None:
    where, beside = f"{path / PIXELS}, line {pixel_line[0]}", f"{path / LABELS}, line {label_line[0]}"
    if len(pixel_line[1]) <= max(pixel_columns):
        raise DatasetError(f"{where}: {len(pixel_line[1])} columns, fewer than the header. Download the file again.")
    if len(label_line[1]) <= max(label_columns):
        raise DatasetError(f"{beside}: {len(label_line[1])} columns, fewer than the header. Download the file again.")
    usage, pixels = (pixel_line[1][column] for column in pixel_columns)
    other, name, *votes = (label_line[1][column] for column in label_columns)
    if usage not in USAGES:
        raise DatasetError(f"{where}: Usage {usage!r} is not one of {', '.join(USAGES)}.")
    if usage != other:
        raise DatasetError(
            f"{beside}: Usage {other!r}, but {PIXELS} says {usage!r}. The rows of both files must be in the same order."
        )
    if not name.strip():
        return None
    return LabelledFace(_from_pixels(pixels, where), _in_order(checked_votes(votes, beside)), USAGES[usage])


def _from_pixels(text: str, where: str) -> npt.NDArray[np.uint8]:
    try:
        values = np.array(text.split(), dtype=np.int64)
    except (ValueError, OverflowError):
        raise DatasetError(f"{where}: the pixels are not all whole numbers. Remove the row from both files.") from None
    if values.size != SIZE * SIZE:
        raise DatasetError(f"{where}: {values.size} pixels, expected {SIZE * SIZE}. Remove the row from both files.")
    if values.min() < 0 or values.max() > 255:
        raise DatasetError(f"{where}: pixel values outside 0 to 255. Remove the row from both files.")
    return values.astype(np.uint8).reshape(SIZE, SIZE)


def read_folders(path: Path) -> Iterator[LabelledFace]:
    """Read the official folders ``FER2013Train``, ``FER2013Valid``, ``FER2013Test``, each with its ``label.csv``.

    A line of ``label.csv`` is: file name, box, ten votes.

    Raises:
        DatasetError: there is no such folder, or a row is broken.
    """
    found = [name for name in FOLDERS if (path / name).is_dir()]
    if not found:
        raise DatasetError(f"{path}: no folder {', '.join(FOLDERS)} in it. Name the data folder of FER+.")
    for name in found:
        labels = path / name / "label.csv"
        for line, row in csv_lines(labels, "It comes with FER+: copy it beside the images."):
            where = f"{labels}, line {line}"
            if len(row) != 2 + len(VOTES):
                raise DatasetError(
                    f"{where}: {len(row)} columns, expected {2 + len(VOTES)} (file, box, ten votes). Repair the line."
                )
            image = decode_face(read_bytes(path / name / row[0].strip(), where), f"{where}: {row[0]}")
            yield LabelledFace(image, _in_order(checked_votes(row[2:], where)), FOLDERS[name])


def _in_order(votes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return votes[_PLACES]
