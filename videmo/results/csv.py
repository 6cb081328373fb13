"""Write and read tables as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from videmo.errors import ResultsError
from videmo.files import replacing

if TYPE_CHECKING:
    import pandas as pd

PLAIN: Final = "plain"
EXCEL: Final = "excel"
"""What Excel opens with a double click where commas are decimal marks."""
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_SEMICOLON: Final = ";"
_ROWS = 50_000
_LONGEST_HEADER: Final = 2**20
"""Bytes of a first line; pandas takes minutes over one with millions of columns."""


def write_csv(table: pd.DataFrame, path: Path, decimals: Mapping[str, int], *, style: str = PLAIN) -> None:
    """Write a table as CSV (UTF-8, LF, empty for missing). Numbers are rounded here, and only here.

    Args:
        table: what to write.
        path: the file.
        decimals: decimal places, by column.
        style: `PLAIN`, or `EXCEL` for semicolons, decimal commas and a byte order mark.
    """
    write_csv_pieces((table.iloc[rows] for rows in row_pieces(len(table))), path, decimals, style=style)


def row_pieces(rows: int) -> Iterator[slice]:
    """Cut a table into pieces of rows, so that rounding and writing copy little at a time."""
    return (slice(first, first + _ROWS) for first in range(0, max(1, rows), _ROWS))


def write_csv_pieces(
    pieces: Iterable[pd.DataFrame], path: Path, decimals: Mapping[str, int], *, style: str = PLAIN
) -> None:
    """Write a table as `write_csv` does, from one or more pieces, which need not be in memory all at once."""
    options = {"index": False, "lineterminator": "\n", "errors": "backslashreplace"}
    excel = style == EXCEL
    if excel:
        options["sep"] = _SEMICOLON
    with replacing(path) as partial:
        for number, piece in enumerate(pieces):
            known = {name: digits for name, digits in decimals.items() if name in piece.columns}
            rounded = piece.round(known)
            encoding = "utf-8-sig" if excel and not number else "utf-8"
            shown = _with_commas(rounded) if excel else rounded
            shown.to_csv(partial, mode="a" if number else "w", header=not number, encoding=encoding, **options)


def _with_commas(table: pd.DataFrame) -> pd.DataFrame:
    """Spell numbers with decimal commas, with the same digits as with points."""
    changed = {
        name: [repr(number).replace(".", ",") if number == number else "" for number in table[name].tolist()]
        for name, kind in table.dtypes.items()
        if kind.kind == "f"
    }
    return table.assign(**changed)


def style_in(header: bytes) -> str:
    """Tell from its first line in which style a table was written."""
    return EXCEL if b";" in header and b"," not in header else PLAIN


def separator_of(style: str) -> str:
    """Return what stands between the cells of tables of a style."""
    return _SEMICOLON if style == EXCEL else ","


def read_header(path: Path, stream: BinaryIO) -> tuple[str, list[str]]:
    """Read the first line of a table: in which style it was written, and the names of its columns.

    Raises:
        ResultsError: it is damaged.
    """
    line = stream.readline(_LONGEST_HEADER)
    style = style_in(line)
    try:
        text = line.removeprefix(BYTE_ORDER_MARK).decode("utf-8")
        names = next(csv.reader([text], delimiter=separator_of(style)), [])
    except (UnicodeDecodeError, csv.Error) as exc:
        raise damaged_table(path, exc) from exc
    if not names or not line.endswith(b"\n"):
        raise damaged_table(path, "its first line is empty or cut off")
    return style, names


def check_ends(path: Path, stream: BinaryIO) -> None:
    """Refuse a table whose beginning or end is damaged, without reading what is between.

    Raises:
        ResultsError: it is.
    """
    read_header(path, stream)
    stream.seek(-1, 2)
    if stream.read(1) != b"\n":
        raise damaged_table(path, "its last row is cut off")


def damaged_table(path: Path, found: object) -> ResultsError:
    """Return the error that says that a table can't be read."""
    return ResultsError(path, f"not a readable table ({found})", advice="Delete it, and analyse the recording again.")


def read_csv(path: Path, **options: Any) -> pd.DataFrame:
    """Read a table that `write_csv` wrote, in either style.

    Raises:
        ResultsError: the file is missing or damaged.
    """
    import pandas as pd

    with _reading(path):
        return pd.read_csv(path, **_style_of(path), **options)


def check_whole(path: Path, rows: int, written: int, advice: str) -> None:
    """Refuse a table that is not as it was written: copied in part, or with rows added or taken out.

    Args:
        path: of the file, which was read.
        rows: that were read.
        written: rows that there should be.
        advice: what to do.

    Raises:
        ResultsError: it has another number of rows, or its last one is cut off.
    """
    if rows != written:
        raise ResultsError(path, f"{rows:,} rows", f"the {written:,} that were written", advice)
    with path.open("rb") as stream:
        stream.seek(-1, 2)
        if stream.read() != b"\n":
            raise ResultsError(path, "its last row is cut off", advice=advice)


def read_csv_pieces(path: Path, **options: Any) -> Iterator[pd.DataFrame]:
    """Read a table as `read_csv` does, some rows at a time.

    Raises:
        ResultsError: the file is missing or damaged.
    """
    import pandas as pd

    with _reading(path), pd.read_csv(path, chunksize=_ROWS, **_style_of(path), **options) as pieces:
        yield from pieces


def _style_of(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        header = stream.readline(_LONGEST_HEADER)
    if len(header) == _LONGEST_HEADER:
        raise ValueError("its first line is longer than that of any table")
    marks = {"sep": _SEMICOLON, "decimal": ","} if style_in(header) == EXCEL else {}
    return {
        "float_precision": "round_trip", "keep_default_na": False, "na_values": [""], "encoding": "utf-8-sig", **marks,
    }  # fmt: skip


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Translate what may fail."""
    try:
        yield
    except FileNotFoundError as exc:
        raise ResultsError(path, "no such table", advice="Analyse the recording again.") from exc
    except (OSError, ValueError) as exc:
        raise damaged_table(path, exc) from exc
