"""Gather what `broad` learns from: FER+'s votes, four other sets' labels, and faces that only a teacher labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.training.classifier.copies import merge_doubles, near_copies, pool_votes
from videmo.training.classifier.data import Faces, collect
from videmo.training.classifier.datasets.expressions import SEVEN, Expressions, read_expressions
from videmo.training.classifier.datasets.face import SPLITS, decode_gray
from videmo.training.classifier.datasets.ferplus import read_table
from videmo.training.classifier.datasets.framed import Framer, crop_of, framed, with_context
from videmo.training.classifier.datasets.tables import parquet_rows
from videmo.training.classifier.mixture import LessonSet, seven_of_labels, seven_of_votes
from videmo.training.classifier.votes import scored_rows, top_of
from videmo.training.common.labels import CLASSES
from videmo.video.luma import Luma

FERPLUS, EXPRESSIONS = Path("data/ferplus.parquet"), Path("data/expressions.parquet")
SCENES: Final = ("webfaces", "wider", "masks")
"""Tables of pictures in which our detector finds the faces."""
PORTRAITS: Final = ("diverse", "identities")
"""Tables with one face a picture."""
SOURCES: Final = {"rafdb": ("rafdb",), "affectnet": ("affectnet", "ffhq"), "ckplus": ("ckplus",)}
"""Sources of each set besides FER+."""
SMALLEST = 36.0
"""Smallest face in pixels that a teacher is asked about."""
ALIKE, TRIED = 0.9, 2
"""Thresholds for copies across sets, see `copies`."""

Report = Callable[[str], None]
Images = npt.NDArray[np.uint8]
Scored = tuple[Images, npt.NDArray[np.int64]]
"""Crops ``(n, 48, 48)`` of a set, and places ``(n,)`` in `SEVEN`."""


@dataclass(frozen=True, slots=True)
class BroadData:
    """All faces, copies of held-out ones left out of what is learned from."""

    lessons: tuple[LessonSet, ...]
    """FER+, RAF-DB, AffectNet with FFHQ, and CK+."""
    unlabelled: Images
    """``(n, 64, 64)``"""
    gathered: tuple[str, ...]
    """Tables that these are from."""
    validation: Mapping[str, Scored]
    copies: int
    """Training images left out because a held-out image looks the same."""


@dataclass(frozen=True, slots=True)
class LabelledSets:
    """The faces with labels."""

    lessons: tuple[LessonSet, ...]
    """As in `BroadData`."""
    held_out: Images
    """``(n, 48, 48)`` of all sets."""
    validation: Mapping[str, Scored]
    test: Mapping[str, Scored]
    copies: int
    """As in `BroadData`."""


def broad_data(root: Path, draws: Mapping[str, int], report: Report) -> BroadData:
    """Read, cut and clean all sets.

    Args:
        root: folder with ``data/*.parquet``.
        draws: faces of an epoch, by set.
        report: receives lines of progress.

    Raises:
        DatasetError: a table is missing or broken.
    """
    framer = Framer()
    labelled = labelled_sets(root, draws, framer, report)
    gathered = {name: faces for name, faces in _unlabelled(root, framer).items() if faces}
    unlabelled = np.stack([face for faces in gathered.values() for face in faces] or [np.zeros((64, 64), np.uint8)])
    unlabelled = unlabelled[~_copies(crop_of(unlabelled), labelled.held_out)] if gathered else unlabelled[:0]
    report(f"{len(unlabelled):,} faces without labels")
    return BroadData(labelled.lessons, unlabelled, tuple(gathered), labelled.validation, labelled.copies)


def labelled_sets(root: Path, draws: Mapping[str, int], framer: Framer, report: Report) -> LabelledSets:
    """Read, cut and clean the sets with labels.

    Args:
        root: folder with ``data/*.parquet``.
        draws: faces of an epoch, by set.
        framer: finds the faces.
        report: receives lines of progress.

    Raises:
        DatasetError: a table is missing or broken.
    """
    ferplus = collect(read_table(root / FERPLUS))
    require(root / FERPLUS, [split for split in SPLITS if not scored_rows(ferplus.of(split).votes).any()])
    others = read_expressions(root / EXPRESSIONS, framer)
    lacking = [f"{title} ({split})" for title, split in _lacking(others)]
    require(root / EXPRESSIONS, lacking)
    held_out = np.concatenate(
        [ferplus.images[ferplus.split != "train"], crop_of(others.images[others.split != "train"])]
    )
    images, targets, copies = _ferplus(ferplus, held_out)
    lessons = [LessonSet("ferplus", images, targets, draws["ferplus"])]
    for name, sources in SOURCES.items():
        part = others.of("train", *sources)
        known = _copies(crop_of(part.images), held_out)
        # Of a person of CK+ all pictures are in one part, and all look alike.
        part, copies = (part, copies) if name == "ckplus" else (part.where(~known), copies + int(known.sum()))
        lessons.append(LessonSet(name, part.images, _targets(part), draws[name]))
    report(", ".join(f"{one.name} {len(one.images):,}" for one in lessons) + f"; {copies:,} copies left out")
    validation, test = (_scored(ferplus, others, split) for split in ("validation", "test"))
    return LabelledSets(tuple(lessons), held_out, validation, test, copies)


def require(path: Path, lacking: Sequence[str]) -> None:
    """Refuse a table that lacks faces.

    Raises:
        DatasetError: it lacks some.
    """
    if lacking:
        raise DatasetError(path, f"no faces of {', '.join(lacking)} in it", advice="Restore the whole table.")


def _lacking(others: Expressions) -> Iterator[tuple[str, str]]:
    for name, sources in SOURCES.items():
        for split in SPLITS:
            if not (others.of(split, *sources).labels < len(CLASSES)).any():
                yield name, split


def _ferplus(faces: Faces, held_out: Images) -> tuple[Images, npt.NDArray[np.float32], int]:
    rows, own = np.flatnonzero(faces.split == "train"), faces.images[faces.split != "train"]
    known = near_copies(faces.images, rows, own) | _copies(faces.images[rows], held_out)
    kept = rows[~known]
    named = seven_votes_share(faces.votes[kept]) >= 0.5
    kept, votes = merge_doubles(faces.images, kept[named], faces.votes[kept[named]])
    votes = pool_votes(faces.images, kept, votes)
    contexts = np.stack([with_context(image) for image in faces.images[kept]])
    return contexts, seven_of_votes(votes), int(known.sum())


def seven_votes_share(votes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """``(n,)`` share of the votes that went to one of the seven words, which stand first."""
    return np.asarray(votes[:, : len(SEVEN)].sum(axis=1) / np.maximum(votes.sum(axis=1), 1e-9))


def _targets(part: Expressions) -> npt.NDArray[np.float32]:
    targets = np.zeros((len(part.labels), len(SEVEN)), np.float32)
    for source in np.unique(part.source):
        mask = part.source == source
        targets[mask] = seven_of_labels(part.labels[mask], str(source))
    return targets


def _copies(images: Images, held_out: Images) -> npt.NDArray[np.bool_]:
    return near_copies(images, np.arange(len(images)), held_out, least=ALIKE, tried=TRIED)


def _scored(ferplus: Faces, others: Expressions, split: str) -> dict[str, Scored]:
    faces = ferplus.of(split)
    faces = faces.where(scored_rows(faces.votes))
    found = {"ferplus": (faces.images, top_of(faces.votes))}
    for name, sources in SOURCES.items():
        part = others.of(split, *sources)
        if (part.labels < len(CLASSES)).any():
            found[name] = (crop_of(part.images), part.labels)
    return found


def _unlabelled(root: Path, framer: Framer) -> dict[str, list[Images]]:
    """Cut the faces of each table that is there."""
    faces: dict[str, list[Images]] = {}
    for name in SCENES:
        path = root / "data" / f"{name}.parquet"
        if path.exists():
            faces[name] = list(_in_scenes(path, framer))
    for name in PORTRAITS:
        path = root / "data" / f"{name}.parquet"
        if path.exists():
            pictures = [
                decode_gray(values["image"] or b"", f"{path}, row {row}")
                for row, values in parquet_rows(path, ("image",))
            ]
            cut, _ = framed(framer, pictures, ["blurred"] * len(pictures)) if pictures else ([], None)
            faces[name] = [face.image for face in cut if face.found]
    return faces


def _in_scenes(path: Path, framer: Framer) -> Iterator[Images]:
    for row, values in parquet_rows(path, ("image",), optional=("split",)):
        if values.get("split", "train") == "train":
            picture = Luma(decode_gray(values["image"] or b"", f"{path}, row {row}"), False, 0)
            yield from framer.faces_of(picture, SMALLEST)
