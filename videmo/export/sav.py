"""Write files of SPSS: one for each table of a folder, with labels and levels of measurement."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyreadstat

from videmo.export.collection import TOGETHER, Collection
from videmo.files import replacing
from videmo.results.columns import Column

_LONGEST_LABEL: Final = 255
"""Bytes of the label of a variable."""
_DATE_AT: Final = 92
"""Where the header of such a file holds the date and time of its making."""
_DATE: Final = b"01 Jan 8000:00:00"
_TEXT: Final = 32_767


def write_all(collection: Collection, stem: Path) -> list[Path]:
    """Write ``….recordings.sav``, ``….summary.sav`` and so on: a file of SPSS holds one table.

    Labels of variables are what their columns mean. What is unknown is system-missing, or an empty text. Each table is
    in memory as a whole while it is written.
    """
    return [_write(collection, table, stem) for table in ("recordings", *TOGETHER)]


def _write(collection: Collection, table: str, stem: Path) -> Path:
    columns = collection.columns(table)
    values = collection.whole(table)
    for column in columns:
        if column.type == "text":
            values[column.name] = [_fitting(text or "") for text in values[column.name]]
        else:
            values[column.name] = values[column.name].astype("float64")
    path = stem.with_name(f"{stem.name}.{table}.sav")
    with replacing(path) as partial:
        pyreadstat.write_sav(
            values,
            str(partial),
            column_labels=[_label(column) for column in columns],
            variable_measure={column.name: column.level for column in columns},
            variable_format={column.name: _format(column) for column in columns if column.type != "text"},
        )
        _date(partial)
    return path


def _label(column: Column) -> str:
    said = f"{column.meaning.removesuffix('.')} ({column.unit})" if column.unit else column.meaning.removesuffix(".")
    return said.encode()[:_LONGEST_LABEL].decode("utf-8", "ignore")


def _format(column: Column) -> str:
    return f"F12.{column.decimals or 0}"


def _fitting(text: str) -> str:
    """Shorten a text to the bytes that a variable holds."""
    encoded = text.encode("utf-8", "backslashreplace")
    return encoded[:_TEXT].decode("utf-8", "ignore")


def _date(path: Path) -> None:
    """Replace the time of writing, so that the same results give the same file."""
    with path.open("r+b") as stream:
        stream.seek(_DATE_AT)
        stream.write(_DATE)
