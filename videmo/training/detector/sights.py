"""Compare the faces that were found in a recording with those of a reference, over time: pure functions."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from videmo.training.common.boxes import overlaps

OVERLAP: Final = 0.35
"""Intersection over union from which on two boxes mean the same face."""

Boxes = npt.NDArray[np.float64]
"""``(n, 4)``: left, top, width, height."""
NO_BOXES: Final[Boxes] = np.zeros((0, 4))


@dataclass(frozen=True, slots=True)
class Sights:
    """Hold the faces that were found in the frames of a recording."""

    times: npt.NDArray[np.float64]
    """``(frames,)`` presentation time of each frame in seconds, ascending."""
    cuts: tuple[int, ...]
    """Frames with which a new scene begins, ascending."""
    frame: npt.NDArray[np.int64]
    """``(faces,)`` number of the frame, ascending."""
    boxes: Boxes
    """``(faces, 4)``"""
    person: npt.NDArray[np.int64]
    """``(faces,)``; 0 for a face that is nobody's."""
    track: npt.NDArray[np.int64]
    """``(faces,)``"""

    @property
    def of_persons(self) -> Sights:
        """Leave out the faces that are nobody's."""
        kept = self.person > 0
        return Sights(self.times, self.cuts, self.frame[kept], self.boxes[kept], self.person[kept], self.track[kept])

    def rows(self, frame: int) -> slice:
        """Return the place of a frame's faces."""
        return slice(*np.searchsorted(self.frame, (frame, frame + 1)).tolist())


@dataclass(frozen=True, slots=True)
class Annotated:
    """Hold the faces of one frame of a reference."""

    frame: int
    faces: Boxes
    undecided: Boxes
    """What may be a face: need not be found, and is no mistake when found."""


class Counts:
    """Add up field by field: numbers, tuples, and counts themselves."""

    __slots__ = ()

    def __add__(self, other: Self) -> Self:
        """Add the counts of another recording, or of another frame."""
        names = [field.name for field in dataclasses.fields(self)]  # type: ignore[arg-type]
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in names))


@dataclass(frozen=True, slots=True)
class Tally(Counts):
    """Count what was found in the frames of a reference."""

    faces: int = 0
    found: int = 0
    elsewhere: int = 0
    """Boxes that cover neither a face nor what may be one."""
    frames: int = 0


def count_found(reference: Sequence[Annotated], sights: Sights) -> Tally:
    """Count the faces of a reference that some box covers, and the boxes that cover none."""
    total = Tally()
    for each in reference:
        shared = overlaps(sights.boxes[sights.rows(each.frame)], np.concatenate([each.faces, each.undecided]))
        covered = shared >= OVERLAP
        found = int(covered[:, : len(each.faces)].any(axis=0).sum())
        total += Tally(len(each.faces), found, int((~covered.any(axis=1)).sum()), 1)
    return total


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold one face of a reference for as long as it can be followed from annotated frame to annotated frame."""

    frames: tuple[int, ...]
    """In which it is certain, ascending; undecided ones between them are left out."""
    boxes: Boxes
    """``(frames, 4)``"""


def shown_faces(reference: Sequence[Annotated], cuts: Sequence[int]) -> list[Shown]:
    """Follow the faces of a reference from one annotated frame to the next, through undecided ones, up to a cut.

    A face that moves so far between two annotated frames that its boxes hardly overlap is another one from there on.
    """
    chains: list[list[_Link]] = []
    latest: list[list[_Link]] = []
    before = 0
    for each in sorted(reference, key=lambda one: one.frame):
        if bisect.bisect_right(cuts, each.frame) > bisect.bisect_right(cuts, before):
            latest = []
        latest = _continued(latest, each)
        chains += [chain for chain in latest if len(chain) == 1]
        before = each.frame
    certain = ([link for link in chain if link.certain] for chain in chains)
    faces = [Shown(tuple(link.frame for link in one), np.array([link.box for link in one])) for one in certain if one]
    return sorted(faces, key=lambda face: (face.frames[0], *face.boxes[0].tolist()))


@dataclass(frozen=True, slots=True)
class _Link:
    """One box in a face's chain."""

    frame: int
    box: npt.NDArray[np.float64]
    certain: bool


def _continued(latest: Sequence[list[_Link]], each: Annotated) -> list[list[_Link]]:
    """Add the boxes of a frame to the chains that they continue; return the chains that end in it, new ones too."""
    boxes = np.concatenate([each.faces, each.undecided])
    ends = np.array([chain[-1].box for chain in latest]).reshape(-1, 4)
    chain_of = {box: latest[chain] for chain, box in paired(ends, boxes)}
    following = [chain_of.get(place, []) for place in range(len(boxes))]
    for place, chain in enumerate(following):
        chain.append(_Link(each.frame, boxes[place], place < len(each.faces)))
    return following


def paired(one: Boxes, other: Boxes) -> list[tuple[int, int]]:
    """Pair boxes that mean the same face, each at most once, those that overlap most first."""
    shared = overlaps(one, other)
    pairs: list[tuple[int, int]] = []
    while shared.size and shared.max() >= OVERLAP:
        row, column = np.unravel_index(int(shared.argmax()), shared.shape)
        pairs.append((int(row), int(column)))
        shared[row], shared[:, column] = -1, -1
    return pairs


def sights_of(faces: Sequence[Shown], sights: Sights) -> list[dict[int, int]]:
    """Return for each face the row of the box that has it, by frame: in one frame, a box has one face."""
    found: list[dict[int, int]] = [{} for _ in faces]
    for frame in sorted({frame for face in faces for frame in face.frames}):
        there = [place for place, face in enumerate(faces) if frame in face.frames]
        boxes = np.array([faces[place].boxes[faces[place].frames.index(frame)] for place in there])
        rows = sights.rows(frame)
        for face, row in paired(boxes, sights.boxes[rows]):
            found[there[face]][frame] = rows.start + row
    return found


@dataclass(frozen=True, slots=True)
class Firsts(Counts):
    """Say how soon faces are seen."""

    faces: int = 0
    at_once: int = 0
    """Seen in the first frame in which the reference shows them."""
    never: int = 0
    delays_s: tuple[float, ...] = ()
    """From the first frame in which the reference shows a face to the first in which it is seen; of those that are."""


def first_sights(faces: Sequence[Shown], found: Sequence[dict[int, int]], sights: Sights) -> Firsts:
    """Measure how soon each face is seen.

    Between annotated frames, a face counts as seen where the track that has it in the next annotated frame has a box.
    """
    delays = [_delay(face, rows, sights) for face, rows in zip(faces, found, strict=True)]
    seen = tuple(delay for delay in delays if delay is not None)
    return Firsts(len(faces), sum(delay == 0 for delay in seen), len(delays) - len(seen), seen)


def _delay(face: Shown, rows: dict[int, int], sights: Sights) -> float | None:
    if not rows:
        return None
    seen = min(rows)
    if seen != face.frames[0]:
        missed = max(frame for frame in face.frames if frame < seen)
        of_track = sights.frame[sights.track == sights.track[rows[seen]]]
        seen = int(of_track[of_track > missed][0])
    return round(float(sights.times[seen] - sights.times[face.frames[0]]), 6)


@dataclass(frozen=True, slots=True)
class Breaks(Counts):
    """Count how often a face goes on and what has it changes."""

    seconds: float = 0.0
    """Sum over all faces, from the first annotated frame to the last in which they are seen."""
    tracks: int = 0
    """Times that a face has another track than when it was last seen."""
    persons: int = 0
    """Times that it has another person's line."""


def broken(found: Iterable[dict[int, int]], sights: Sights) -> Breaks:
    """Count the changes of track and person while a face of the reference goes on."""
    total = Breaks()
    for rows in found:
        for (before, one), (now, other) in itertools.pairwise(sorted(rows.items())):
            total += Breaks(
                float(sights.times[now] - sights.times[before]),
                int(sights.track[one] != sights.track[other]),
                int(sights.person[one] != sights.person[other]),
            )
    return total


@dataclass(frozen=True, slots=True)
class Mistaken(Counts):
    """Count what is taken for a face where there is none."""

    seconds: float = 0.0
    """Length of the frames without a face."""
    frames: int = 0
    mistaken: int = 0
    """Frames among them with a face."""
    tracks: int = 0
    """Faces among these, each counted once for as long as it is followed."""


def count_false(sights: Sights, without: npt.NDArray[np.bool_]) -> Mistaken:
    """Count faces in the frames of a recording that show none.

    Args:
        sights: what was found.
        without: ``(frames,)``: whether a frame shows no face.
    """
    lengths = np.diff(sights.times)
    lengths = np.append(lengths, np.median(lengths) if len(lengths) else 0.0)
    wrong = without[sights.frame]
    return Mistaken(
        float(lengths[without].sum()),
        int(without.sum()),
        len(np.unique(sights.frame[wrong])),
        len(np.unique(sights.track[wrong])),
    )
