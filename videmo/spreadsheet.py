"""Write texts so that no spreadsheet takes them for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

_FORMULA = "=+-@\t"


def csv_safe(name: str) -> str:
    """Write a relative path so that a spreadsheet doesn't take it for a formula: ``=a.mp4`` becomes ``./=a.mp4``.

    So does one that begins or ends with a blank of any kind, which readers of tables would leave out; see `csv_path`.
    A carriage return, at which CSV readers would split the line, becomes its symbol; bytes that are not UTF-8 are
    spelled out. `csv_unsafe` then returns a different name, but no table breaks.
    """
    printable = name.encode("utf-8", "backslashreplace").decode("utf-8")
    plain = printable.replace("\r", "\N{SYMBOL FOR CARRIAGE RETURN}")
    return f"./{plain}" if plain[:1] and (plain[0] in _FORMULA or plain != plain.strip()) else plain


def csv_unsafe(name: str) -> str:
    """Undo `csv_safe`."""
    return name[2:] if name[:2] == "./" else name


def csv_path(cell: str) -> str:
    """Undo `csv_safe` in a table that a person may have edited, where blanks around a name mean nothing."""
    begun = cell.lstrip()
    return csv_unsafe(begun) if begun[:2] == "./" else begun.rstrip()


def csv_key(name: str) -> str:
    """Return a relative path as a table gives it back, which is another one where it could not be written."""
    return csv_unsafe(csv_safe(name))


def csv_text(text: str) -> str:
    """Write a text so that a spreadsheet doesn't take it for a formula: ``=a`` becomes ``'=a``, as typed by hand."""
    return f"'{text}" if text[:1] and text[0] in f"{_FORMULA}'" else text


def csv_plain(text: str) -> str:
    """Undo `csv_text`."""
    return text[1:] if text[:1] == "'" and text[1:2] and text[1] in f"{_FORMULA}'" else text


def csv_table(rows: Iterable[Iterable[object]], delimiter: str = ",") -> str:
    """Write the text of a table; texts in it are spelled safely before, by `csv_safe` or `csv_text`."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()
