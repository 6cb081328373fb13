"""Read a table that a user filled in: its rows, with errors that name the line."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from videmo.errors import PeopleError

_BLANK = ",;\t \r"
_DIGITS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of such a table."""

    read: tuple[str, ...]
    for_orientation: tuple[str, ...] = ()
    """Those that help the user, and mean nothing."""
    needed: tuple[frozenset[str], ...] = ()
    """Of each of these sets, one has to be there."""


def text_of(path: Path) -> str | None:
    """Read the file; None if there is none.

    Raises:
        PeopleError: it can't be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as exc:
        raise PeopleError(path, f"not UTF-8 ({exc.reason})", advice="Save it as 'CSV UTF-8'.") from exc
    except OSError as exc:
        raise PeopleError(path, f"cannot be read ({exc.strerror})", advice="Check its permissions.") from exc


def rows_of(text: str, path: Path, columns: Columns) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each line that isn't empty, by its number: the cells of all columns, empty where they are missing.

    Commas, semicolons and tabs separate.

    Raises:
        PeopleError: it is no such table.
    """
    header = next((line for line in text.splitlines() if line.strip(_BLANK)), "")
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    there: list[str] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not there:
                there = _checked([cell.strip().lower() for cell in cells], reader.line_num, path, columns)
                continue
            if len(cells) > len(there):
                found = f"{len(cells)} cells for {len(there)} columns"
                advice = 'Put a name that contains a comma in quotes: "Doe, Anna".'
                raise PeopleError(f"{path}, line {reader.line_num}", found, advice=advice)
            row = dict(zip(there, cells))
            yield reader.line_num, {name: row.get(name, "") for name in (*columns.read, *columns.for_orientation)}
    except csv.Error as exc:
        found = f"not a line of a CSV file ({exc})"
        raise PeopleError(f"{path}, line {reader.line_num}", found, advice="Check its quotation marks.") from exc
    if not there:
        raise PeopleError(path, "empty", advice=f"Write '{','.join(columns.read)}' as its first line, or delete it.")


def _checked(there: list[str], line: int, path: Path, columns: Columns) -> list[str]:
    known, where = (*columns.read, *columns.for_orientation), f"{path}, line {line}"
    for name in there:
        if name and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Choose from {', '.join(known)}."
            raise PeopleError(where, f"unknown column {name!r}", advice=hint)
        if name and there.count(name) > 1:
            raise PeopleError(where, f"the column {name!r} appears twice", advice="Remove one of the two columns.")
    if any(each.isdisjoint(there) for each in columns.needed):
        raise PeopleError(where, f"its columns are {', '.join(there)}", f"the columns {', '.join(columns.read)}")
    return there


def number_in(cell: str, column: str, where: str) -> int:
    """Read the number of a person.

    Raises:
        PeopleError: it is none.
    """
    number = int(cell) if _DIGITS.fullmatch(cell.strip()) else 0
    if number < 1:
        raise PeopleError(where, f"{column} is {cell.strip()!r}", "the number of a person (1, 2, …)")
    return number
