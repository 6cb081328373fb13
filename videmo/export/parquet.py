"""Write all tables as Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from videmo.export.collection import TOGETHER, Collection, described, typed
from videmo.export.contents import Contents
from videmo.files import replacing
from videmo.results.columns import Column

_TYPES: Final = {"number": pa.float64(), "whole number": pa.int64(), "text": pa.string()}


def write(contents: Contents, stem: Path) -> list[Path]:
    """Write one file for each table of a recording: ``….observations.parquet`` and so on."""
    written = []
    for name in ("observations", "timeline", "episodes", "summary"):
        path = stem.with_name(f"{stem.name}.{name}.parquet")
        table = getattr(contents.tables, name)
        columns = [described(column) for column in table.columns]
        values = pa.Table.from_pandas(typed(table, columns), _schema(columns), preserve_index=False)
        with replacing(path) as partial:
            pq.write_table(values, partial)
        written.append(path)
    return written


def write_all(collection: Collection, stem: Path) -> list[Path]:
    """Write one file for each table of all recordings, ``….timeline.parquet`` and so on, recording by recording."""
    written = []
    for table in ("recordings", *TOGETHER):
        path = stem.with_name(f"{stem.name}.{table}.parquet")
        schema = _schema(collection.columns(table))
        with replacing(path) as partial, pq.ParquetWriter(partial, schema) as writer:
            for piece in collection.pieces(table):
                writer.write_table(pa.Table.from_pandas(piece, schema, preserve_index=False))
        written.append(path)
    return written


def _schema(columns: Sequence[Column]) -> pa.Schema:
    """Type tables with these columns, the same whether anything stands in them or not."""
    return pa.schema([(column.name, _TYPES[column.type]) for column in columns])
