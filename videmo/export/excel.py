"""Write an Excel workbook of a folder: a sheet for each table, and one that says what their columns mean."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from videmo.export.collection import TOGETHER, Collection
from videmo.files import replacing
from videmo.results.columns import Column

MOST_ROWS: Final = 1_048_576
"""Of a sheet, its header included."""
_LONGEST_TEXT: Final = 32_767
_CUT: Final = " …"
_DATE: Final = datetime.datetime(1980, 1, 1)
"""Dates the workbook, so that the same results give the same file."""
_DICTIONARY: Final = ("table", "column", "meaning", "type", "unit", "lowest", "highest", "values", "since")


def write_all(collection: Collection, stem: Path) -> list[Path]:
    """Write ``….xlsx`` with the sheets recordings, summary, episodes, quality, dictionary and timeline.

    Texts are cells of text, whatever they begin with: none is taken for a formula or a link. A timeline that is longer
    than a sheet is not cut off, but left out, and its sheet says so.
    """
    path = stem.with_name(f"{stem.name}.xlsx")
    tables = ("recordings", *TOGETHER)
    with replacing(path) as partial, xlsxwriter.Workbook(partial, {"constant_memory": True}) as book:
        book.set_properties({"created": _DATE})
        bold = book.add_format({"bold": True})
        for table in tables[:-1]:
            _fill(book, table, bold, collection.columns(table), _rows(collection, table))
        _describe(book, bold, {table: collection.columns(table) for table in tables})
        rows = collection.rows(tables[-1])
        if rows < MOST_ROWS:
            _fill(book, tables[-1], bold, collection.columns(tables[-1]), _rows(collection, tables[-1]))
        else:
            sheet = book.add_worksheet(tables[-1])
            sheet.write_string(
                0, 0, f"The timeline has {rows:,} rows, and a sheet holds {MOST_ROWS:,}: use timeline.csv."
            )
    return [path]


def _rows(collection: Collection, table: str) -> Iterator[tuple[Any, ...]]:
    for piece in collection.pieces(table):
        whole = piece.astype(object)
        yield from whole.where(piece.notna(), None).itertuples(index=False, name=None)


def _fill(book: Any, name: str, bold: Any, columns: Sequence[Column], rows: Iterable[tuple[Any, ...]]) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.name, bold)
    for number, row in enumerate(rows, start=1):
        for place, (column, value) in enumerate(zip(columns, row)):
            if value is None:
                continue
            if column.type == "text":
                sheet.write_string(number, place, _fitting(value))
            else:
                sheet.write_number(number, place, value)


def _fitting(text: str) -> str:
    """Shorten a text to what a cell holds, which counts in units of UTF-16, and mark it as shortened."""
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 <= _LONGEST_TEXT:
        return text
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * (_LONGEST_TEXT - len(_CUT))]
    return units.decode("utf-16-le", "ignore") + _CUT


def _describe(book: Any, bold: Any, tables: dict[str, list[Column]]) -> None:
    """Write the sheet that says what the columns of the others mean."""
    head = [Column(name, "", "text") for name in _DICTIONARY]
    rows = ((table, *_told(column)) for table, columns in tables.items() for column in columns)
    _fill(book, "dictionary", bold, head, rows)


def _told(column: Column) -> tuple[str, ...]:
    limits = ("" if limit is None else f"{limit:g}" for limit in (column.low, column.high))
    words = ", ".join(column.words)
    return (column.name, column.meaning, column.type, column.unit, *limits, words, column.since)
