"""Find the persons of an observation table whose faces were followed, by recognising them.

From the table and the described sights alone: no picture is needed, so it can be repeated with other settings.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.persons.assigning import with_numbers
from videmo.persons.describing import described_rows
from videmo.persons.following import other_from
from videmo.persons.likeness import Described, describe, distances
from videmo.persons.linked import Links
from videmo.persons.linking import confirmed
from videmo.persons.places import Ends, eased, leeway_of_places, sizes_and_middles
from videmo.persons.recognising import SAME, Grouping, breaks, group_tracks, joined
from videmo.persons.sights import Sights
from videmo.settings import TrackingSettings
from videmo.timeline.sampling import sampling_of

if TYPE_CHECKING:
    from videmo.faces.cohort import Cohort

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_JUMP: Final = 0.4
"""Distance over the face's size between two detections that follow each other, from which on it is a jump."""
_CHANGED: Final = 0.2
"""Change of a face or of the picture from which on something happened, if not a cut."""


@dataclass(frozen=True, slots=True)
class _Faces:
    """The faces of a table, row by row in order of time."""

    row: Numbers
    """Position in the table."""
    track: Numbers
    """From 0."""
    time: Floats
    frame: Numbers
    score: Floats
    box: Floats
    """``(n, 4)``"""
    changed: Floats
    """How much face and picture changed, the larger of the two."""


def identify_persons(
    followed: pd.DataFrame,
    sights: Sights,
    settings: TrackingSettings,
    sure_score: float = 0.0,
    cohort: Cohort | None = None,
) -> tuple[pd.DataFrame, Links]:
    """Break tracks in which another person goes on, and put the tracks of one person together.

    Args:
        followed: the table with tracks, from `assigning.assign_persons`.
        sights: what recognises its faces.
        settings: what a person's track needs.
        sure_score: the score that a person's face reaches at least once.
        cohort: of the network that recognised the faces.

    Returns:
        The table with tracks, persons and status, and whose tracks are whose.
    """
    faces = _faces_of(followed)
    times = followed["time_s"].to_numpy(np.float64)
    times = times[np.flatnonzero(np.diff(followed["frame"].to_numpy(), prepend=-1) != 0)]
    rows, vectors, weights = described_rows(followed, sights)
    place = np.searchsorted(faces.row, rows)
    wait_s = sampling_of(times).longest_wait_s(0.0)
    track, doubtful = _broken(faces, place, vectors, weights, wait_s, cohort)
    sure = confirmed(track, faces.time, faces.score, times, settings, sure_score)
    followed_long = confirmed(track, faces.time, faces.score, times, settings)
    described = {
        number: describe(vectors[rows], weights[rows], cohort)
        for number, rows in _rows_by(track[place])
        if followed_long[number]
    }
    cuts = followed["time_s"].to_numpy(np.float64)[followed["scene_change"].to_numpy() >= settings.cut_threshold]
    found = _grouped(described, sure, faces, track, cuts, other_from(settings))
    group = found.group
    sure[np.array([number for number, first in group.items() if sure[first]], np.int64)] = True
    person = _numbered(track, sure, group)
    maybe = sorted((int(person[track[row]]), round(float(faces.time[row]), 3)) for row in doubtful)
    links = dataclasses.replace(_links(person, described, found), other_from=_by_person(maybe))
    return with_numbers(followed, faces.row, track + 1, person[track]), links


def _by_person(moments: Sequence[tuple[int, float]]) -> dict[int, tuple[float, ...]]:
    """Gather moments in seconds by person; those of nobody, 0, are left out."""
    found: dict[int, tuple[float, ...]] = {}
    for person, time_s in moments:
        if person:
            found[person] = (*found.get(person, ()), time_s)
    return found


def _faces_of(table: pd.DataFrame) -> _Faces:
    row = np.flatnonzero(table["status"].to_numpy() != "no_face")
    column = {
        name: table[name].to_numpy(np.float64)[row]
        for name in ("time_s", "face_score", "x", "y", "w", "h", "face_change", "scene_change")
    }
    return _Faces(
        row=row,
        track=_from_zero(table["track"].to_numpy(np.int64, na_value=0)[row]),
        time=column["time_s"],
        frame=table["frame"].to_numpy(np.int64)[row],
        score=column["face_score"],
        box=np.stack([column[name] for name in ("x", "y", "w", "h")], axis=1),
        changed=np.fmax(np.nan_to_num(column["face_change"]), np.nan_to_num(column["scene_change"])),
    )


def _from_zero(tracks: Numbers) -> Numbers:
    """Number tracks anew, in order of first appearance."""
    numbers, first, back = np.unique(tracks, return_index=True, return_inverse=True)
    order = np.empty(len(numbers), np.int64)
    order[np.argsort(first)] = np.arange(len(numbers))
    return order[back.ravel()]


def _rows_by(numbers: Numbers) -> Iterator[tuple[int, Numbers]]:
    """Yield each number with the places where it stands, in order."""
    order = np.argsort(numbers, kind="stable")
    found, first = np.unique(numbers[order], return_index=True)
    yield from zip(found.tolist(), np.split(order, first[1:]))


def _broken(
    faces: _Faces,
    place: Numbers,
    vectors: npt.NDArray[np.int8],
    weights: Floats,
    wait_s: float,
    cohort: Cohort | None,
) -> tuple[Numbers, list[int]]:
    """Break tracks in which another person goes on.

    Returns:
        The track of each face, and the faces from which on one may be another person's.
    """
    members, piece, doubtful = dict(_rows_by(faces.track)), np.zeros(len(faces.row), np.int64), list[int]()
    for track, rows in _rows_by(faces.track[place]):
        own = members[track]
        seen = np.searchsorted(own, place[rows])
        upset = _upset(faces, own, wait_s)
        between = [upset[one:other] for one, other in pairwise(seen.tolist())]
        disturbed = np.array([part.max(initial=0.0) >= 1 for part in between], np.bool_)
        found = breaks(vectors[rows], weights[rows], disturbed, cohort)
        moments = {k: int(seen[k - 1]) + int(between[k - 1].argmax()) + 1 for k in (*found.at, *found.doubtful)}
        for k in found.at:
            piece[own[moments[k] :]] += 1
        doubtful += [int(own[moments[k]]) for k in found.doubtful]
    return _from_zero(faces.track * (int(piece.max(initial=0)) + 1) + piece), doubtful


def _upset(faces: _Faces, own: Numbers, wait_s: float) -> Floats:
    """Measure what happens from each detection of a track to the next: from 1 on, something does."""
    size, middle = sizes_and_middles(faces.box[own])
    jump = np.linalg.norm(np.diff(middle, axis=0), axis=1) / np.minimum(size[1:], size[:-1])
    growth = np.abs(np.diff(np.log(size)))
    gap = np.diff(faces.time[own]) / max(wait_s, 1e-9)
    return np.asarray(np.maximum.reduce([jump / _JUMP, growth / 0.3, gap, faces.changed[own][1:] / _CHANGED]))


@dataclass(frozen=True, slots=True)
class _Groups:
    """Tracks that were put together, by their numbers; see `recognising.Grouping`."""

    group: dict[int, int]
    """The first track of each track's group."""
    pairs: list[tuple[int, int, float]]
    widest: dict[int, float]
    limit: dict[int, float]


def _grouped(
    described: dict[int, Described],
    sure: npt.NDArray[np.bool_],
    faces: _Faces,
    track: Numbers,
    cuts: Floats,
    other: float,
) -> _Groups:
    """Put the described tracks of one person together.

    Persons are made of tracks that are sure; then others that are recognised as one of them are given to it.
    """
    numbers = np.array(sorted(described, key=lambda number: (not sure[number], number)), np.int64)
    if not len(numbers):
        return _Groups({}, [], {}, {})
    tracks, count = [described[number] for number in numbers.tolist()], int(sure[numbers].sum())
    apart, more = distances(tracks), eased(_leeway(numbers, faces, track, cuts, other), tracks)
    weights = np.array([one.sights for one in tracks], np.float64)
    together, known = _together(numbers, faces, track), slice(count)
    grouping: Grouping = group_tracks(apart[known, known], weights[known], together[known, known], more[known, known])
    firsts = np.concatenate([grouping.group, np.arange(count, len(numbers))])
    firsts = joined(apart - more, weights, together, firsts, np.arange(len(numbers)) >= count)
    group = {int(number): int(numbers[first]) for number, first in zip(numbers, firsts)}
    widest, limit = (dict(zip(numbers.tolist(), each.tolist())) for each in (grouping.widest, grouping.limit))
    pairs = [(int(numbers[one]), int(numbers[other]), apart) for one, other, apart in grouping.pairs]
    return _Groups(group, pairs, widest, limit)


def _together(numbers: Numbers, faces: _Faces, track: Numbers) -> npt.NDArray[np.bool_]:
    """Tell which tracks are seen in the same frame."""
    found = np.zeros((len(numbers), len(numbers)), np.bool_)
    columns = np.full(int(track.max(initial=-1)) + 1, -1)
    columns[numbers] = np.arange(len(numbers))
    known = columns[track] >= 0
    column = columns[track[known]]
    for _, rows in _rows_by(faces.frame[known]):
        if len(rows) > 1:
            found[np.ix_(column[rows], column[rows])] = True
    return found


def _leeway(numbers: Numbers, faces: _Faces, track: Numbers, cuts: Floats, other: float) -> Floats:
    """Tell how much further apart tracks may be for beginning where another one ended."""
    members = dict(_rows_by(track))
    came, left = np.array([members[number][[0, -1]] for number in numbers.tolist()]).T
    begins, ends = (Ends(faces.time[rows], faces.box[rows]) for rows in (came, left))
    return leeway_of_places(begins, ends, cuts, faces.changed[came] >= other)


def _numbered(track: Numbers, sure: npt.NDArray[np.bool_], group: dict[int, int]) -> Numbers:
    """Return the person of each track, from 1 in order of first appearance; 0 for none."""
    person, numbers = np.zeros(len(sure), np.int64), dict[int, int]()
    for number in np.flatnonzero(sure).tolist():
        person[number] = numbers.setdefault(group.get(number, number), len(numbers) + 1)
    return person


def _links(person: Numbers, described: dict[int, Described], found: _Groups) -> Links:
    members = {number: np.flatnonzero(person == number) for number in range(1, int(person.max(initial=0)) + 1)}
    pairs = [(int(person[one]), int(person[other]), round(apart, 3)) for one, other, apart in found.pairs]
    several = {
        number: max(rows.tolist(), key=lambda row: found.widest.get(row, 0.0))
        for number, rows in members.items()
        if sum(row in described for row in rows.tolist()) > 1
    }
    return Links(
        tracks={number: tuple((rows + 1).tolist()) for number, rows in members.items()},
        maybe=tuple((min(one, other), max(one, other), apart) for one, other, apart in pairs),
        sights={
            number: sum(described[row].sights for row in rows.tolist() if row in described)
            for number, rows in members.items()
        },
        widest={number: round(found.widest.get(row, 0.0), 3) for number, row in several.items()},
        limit={number: round(found.limit.get(row, SAME), 3) for number, row in several.items()},
    )


def links_in(followed: pd.DataFrame) -> Links:
    """Return the tracks of each person of a table; where faces were only followed, each has one."""
    known = followed[followed["person"].notna()].drop_duplicates(["person", "track"])
    pairs = sorted(zip(known["person"].astype(int).tolist(), known["track"].astype(int).tolist()))
    tracks: dict[int, tuple[int, ...]] = {}
    for person, track in pairs:
        tracks[person] = (*tracks.get(person, ()), track)
    return Links(tracks)


def with_links(observed: pd.DataFrame, links: Links) -> pd.DataFrame:
    """Give tracks to persons again as they were before, whatever people.csv made of them since."""
    faces = _faces_of(observed)
    track = observed["track"].to_numpy(np.int64, na_value=0)[faces.row]
    person = np.zeros(int(track.max(initial=0)) + 1, np.int64)
    for number, tracks in links.tracks.items():
        person[[each for each in tracks if each < len(person)]] = number
    return with_numbers(observed, faces.row, track, person[track])
