"""Gather what the face detector learns from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from videmo.training.common.pictures import Picture, read_backgrounds, read_web
from videmo.training.detector.clips import frames_without_faces
from videmo.training.detector.label import with_boxes, with_landmarks, with_teacher, without_suspects
from videmo.training.detector.mining import Searcher, with_mistakes
from videmo.training.detector.reference import EXPECTED
from videmo.training.detector.tables import portraits_of, read_masks, read_wider
from videmo.training.detector.teacher import Teacher

PORTRAITS: Final[Mapping[str, tuple[tuple[str, int], ...]]] = {
    "expressions": (("rafdb", 2500), ("affectnet", 900)),
    "identities": (("lfw", 1600), ("glint360k", 500)),
    "diverse": (("", 2500),),
}
"""Tables with one face per picture: how many pictures of each source are used."""


def training_pictures(
    data: Path, teacher: Teacher, searcher: Searcher, report: Callable[[str], None]
) -> list[list[Picture]]:
    """Read and label everything that the detector learns from.

    WIDER FACE and the masked faces have boxes, and the teacher adds landmarks where it finds the same face. Web
    photographs have points, and the teacher adds boxes, and faces that nobody annotated. Portraits have neither: the
    teacher marks the one face. In photographs and recordings without people, what the teacher suspects is ignored.
    Everywhere, what ``searcher`` takes for a face and nobody else does is marked as its mistake.

    Args:
        data: folder with ``data/*.parquet`` and ``recordings/``.
        teacher: marks boxes and landmarks.
        searcher: the network that training begins with.
        report: receives lines of progress.

    Returns:
        The pictures by kind, in the order of `fit.DetectorFitSettings.shares`. Tables of masks and portraits, and
        recordings, need not be there.

    Raises:
        DatasetError: a table is missing or malformed.
    """
    recordings = data / "recordings"
    kinds = annotated_pictures(data, teacher)
    kinds["photographs without people"] = (
        without_suspects(one, teacher) for one in read_backgrounds(data / "data" / "backgrounds.parquet", "train")
    )
    kinds["frames without faces"] = (
        (without_suspects(one, teacher) for one in frames_without_faces(recordings))
        if (recordings / EXPECTED).is_file()
        else ()
    )
    return [_counted(name, with_mistakes(pictures, searcher), report) for name, pictures in kinds.items()]


def annotated_pictures(data: Path, teacher: Teacher) -> dict[str, Iterable[Picture]]:
    """Read the pictures with faces by kind, with boxes and landmarks, as far as annotators and teacher know them.

    Raises:
        DatasetError: a table is missing or malformed; when the pictures are read.
    """
    tables = data / "data"
    masks = tables / "masks.parquet"  # as the portraits, not asked of everybody's data
    return {
        "WIDER FACE": (with_landmarks(one, teacher) for one in read_wider(tables / "wider.parquet", "train")),
        "web photographs": (
            with_boxes(image, points, teacher)
            for image, points in read_web(tables / "webfaces.parquet", evaluation=False)
        ),
        "scenes with masks": (with_teacher(one, teacher) for one in read_masks(masks)) if masks.is_file() else (),
        "portraits": portraits_of(tables, PORTRAITS, teacher),
    }


def _counted(name: str, pictures: Iterable[Picture], report: Callable[[str], None]) -> list[Picture]:
    found = list(pictures)
    faces, mistakes = sum(int((~one.ignore).sum()) for one in found), sum(len(one.mistakes) for one in found)
    report(f"{name}: {len(found):,} pictures, {faces:,} faces, {mistakes:,} mistakes")
    return found
