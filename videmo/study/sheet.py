"""Read a table that a person wrote or a program exported, as texts with the lines that they stand in."""

from __future__ import annotations

import csv
import difflib
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from videmo.errors import StudyError
from videmo.spreadsheet import csv_plain

UNKNOWN: Final = frozenset({"", "n/a", "na", "nan"})
"""Cells that say nothing, in small letters."""
_EXCEL_FAULTS: Final = ("#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#N/A", "#NUM!", "#NULL!")
_BEGINNINGS: Final = (
    (b"PK\x03\x04", "an Excel or LibreOffice workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document (RTF)"),
)
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_UNSEEN: Final = {ord("\N{NO-BREAK SPACE}"): " ", **dict.fromkeys(map(ord, "\u200b\u2060\ufeff"), None)}
"""Signs without width that copying from web pages leaves; those that join letters stay."""
_ALIKE: Final = 0.75
"""From here on, a column's name is taken for a misspelled one."""
_MISSPELT: Final = 0.65
"""Where a column has to be there, one that is this much like it may be it, misspelt (duration is no condition)."""
_AS_CSV: Final = "Save it as 'CSV UTF-8'."


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, with its place for errors."""

    text: str
    where: str
    """``events.csv, line 4, column onset``."""

    def fail(self, found: str, expected: str = "", advice: str = "") -> StudyError:
        """Make the error that names this cell."""
        return StudyError(self.where, found, expected, advice)

    @property
    def known(self) -> bool:
        """Tell whether it says anything: empty, ``NA`` and ``n/a`` don't."""
        return self.text.lower() not in UNKNOWN


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of texts."""

    name: str
    """The file, as errors call it."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """All as long as `columns`, without white space around their texts."""
    lines: tuple[int, ...]
    """The line of each row, from 1."""

    def at(self, row: int, column: str) -> Cell:
        """Return a cell by the number of its row and the name of its column, which has to be there."""
        where = f"{self.name}, line {self.lines[row]}, column {column}"
        return Cell(self.rows[row][self.columns.index(column)], where)

    def get(self, row: int, column: str | None) -> Cell:
        """Return a cell as `at` does; an empty one where there is no such column."""
        if column in self.columns:
            return self.at(row, str(column))
        return Cell("", f"{self.name}, line {self.lines[row]}, column {column}")

    def find(self, names: Sequence[str]) -> str | None:
        """Return the first of some names that is a column, as it is spelled in the file; None if none is."""
        spelled = {column.lower(): column for column in reversed(self.columns)}
        return next((spelled[name.lower()] for name in names if name.lower() in spelled), None)

    def refuse_alike(self, names: Sequence[str], known: Sequence[str]) -> None:
        """Refuse a column that is spelled nearly as one that may be left out, and which is not there.

        Args:
            names: of columns that may be left out.
            known: of columns that have a meaning: they are not misspelled.

        Raises:
            StudyError: there is one; it would be ignored in silence.
        """
        meant = {name.lower() for name in known}
        for column in self.columns:
            near = difflib.get_close_matches(column.lower(), names, n=1, cutoff=_ALIKE)
            if column.lower() not in meant and near and not self.find((near[0],)):
                advice = f"Did you mean {near[0]}? Else give it a name that is less alike."
                raise StudyError(f"{self.name}, line 1, column {column}", "unknown column", advice=advice)

    def require(self, names: Sequence[str], what: str, usual: str = "") -> str:
        """Return the first of some names that is a column.

        Args:
            names: of the column, the one that counts first.
            what: it holds, for errors.
            usual: how errors call it; the first name by default.

        Raises:
            StudyError: none is; it names the column that is spelled most alike.
        """
        found = self.find(names)
        if found is None:
            what = f"no column {usual or names[0]} ({what})"
            raise StudyError(f"{self.name}, line 1", what, advice=self._hint(names, usual or names[0]))
        return found

    def _hint(self, names: Sequence[str], usual: str) -> str:
        for name in dict.fromkeys([usual, *names]):
            near = difflib.get_close_matches(name.lower(), map(str.lower, self.columns), n=1, cutoff=_MISSPELT)
            if near:
                return f"Is it the column {self.find(near)!r}? Then rename it to {usual}."
        return f"Its columns are {', '.join(self.columns)}."


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is spelled most alike; empty if none is alike."""
    by_small = {each.lower(): each for each in sorted(known)}
    near = difflib.get_close_matches(name.lower(), by_small, n=1, cutoff=0.55)
    return by_small[near[0]] if near else ""


def did_you_mean(name: str, known: Iterable[str], what: str) -> str:
    """Advise on a name that is not known."""
    listed = sorted(known)
    near = nearest(name, listed)
    if near:
        return f"Did you mean {near!r}?"
    shown = ", ".join(listed[:8]) + (" …" if len(listed) > 8 else "")
    return f"The {what} are {shown}." if listed else f"There are no {what}."


def read_sheet(content: bytes, name: str) -> Sheet:
    """Read a table separated by commas, semicolons or tabs, in UTF-8 with or without byte order mark.

    Args:
        content: of the file.
        name: as errors call it.

    Raises:
        StudyError: it is no such table; the error names file, line and column.
    """
    text = decoded(content, name)
    delimiter = delimiter_of(text, name)
    columns: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in _numbered(reader):
            plain = [clean(cell) for cell in cells]
            if not any(plain):
                continue
            if not columns:
                columns = _checked_columns(plain, name, number)
                continue
            rows.append(_checked_row(plain, columns, name, number))
            lines.append(number)
    except csv.Error as exc:
        found = f"not a line of a table ({exc})"
        raise StudyError(f"{name}, line {reader.line_num}", found, advice="Check its quotation marks.") from exc
    if not columns:
        raise StudyError(name, "empty", "a line with the names of the columns, and a line for each row")
    return Sheet(name, columns, tuple(rows), tuple(lines))


def _numbered(reader: Iterable[list[str]]) -> Iterable[tuple[int, list[str]]]:
    """Number the rows by the line that each begins in."""
    begin = 1
    for cells in reader:
        yield begin, cells
        begin = reader.line_num + 1  # type: ignore[attr-defined]


def decoded(content: bytes, name: str) -> str:
    """Decode a text file.

    Raises:
        StudyError: it is not UTF-8.
    """
    for beginning, what in _BEGINNINGS:
        if content.startswith(beginning):
            raise StudyError(name, f"this is {what}", "a text table", _AS_CSV)
    if content.startswith(_UTF16) or b"\0" in content[:1000]:
        raise StudyError(f"{name}, line 1", "not UTF-8 but UTF-16", advice=_AS_CSV)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content[: exc.start].count(b"\n") + 1
        raise StudyError(f"{name}, line {line}", "not UTF-8", advice=_AS_CSV) from exc
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise StudyError(f"{name}, line {line}", "a NUL character", "text", _AS_CSV)
    return text


def delimiter_of(text: str, name: str) -> str:
    """Take the character that separates most in the line of names; tabs in files that end so."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    if name.lower().endswith(".tsv") and "\t" in header:
        return "\t"
    return max(",;\t", key=header.count)


def clean(text: str) -> str:
    """Make a cell one line without white space around it, as it was before a spreadsheet was kept from computing it."""
    seen = unicodedata.normalize("NFC", text).translate(_UNSEEN)
    one = " ".join(seen.split())
    return csv_plain(one)


def _checked_columns(cells: list[str], name: str, line: int) -> tuple[str, ...]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    where = f"{name}, line {line}"
    for place, cell in enumerate(cells, 1):
        if not cell:
            raise StudyError(f"{where}, column {place}", "a column without a name", advice="Name it, or remove it.")
    small = [cell.lower() for cell in cells]
    for cell in cells:
        if small.count(cell.lower()) > 1:
            raise StudyError(f"{where}, column {cell}", "two columns have this name", advice="Rename one of them.")
    return tuple(cells)


def _checked_row(cells: list[str], columns: tuple[str, ...], name: str, line: int) -> tuple[str, ...]:
    while len(cells) > len(columns) and not cells[-1]:
        cells = cells[:-1]
    if len(cells) > len(columns):
        found = f"{len(cells)} cells for {len(columns)} columns"
        advice = "Put a text that contains the separator in quotation marks."
        raise StudyError(f"{name}, line {line}, column {len(columns) + 1}", found, advice=advice)
    for column, cell in zip(columns, cells):
        if cell in _EXCEL_FAULTS:
            found = f"{cell}, the fault of a formula in a spreadsheet"
            raise StudyError(
                f"{name}, line {line}, column {column}", found, advice="Correct it there, or empty the cell."
            )
    return tuple(cells + [""] * (len(columns) - len(cells)))
