"""Read FER+ (Barsoum et al., 2016) in three layouts: one table, the official CSV files, the official folders."""

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
"""Vote columns in FER+'s order, with its names; NF is ``not_a_face``."""
USAGES = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
FOLDERS = {"FER2013Train": "train", "FER2013Valid": "validation", "FER2013Test": "test"}
PIXELS, LABELS = "fer2013.csv", "fer2013new.csv"
_DOWNLOAD = "Download the file again."
_REMOVE = "Remove the row from both files."
_REPAIR = "Correct or remove the row."
_PLACES = [[name.replace("NF", "not_a_face") for name in OFFICIAL_ORDER].index(name) for name in VOTES]


def read_table(path: Path) -> Iterator[LabelledFace]:
    """Read one parquet table with the columns ``split``, ``image`` (encoded, 48×48, grey) and `VOTES`.

    Raises:
        DatasetError: the file or a row doesn't have this form.
    """
    for row, values in parquet_rows(path, ("split", "image", *VOTES)):
        where = f"{path}, row {row}"
        if values["split"] not in SPLITS:
            raise DatasetError(where, f"the split is {values['split']!r}", f"one of {', '.join(SPLITS)}", _REPAIR)
        votes = checked_votes([values[name] for name in VOTES], where)
        yield LabelledFace(decode_face(values["image"] or b"", where), votes, values["split"])


def read_csv_pair(path: Path) -> Iterator[LabelledFace]:
    """Read a folder with FER2013's ``fer2013.csv`` (pixels) and FER+'s ``fer2013new.csv`` (votes), line by line.

    Rows without an image name were withdrawn from FER+ and are left out.

    Raises:
        DatasetError: a file is missing, the two don't belong together, or a row is broken.
    """
    advice = f"Choose a folder with {PIXELS} (from Kaggle) and {LABELS} (from microsoft/FERPlus)."
    pixel_lines, label_lines = csv_lines(path / PIXELS, advice), csv_lines(path / LABELS, advice)
    pixel_header, label_header = next(pixel_lines, (1, [])), next(label_lines, (1, []))
    usage, pixels = columns_of(pixel_header[1], ("Usage", "pixels"), path / PIXELS)
    vote_columns = columns_of(label_header[1], ("Usage", "Image name", *OFFICIAL_ORDER), path / LABELS)
    for pixel_line, label_line in zip_longest(pixel_lines, label_lines):
        if pixel_line is None or label_line is None:
            short, line = (LABELS, pixel_line) if label_line is None else (PIXELS, label_line)
            raise DatasetError(
                path / short, f"ends before line {line[0]} of the other file", "the same rows in both", _DOWNLOAD
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
        raise DatasetError(where, f"{len(pixel_line[1])} columns", "as many as the header has", _DOWNLOAD)
    if len(label_line[1]) <= max(label_columns):
        raise DatasetError(beside, f"{len(label_line[1])} columns", "as many as the header has", _DOWNLOAD)
    usage, pixels = (pixel_line[1][column] for column in pixel_columns)
    other, name, *votes = (label_line[1][column] for column in label_columns)
    if usage not in USAGES:
        raise DatasetError(where, f"Usage is {usage!r}", f"one of {', '.join(USAGES)}", _REPAIR)
    if usage != other:
        raise DatasetError(
            beside,
            f"Usage is {other!r}, but {PIXELS} has {usage!r}",
            "the same rows in the same order in both files",
            _DOWNLOAD,
        )
    if not name.strip():
        return None
    return LabelledFace(_from_pixels(pixels, where), _in_order(checked_votes(votes, beside)), USAGES[usage])


def _from_pixels(text: str, where: str) -> npt.NDArray[np.uint8]:
    try:
        values = np.array(text.split(), dtype=np.int64)
    except (ValueError, OverflowError):
        raise DatasetError(where, "the pixels are not all numbers", "whole numbers", _REMOVE) from None
    if values.size != SIZE * SIZE:
        raise DatasetError(where, f"{values.size} pixels", f"{SIZE * SIZE}", _REMOVE)
    if values.min() < 0 or values.max() > 255:
        raise DatasetError(where, "pixel values out of range", "0 to 255", _REMOVE)
    return values.astype(np.uint8).reshape(SIZE, SIZE)


def read_folders(path: Path) -> Iterator[LabelledFace]:
    """Read the official folders ``FER2013Train``, ``FER2013Valid``, ``FER2013Test``, each with its ``label.csv``.

    A line of ``label.csv`` is: file name, box, ten votes.

    Raises:
        DatasetError: there is no such folder, or a row is broken.
    """
    found = [name for name in FOLDERS if (path / name).is_dir()]
    if not found:
        raise DatasetError(path, f"no folder {', '.join(FOLDERS)} in it", advice="Choose FER+'s data folder.")
    for name in found:
        labels = path / name / "label.csv"
        for line, row in csv_lines(labels, "It comes with FER+: copy it into the folder of the images."):
            where = f"{labels}, line {line}"
            if len(row) != 2 + len(VOTES):
                raise DatasetError(
                    where, f"{len(row)} columns", f"{2 + len(VOTES)} (file, box, ten votes)", "Repair the line."
                )
            image = decode_face(read_bytes(path / name / row[0].strip(), where), f"{where}: {row[0]}")
            yield LabelledFace(image, _in_order(checked_votes(row[2:], where)), FOLDERS[name])


def _in_order(votes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return votes[_PLACES]
