"""Write the tables of all recordings as one table, recording by recording, without reading any of them as a whole."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from videmo.errors import ResultsError
from videmo.files import replacing
from videmo.results.columns import MEANINGS
from videmo.results.csv import BYTE_ORDER_MARK, EXCEL, damaged_table, read_header, separator_of
from videmo.results.dictionary import RECORDING, TABLES, Table
from videmo.results.recording import RecordingResults
from videmo.results.schema import FORMER
from videmo.spreadsheet import csv_safe, csv_table
from videmo.timeline.named import NAME

_BLOCK: Final = 2**20
_WITH_PLACES: Final = re.compile(r"(-?[0-9]+)[.,]([0-9]+(?:e-?[0-9]+)?)")


def _refuse(results: RecordingResults, error: ResultsError) -> None:
    raise error


def write_together(
    recordings: Sequence[RecordingResults],
    name: str,
    path: Path,
    *,
    style: str,
    damaged: Callable[[RecordingResults, ResultsError], None] = _refuse,
) -> None:
    """Write one of the tables of all recordings.

    The digits of numbers stay as they are. Recordings that were analysed with other words for emotions, or by an
    earlier version, may lack columns, which stay empty for them.

    Args:
        recordings: finished ones, in the order of the rows.
        name: of the table, see `dictionary.TABLES`.
        path: the file to write.
        style: see `results.csv`.
        damaged: receives the recordings whose table is missing or damaged, with the error, where that is not to be
            raised. Of some of their rows may have been written: without these recordings, the table has to be written
            again.

    Raises:
        ResultsError: the table of a recording is missing or damaged.
        OutputError: it can't be written.
    """
    table, former = TABLES[name], FORMER.get(name, {})
    headers = []
    for results in recordings:
        try:
            headers.append((results, *_header(results, table)))
        except ResultsError as exc:
            damaged(results, exc)
    columns = _together(table, [(written_in, header) for _, written_in, header in headers])
    with replacing(path) as partial, partial.open("wb") as out:
        out.write((BYTE_ORDER_MARK if style == EXCEL else b"") + _line([RECORDING, *columns], style))
        for results, written_in, header in headers:
            cell = csv_safe(results.manifest.key)
            try:
                with results.reading(table.file) as source:
                    if written_in == style and header == columns and _is_plain(source):
                        rows = _copy(source, out, _line([cell, ""], style)[:-1])
                    else:
                        rows = 0
                        names = [former.get(column, column) for column in header]
                        for row in _rows_of(results, source, names, (written_in, style), columns):
                            out.write(_line([cell, *row], style))
                            rows += 1
                    results.check_rows(table.file, source, rows)
            except ResultsError as exc:
                damaged(results, exc)


def _rows_of(
    results: RecordingResults, source: Path, header: Sequence[str], styles: tuple[str, str], columns: Sequence[str]
) -> Iterator[list[str]]:
    """Yield the rows of a table of a recording, in another style, with the columns of all recordings.

    Raises:
        ResultsError: it is damaged.
    """
    # In earlier versions, only the summary had names.
    called = results.called if NAME in columns and NAME not in header else {}
    known = {str(person): {NAME: name} for person, name in called.items()}
    for row in _spelled(_rows(source, header, styles[0]), *styles):
        row |= known.get(row.get("person", ""), {})
        yield [row.get(column, "") for column in columns]


def columns_together(recordings: Sequence[RecordingResults], name: str) -> list[str]:
    """Name the columns that a table of all recordings has behind the first one.

    Raises:
        ResultsError: the table of a recording is missing or damaged.
    """
    return _together(TABLES[name], [_header(results, TABLES[name]) for results in recordings])


def _together(table: Table, headers: Sequence[tuple[str, list[str]]]) -> list[str]:
    former = FORMER.get(table.name, {})
    return table.ordered(former.get(column, column) for _, header in headers for column in header)


def rows_together(recordings: Sequence[RecordingResults], name: str) -> int:
    """Count the rows of a table of all recordings whose cells are all of one line.

    Raises:
        ResultsError: the table of a recording is missing or damaged.
    """
    count = 0
    for results in recordings:
        with results.reading(TABLES[name].file) as path, path.open("rb") as stream:
            count += sum(block.count(b"\n") for block in _blocks(stream)) - 1
    return count


def _header(results: RecordingResults, table: Table) -> tuple[str, list[str]]:
    """Read in which style a table was written, and the names of its columns."""
    with results.reading(table.file) as path, path.open("rb") as stream:
        return read_header(path, stream)


def _line(cells: Iterable[object], style: str) -> bytes:
    return csv_table([cells], separator_of(style)).encode("utf-8", "backslashreplace")


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(_BLOCK), b"")


def _is_plain(path: Path) -> bool:
    """Tell whether each line of a file is a row: videmo writes no others, but other programs may have."""
    with path.open("rb") as stream:
        return not any(mark in block for block in _blocks(stream) for mark in (b'"', b"\r", b"\n\n"))


def _copy(source: Path, out: BinaryIO, begin: bytes) -> int:
    """Copy all lines but the first, each with the same beginning; returns how many."""
    with source.open("rb") as stream:
        stream.readline()
        fresh, count = True, 0
        for block in _blocks(stream):
            if fresh:
                out.write(begin)
            fresh = block.endswith(b"\n")
            body = block[:-1] if fresh else block
            out.write(body.replace(b"\n", b"\n" + begin) + (b"\n" if fresh else b""))
            count += block.count(b"\n")
        if not fresh:
            out.write(b"\n")
        return count + (not fresh)


def _rows(source: Path, header: Sequence[str], style: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table by the present names of its columns.

    Raises:
        ResultsError: it is damaged.
    """
    try:
        with source.open(encoding="utf-8-sig", newline="") as stream:
            for number, row in enumerate(csv.reader(stream, delimiter=separator_of(style), strict=True)):
                if number and row:
                    yield dict(zip(header, row, strict=True))
    except (ValueError, csv.Error) as exc:
        raise damaged_table(source, exc) from exc


def _spelled(rows: Iterable[dict[str, str]], written_in: str, style: str) -> Iterator[dict[str, str]]:
    """Give numbers the decimal marks of a style; their digits stay."""
    if written_in == style:
        yield from rows
        return
    mark = r"\1,\2" if style == EXCEL else r"\1.\2"
    for row in rows:
        yield {name: value if _is_text(name) else _marked(value, mark) for name, value in row.items()}


def _is_text(name: str) -> bool:
    return name in MEANINGS and MEANINGS[name].type == "text"


def _marked(value: str, mark: str) -> str:
    found = _WITH_PLACES.fullmatch(value)
    return found.expand(mark) if found else value
