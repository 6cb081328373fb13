"""Read AffectNet (Mollahosseini et al., 2017): pictures in folders, faces and labels in two CSV files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from videmo.errors import DatasetError
from videmo.training.classifier.datasets.face import LabelledFace, cut_square, decode_gray, one_vote, read_bytes
from videmo.training.classifier.datasets.tables import columns_of, csv_lines

LISTS = {"training.csv": "train", "validation.csv": "validation"}
LIST_FOLDERS = (".", "Manually_Annotated_file_lists")
PICTURE_FOLDERS = (".", "Manually_Annotated_Images", "Manually_Annotated/Manually_Annotated_Images")
COLUMNS = ("subDirectory_filePath", "face_x", "face_y", "face_width", "face_height", "expression")
_ALL_COLUMNS = (*COLUMNS[:5], "facial_landmarks", "expression", "valence", "arousal")
CODES = (
    "neutral",
    "happiness",
    "sadness",
    "surprise",
    "fear",
    "disgust",
    "anger",
    "contempt",
    "unknown",
    "unknown",
    "not_a_face",
)
"""The vote for each of AffectNet's expression codes 0 to 10 (8: none of these, 9: uncertain, 10: no face)."""


def read_affectnet(path: Path) -> Iterator[LabelledFace]:
    """Read AffectNet's manually annotated faces, cut out at their boxes.

    ``training.csv`` and ``validation.csv`` are looked up in ``path`` and ``path/Manually_Annotated_file_lists``,
    pictures in ``path`` and ``path/Manually_Annotated_Images``. A list without a header, such as the validation list,
    is read in AffectNet's order of columns.

    Raises:
        DatasetError: there is no list, or a row is broken.
    """
    lists = [place for folder in LIST_FOLDERS for name in LISTS if (place := path / folder / name).is_file()]
    if not lists:
        raise DatasetError(
            path, "neither training.csv nor validation.csv is in it", advice="Choose AffectNet's own folder."
        )
    for place in lists:
        columns = list(range(0))
        for line, row in csv_lines(place, "It comes with AffectNet."):
            if not columns:
                has_header = COLUMNS[0].lower() in (name.strip().lower() for name in row)
                columns = columns_of(row if has_header else _ALL_COLUMNS, COLUMNS, place)
                if has_header:
                    continue
            yield _face(path, row, columns, f"{place}, line {line}", LISTS[place.name])


def _face(root: Path, row: list[str], columns: list[int], where: str, split: str) -> LabelledFace:
    if len(row) <= max(columns):
        raise DatasetError(where, f"{len(row)} columns", f"{max(columns) + 1} or more", "Repair the line.")
    name, *numbers, code = (row[column].strip() for column in columns)
    try:
        left, top, width, height = (float(number) for number in numbers)
    except ValueError:
        raise DatasetError(where, f"the box is {', '.join(numbers)}", "four numbers", "Remove the row.") from None
    if not code.isdigit() or int(code) >= len(CODES):
        raise DatasetError(where, f"the expression is {code!r}", f"0 to {len(CODES) - 1}", "Remove the row.")
    candidates = [root / folder / name for folder in PICTURE_FOLDERS]
    picture = next((candidate for candidate in candidates if candidate.is_file()), candidates[0])
    image = decode_gray(read_bytes(picture, where), f"{where}: {picture}")
    rows, across = image.shape
    inside = min(left + width, across) - max(left, 0) > 1 and min(top + height, rows) - max(top, 0) > 1
    if not (width > 1 and height > 1 and inside):
        raise DatasetError(
            where,
            f"the box {', '.join(numbers)} lies outside the picture of {across}×{rows} pixels",
            advice="Remove the row.",
        )
    return LabelledFace(cut_square(image, left, top, width, height), one_vote(CODES[int(code)]), split)
