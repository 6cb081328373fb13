"""Read the tables that fairness is measured on: pictures, and what is known of the people in them."""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.training.classifier.datasets.face import decode_gray
from videmo.training.classifier.datasets.framed import Image
from videmo.training.classifier.datasets.tables import parquet_rows
from videmo.training.common.labels import CLASSES

AGES: Final = (25, 35, 50, 65)
AGE_BANDS: Final = ("18 to 24", "25 to 34", "35 to 49", "50 to 64", "65 and over")
SEXES: Final = ("male", "female")
"""By the code in the names of UTKFace's files, 0 and 1."""
UNKNOWN: Final = "unknown"


def diverse_faces(path: Path) -> tuple[list[Image], dict[str, npt.NDArray[np.str_]]]:
    """Read UTKFace's faces, and the ``group``, ``age`` and ``sex`` of each as that set labels them.

    Raises:
        DatasetError: the table is missing or broken.
    """
    images, found = [], []
    for row, values in parquet_rows(path, ("name", "age", "group", "image")):
        images.append(decode_gray(values["image"] or b"", f"{path}, row {row}"))
        found.append((str(values["group"]), AGE_BANDS[bisect_right(AGES, values["age"])], sex_of(values["name"])))
    if not found:
        raise DatasetError(path, "no faces in it")
    group, age, sex = np.array(found).T
    return images, {"group": group, "age": age, "sex": sex}


def sex_of(name: str) -> str:
    """Read the sex from the name of a file of UTKFace: ``age_sex_group_date.jpg``."""
    code = name.split("_")[1:2]
    return SEXES[int(code[0])] if code in (["0"], ["1"]) else UNKNOWN


def raf_test_faces(path: Path) -> tuple[list[Image], npt.NDArray[np.int64]]:
    """Read the faces of RAF-DB's official test part that show one of the emotions, and its place in `CLASSES`.

    Raises:
        DatasetError: the table is missing or broken, or has none.
    """
    images, truth = [], []
    for row, values in parquet_rows(path, ("source", "split", "emotion", "image")):
        if (values["source"], values["split"]) == ("rafdb", "test") and values["emotion"] in CLASSES:
            images.append(decode_gray(values["image"] or b"", f"{path}, row {row}"))
            truth.append(CLASSES.index(values["emotion"]))
    if not images:
        raise DatasetError(path, "no test faces of RAF-DB in it")
    return images, np.array(truth, np.int64)


def lfw_faces(path: Path) -> tuple[list[Image], npt.NDArray[np.int64]]:
    """Read the faces of LFW, and a number for the person whom each shows.

    Raises:
        DatasetError: the table is missing or broken, or has none.
    """
    images, persons = [], []
    for row, values in parquet_rows(path, ("source", "person", "image")):
        if values["source"] == "lfw":
            images.append(decode_gray(values["image"] or b"", f"{path}, row {row}"))
            persons.append(values["person"])
    if not images:
        raise DatasetError(path, "no faces of LFW in it")
    _, numbers = np.unique(persons, return_inverse=True)
    return images, numbers.astype(np.int64)
