"""Bring the inputs of a study and its recordings together: who is seen where, and which events are whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from videmo.errors import StudyError
from videmo.study.cast import Role
from videmo.study.clock import Clock
from videmo.study.events import Event
from videmo.study.participants import Participants
from videmo.study.recording_names import is_of
from videmo.study.sheet import did_you_mean

SECOND: Final = 0.2
"""Share of the time of the first from which a second person is worth a note."""
OFTEN_OTHER: Final = 0.1
"""Share of the time seen in which none of the five words applies from which on that is worth a note."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A person who was seen in a recording."""

    number: int
    name: str
    """From ``people.csv``; may be empty."""
    seen_s: float
    other: float = 0.0
    """Share of the time seen in which an emotion that the words leave out was more likely than not; NaN if unknown."""
    parts: str = ""
    """When, see `timeline.strip`; empty if unknown."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A recording, as far as a study asks."""

    key: str
    duration_s: float = 0.0
    persons: tuple[Seen, ...] = ()
    failed: str = ""
    """Why it has no results, in words; empty if it has."""
    identity: str = ""
    """A hash of all that its tables depend on."""
    emotions: str = "five"
    """Which words for emotions its tables have."""
    doubts: tuple[str, ...] = ()
    """Whose identity is doubtful, in sentences."""

    def person_called(self, text: str) -> Seen | None:
        """Return the person with a number or a name; with the number where somebody else is called like it."""
        by_number = (each for each in self.persons if text == str(each.number))
        by_name = (each for each in self.persons if text and text == each.name)
        return next(by_number, None) or next(by_name, None)


class Seat(NamedTuple):
    """One participant in one session, dyad and role: what has a time course of its own."""

    participant_id: str
    session: str
    dyad: str
    role: str


@dataclass(frozen=True, slots=True)
class Placement:
    """One participant in one recording."""

    participant_id: str
    recording: str
    person: int
    """0 where nobody was seen."""
    clock: Clock
    session: str = ""
    dyad: str = ""
    role: str = ""
    start_utc: float | None = None
    where: str = ""

    @property
    def seat(self) -> Seat:
        """Return in which session, dyad and role the participant is here."""
        return Seat(self.participant_id, self.session, self.dyad, self.role)

    def onset(self, event: Event) -> float:
        """Return when an event begins, on the clock of the events, in seconds.

        Raises:
            StudyError: it is given in UTC, and nobody said when the recording began.
        """
        if not event.absolute:
            return event.onset_s
        if self.start_utc is None:
            found = f"no start_utc of {self.recording!r}, but {event.where} is in UTC"
            raise StudyError(self.where, found, advice="Fill in when the recording began, with its zone.")
        return round(event.onset_s - self.start_utc, 9)

    def shares(self, event: Event) -> bool:
        """Tell whether an event is one of this participant's in this recording."""
        mine = {"participant_id": self.participant_id, "dyad": self.dyad, "session": self.session}
        for kind, value in event.scope.items():
            if kind == "recording":
                if not is_of(value, self.recording):
                    return False
            elif mine[kind] != value:
                return False
        return True


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd that stops nothing."""

    where: str
    words: str

    def __str__(self) -> str:
        return f"{self.where}: {self.words}"


@dataclass(frozen=True, slots=True)
class Design:
    """Say who is seen where, and what happened then."""

    participants: Participants
    placements: tuple[Placement, ...]
    """In order of participant, session and recording."""
    events: tuple[Event, ...]
    unseen: Mapping[str, str]
    """Why a participant has no recording, by id."""
    remarks: tuple[Remark, ...]

    def of(self, participant_id: str) -> list[Placement]:
        """List where a participant is seen."""
        return [each for each in self.placements if each.participant_id == participant_id]

    def without_event(self) -> list[str]:
        """List the participants who are in recordings, but met no event of the kind stimulus."""
        met = {each.participant_id for each in self.placements
               if any(event.kind == "stimulus" and each.shares(event) for event in self.events)}  # fmt: skip
        return sorted({each.participant_id for each in self.placements} - met)

    def happenings(self, placement: Placement, kind: str) -> list[tuple[float, Event]]:
        """List the events of a kind that a participant met in a recording, with their onsets, in order."""
        found = [(placement.onset(event), event) for event in self.events
                 if event.kind == kind and placement.shares(event)]  # fmt: skip
        return sorted(found, key=lambda each: (each[0], each[1].order))

    def stretches(self, placement: Placement, kind: str) -> list[tuple[float, float]]:
        """List begin and end of these events, on the clock of the events."""
        return [(onset, onset + event.duration_s) for onset, event in self.happenings(placement, kind)]


def lay_out(
    participants: Participants, cast: Sequence[Role], events: Sequence[Event], recordings: Mapping[str, Facts]
) -> Design:
    """Find each participant in the recordings.

    Raises:
        StudyError: the cast names a recording or a person that there is not, or two participants are one person.
    """
    included = {person.id for person in participants.people if person.included}
    placements: list[Placement] = []
    unseen: dict[str, str] = {}
    remarks: list[Remark] = []
    for role in sorted(cast, key=lambda role: (role.participant_id, role.session, role.recording, role.person)):
        if role.participant_id not in included:
            continue
        for facts in _matching(role, recordings):
            if facts.failed:
                unseen[role.participant_id] = f"recording failed: {facts.failed}"
                remarks.append(Remark(role.where, f"{facts.key} has no results: {facts.failed}"))
                continue
            placements.append(_placed(role, facts, remarks))
    _refuse_two_in_one(placements)
    there = {each.participant_id for each in placements}
    for person in participants.people:
        if person.included and person.id not in there:
            unseen.setdefault(person.id, "no recording")
            remarks.append(Remark(person.where, f"participant {person.id!r} has no recording"))
    return Design(
        participants,
        tuple(sorted(placements, key=lambda each: (each.participant_id, each.session, each.recording))),
        tuple(sorted(events, key=lambda event: event.order)),
        {name: why for name, why in unseen.items() if name not in there},
        tuple(remarks),
    )


def _matching(role: Role, recordings: Mapping[str, Facts]) -> list[Facts]:
    """Find the recordings that a line of the cast names, by key or pattern."""
    if role.recording in recordings:
        return [recordings[role.recording]]
    found = [facts for key, facts in sorted(recordings.items()) if fnmatchcase(key, role.recording)]
    if not found:
        advice = did_you_mean(role.recording, recordings, "recordings")
        raise StudyError(role.where, f"no recording {role.recording!r} in the results", advice=advice)
    return found


def _placed(role: Role, facts: Facts, remarks: list[Remark]) -> Placement:
    person = _person(role, facts, remarks)
    for each in facts.persons:
        if each.number == person and each.other >= OFTEN_OTHER:
            what = f"person {person} of {facts.key} shows fear or disgust more likely than one of the five words"
            advice = "the words tell what is nearest; analyse with seven (classifier.emotions)"
            remarks.append(Remark(role.where, f"{what} in {each.other:.0%} of the time seen: {advice}"))
    return Placement(
        participant_id=role.participant_id,
        recording=facts.key,
        person=person,
        clock=Clock(role.offset_s, role.rate),
        session=role.session,
        dyad=role.dyad,
        role=role.role,
        start_utc=role.start_utc,
        where=role.where,
    )


def _person(role: Role, facts: Facts, remarks: list[Remark]) -> int:
    """Find the person in a recording; without a word about it the one who is seen longest."""
    if not facts.persons:
        remarks.append(Remark(role.where, f"nobody was seen in {facts.key}"))
        return 0
    if role.person:
        return _named(role, facts)
    ranked = sorted(facts.persons, key=lambda person: (-person.seen_s, person.number))
    if len(ranked) > 1 and ranked[1].seen_s > SECOND * ranked[0].seen_s:
        words = (
            f"two people in {facts.key}: person {ranked[0].number} is seen for {ranked[0].seen_s:.1f} s and was taken, "
            f"person {ranked[1].number} for {ranked[1].seen_s:.1f} s; fill in person"
        )
        remarks.append(Remark(role.where, words))
    return ranked[0].number


def _named(role: Role, facts: Facts) -> int:
    if (found := facts.person_called(role.person)) is not None:
        return found.number
    known = [person.name or str(person.number) for person in facts.persons]
    advice = did_you_mean(role.person, known, f"persons in {facts.key}")
    raise StudyError(role.where, f"no person {role.person!r} in {facts.key}", advice=advice)


def _refuse_two_in_one(placements: Sequence[Placement]) -> None:
    taken: dict[tuple[str, int], Placement] = {}
    for each in placements:
        key = (each.recording, each.person)
        if each.person and key in taken:
            other = taken[key]
            if other.participant_id == each.participant_id:
                found = f"{each.participant_id!r} is placed twice in {each.recording}"
            else:
                both = f"{other.participant_id!r} and {each.participant_id!r}"
                found = f"{both} are both person {each.person} of {each.recording}"
            raise StudyError(each.where, found, advice="Fill in person in both lines.")
        taken[key] = each


def odd_events(design: Design, recordings: Mapping[str, Facts]) -> tuple[list[Remark], set[str]]:
    """Look at the events of each participant: overlapping ones, and those beyond the recording.

    Returns:
        What is odd, and where the events stand that somebody met.
    """
    found: list[Remark] = []
    met: set[str] = set()
    for placement in design.placements:
        latest, before = -float("inf"), ""
        happenings = list(design.happenings(placement, "stimulus"))
        if placement.clock.offset_s and any(event.absolute for _, event in happenings):
            words = (
                f"offset_s is {placement.clock.offset_s:g}, and is added to the times of events in UTC, which start_utc"
                " already places in the recording: empty one of the two, unless its clock was wrong"
            )
            found.append(Remark(placement.where, words))
        for onset, event in happenings:
            met.add(event.where)
            what = f"{event.label!r} at {onset:g} s for {placement.participant_id!r}"
            begin = placement.clock.recording(onset)
            end = placement.clock.recording(onset + event.duration_s)
            length = recordings[placement.recording].duration_s
            if begin < -1e-6 or end > length + 0.5:
                found.append(Remark(event.where, f"{what} is at {begin:.1f} to {end:.1f} s of {placement.recording}, "
                                                 f"which is {length:.1f} s long"))  # fmt: skip
            if onset < latest - 1e-6:
                found.append(Remark(event.where, f"{what} begins before {before} has ended"))
            if onset + event.duration_s > latest:
                latest, before = onset + event.duration_s, f"{event.label!r} ({event.where.rpartition(', ')[2]})"
        met |= {event.where for kind in ("baseline", "exclude") for _, event in design.happenings(placement, kind)}
    return found, met
