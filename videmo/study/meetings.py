"""Find the dyads of a study, and the events that the two of each met at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from videmo.errors import StudyError
from videmo.study.design import Design, Placement, Remark
from videmo.study.events import Event


@dataclass(frozen=True, slots=True)
class Dyad:
    """Two participants who were seen at the same time, in one recording or two."""

    name: str
    a: Placement
    b: Placement

    @property
    def recording(self) -> str:
        """Return the key of the recording, or both."""
        return self.a.recording if self.a.recording == self.b.recording else f"{self.a.recording} + {self.b.recording}"


def dyads_of(design: Design) -> list[Dyad]:
    """List the dyads in order; the first of each is the one whose role comes first.

    Raises:
        StudyError: a dyad has more than two members in a session.
    """
    dyads: list[Dyad] = []
    for (name, _), members in _members(design):
        people = sorted({(each.role, each.participant_id) for each in members})
        if len(people) > 2:
            said = f"the dyad {name!r} has {len(people)} members"
            raise StudyError(members[-1].where, said, "two", "Name the others in a dyad of their own.")
        dyads += _pairs(name, members, people)
    return dyads


def _members(design: Design) -> list[tuple[tuple[str, str], list[Placement]]]:
    """List each dyad and session in order, with those who are in it."""
    found: dict[tuple[str, str], list[Placement]] = {}
    for placement in design.placements:
        if placement.dyad:
            found.setdefault((placement.dyad, placement.session), []).append(placement)
    return sorted(found.items())


def _pairs(name: str, members: Sequence[Placement], people: Sequence[tuple[str, str]]) -> Iterator[Dyad]:
    """Pair the recordings of both: the same one, or those with the same number in order."""
    if len(people) < 2:
        return
    own = [[each for each in members if each.participant_id == person] for _, person in people]
    common = [(a, b) for a in own[0] for b in own[1] if a.recording == b.recording]
    for a, b in common or list(zip(*own)):
        yield Dyad(name, a, b)


@dataclass(frozen=True, slots=True)
class Meeting:
    """An event that the two of a dyad met at the same time."""

    label: str
    onset_a: float
    """On the clock of the first one's events, in seconds."""
    onset_b: float
    duration_s: float


def meetings_of(dyad: Dyad, design: Design) -> list[Meeting]:
    """List the events of both, in order of time: the same event, or one of each that is called alike.

    Of two events, as the logs of two people have them, the time counts that lies in both: on the clock of the recording
    if it is one, in UTC if they are told so, else on the clock of the events.
    """
    mine, theirs = design.happenings(dyad.a, "stimulus"), design.happenings(dyad.b, "stimulus")
    both = {event.where for _, event in mine} & {event.where for _, event in theirs}
    onset_of = {event.where: onset for onset, event in theirs}
    found = [Meeting(event.label, onset, onset_of[event.where], event.duration_s)
             for onset, event in mine if event.where in both]  # fmt: skip
    for onset, event in mine:
        for other_onset, other in theirs:
            alike = (event.label, event.stimulus) == (other.label, other.stimulus)
            if alike and event.where not in both and other.where not in both:
                found += _overlap(dyad, (onset, event), (other_onset, other))
    return sorted(found, key=lambda each: (each.onset_a, each.label))


def _overlap(dyad: Dyad, first: tuple[float, Event], second: tuple[float, Event]) -> Iterator[Meeting]:
    (begin_a, rate_a), (begin_b, rate_b) = (
        _common(dyad, own, *each) for own, each in ((dyad.a, first), (dyad.b, second))
    )
    begin = max(begin_a, begin_b)
    end = min(begin_a + rate_a * first[1].duration_s, begin_b + rate_b * second[1].duration_s)
    if end > begin + 1e-6:
        yield Meeting(
            first[1].label, round(first[0] + (begin - begin_a) / rate_a, 9),
            round(second[0] + (begin - begin_b) / rate_b, 9), round((end - begin) / rate_a, 9),
        )  # fmt: skip


def _common(dyad: Dyad, placement: Placement, onset: float, event: Event) -> tuple[float, float]:
    """Return when an event begins on a clock that both have, and how fast that runs beside the clock of the events."""
    if dyad.a.recording == dyad.b.recording:
        return placement.clock.recording(onset), placement.clock.rate
    return (event.onset_s if event.absolute else onset), 1.0


def never_together(design: Design) -> Iterator[Remark]:
    """Remark on dyads of one participant, and on those that met no event at the same time: they can't be compared."""
    for (name, session), members in _members(design):
        if len({each.participant_id for each in members}) == 1:
            when = f" in session {session!r}" if session else ""
            words = f"the dyad {name!r} has one participant alone{when}, {members[0].participant_id!r}"
            yield Remark(members[0].where, f"{words}: there is nobody to go together with")
    for dyad in dyads_of(design):
        if not meetings_of(dyad, design):
            yield Remark(dyad.a.where, f"the two of the dyad {dyad.name!r} met no event of one label at the same time")
