"""Find the dyads of a study, and the events that the two of each met at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from videmo.errors import StudyError
from videmo.study.design import Design, Facts, Placement, Remark
from videmo.study.events import Event
from videmo.study.takes import TINY, Met, Take, groups_of, met_of, of_both, takes_of

_ALONE: Final = (
    "no recording of the other is of the same events at the same time, or several may be; "
    "fill in offset_s or start_utc, or a session for those that belong together"
)


@dataclass(frozen=True, slots=True)
class Dyad:
    """Two participants who were seen at the same time, in one recording or several."""

    name: str
    a: Placement
    b: Placement
    takes_a: tuple[Take, ...] = ()
    """All recordings of the first one, where somebody has several on one clock; the first of them is `a`."""
    takes_b: tuple[Take, ...] = ()

    @property
    def recording(self) -> str:
        """Return the key of the recording, or all."""
        takes = [take.placement.recording for take in (*self.takes_a, *self.takes_b)]
        return " + ".join(dict.fromkeys([*takes, self.a.recording, self.b.recording]))


def dyads_of(design: Design, recordings: Mapping[str, Facts]) -> list[Dyad]:
    """List the dyads in order; the first of each is the one whose role comes first.

    Raises:
        StudyError: a dyad has more than two members in a session.
    """
    return [dyad for each in _laid_out(design, recordings) for dyad in each.dyads]


@dataclass(frozen=True, slots=True)
class _Laid:
    """Say what is compared of a dyad in a session, and what can't be."""

    name: str
    dyads: tuple[Dyad, ...]
    remarks: tuple[Remark, ...] = ()


def _laid_out(design: Design, recordings: Mapping[str, Facts]) -> list[_Laid]:
    found: list[_Laid] = []
    for (name, _), members in _members(design):
        people = sorted({(each.role, each.participant_id) for each in members})
        if len(people) > 2:
            said = f"the dyad {name!r} has {len(people)} members"
            raise StudyError(members[-1].where, said, "two", "Name the others in a dyad of their own.")
        if len(people) == 2:
            own = [[each for each in members if each.participant_id == person] for _, person in people]
            found.append(_paired(name, own, design, recordings))
    return found


def _members(design: Design) -> list[tuple[tuple[str, str], list[Placement]]]:
    """List each dyad and session in order, with those who are in it."""
    found: dict[tuple[str, str], list[Placement]] = {}
    for placement in design.placements:
        if placement.dyad:
            found.setdefault((placement.dyad, placement.session), []).append(placement)
    return sorted(found.items())


def _paired(name: str, own: Sequence[Sequence[Placement]], design: Design, recordings: Mapping[str, Facts]) -> _Laid:
    """Pair the recordings of both: by the clock if it tells, or the same one, or those that alone have events alike."""
    first, second = (_with_events(each, design) for each in own)
    if len(first) == len(second) == 1:
        return _Laid(name, (Dyad(name, first[0], second[0]),))
    takes = takes_of((first, second), design, recordings)
    if takes is not None:
        return _by_clock(name, takes, design)
    common = [(a, b) for a in first for b in second if a.recording == b.recording]
    shared = {a.recording for a, _ in common}
    left_a, left_b = ([each for each in one if each.recording not in shared] for one in (first, second))
    alike = [(a, b) for a in left_a for b in left_b if meetings_of(Dyad(name, a, b), design)]
    if max(Counter(each.recording for pair in alike for each in pair).values(), default=0) != 1:
        alike = list(zip(left_a, left_b)) if len(left_a) == len(left_b) else []
    dyads = tuple(Dyad(name, a, b) for a, b in (*common, *alike))
    there = {each.recording for pair in (*common, *alike) for each in pair}
    alone = [each for each in (*left_a, *left_b) if each.recording not in there]
    return _Laid(name, dyads, tuple(_alone(name, alone)))


def _alone(name: str, own: Sequence[Placement]) -> Iterator[Remark]:
    for each in own:
        words = f"{each.recording} of {each.participant_id!r} is compared with nothing in the dyad {name!r}"
        yield Remark(each.where, f"{words}: {_ALONE}")


def _with_events(own: Sequence[Placement], design: Design) -> list[Placement]:
    """Leave out recordings without an event, such as one of the baseline; none if all are."""
    return [each for each in own if design.happenings(each, "stimulus")] or list(own)


def _by_clock(name: str, takes: tuple[list[Take], list[Take]], design: Design) -> _Laid:
    met = met_of(*takes, design)
    groups = [(tuple(first), tuple(second)) for first, second in groups_of(met)]
    dyads = tuple(Dyad(name, a[0].placement, b[0].placement, a, b) for a, b in groups)
    there = {take for group in groups for own in group for take in own}
    alone = [take.placement for own in takes for take in own if take not in there]
    unseen = [Remark(each.where, f"there is no time of {each.label!r} at which both of the dyad {name!r} were filmed")
              for each in met if not each.takes_a]  # fmt: skip
    return _Laid(name, dyads, (*_alone(name, alone), *unseen))


@dataclass(frozen=True, slots=True)
class Meeting:
    """An event that the two of a dyad met at the same time."""

    label: str
    onset_a: float
    """On the clock of the first one's events, in seconds."""
    onset_b: float
    duration_s: float
    takes_a: tuple[Take, ...] = ()
    """The recordings of the first one that it was filmed in, where somebody has several on one clock."""
    takes_b: tuple[Take, ...] = ()


def meetings_of(dyad: Dyad, design: Design) -> list[Meeting]:
    """List the events of both, in order of time: the same event, or one of each that is called alike.

    Of two events, as the logs of two people have them, the time counts that lies in both: on the clock of the recording
    if it is one, in UTC if they are told so, else on the clock of the events.
    """
    if dyad.takes_a:
        return [_meeting(each) for each in met_of(dyad.takes_a, dyad.takes_b, design) if each.takes_a]
    mine, theirs = (
        {event.where: (onset, event) for onset, event in design.happenings(each, "stimulus")}
        for each in (dyad.a, dyad.b)
    )
    same, alike = list[Meeting](), list[Meeting]()
    for where, other in of_both(*({key: event for key, (_, event) in own.items()} for own in (mine, theirs))):
        if where == other:
            onset, event = mine[where]
            same.append(Meeting(event.label, onset, theirs[where][0], event.duration_s))
        else:
            alike += _overlap(dyad, mine[where], theirs[other])
    return sorted([*same, *alike], key=lambda each: (each.onset_a, each.label))


def _meeting(met: Met) -> Meeting:
    length = round(met.end_s - met.begin_s, 9)
    return Meeting(met.label, met.begin_s, met.begin_s, length, met.takes_a, met.takes_b)


def _overlap(dyad: Dyad, first: tuple[float, Event], second: tuple[float, Event]) -> Iterator[Meeting]:
    (begin_a, rate_a), (begin_b, rate_b) = (
        _common(dyad, own, *each) for own, each in ((dyad.a, first), (dyad.b, second))
    )
    begin = max(begin_a, begin_b)
    end = min(begin_a + rate_a * first[1].duration_s, begin_b + rate_b * second[1].duration_s)
    if end > begin + TINY:
        yield Meeting(
            first[1].label, round(first[0] + (begin - begin_a) / rate_a, 9),
            round(second[0] + (begin - begin_b) / rate_b, 9), round((end - begin) / rate_a, 9),
        )  # fmt: skip


def _common(dyad: Dyad, placement: Placement, onset: float, event: Event) -> tuple[float, float]:
    """Return when an event begins on a clock that both have, and how fast that runs beside the clock of the events."""
    if dyad.a.recording == dyad.b.recording:
        return placement.clock.recording(onset), placement.clock.rate
    return (event.onset_s if event.absolute else onset), 1.0


def never_together(design: Design, recordings: Mapping[str, Facts]) -> Iterator[Remark]:
    """Remark on dyads of one participant, those that met no event at the same time, and recordings without a partner.

    They can't be compared.
    """
    for (name, session), members in _members(design):
        if len({each.participant_id for each in members}) == 1:
            when = f" in session {session!r}" if session else ""
            words = f"the dyad {name!r} has one participant alone{when}, {members[0].participant_id!r}"
            yield Remark(members[0].where, f"{words}: there is nobody to go together with")
    for laid in _laid_out(design, recordings):
        for dyad in laid.dyads:
            if not meetings_of(dyad, design):
                said = f"the two of the dyad {dyad.name!r} met no event of one label at the same time"
                yield Remark(dyad.a.where, said)
        yield from laid.remarks
