"""Find what two people met at the same time where each is in several recordings, on one clock."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from videmo.study.design import Design, Facts, Placement
from videmo.study.events import Event
from videmo.study.measures import united
from videmo.study.track import Track

SLACK_S: Final = 1.0
"""Recordings of one person that overlap by less follow each other."""
TINY: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Take:
    """One recording of a participant, on a clock that all recordings of a dyad have."""

    placement: Placement
    shift_s: float
    """What is added to times of the clock of its events."""
    begin_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Met:
    """An event that two people met, as far as it lies in both of their logs."""

    label: str
    begin_s: float
    end_s: float
    where: str
    takes_a: tuple[Take, ...]
    """Recordings of the first one that it was filmed in; none if there was no time at which both were filmed."""
    takes_b: tuple[Take, ...]


def takes_of(
    own: Sequence[Sequence[Placement]], design: Design, recordings: Mapping[str, Facts]
) -> tuple[list[Take], list[Take]] | None:
    """Put the recordings of two people on one clock; None if the clock does not tell which were made together.

    It does where no two recordings of one person are of the same time: by ``offset_s``, or in UTC.
    """
    everything = [*own[0], *own[1]]
    kinds = {event.absolute for each in everything for _, event in design.happenings(each, "stimulus")}
    clocks = {(each.recording, each.clock, each.start_utc) for each in everything}
    if len(kinds) != 1 or len(clocks) > len({each.recording for each in everything}):
        return None
    starts = {each.start_utc for each in everything} if kinds == {True} else {0.0}
    if None in starts or not all(recordings[each.recording].duration_s for each in everything):
        return None
    first = min(start for start in starts if start is not None)
    found = [sorted((_take(each, first if kinds == {True} else None, recordings) for each in one),
                    key=lambda take: take.begin_s) for one in own]  # fmt: skip
    for takes in found:
        if any(_at_once(*both) for both in itertools.pairwise(takes)):
            return None
    return found[0], found[1]


def _at_once(sooner: Take, later: Take) -> bool:
    return later.begin_s < sooner.end_s - min(SLACK_S, (sooner.end_s - sooner.begin_s) / 2)


def _take(placement: Placement, first_utc: float | None, recordings: Mapping[str, Facts]) -> Take:
    ends = placement.clock.event(np.array([0.0, recordings[placement.recording].duration_s]))
    shift = 0.0 if first_utc is None or placement.start_utc is None else placement.start_utc - first_utc
    return Take(placement, shift, float(ends[0]) + shift, float(ends[1]) + shift)


def met_of(first: Sequence[Take], second: Sequence[Take], design: Design) -> list[Met]:
    """List the events of both, in order of time: the same event, or one of each that is called alike."""
    mine, theirs = _happened(first, design), _happened(second, design)
    found: list[Met] = []
    for where, other in of_both(*({key: event for key, (_, event, _) in own.items()} for own in (mine, theirs))):
        (onset, event, takes), (other_onset, other_event, other_takes) = mine[where], theirs[other]
        begin = max(onset, other_onset)
        end = min(onset + event.duration_s, other_onset + other_event.duration_s)
        if end > begin + TINY:
            found.append(_met(event, begin, end, takes, other_takes))
    return sorted(found, key=lambda each: (each.begin_s, each.label))


def of_both(mine: Mapping[str, Event], theirs: Mapping[str, Event]) -> Iterator[tuple[str, str]]:
    """Yield the events that two people may both have met: the same one, or one of each that is called alike.

    Args:
        mine: events of the first one, by where they stand.
        theirs: those of the other.
    """
    for where, event in mine.items():
        if where in theirs:
            yield where, where
            continue
        for other, each in theirs.items():
            if other not in mine and (each.label, each.stimulus) == (event.label, event.stimulus):
                yield where, other


def _happened(takes: Sequence[Take], design: Design) -> dict[str, tuple[float, Event, list[Take]]]:
    """Find the events of one person by where they stand: when they began, and the recordings whose events they are."""
    found: dict[str, tuple[float, Event, list[Take]]] = {}
    for take in takes:
        for onset, event in design.happenings(take.placement, "stimulus"):
            found.setdefault(event.where, (round(onset + take.shift_s, 9), event, []))[2].append(take)
    return found


def _met(event: Event, begin: float, end: float, first: Sequence[Take], second: Sequence[Take]) -> Met:
    both = [(a, b) for a in first for b in second
            if min(a.end_s, b.end_s, end) > max(a.begin_s, b.begin_s, begin) + TINY]  # fmt: skip
    takes_a, takes_b = (tuple(dict.fromkeys(each)) for each in (zip(*both) if both else ((), ())))
    return Met(event.label, begin, end, event.where, takes_a, takes_b)


def groups_of(met: Sequence[Met]) -> Iterator[tuple[list[Take], list[Take]]]:
    """Yield the recordings of both that hang together: by an event, or by a recording of the other that has both."""
    groups: list[tuple[list[Take], list[Take]]] = []
    for each in met:
        if not each.takes_a:
            continue
        joined = (list(each.takes_a), list(each.takes_b))
        apart = []
        for group in groups:
            if any(take in joined[0] for take in group[0]) or any(take in joined[1] for take in group[1]):
                joined = (joined[0] + group[0], joined[1] + group[1])
            else:
                apart.append(group)
        groups = [*apart, joined]
    in_order = [tuple(sorted(set(takes), key=lambda take: take.begin_s) for takes in group) for group in groups]
    yield from ((first, second) for first, second in sorted(in_order, key=lambda group: group[0][0].begin_s))


def joined_track(
    takes: Sequence[Take], tracks: Mapping[str, Track], design: Design
) -> tuple[Track, list[tuple[float, float]]]:
    """Join what one person shows in some recordings, without what is excluded; and say what that is.

    Where two recordings overlap a little, the earlier one counts.

    Args:
        takes: in order of time.
        tracks: by recording, on the clocks of their events.
        design: of the study.
    """
    parts, gone, until = [], [], -np.inf
    for take in takes:
        away = [(begin + take.shift_s, end + take.shift_s)
                for begin, end in design.stretches(take.placement, "exclude")]  # fmt: skip
        track = _moved(tracks[take.placement.recording], take.shift_s).without(united(away))
        parts.append(track.without([(-np.inf, until)]) if until > -np.inf else track)
        if len(takes) > 1:
            away = [(max(begin, take.begin_s), min(end, take.end_s)) for begin, end in away]
        gone += [(begin, end) for begin, end in away if end > begin]
        until = max([until, *track.ends[-1:]])
    return _one_after_the_other(parts), gone


def _moved(track: Track, by: float) -> Track:
    if not by:
        return track
    starts, ends = (np.round(times + by, 9) for times in (track.starts, track.ends))
    return Track(starts, ends, track.coverage, track.values, track.strongest)


def _one_after_the_other(parts: Sequence[Track]) -> Track:
    if len(parts) == 1:
        return parts[0]
    return Track(*(np.concatenate([getattr(part, name) for part in parts]) for name in Track.__slots__))
