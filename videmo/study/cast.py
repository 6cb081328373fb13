"""Read who is who in which recording, and how the clock of the events lies in it: ``cast.csv``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from videmo.errors import StudyError
from videmo.persons.cast_file import COLUMNS as RESULTS
from videmo.study import cells
from videmo.study.clock import check_rate
from videmo.study.participants import ID, Participants, known_as
from videmo.study.sheet import Cell, Sheet, did_you_mean

COLUMNS: Final = (
    "recording", ID, "person", "session", "dyad", "role", "offset_s", "rate", "start_utc",
)  # fmt: skip
_ID: Final = (ID, "participant")
"""How the column is called: here, and in the cast of a folder of results, see `persons.cast_file`."""
_KNOWN: Final = (*COLUMNS, *_ID, *RESULTS.read, *RESULTS.for_orientation)


@dataclass(frozen=True, slots=True)
class Role:
    """Say who a person in a recording is."""

    recording: str
    """Key of a recording, or a pattern."""
    participant_id: str
    person: str = ""
    """Number or name; empty for the person who is seen longest."""
    session: str = ""
    dyad: str = ""
    role: str = ""
    offset_s: float = 0.0
    """The time of the recording at which the clock of the events reads 0."""
    rate: float = 1.0
    """Seconds of the recording per second of that clock."""
    start_utc: float | None = None
    """The beginning of the recording, in seconds since 1970, UTC."""
    where: str = ""
    """File and line, for errors."""


def read_cast(sheet: Sheet, participants: Participants) -> tuple[Role, ...]:
    """Read the cast.

    Raises:
        StudyError: a row names a participant who is not listed, or says the same as another one.
    """
    sheet.require(COLUMNS[:1], "who is who in which recording")
    sheet.require(_ID, "who is who in which recording")
    if not sheet.rows:
        raise StudyError(sheet.name, "no rows", "one row per participant and recording")
    sheet.refuse_alike(COLUMNS, _KNOWN)
    known = participants.by_id
    rows = [row for row in range(len(sheet.rows)) if not _takes_no_part(sheet, row)]
    roles = [_role(sheet, row, set(known)) for row in rows]
    _refuse_doubles(roles)
    return tuple(roles)


def unused_columns(sheet: Sheet) -> list[str]:
    """List the columns of a cast that have no meaning: they are allowed, but change nothing."""
    return [name for name in sheet.columns if name.lower() not in _KNOWN]


def _takes_no_part(sheet: Sheet, row: int) -> bool:
    """Tell whether the results' own cast leaves somebody out; elsewhere, a line without participant is a mistake."""
    return sheet.find((ID,)) is None and not sheet.get(row, sheet.find(_ID)).known


def cast_of(participants: Participants) -> tuple[Role, ...]:
    """Make the cast of participants whose table names one recording each."""
    return tuple(
        Role(person.recording, person.id, where=person.where) for person in participants.people if person.recording
    )


def _role(sheet: Sheet, row: int, known: set[str]) -> Role:
    def cell(name: str) -> Cell:
        return sheet.get(row, sheet.find((name,)))

    who = sheet.get(row, sheet.find(_ID))
    name = known_as(cells.label(who, ID), known)
    if name not in known:
        found = f"{name!r} is not in the list of participants"
        raise who.fail(found, advice=did_you_mean(name, known, "participants"))
    rate = cells.number(cell("rate")) if cell("rate").known else 1.0
    check_rate(rate, cell("rate").where)
    start = cell("start_utc")
    return Role(
        recording=cells.recording(cell("recording")),
        participant_id=name,
        person=cell("person").text if cell("person").known else "",
        session=cell("session").text if cell("session").known else "",
        dyad=cell("dyad").text if cell("dyad").known else "",
        role=cell("role").text if cell("role").known else "",
        offset_s=cells.seconds(cell("offset_s")) if cell("offset_s").known else 0.0,
        rate=rate,
        start_utc=cells.utc(start) if start.known else None,
        where=f"{sheet.name}, line {sheet.lines[row]}",
    )


def _refuse_doubles(roles: Sequence[Role]) -> None:
    people: dict[tuple[str, str], Role] = {}
    persons: dict[tuple[str, str], Role] = {}
    for role in roles:
        for found, key, words in (
            (people, (role.recording, role.participant_id), f"{role.participant_id!r} in {role.recording!r}"),
            (persons, (role.recording, role.person), f"the same person of {role.recording!r}"),
        ):
            if key in found:
                line = found[key].where.rpartition(" ")[2]
                raise StudyError(
                    role.where, f"{words} is already in line {line}", advice="Remove one of the two lines."
                )
            found[key] = role
