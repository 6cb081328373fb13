"""Write all tables as Parquet."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from videmo.export.contents import Contents
from videmo.files import replacing


def write(contents: Contents, stem: Path) -> list[Path]:
    """Write one file for each table of a recording: ``….observations.parquet`` and so on."""
    written = []
    for name in ("observations", "timeline", "episodes", "summary"):
        path = stem.with_name(f"{stem.name}.{name}.parquet")
        table = pa.Table.from_pandas(getattr(contents.tables, name), preserve_index=False)
        with replacing(path) as partial:
            pq.write_table(table, partial)
        written.append(path)
    return written
