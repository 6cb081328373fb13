"""Gather the faces that the identity network learns from, and those that it is measured on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.faces.aligning import Aligned, aligned, cut_aligned
from videmo.faces.detector import framing_of, make_detector
from videmo.faces.landmarks import SIDE, make_finder
from videmo.faces.recognition import PART
from videmo.measures.pose.fit import head_pose
from videmo.records import Detection
from videmo.results.parts import load_part, save_part
from videmo.settings import DetectorSettings, LandmarkSettings
from videmo.training.classifier.datasets.framed import covers, scene_of
from videmo.training.classifier.datasets.tables import parquet_rows
from videmo.training.common.pictures import decode, held_out
from videmo.training.identity.mixtures import AROUND, KEPT_PX, mixtures
from videmo.training.identity.teacher import IdentityTeacher
from videmo.video.luma import Luma

Image = npt.NDArray[np.uint8]
Report = Callable[[str], None]

SMALLEST_PX: Final = 36.0
"""Least height of a face in a photograph of several."""
_BLOCK: Final = 12_000
"""Mixtures that are made and kept at once."""
_SEED: Final = 1000
"""Of the first such block."""
_LEAST_SCORE: Final = 0.5
_TEST_SHARE: Final = 0.2
"""Share of the labelled people who are kept out of training, chosen by the hash of their names."""
_PORTRAITS: Final = ("identities", "expressions", "diverse", "ferplus")
_PHOTOGRAPHS: Final = ("wider", "webfaces", "masks")
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "identities": ("person",),
    "expressions": ("split",),
    "ferplus": ("split",),
    "wider": ("split",),
    "webfaces": ("name",),
}


@dataclass(frozen=True, slots=True)
class Faces:
    """Faces with a little of the picture around them."""

    images: Image
    """``(n, 100, 100)`` grey; the network's crop is the middle."""
    persons: npt.NDArray[np.int32]
    """``(n,)`` who it is, where that is known; -1 elsewhere."""
    vectors: npt.NDArray[np.float32]
    """``(n, 128)`` of the teacher."""

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, slots=True)
class Found:
    """One face of a picture."""

    image: Image
    """As in `Faces`."""
    chip: Image
    """As the teacher sees it."""
    yaw: float
    """Turn of the head in degrees."""


def kept_for_test(person: str) -> bool:
    """Tell whether a labelled person is kept out of training; the name alone decides."""
    return int(hashlib.sha256(person.encode()).hexdigest()[:8], 16) / 2**32 < _TEST_SHARE


class FaceGatherer:
    """Finds the faces of pictures as analysis does, and cuts them for the network and for its teacher."""

    def __init__(self, teacher: IdentityTeacher) -> None:
        settings = DetectorSettings()
        self._detector, self._framing = make_detector(settings), framing_of(settings)
        self._finder, self.teacher = make_finder(LandmarkSettings()), teacher

    def portrait(self, picture: Image) -> Found | None:
        """Return the one face of a tight picture; None where none is found."""
        scene, left, top = scene_of(picture)
        middle = left + picture.shape[1] / 2, top + picture.shape[0] / 2
        found = [face for face in self._found(scene) if covers(face, middle)]
        return self._cut(scene, max(found, key=lambda face: face.score)) if found else None

    def photograph(self, picture: Image) -> Iterator[Found]:
        """Yield the faces of a picture that are large enough."""
        for face in self._found(picture):
            if face.h >= SMALLEST_PX and (found := self._cut(picture, face)) is not None:
                yield found

    def _found(self, picture: Image) -> list[Detection]:
        return [face for face in self._detector.detect(Luma(picture, False, 0)) if face.score >= _LEAST_SCORE]

    def _cut(self, picture: Image, face: Detection) -> Found | None:
        luma = Luma(picture, False, 0)
        crop = luma.patch(*self._framing.square(face), SIDE)
        marked = self._finder.marked(face, luma, self._framing, crop)
        place = aligned(marked)
        if place is None:
            return None
        wide = Aligned(place.x, place.y, place.side * PART * AROUND, place.angle)
        return Found(cut_aligned(luma, wide, KEPT_PX), self.teacher.chip(picture, face), yaw_of(marked))


def yaw_of(face: Detection) -> float:
    """Return the turn of a head in degrees."""
    return float(head_pose(np.array([face.landmarks]))[0, 0])


def faces_to_learn(data: Path, out: Path, report: Report) -> Faces:
    """Gather all faces to learn from, with the teacher's vectors; what an earlier call gathered is read.

    Args:
        data: folder with ``data/*.parquet``.
        out: where the faces of each table are kept.
        report: receives lines of progress.

    Raises:
        DatasetError: a table is missing or malformed.
        UsageError: the teacher isn't installed.
    """
    gatherer: FaceGatherer | None = None
    tables = []
    for table in (*_PORTRAITS, *_PHOTOGRAPHS):
        kept = out / f"faces-{table}.npz"
        faces = load_part(kept, Faces)
        if faces is None:
            gatherer = gatherer or FaceGatherer(IdentityTeacher())
            faces = gathered(labelled_faces(data, table, gatherer), gatherer.teacher)
            save_part(faces, kept)
        report(f"{table}: {len(faces):,} faces")
        tables.append(faces)
    return joined(tables)


def with_mixtures(faces: Faces, count: int, out: Path, report: Report) -> Faces:
    """Add faces of nobody, see `mixtures`, with the teacher's vectors; what an earlier call made is read.

    Args:
        faces: to mix.
        count: how many to make.
        out: where they are kept, in blocks.
        report: receives lines of progress.

    Raises:
        UsageError: the teacher isn't installed.
    """
    teacher: IdentityTeacher | None = None
    tables = [faces]
    for block, first in enumerate(range(0, count, _BLOCK)):
        kept = out / f"mixtures-{block}.npz"
        made = load_part(kept, Faces)
        if made is None:
            teacher = teacher or IdentityTeacher()
            images = mixtures(faces.images, min(_BLOCK, count - first), seed=_SEED + block)
            vectors = np.stack([teacher.describe_aligned(image) for image in images])
            made = Faces(images, np.full(len(images), -1, np.int32), vectors)
            save_part(made, kept)
        report(f"mixtures: {first + len(made):,} faces")
        tables.append(made)
    return joined(tables)


def joined(tables: Sequence[Faces]) -> Faces:
    """Put the faces of tables together; in no more than one of them are people known."""
    return Faces(*(np.concatenate([getattr(one, name) for one in tables]) for name in Faces.__slots__))


def gathered(faces: Iterator[tuple[str, Found]], teacher: IdentityTeacher) -> Faces:
    """Put faces together, with a number for each person and the teacher's vectors."""
    images, names, vectors = [], [], []
    for person, found in faces:
        images.append(found.image)
        names.append(person)
        vectors.append(teacher.describe([found.chip])[0])
    _, numbers = np.unique(names, return_inverse=True)
    persons = np.where(np.array(names) == "", -1, numbers).astype(np.int32)
    return Faces(np.stack(images), persons, np.array(vectors, np.float32))


def labelled_faces(
    data: Path, table: str, gatherer: FaceGatherer, *, test: bool = False
) -> Iterator[tuple[str, Found]]:
    """Yield person, empty if unknown, and face of each picture of a table.

    Args:
        data: folder with ``data/*.parquet``.
        table: its name.
        gatherer: finds the faces.
        test: whether to yield the labelled people who are kept out of training, instead of all others.

    Raises:
        DatasetError: the table is missing or malformed.
    """
    path = data / "data" / f"{table}.parquet"
    for row, values in parquet_rows(path, ("image", *_COLUMNS.get(table, ()))):
        person = values.get("person", "")
        aside = values.get("split", "train") != "train" or (table == "webfaces" and held_out(values["name"]))
        if aside or (bool(person) and kept_for_test(person)) is not test:
            continue
        picture = decode(values["image"], path, row)
        if table in _PHOTOGRAPHS:
            yield from ((person, face) for face in gatherer.photograph(picture))
        elif (found := gatherer.portrait(picture)) is not None:
            yield person, found
