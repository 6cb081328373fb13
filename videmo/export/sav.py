"""Write files of SPSS: one for each table of a folder, with labels and levels of measurement."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import pyreadstat

from videmo.export.collection import TOGETHER, Collection
from videmo.files import replacing
from videmo.results.columns import Column

_LONGEST_LABEL: Final = 255
"""Bytes of the label of a variable."""
_LONGEST_NAME: Final = 60
"""Letters of the name of a variable, with room for a number up to the 64 that SPSS takes."""
_RESERVED: Final = frozenset(["ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"])
"""What SPSS takes for something else."""
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
    known, values = collection.columns(table), collection.whole(table)
    columns = _spelled(known)
    values.columns = pd.Index([column.name for column in columns])
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


def _spelled(columns: Sequence[Column]) -> list[Column]:
    """Give columns names that variables of SPSS may have; those that had others have them as their label."""
    taken: set[str] = set()
    spelled = []
    for column in columns:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", column.name)[:_LONGEST_NAME]
        plain = plain if re.match("[A-Za-z]", plain) and plain.upper() not in _RESERVED else f"v_{plain}"
        names = itertools.chain([plain], (f"{plain}_{number}" for number in itertools.count(2)))
        name = next(name for name in names if name.lower() not in taken)
        taken.add(name.lower())
        spelled.append(column if name == column.name else dataclasses.replace(column, name=name, meaning=column.name))
    return spelled


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
