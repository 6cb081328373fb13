"""Match persons across recordings: propose which of them are one participant, by their faces and the user's word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.persons.likeness import Described, distances
from videmo.persons.recognising import MAYBE, group_tracks

Floats = npt.NDArray[np.float64]
Key = tuple[str, int]

MOST_ALIKE: Final = 3
"""Participants who may be the same that are named beside each."""
_DIGITS: Final = 2
"""Of the number of a participant, at least."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person of a recording."""

    recording: str
    person: int
    described: Described | None
    """How the face looks; None if it can't be recognised."""
    participant: str | None = None
    """Who it is, as was said before; empty for somebody who takes no part, None if nothing was said."""
    confirmed: bool = False
    """True if the user looked at it and agreed, and not only an earlier proposal says so."""

    @property
    def key(self) -> Key:
        """Return what tells it from others."""
        return self.recording, self.person


Group = tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Say who is who."""

    participants: Mapping[Key, str]
    """Of each candidate; empty for those who take no part."""
    apart: Mapping[Key, float]
    """Mean distance to the other faces of the participant, where there are others."""
    pairs: tuple[tuple[str, str, float], ...]
    """Participants who may be the same, and how far apart they are; the nearest first."""

    def maybe(self, name: str) -> tuple[tuple[str, float], ...]:
        """List those who may be the same as a participant."""
        return tuple((other if one == name else one, apart) for one, other, apart in self.pairs if name in (one, other))


def match(candidates: Sequence[Candidate], *, taken: Collection[str] = ()) -> Match:
    """Match persons across recordings.

    Agglomerative clustering with average linkage, as of the tracks within a recording. What was said holds: those with
    the same name are one, those with different names are not, and two persons of one recording never are. New
    participants are numbered in the order of recordings and persons. Who may be the same is asked until both are
    confirmed.

    Args:
        candidates: all persons of all recordings, in any order.
        taken: names of participants who are not among them; nobody new gets one of these.
    """
    settled = _settled(sorted(candidates, key=lambda each: each.key))
    seen = [group for group in settled if _described(group)]
    grouping = group_tracks(*_apart_from_each_other(seen), _different(seen)) if seen else None
    groups = {place: seen[place] for place in range(len(seen))}
    for place, first in enumerate(grouping.group.tolist() if grouping else ()):
        if place != first:
            groups[first] += groups.pop(place)
    joined = list(groups.values())
    called = _called([*joined, *(group for group in settled if not _described(group))], taken)
    names = {each.key: name for group, name in called for each in group}
    return Match(
        {each.key: names.get(each.key, "") for each in candidates},
        {key: apart for group in joined for key, apart in _apart(group)},
        tuple(_alike((names[one[0].key], names[other[0].key], apart) for one, other, apart in _pairs(joined))),
    )


def _settled(ordered: Sequence[Candidate]) -> list[Group]:
    """Put together whom the user calls the same; everybody else who takes part is alone."""
    groups: dict[object, Group] = {}
    for each in ordered:
        if each.participant != "":
            key = each.participant or each.key
            groups[key] = (*groups.get(key, ()), each)
    return list(groups.values())


def _described(group: Group) -> list[Described]:
    return [each.described for each in group if each.described is not None]


def _apart_from_each_other(groups: Sequence[Group]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Measure how far groups are from each other, ``(n, n)``, and how much each counts, ``(n,)``: its sights.

    It is the mean distance between their faces, each of which counts by its sights: the same whether they were put
    together now or earlier.
    """
    faces = [_described(group) for group in groups]
    weights = np.array([face.sights for group in faces for face in group], np.float64)
    begins = np.cumsum([0, *(len(group) for group in faces[:-1])])
    weighed = distances([face for group in faces for face in group]) * np.multiply.outer(weights, weights)
    sums = np.add.reduceat(np.add.reduceat(weighed, begins, axis=0), begins, axis=1)
    totals = np.add.reduceat(weights, begins)
    return sums / np.multiply.outer(totals, totals), totals


def _different(groups: Sequence[Group]) -> npt.NDArray[np.bool_]:
    """Tell which groups can't be one participant: those of one recording, and those with two names."""
    named = np.array([bool(group[0].participant) for group in groups])
    return _together(groups) | np.logical_and.outer(named, named)


def _together(groups: Sequence[Group]) -> npt.NDArray[np.bool_]:
    """Tell which groups are seen in one recording."""
    together = np.zeros((len(groups), len(groups)), np.bool_)
    places: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        for recording in {each.recording for each in group}:
            places.setdefault(recording, []).append(place)
    for there in places.values():
        together[np.ix_(there, there)] = True
    return together


def _pairs(groups: Sequence[Group]) -> list[tuple[Group, Group, float]]:
    """Find groups that may be one participant and were not both confirmed, with their distance; the nearest first."""
    ordered = sorted(groups, key=lambda group: min(each.key for each in group))
    if not ordered:
        return []
    apart, _ = _apart_from_each_other(ordered)
    confirmed = np.array([all(each.confirmed for each in group) for group in ordered])
    asked = (apart <= MAYBE) & ~_together(ordered) & ~np.logical_and.outer(confirmed, confirmed)
    near = sorted((float(apart[one, other]), one, other) for one, other in np.argwhere(np.triu(asked, 1)).tolist())
    return [(ordered[one], ordered[other], distance) for distance, one, other in near]


def _called(groups: Iterable[Group], taken: Collection[str]) -> list[tuple[Group, str]]:
    """Name the groups, in the order of their first persons: by the user's word, else by number."""
    ordered = sorted(groups, key=lambda group: min(each.key for each in group))
    said = {each.participant for group in ordered for each in group if each.participant} | {*taken}
    there = {int(name[1:]) for name in said if re.fullmatch(r"P[0-9]{1,9}", name)}  # P01 and P001 would be mistaken
    digits = max(_DIGITS, len(str(len(ordered))))
    free = (f"P{number:0{digits}}" for number in count(1) if number not in there)
    return [
        (group, next((each.participant for each in group if each.participant), None) or next(free)) for group in ordered
    ]


def _apart(group: Group) -> list[tuple[Key, float]]:
    """Measure how far each face of a participant is from the others."""
    known = [each for each in group if each.described is not None]
    if len(known) < 2:
        return []
    between = distances(_described(tuple(known)))
    np.fill_diagonal(between, 0.0)
    means = between.sum(axis=1) / (len(known) - 1)
    return [(each.key, float(apart)) for each, apart in zip(known, means)]


def _alike(pairs: Iterable[tuple[str, str, float]]) -> Iterator[tuple[str, str, float]]:
    """Keep of pairs, which are in order, those that are among the nearest of both participants."""
    named: Counter[str] = Counter()
    for one, other, apart in pairs:
        if max(named[one], named[other]) < MOST_ALIKE:
            named.update((one, other))
            yield one, other, apart
