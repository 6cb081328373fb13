"""Read CSV and parquet row by row, with errors that name the line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from videmo.errors import DatasetError
from videmo.extras import how_to_install


def csv_lines(path: Path, advice: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a CSV file that are not empty, with their numbers from 1.

    Args:
        path: the file.
        advice: what to do if it is missing.

    Raises:
        DatasetError: it is missing, or is not text.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            for row in reader:
                if row:
                    yield reader.line_num, row
    except FileNotFoundError:
        raise DatasetError(path, "no such file", advice=advice) from None
    except OSError as exc:
        raise DatasetError(path, f"cannot be read ({exc.strerror})", advice=advice) from exc
    except (UnicodeDecodeError, csv.Error) as exc:
        raise DatasetError(path, f"not a CSV file in UTF-8 ({exc})", advice=advice) from exc


def columns_of(header: Sequence[str], wanted: Sequence[str], path: Path) -> list[int]:
    """Find the places of columns by name, in any order and case.

    Raises:
        DatasetError: one is missing.
    """
    known = [name.strip().lower() for name in header]
    missing = [name for name in wanted if name.lower() not in known]
    if missing:
        raise DatasetError(
            path,
            f"line 1 has no column {', '.join(missing)}; it has {', '.join(header)}",
            advice="Check that it is the right file.",
        )
    return [known.index(name.lower()) for name in wanted]


def parquet_rows(
    path: Path, wanted: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of a parquet table with their numbers from 0, a few hundred in memory at a time.

    Raises:
        DatasetError: the file is missing, is not a parquet file, lacks a column, or pyarrow isn't installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise DatasetError(path, "reading parquet needs pyarrow", advice=how_to_install("export")) from None
    if not path.is_file():
        raise DatasetError(path, "no such file", advice="Check the path and the data folder (VIDEMO_DATA).")
    try:
        with pyarrow.parquet.ParquetFile(path) as table:
            names = table.schema_arrow.names
            if missing := [name for name in wanted if name not in names]:
                raise DatasetError(
                    path,
                    f"no column {', '.join(missing)}; it has {', '.join(names)}",
                    advice="Check that it is the right table.",
                )
            chosen = [*wanted, *(name for name in optional if name in names)]
            row = 0
            for batch in table.iter_batches(batch_size=256, columns=chosen):
                for values in batch.to_pylist():
                    yield row, values
                    row += 1
    except (pyarrow.ArrowException, OSError) as exc:
        raise DatasetError(
            path, f"not a readable parquet file ({exc})", advice="Restore the file or download it again."
        ) from exc
