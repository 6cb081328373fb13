"""Faces of several data sets with one label each, cut as analysis would cut them.

`expressions.parquet` holds RAF-DB (Li et al., 2017), AffectNet (Mollahosseini et al., 2017), FFHQ (Karras et al., 2019)
and CK+ (Lucey et al., 2010): columns ``source, split, name, emotion, image``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.training.classifier.datasets.face import SPLITS, decode_gray
from videmo.training.classifier.datasets.framed import BORDERS, Framer, framed
from videmo.training.classifier.datasets.tables import parquet_rows
from videmo.training.common.labels import CLASSES

SEVEN: Final = (*CLASSES, "fear", "disgust")
"""The words of a network that is asked for more than the five emotions."""
SOURCES: Final = ("rafdb", "affectnet", "ffhq", "ckplus")
VALIDATION_SHARE, TEST_SHARE = 0.1, 0.1
LABORATORY_SHARE = 0.25
"""Of CK+'s 118 people, in the validation part and again in the test part."""


@dataclass(frozen=True, slots=True)
class Expressions:
    """Faces of one or more sources, in memory."""

    images: npt.NDArray[np.uint8]
    """``(n, 64, 64)`` with their surroundings, see `framed`."""
    labels: npt.NDArray[np.int64]
    """``(n,)`` places in `SEVEN`."""
    source: npt.NDArray[np.str_]
    """``(n,)`` one of `SOURCES`."""
    split: npt.NDArray[np.str_]
    """``(n,)`` one of `face.SPLITS`."""
    found: npt.NDArray[np.bool_]
    """``(n,)`` whether the detector found the face."""

    def where(self, mask: npt.NDArray[np.bool_]) -> Expressions:
        """Keep the faces that ``mask`` marks."""
        return Expressions(self.images[mask], self.labels[mask], self.source[mask], self.split[mask], self.found[mask])

    def of(self, split: str, *sources: str) -> Expressions:
        """Keep the faces of one split of some sources."""
        return self.where((self.split == split) & np.isin(self.source, sources))


def read_expressions(path: Path, framer: Framer, splits: tuple[str, ...] = SPLITS) -> Expressions:
    """Read the table and cut its faces. Other emotions than `SEVEN` (contempt) are left out.

    Where the detector finds no face, the crop lies where it usually lies in pictures of that source.

    Raises:
        DatasetError: the table is missing or broken, or has no face of these splits.
    """
    pictures: dict[str, list[tuple[npt.NDArray[np.uint8], str, int, str]]] = {source: [] for source in SOURCES}
    for row, values in parquet_rows(path, ("source", "split", "name", "emotion", "image")):
        source, name = values["source"], values["name"]
        if source not in pictures or values["split"] not in SPLITS:
            found = f"source {source!r}, split {values['split']!r}"
            raise DatasetError(f"{path}, row {row}", found, f"one of {', '.join(SOURCES)} and of {', '.join(SPLITS)}")
        split = split_of(source, values["split"], name)
        if values["emotion"] in SEVEN and split in splits:
            image = decode_gray(values["image"] or b"", f"{path}, row {row}")
            pictures[source].append((image, split, SEVEN.index(values["emotion"]), name))
    parts = [_cut(source, held, framer) for source, held in pictures.items() if held]
    if not parts:
        raise DatasetError(path, f"no faces of {', '.join(splits)} in it")
    return Expressions(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.source for part in parts]),
        np.concatenate([part.split for part in parts]),
        np.concatenate([part.found for part in parts]),
    )


def split_of(source: str, split: str, name: str) -> str:
    """Say to which part a picture belongs: the same on every machine, and all pictures of one person of CK+ together.

    RAF-DB's official test stays the test, and a tenth of its training part is for validation.
    """
    if source == "rafdb":
        held_out = split == "train" and _share(name) < VALIDATION_SHARE
        return "validation" if held_out else split
    if source == "ckplus":
        share, bounds = _share("ck" + name.split("_", 1)[0]), (LABORATORY_SHARE, 2 * LABORATORY_SHARE)
    else:
        share, bounds = _share(name), (VALIDATION_SHARE, VALIDATION_SHARE + TEST_SHARE)
    return "validation" if share < bounds[0] else "test" if share < bounds[1] else "train"


def _cut(source: str, held: list[tuple[npt.NDArray[np.uint8], str, int, str]], framer: Framer) -> Expressions:
    """Faces to learn from go on in different ways around their picture; those to measure with, always in one."""
    borders = [
        BORDERS[int(_share("b" + name) * len(BORDERS))] if split == "train" else BORDERS[0]
        for _, split, _, name in held
    ]
    faces, _ = framed(framer, [image for image, *_ in held], borders)
    return Expressions(
        np.stack([face.image for face in faces]),
        np.array([label for _, _, label, _ in held], np.int64),
        np.array([source] * len(held)),
        np.array([split for _, split, _, _ in held]),
        np.array([face.found for face in faces]),
    )


def _share(text: str) -> float:
    """A number from 0 to 1 that depends on the text alone."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32
