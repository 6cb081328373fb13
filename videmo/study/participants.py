"""Read who takes part: ``participants.csv``, one row per participant."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from videmo.errors import StudyError
from videmo.spreadsheet import csv_unsafe
from videmo.study import cells, columns
from videmo.study.sheet import Cell, Sheet

ID: Final = columns.ID
LEVELS: Final = 10
"""A variable in words with more values than this is no factor."""
NUMBERS: Final = 0.75
"""From this share of numbers on, a variable is meant to be one."""
_OWN: Final = (ID, "include", "exclude_reason", "recording")

Value = str | float | None


@dataclass(frozen=True, slots=True)
class Variable:
    """A column about the participants."""

    name: str
    kind: str
    """``factor``, ``number``, or ``text``: words with too many values to compare."""
    levels: tuple[str, ...] = ()
    """Of a factor, in order."""


@dataclass(frozen=True, slots=True)
class Participant:
    """One row."""

    id: str
    values: Mapping[str, Value]
    """Of each variable: a text, a number, or None where it is unknown."""
    included: bool
    exclude_reason: str
    recording: str
    """Key or pattern, where a column says so; else empty."""
    where: str
    """File and line, for errors."""


@dataclass(frozen=True, slots=True)
class Participants:
    """All participants, in order of their ids."""

    people: tuple[Participant, ...]
    variables: tuple[Variable, ...]
    """In the order of their columns."""

    @property
    def by_id(self) -> dict[str, Participant]:
        """Return each participant by id."""
        return {person.id: person for person in self.people}

    def variable(self, name: str) -> Variable | None:
        """Return a variable by its name; None if there is no such."""
        return next((each for each in self.variables if each.name == name), None)


SESSION: Final = "ses-"
"""The prefix of sessions in BIDS."""


def known_as(name: str, known: Collection[str], prefix: str = "sub-") -> str:
    """Return the id that a participant is listed under: as it is, or with or without the ``sub-`` of BIDS.

    Of sessions the prefix is ``ses-``.

    ``01`` is ``sub-01`` where all ids that are listed are of BIDS, and ``sub-01`` is ``01`` where none is; where both
    are listed, they are two people. ``1`` is never ``01``. A name that is not known stays as it is.
    """
    if name in known or not known:
        return name
    of_bids = [each.startswith(prefix) for each in known]
    if all(of_bids) and f"{prefix}{name}" in known:
        return f"{prefix}{name}"
    if not any(of_bids) and name.startswith(prefix) and name.removeprefix(prefix) in known:
        return name.removeprefix(prefix)
    return name


def read_participants(sheet: Sheet, factors: Sequence[str] = ()) -> Participants:
    """Read participants; columns of other names become variables.

    Args:
        sheet: the table.
        factors: variables whose numbers name groups.

    Raises:
        StudyError: an id is missing or twice there, or a variable makes no sense.
    """
    column = sheet.require((ID, "participant", "subject"), "one row per participant")
    if not sheet.rows:
        raise StudyError(sheet.name, "no rows", "one row per participant")
    sheet.refuse_alike(_OWN[1:], _OWN)
    ids = _ids(sheet, column)
    own = {column, *(found for name in _OWN if (found := sheet.find((name,))))}
    variables = [_variable(sheet, name, factors) for name in sheet.columns if name not in own]
    for name in factors:
        if name not in sheet.columns:
            raise StudyError(f"{sheet.name}, line 1", f"no column {name}, which the study calls a factor")
    people = [_participant(sheet, row, ids[row], variables) for row in range(len(ids))]
    return Participants(tuple(sorted(people, key=lambda each: each.id)), tuple(variables))


def _ids(sheet: Sheet, column: str) -> list[str]:
    seen: dict[str, int] = {}
    for row in range(len(sheet.rows)):
        cell = sheet.at(row, column)
        name = cells.label(cell, "participant_id")
        if name == "(all)":
            raise cell.fail("'(all)' stands for everybody in the tables", "another participant_id")
        if name in seen:
            found = f"{name!r} is already in line {sheet.lines[seen[name]]}"
            raise cell.fail(found, "one row per participant", "Remove one of the two, or give it another id.")
        seen[name] = row
    return list(seen)


def _participant(sheet: Sheet, row: int, name: str, variables: Sequence[Variable]) -> Participant:
    included = cells.yes(sheet.get(row, sheet.find(("include",))), True)
    return Participant(
        id=name,
        values={each.name: _value(sheet.at(row, each.name), each) for each in variables},
        included=included,
        exclude_reason=_known(sheet.get(row, sheet.find(("exclude_reason",)))),
        recording=csv_unsafe(_known(sheet.get(row, sheet.find(("recording",))))),
        where=f"{sheet.name}, line {sheet.lines[row]}",
    )


def _known(cell: Cell) -> str:
    return cell.text if cell.known else ""


def _value(cell: Cell, variable: Variable) -> Value:
    if not cell.known:
        return None
    return cells.number(cell) if variable.kind == "number" else cell.text


def _variable(sheet: Sheet, name: str, factors: Sequence[str]) -> Variable:
    """Find out what a column holds: numbers, the levels of a factor, or texts."""
    _refuse_taken(sheet, name)
    known = [cell for row in range(len(sheet.rows)) if (cell := sheet.at(row, name)).known]
    texts = {cell.text for cell in known}
    if name in factors:
        return Variable(name, "factor", tuple(sorted(texts)))
    if known and all(_is_number(cell) for cell in known):
        return Variable(name, "number")
    _refuse_commas(known)
    _refuse_strays(known, name)
    _refuse_formulas(known)
    kind = "factor" if len(texts) <= LEVELS else "text"
    return Variable(name, kind, tuple(sorted(texts)) if kind == "factor" else ())


def _refuse_taken(sheet: Sheet, name: str) -> None:
    """Refuse a variable that is called like a column of the tables that are made."""
    taken = name.lower()
    if taken not in columns.TAKEN:
        return
    advice = f"Rename it, for example to participant_{taken}."
    if taken in columns.PLACES:
        advice += f" If it says what cast.csv says, move it to the column {taken} there."
    elif taken in columns.HAPPENED:
        advice += " If it says what happened when, it belongs into events.csv."
    raise StudyError(f"{sheet.name}, line 1, column {name}", "a name of videmo's own tables", advice=advice)


def _is_number(cell: Cell) -> bool:
    try:
        return math.isfinite(float(cell.text)) and "_" not in cell.text
    except ValueError:
        return False


def _refuse_commas(known: Sequence[Cell]) -> None:
    """Refuse numbers with decimal commas, where all else in the column are numbers."""
    commas = [cell for cell in known if cells.looks_like_decimal_comma(cell.text)]
    if commas and all(_is_number(cell) or cells.looks_like_decimal_comma(cell.text) for cell in known):
        cells.number(commas[0])


def _refuse_strays(known: Sequence[Cell], name: str) -> None:
    """Refuse a word among numbers: it would make groups of a variable that is a number."""
    strays = [cell for cell in known if not _is_number(cell)]
    if strays and len(known) - len(strays) >= max(3, NUMBERS * len(known)):
        found = f"{strays[0].text[:40]!r} is not a number, as nearly all others in this column are"
        advice = f"Correct it, or empty the cell; if these are groups, add {name} to factors in [study]."
        raise strays[0].fail(found, "a number", advice)


def _refuse_formulas(known: Sequence[Cell]) -> None:
    for cell in known:
        if cell.text.startswith("=") and cell.text.endswith(")"):
            raise cell.fail(f"{cell.text!r} is a formula", "its value", "Save the values, not the formulas.")
