"""Read ``people.csv``, in which the user names the persons of a recording and says who is the same."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from videmo.errors import PeopleError
from videmo.files import write_text
from videmo.persons.people import People, Stretch, clean_name, display_name
from videmo.persons.written import Columns, number_in, rows_of, text_of
from videmo.spreadsheet import csv_plain

COLUMNS: Final = Columns(
    read=("person", "name", "merge_into", "from_s", "to_s"),
    for_orientation=("first_s", "last_s", "seen_s"),
    needed=(frozenset({"person"}), frozenset({"name", "merge_into"})),
)
_SECONDS = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{0,9})?")


def read_people(path: Path) -> People:
    """Read a ``people.csv``. Commas, semicolons and tabs separate; empty lines don't count; no file says nothing.

    Nor does a name that the template gives, which is what a person is called anyway.

    Raises:
        PeopleError: the file can't be read or contradicts itself; the error names the line.
    """
    text = text_of(path)
    if text is None:
        return People(path=path)
    names: dict[int, str] = {}
    direct: dict[int, int] = {}
    lines: dict[int, int] = {}
    stretches: list[Stretch] = []
    for line, row in rows_of(text, path, COLUMNS):
        where = f"{path}, line {line}"
        person = number_in(row["person"], "person", where)
        if row["from_s"].strip() or row["to_s"].strip():
            stretch = _stretch(person, row, line, where)
            _check_apart(stretch, stretches, where)
            stretches.append(stretch)
            _note_name(clean_name(csv_plain(row["name"])), stretch.into, names, where)
            continue
        if person in lines:
            found = f"person {person} is already in line {lines[person]}"
            raise PeopleError(where, found, advice="Remove one of the two lines.")
        lines[person] = line
        name = clean_name(csv_plain(row["name"]))
        if row["merge_into"].strip():
            direct[person] = number_in(row["merge_into"], "merge_into", where)
        elif not name:
            advice = "Fill in name or merge_into, or remove the line."
            raise PeopleError(where, f"person {person} has no name", advice=advice)
        _note_name(name, person, names, where)
    merges = _followed(direct, lines, path)
    stay = _names_that_stay(names, merges, lines, path)
    said = {person: name for person, name in stay.items() if name != display_name(person, {})}
    return People(said, merges, path, tuple(stretches), lines)


def _note_name(name: str, person: int, names: dict[int, str], where: str) -> None:
    if name and names.setdefault(person, name) != name:
        found = f"person {person} is called {names[person]!r} and {name!r}"
        raise PeopleError(where, found, advice="Choose one of the two names.")


def _stretch(person: int, row: Mapping[str, str], line: int, where: str) -> Stretch:
    if not row["merge_into"].strip():
        advice = "Write into merge_into who it is then: a person of the recording, or a new number."
        raise PeopleError(where, f"a stretch of person {person} without merge_into", advice=advice)
    into = number_in(row["merge_into"], "merge_into", where)
    from_s, to_s = _seconds(row["from_s"], "from_s", 0.0, where), _seconds(row["to_s"], "to_s", math.inf, where)
    if into == person:
        raise PeopleError(where, f"person {person} is merged into itself", advice="Choose another number.")
    if from_s >= to_s:
        found = f"the stretch begins at {from_s:g} s and ends at {to_s:g} s"
        raise PeopleError(where, found, advice="Write the earlier time into from_s.")
    return Stretch(person, from_s, to_s, into, line)


def _seconds(cell: str, column: str, empty: float, where: str) -> float:
    if not cell.strip():
        return empty
    if not _SECONDS.fullmatch(cell.strip()):
        raise PeopleError(where, f"{column} is {cell.strip()!r}", "seconds from the beginning, such as 12.5")
    return float(cell.strip().replace(",", "."))


def _check_apart(stretch: Stretch, others: Sequence[Stretch], where: str) -> None:
    for other in others:
        if other.person == stretch.person and stretch.from_s < other.to_s and other.from_s < stretch.to_s:
            found = f"this stretch of person {stretch.person} overlaps that in line {other.line}"
            raise PeopleError(where, found, advice="Let one of them end where the other begins.")


def _names_that_stay(
    names: Mapping[int, str], merges: Mapping[int, int], lines: Mapping[int, int], path: Path
) -> dict[int, str]:
    """Leave out the names of persons who are merged into others; they must not have one of their own."""
    kept = {person: name for person, name in names.items() if person not in merges}
    for person, into in merges.items():
        name = names.get(person, "")
        if name and name != kept.get(into) and name != display_name(person, {}):
            found = f"person {person} is merged into person {into}, and cannot have a name of its own"
            advice = f"Use the name {name!r} for person {into}."
            raise PeopleError(f"{path}, line {lines[person]}", found, advice=advice)
    return kept


def write_template(path: Path, persons: Mapping[int, tuple[float, float, float]]) -> bool:
    """Write a ``people.csv`` to fill in, unless there is one.

    Args:
        path: of the file.
        persons: first appearance, last appearance and time seen of each person, in seconds.

    Returns:
        True if it was written.
    """
    if path.exists():
        return False
    rows = [",".join((*COLUMNS.read[:3], *COLUMNS.for_orientation))]
    for person, (first, last, seen) in persons.items():
        rows.append(f"{person},{display_name(person, {})},,{first:.1f},{last:.1f},{seen:.1f}")
    write_text(path, "\n".join(rows) + "\n")
    return True


def _followed(direct: Mapping[int, int], lines: Mapping[int, int], path: Path) -> dict[int, int]:
    """Follow the merges of each person to the one who stays."""
    stays: dict[int, int] = {}
    for person in direct:
        passed = {person: None}  # in order, and quickly asked
        here = person
        while here in direct and here not in stays:
            here = direct[here]
            if here in passed:
                raise _circle([*passed], here, f"{path}, line {lines[person]}")
            passed[here] = None
        last = stays.get(here, here)
        stays.update((each, last) for each in passed if each in direct)
    return stays


def _circle(passed: list[int], again: int, where: str) -> PeopleError:
    members = [*passed[passed.index(again) :], again]
    shown = members if len(members) <= 8 else [*members[:6], "…", again]
    found = f"merging {' into '.join(map(str, shown))} goes round in a circle"
    return PeopleError(where, found, advice="Remove one of these lines.")
