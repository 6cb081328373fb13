"""Read ``people.csv``, in which the user names the persons of a recording and says who is the same."""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from videmo.errors import PeopleError
from videmo.files import write_text
from videmo.persons.people import People, Stretch, clean_name
from videmo.spreadsheet import csv_plain

_COLUMNS = ("person", "name", "merge_into", "from_s", "to_s")
_FOR_ORIENTATION = ("first_s", "last_s", "seen_s")
"""Columns of the template that help to recognise the persons; they are not read."""
_DIGITS = re.compile(r"[0-9]{1,9}")
_SECONDS = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{0,9})?")


def read_people(path: Path) -> People:
    """Read a ``people.csv``. Commas, semicolons and tabs separate; empty lines don't count; no file says nothing.

    Raises:
        PeopleError: the file can't be read or contradicts itself; the error names the line.
    """
    text = _text_of(path)
    if text is None:
        return People(path=path)
    names: dict[int, str] = {}
    direct: dict[int, int] = {}
    lines: dict[int, int] = {}
    stretches: list[Stretch] = []
    for line, row in _rows(text, path):
        where = f"{path}, line {line}"
        person = _number(row["person"], "person", where)
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
            direct[person] = _number(row["merge_into"], "merge_into", where)
        elif not name:
            advice = "Fill in name or merge_into, or remove the line."
            raise PeopleError(where, f"person {person} has no name", advice=advice)
        _note_name(name, person, names, where)
    merges = _followed(direct, lines, path)
    return People(_names_that_stay(names, merges, lines, path), merges, path, tuple(stretches), lines)


def _note_name(name: str, person: int, names: dict[int, str], where: str) -> None:
    if name and names.setdefault(person, name) != name:
        found = f"person {person} is called {names[person]!r} and {name!r}"
        raise PeopleError(where, found, advice="Choose one of the two names.")


def _stretch(person: int, row: Mapping[str, str], line: int, where: str) -> Stretch:
    if not row["merge_into"].strip():
        advice = "Write into merge_into who it is then: a person of the recording, or a new number."
        raise PeopleError(where, f"a stretch of person {person} without merge_into", advice=advice)
    into = _number(row["merge_into"], "merge_into", where)
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


def _text_of(path: Path) -> str | None:
    """Read the file; None if there is none."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as exc:
        raise PeopleError(path, f"not UTF-8 ({exc.reason})", advice="Save it as 'CSV UTF-8'.") from exc
    except OSError as exc:
        raise PeopleError(path, f"cannot be read ({exc.strerror})", advice="Check its permissions.") from exc


def _names_that_stay(
    names: Mapping[int, str], merges: Mapping[int, int], lines: Mapping[int, int], path: Path
) -> dict[int, str]:
    """Leave out the names of persons who are merged into others; they must not have one of their own."""
    kept = {person: name for person, name in names.items() if person not in merges}
    for person, into in merges.items():
        name = names.get(person, "")
        if name and name != kept.get(into) and name != f"Person {person}":
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
    rows = [",".join((*_COLUMNS[:3], *_FOR_ORIENTATION))]
    for person, (first, last, seen) in persons.items():
        rows.append(f"{person},Person {person},,{first:.1f},{last:.1f},{seen:.1f}")
    write_text(path, "\n".join(rows) + "\n")
    return True


def _rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _checked([cell.strip().lower() for cell in cells], path)
                continue
            if len(cells) > len(columns):
                found = f"{len(cells)} cells for {len(columns)} columns"
                advice = 'Put a name that contains a comma in quotes: "Doe, Anna".'
                raise PeopleError(f"{path}, line {reader.line_num}", found, advice=advice)
            row = dict(zip(columns, cells))
            yield reader.line_num, {name: row.get(name, "") for name in _COLUMNS}
    except csv.Error as exc:
        found = f"not a line of a CSV file ({exc})"
        raise PeopleError(f"{path}, line {reader.line_num}", found, advice="Check its quotation marks.") from exc
    if not columns:
        raise PeopleError(path, "empty", advice=f"Write '{','.join(_COLUMNS)}' as its first line, or delete it.")


def _checked(columns: list[str], path: Path) -> list[str]:
    known, where = (*_COLUMNS, *_FOR_ORIENTATION), f"{path}, line 1"
    for name in columns:
        if name and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Choose from {', '.join(known)}."
            raise PeopleError(where, f"unknown column {name!r}", advice=hint)
        if columns.count(name) > 1:
            raise PeopleError(where, f"the column {name!r} appears twice", advice="Remove one of the two columns.")
    if "person" not in columns or not {"name", "merge_into"} & set(columns):
        raise PeopleError(where, f"its columns are {', '.join(columns)}", f"the columns {', '.join(_COLUMNS)}")
    return columns


def _number(cell: str, column: str, where: str) -> int:
    number = int(cell) if _DIGITS.fullmatch(cell.strip()) else 0
    if number < 1:
        raise PeopleError(where, f"{column} is {cell.strip()!r}", "the number of a person (1, 2, …)")
    return number


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
