"""Read ``people.csv``, in which the user names the persons of a recording and merges those who are the same."""

from __future__ import annotations

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from videmo.config import fingerprint
from videmo.errors import PeopleError
from videmo.files import write_text
from videmo.spreadsheet import csv_plain, csv_text

_COLUMNS = ("person", "name", "merge_into")
_FOR_ORIENTATION = ("first_s", "last_s", "seen_s")
"""Columns of the template that help to recognise the persons; they are not read."""
_DIGITS = re.compile(r"[0-9]{1,9}")
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class People:
    """The content of ``people.csv`` of a recording; empty where there is none."""

    names: Mapping[int, str] = field(default_factory=dict)
    """The name of each person that has one. Never of a person who is merged into another one."""
    merges: Mapping[int, int] = field(default_factory=dict)
    """For each person who is the same as another one: the id that stays."""
    path: Path = Path()
    """The file; it need not exist."""
    lines: Mapping[int, int] = field(default_factory=dict)
    """The line of each person."""

    @property
    def anything(self) -> bool:
        """Tell whether it says anything at all."""
        return bool(self.names or self.merges)

    @property
    def identity(self) -> str:
        """Hash its content; empty where there is none."""
        said = sorted(self.names.items()), sorted(self.merges.items())
        return fingerprint(*said) if self.anything else ""

    def check(self, persons: Collection[int]) -> None:
        """Compare with the persons that were found in the recording.

        Raises:
            PeopleError: it names a person who was not found, or two persons have the same name.
        """
        for person, line in self.lines.items():
            for column, number in (("person", person), ("merge_into", self.merges.get(person, person))):
                if number not in persons:
                    raise _unknown_person(f"{self.path}, line {line}", f"no person {number} ({column})", persons)
        self._check_names(persons)

    def _check_names(self, persons: Collection[int]) -> None:
        called: dict[str, int] = {}
        for person in sorted(set(persons) - set(self.merges)):
            name = display_name(person, self.names)
            if name in called:
                other = called[name]
                where = f"{self.path}, line {self.lines.get(person, self.lines.get(other))}"
                same = f"If they are the same, write {other} in the column merge_into of person {person}"
                raise PeopleError(
                    where,
                    f"persons {other} and {person} are both called {name!r}",
                    advice=f"{same}; otherwise, choose different names.",
                )
            called[name] = person


def _unknown_person(where: str, found: str, persons: Collection[int]) -> PeopleError:
    if persons:
        return PeopleError(where, found, f"one of {_listed(persons)}")
    return PeopleError(where, found, advice="No persons were found in this recording: remove the line.")


def display_name(person: int, names: Mapping[int, str]) -> str:
    """Call a person by the name, else ``Person 1``."""
    return names.get(person, f"Person {person}")


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
    for line, row in _rows(text, path):
        where = f"{path}, line {line}"
        person = _number(row["person"], "person", where)
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
        if name:
            names[person] = name
    merges = _followed(direct, lines, path)
    return People(_names_that_stay(names, merges, lines, path), merges, path, lines)


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
    rows = [",".join((*_COLUMNS, *_FOR_ORIENTATION))]
    for person, (first, last, seen) in persons.items():
        rows.append(f"{person},Person {person},,{first:.1f},{last:.1f},{seen:.1f}")
    write_text(path, "\n".join(rows) + "\n")
    return True


def clean_name(text: str) -> str:
    """Make a name one line: white space and control characters become single spaces.

    Characters that turn the direction of writing around for all that follows are left out; names in scripts that are
    written from right to left stay as they are.
    """
    kept = (
        " " if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") else character
        for character in unicodedata.normalize("NFC", text)
        if character not in _BIDI_CONTROLS
    )
    return " ".join("".join(kept).split())


def csv_name(person: int, names: Mapping[int, str]) -> str:
    """Spell the name of a person for a table, empty for none, so that no spreadsheet takes it for a formula."""
    return csv_text(names.get(person, ""))


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


def _listed(persons: Collection[int]) -> str:
    ordered = sorted(persons)
    shown = ", ".join(str(person) for person in ordered[:20])
    return shown if len(ordered) <= 20 else f"{shown} … {ordered[-1]}"
