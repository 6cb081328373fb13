"""``people.csv``: what the user says about the persons of a recording, who they are and who is the same."""

from __future__ import annotations

import csv
import difflib
import io
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
"""Columns of the template that help to tell who is who; they are not read."""
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class People:
    """What ``people.csv`` of a recording says; empty where there is none."""

    names: Mapping[int, str] = field(default_factory=dict)
    """The name of each person that has one. Never of a person who is merged into another one."""
    merges: Mapping[int, int] = field(default_factory=dict)
    """For each person who is the same as another one: the id that stays."""
    path: Path = Path("people.csv")
    lines: Mapping[int, int] = field(default_factory=dict)
    """The line in which each person stands."""

    @property
    def anything(self) -> bool:
        """True if it says something at all."""
        return bool(self.names or self.merges)

    @property
    def identity(self) -> str:
        """A hash of what it says; empty where it says nothing."""
        said = sorted(self.names.items()), sorted(self.merges.items())
        return fingerprint(*said) if self.anything else ""

    def check(self, persons: Collection[int]) -> None:
        """Compare with the persons that were found in the recording.

        Raises:
            PeopleError: it names a person who was not found, or gives two persons the same name.
        """
        found = f"found in this recording: {_listed(persons)}" if persons else "none was found in this recording"
        for person, line in self.lines.items():
            for column, number in (("person", person), ("merge_into", self.merges.get(person, person))):
                if number not in persons:
                    raise PeopleError(f"{self.path}, line {line}: no person {number} ({column}); {found}.")
        called: dict[str, int] = {}
        for person in sorted(set(persons) - set(self.merges)):
            name = display_name(person, self.names)
            if name in called:
                raise PeopleError(
                    f"{self.path}, line {self.lines.get(person, self.lines.get(called[name]))}: persons {called[name]} "
                    f"and {person} are both called {name!r}. Write {called[name]} into merge_into of person {person} "
                    "if they are the same, else give them different names."
                )
            called[name] = person


def display_name(person: int, names: Mapping[int, str]) -> str:
    """Call a person by the name, else ``Person 1``."""
    return names.get(person, f"Person {person}")


def read_people(path: Path) -> People:
    """Read a ``people.csv``. Commas, semicolons and tabs separate; empty lines don't count; no file says nothing.

    Raises:
        PeopleError: the file can't be read or contradicts itself; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return People(path=path)
    except UnicodeDecodeError as exc:
        raise PeopleError(f"{path}: not UTF-8 ({exc.reason}). Save it as 'CSV UTF-8'.") from exc
    except OSError as exc:
        raise PeopleError(f"{path}: cannot be read ({exc.strerror}).") from exc
    names: dict[int, str] = {}
    direct: dict[int, int] = {}
    lines: dict[int, int] = {}
    for line, row in _rows(text, path):
        where = f"{path}, line {line}"
        person = _number(row["person"], "person", where)
        if person in lines:
            raise PeopleError(f"{where}: person {person} stands in line {lines[person]} already. Remove one of them.")
        lines[person] = line
        name = clean_name(csv_plain(row["name"]))
        if row["merge_into"].strip():
            direct[person] = _number(row["merge_into"], "merge_into", where)
        elif not name:
            raise PeopleError(f"{where}: person {person} has no name. Give one, fill merge_into, or remove the line.")
        if name:
            names[person] = name
    merges = {person: _last(person, direct, lines, path) for person in direct}
    for person in merges:
        name = names.pop(person, "")
        if name and name != names.get(merges[person]) and name != f"Person {person}":
            raise PeopleError(
                f"{path}, line {lines[person]}: person {person} is merged into {merges[person]}, so it has no name of "
                f"its own. Give the name {name!r} to person {merges[person]}."
            )
    return People(names, merges, path, lines)


def write_template(path: Path, persons: Mapping[int, tuple[float, float, float]]) -> bool:
    """Write a ``people.csv`` to fill in, unless there is one.

    Args:
        path: of the file.
        persons: first sight, last sight and time seen of each person, in seconds.

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
                raise PeopleError(
                    f"{path}, line {reader.line_num}: {len(cells)} cells, but there are {len(columns)} columns. "
                    'Put a name with a comma in quotes: "Doe, Anna".'
                )
            row = dict(zip(columns, cells))
            yield reader.line_num, {name: row.get(name, "") for name in _COLUMNS}
    except csv.Error as exc:
        raise PeopleError(f"{path}, line {reader.line_num}: not a line of a CSV file ({exc}).") from exc
    if not columns:
        raise PeopleError(f"{path}: empty. Write a first line '{','.join(_COLUMNS)}', or delete the file.")


def _checked(columns: list[str], path: Path) -> list[str]:
    known = (*_COLUMNS, *_FOR_ORIENTATION)
    for name in columns:
        if name and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(known)}."
            raise PeopleError(f"{path}, line 1: unknown column {name!r}. {hint}")
        if columns.count(name) > 1:
            raise PeopleError(f"{path}, line 1: column {name!r} stands there twice.")
    if "person" not in columns or not {"name", "merge_into"} & set(columns):
        raise PeopleError(f"{path}, line 1: expected the columns {', '.join(_COLUMNS)}, found {', '.join(columns)}.")
    return columns


def _number(cell: str, column: str, where: str) -> int:
    try:
        number = int(cell)
    except ValueError:
        number = 0
    if number < 1:
        raise PeopleError(f"{where}: {column} is {cell.strip()!r}, expected the number of a person (1, 2, …).")
    return number


def _last(person: int, direct: Mapping[int, int], lines: Mapping[int, int], path: Path) -> int:
    """Follow merges to the person who stays."""
    seen = [person]
    while seen[-1] in direct:
        following = direct[seen[-1]]
        if following in seen:
            circle = " into ".join(str(number) for number in (*seen[seen.index(following) :], following))
            raise PeopleError(f"{path}, line {lines[person]}: merging {circle} goes round in a circle. Leave one out.")
        seen.append(following)
    return seen[-1]


def _listed(persons: Collection[int]) -> str:
    ordered = sorted(persons)
    shown = ", ".join(str(person) for person in ordered[:20])
    return shown if len(ordered) <= 20 else f"{shown} … {ordered[-1]}"
