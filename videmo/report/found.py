"""Choose what a page shows of the persons as they were found, so that the user can tell who is who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.persons.linked import Links
from videmo.persons.people import People
from videmo.report.moments import ObservedFace, clearest
from videmo.timeline.quality import usable

MOST_CARDS: Final = 100
"""At most this many persons are shown: those who are asked about first, then those seen longest."""
MOST_FACES: Final = 120
"""At most this many pictures, of all persons together; everybody who is shown has one."""
MOST_OF_ONE: Final = 40
"""At most this many pictures of one person."""
MOST_SPANS: Final = 60
"""At most this many stretches in which one person is in sight; more are put together with their neighbours."""
MOST_PAIRS: Final = 12
"""Pairs of persons who may be the same that a page names."""
_APART_S: Final = 1.0
"""Seconds in sight between two pictures of a person, where there are enough pictures for all."""
_BLOCK: Final = 1 << 14
"""Frames that are looked at together, so that memory stays flat."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person as found, before the user's word in ``people.csv``."""

    number: int
    seen: tuple[tuple[float, float], ...]
    """Stretches in sight in seconds, first and last face of each; a track, or several that overlap."""
    faces: tuple[ObservedFace, ...]
    """In order of time, at least one."""
    portrait: int
    """Which of them stands for the person."""


@dataclass(frozen=True, slots=True)
class FoundPersons:
    """The persons as found that a page shows, by number."""

    persons: tuple[FoundPerson, ...] = ()
    beside: tuple[tuple[int, int, int], ...] = ()
    """Two of them who are seen side by side, and in how many frames."""

    @property
    def faces(self) -> list[ObservedFace]:
        """List the faces to take pictures of."""
        return [face for person in self.persons for face in person.faces]


def found_persons(observations: pd.DataFrame, links: Links, people: People) -> FoundPersons:
    """Choose the persons to show, and faces of each at several moments.

    Args:
        observations: the table, whatever people.csv made of its persons; its tracks count.
        links: whose tracks are whose.
        people: the user's word; whoever it splits is shown.
    """
    owner = _owners(observations, links)
    rows = _rows_of(owner)
    shown = _shown({person: len(own) for person, own in rows.items()}, links, people)
    times, tracks = observations["time_s"].to_numpy(np.float64), observations["track"].to_numpy(np.int64, na_value=0)
    seen = {person: _spans(times[rows[person]], tracks[rows[person]]) for person in shown}
    counts = _counts({person: max(len(spans), round(_length(spans) / _APART_S)) for person, spans in seen.items()})
    counted, taken, persons = usable(observations), set[float](), []
    for person in shown:
        own, faces = rows[person], list[ObservedFace]()
        for part in _parts(own, tracks[own], counts[person]):
            good = part[counted[part]] if counted[part].any() else part
            # A frame that is read anyway costs nothing more: who is seen together is shown together.
            read = good[np.isin(times[good], list(taken))]
            faces.append(clearest(observations.iloc[read if len(read) else good]))
            taken.add(faces[-1].time_s)
        best = clearest(observations.iloc[own[counted[own]] if counted[own].any() else own])
        portrait = min(range(len(faces)), key=lambda place: abs(faces[place].time_s - best.time_s))
        persons.append(FoundPerson(person, tuple(seen[person]), tuple(faces), portrait))
    return FoundPersons(tuple(persons), _beside(owner, observations["frame"].to_numpy(np.int64), shown))


def suggested(links: Links, people: People) -> list[tuple[int, int]]:
    """List the persons as found who may be the same, nearest first: not those whom the user merged or named both."""
    open_pairs = []
    for one, other, _ in links.maybe:
        stay = {people.merges.get(person, person) for person in (one, other)}
        if len(stay) == 2 and not stay <= people.names.keys():
            open_pairs.append((one, other))
    return open_pairs[:MOST_PAIRS]


def changes(links: Links, people: People, shown: Sequence[int]) -> list[tuple[int, float]]:
    """List the moments in seconds from which on a person as found may be somebody else, not of those who were split.

    Args:
        links: whose tracks are whose.
        people: the user's word.
        shown: the persons who are shown.
    """
    split = {stretch.person for stretch in people.stretches}
    return [(person, time_s) for person in shown if person not in split for time_s in links.other_from.get(person, ())]


def _owners(observations: pd.DataFrame, links: Links) -> Rows:
    """Return the person of each row as found, 0 for none."""
    tracks = observations["track"].to_numpy(np.int64, na_value=0)
    owners = {track: person for person, own in links.tracks.items() for track in own}
    numbers, places = np.unique(tracks, return_inverse=True)
    return np.array([owners.get(number, 0) for number in numbers.tolist()], np.int64)[places.ravel()]


def _rows_of(owner: Rows) -> dict[int, Rows]:
    """Return the rows of each person, in order of time."""
    order = np.argsort(owner, kind="stable")
    numbers, first = np.unique(owner[order], return_index=True)
    parts = np.split(order, first[1:])
    return {int(number): part for number, part in zip(numbers, parts) if number}


def _shown(seen: Mapping[int, int], links: Links, people: People) -> list[int]:
    """Choose whom to show, by number: who is asked about or split, then who is seen in most frames."""
    asked = [*(person for pair in suggested(links, people) for person in pair), *links.other_from]
    longest = sorted(seen, key=lambda person: (-seen[person], person))
    wanted = [*(stretch.person for stretch in people.stretches), *asked, *longest]
    return sorted([person for person in dict.fromkeys(wanted) if person in seen][:MOST_CARDS])


def _spans(times: npt.NDArray[np.float64], tracks: Rows) -> list[tuple[float, float]]:
    """Return when the tracks of a person begin and end; those that overlap are one."""
    order = np.argsort(tracks, kind="stable")
    first = np.flatnonzero(np.diff(tracks[order], prepend=-1))
    begins, ends = np.minimum.reduceat(times[order], first), np.maximum.reduceat(times[order], first)
    spans: list[tuple[float, float]] = []
    for begin, end in sorted(zip(begins.tolist(), ends.tolist())):
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((begin, end))
    if len(spans) <= MOST_SPANS:
        return spans
    groups = np.array_split(np.array(spans), MOST_SPANS)
    return [(float(group[0, 0]), float(group[-1, 1])) for group in groups]


def _length(spans: Sequence[tuple[float, float]]) -> float:
    return sum(end - begin for begin, end in spans)


def _counts(wanted: Mapping[int, int]) -> dict[int, int]:
    """Share out the pictures: nobody has more than another who would have use for it too."""
    for most in range(MOST_OF_ONE, 0, -1):
        counts = {person: max(1, min(count, most)) for person, count in wanted.items()}
        if sum(counts.values()) <= MOST_FACES:
            break
    return counts if wanted else {}


def _parts(rows: Rows, tracks: Rows, count: int) -> list[Rows]:
    """Divide the rows of a person into parts, each to be shown by one face: tracks if there are enough, else time.

    A switch within a person is most likely from one track to the next, so every track is shown before a long one is
    shown more than once.
    """
    first = np.flatnonzero(np.diff(tracks, prepend=-1))
    pieces = np.split(rows, first[1:])
    if len(pieces) > count:
        return [part for part in np.array_split(rows, count) if len(part)]
    shares = np.ones(len(pieces), np.int64)
    for _ in range(count - len(pieces)):
        shares[int(np.argmax([len(piece) / share for piece, share in zip(pieces, shares)]))] += 1
    return [part for piece, share in zip(pieces, shares) for part in np.array_split(piece, share) if len(part)]


def _beside(owner: Rows, frames: Rows, shown: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
    """Count the frames in which two persons are seen side by side."""
    if not shown:
        return ()
    known = np.flatnonzero(np.isin(owner, shown))
    column, (_, frame) = np.searchsorted(shown, owner[known]), np.unique(frames[known], return_inverse=True)
    together = np.zeros((len(shown), len(shown)), np.int64)
    for begin in range(0, int(frame[-1]) + 1, _BLOCK):
        inside = slice(*np.searchsorted(frame, (begin, begin + _BLOCK)))
        there = np.zeros((_BLOCK, len(shown)), np.float32)
        there[frame[inside] - begin, column[inside]] = 1.0
        together += np.rint(there.T @ there).astype(np.int64)
    pairs = zip(*np.nonzero(np.triu(together, 1)))
    return tuple((shown[one], shown[other], int(together[one, other])) for one, other in pairs)
