"""Write and read tables as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videmo.errors import ResultsError
from videmo.files import replacing

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 50_000


def write_csv(table: pd.DataFrame, path: Path, decimals: Mapping[str, int]) -> None:
    """Write a table as CSV (UTF-8, LF, empty for missing). Numbers are rounded here, and only here.

    Args:
        table: what to write.
        path: the file.
        decimals: decimal places, by column.
    """
    write_csv_pieces((table.iloc[rows] for rows in row_pieces(len(table))), path, decimals)


def row_pieces(rows: int) -> Iterator[slice]:
    """Cut a table into pieces of rows, so that rounding and writing copy little at a time."""
    return (slice(first, first + _ROWS) for first in range(0, max(1, rows), _ROWS))


def write_csv_pieces(pieces: Iterable[pd.DataFrame], path: Path, decimals: Mapping[str, int]) -> None:
    """Write a table as `write_csv` does, from one or more pieces, which need not be in memory all at once."""
    options = {"index": False, "lineterminator": "\n", "encoding": "utf-8", "errors": "backslashreplace"}
    with replacing(path) as partial:
        for number, piece in enumerate(pieces):
            known = {name: digits for name, digits in decimals.items() if name in piece.columns}
            piece.round(known).to_csv(partial, mode="a" if number else "w", header=not number, **options)


def read_csv(path: Path, **options: Any) -> pd.DataFrame:
    """Read a table that `write_csv` wrote.

    Raises:
        ResultsError: the file is missing or damaged.
    """
    import pandas as pd

    try:
        return pd.read_csv(path, float_precision="round_trip", keep_default_na=False, na_values=[""], **options)
    except FileNotFoundError as exc:
        raise ResultsError(path, "no such table", advice="Analyse the recording again.") from exc
    except (OSError, ValueError) as exc:
        advice = "Delete it, and analyse the recording again."
        raise ResultsError(path, f"not a readable table ({exc})", advice=advice) from exc
