"""The columns of every table that videmo writes, and how they are rounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from videmo.errors import ResultsError
from videmo.records import EMOTIONS, LANDMARKS
from videmo.tables.csv import read_csv, row_pieces, write_csv, write_csv_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

OBSERVATIONS: Final = (
    "frame", "time_s", "status", "person", "x", "y", "w", "h", "face_score", *EMOTIONS, "emotion", "confidence",
    "brightness", "sharpness", "scene_change", *LANDMARKS, "left_out",
)  # fmt: skip

CARRIED: Final = (*LANDMARKS, "emotion", "confidence")
"""Columns that nothing which is derived from the table needs: half of a long table."""

SEEN: Final = tuple(name for name in OBSERVATIONS if name not in CARRIED)
"""All others."""

DECIMALS: Final = {
    "time_s": 6, "start_s": 6, "end_s": 6, "peak_s": 6, "first_s": 6, "last_s": 6, "duration_s": 6, "seen_s": 3,
    "x": 1, "y": 1, "w": 1, "h": 1, "face_height_px": 1, "face_score": 3,
    **dict.fromkeys(LANDMARKS, 1),
    **dict.fromkeys(EMOTIONS, 4), "confidence": 4, "mean": 4, "peak": 4, "coverage": 4,
    **{f"{kind}_{name}": 4 for kind in ("mean", "share") for name in EMOTIONS},
    "brightness": 1, "sharpness": 1, "scene_change": 4, "average_fps": 3,
    "usable_share": 4, "longest_gap_s": 3, "typical_step_s": 6, "longest_step_s": 6,
}  # fmt: skip
"""Digits behind the point. Times keep the microsecond, probabilities four digits."""


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write any of videmo's tables as CSV with the rounding of `DECIMALS`."""
    write_csv(table, path, DECIMALS)


def read_observations(path: Path, columns: Sequence[str] = OBSERVATIONS) -> pd.DataFrame:
    """Read ``observations.csv``: ``person`` becomes a nullable integer, ``left_out`` a text.

    Args:
        path: the file.
        columns: what to read, ``person`` and ``left_out`` among them; all of a long table take much memory.

    Raises:
        ResultsError: missing or damaged.
    """
    wanted = set(columns)
    texts = dict.fromkeys(("status", "emotion", "left_out"), str)
    table = read_csv(path, dtype=texts, usecols=lambda name: name in wanted or columns is OBSERVATIONS)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ResultsError(f"{path}: no column {', '.join(missing)}. Run 'videmo analyze' with --overwrite.")
    try:
        table["person"] = table["person"].astype("Int64")
    except (TypeError, ValueError) as exc:
        raise ResultsError(f"{path}: column person holds something else than whole numbers ({exc}).") from exc
    table["left_out"] = table["left_out"].fillna("")
    return table


def rewrite_observations(table: pd.DataFrame, places: npt.NDArray[np.int32], path: Path) -> None:
    """Write ``observations.csv`` again, with its other columns as they are.

    Args:
        table: the columns `SEEN`, whose rows may be in another order than before.
        places: ``(rows,)`` where each row of the table stands in the file that is there.
        path: the file.

    Raises:
        ResultsError: it is missing or damaged.
        OutputError: it can't be written.
    """
    # Half as wide as they are computed with: they have four digits behind the point at most, and are rounded again.
    narrow = {**dict.fromkeys(LANDMARKS, "float32"), "confidence": "float32", "emotion": "category"}
    names = list(read_csv(path, nrows=0).columns)
    others = read_csv(path, dtype=narrow, usecols=lambda name: name not in SEEN)
    wide = {name: "float64" for name, kind in others.dtypes.items() if kind == "float32"}

    def piece(rows: slice) -> pd.DataFrame:
        carried = others.iloc[places[rows]].astype(wide)
        return table.iloc[rows].assign(**{name: carried[name].array for name in carried.columns})[names]

    write_csv_pieces((piece(rows) for rows in row_pieces(len(table))), path, DECIMALS)


def read_summary(path: Path) -> pd.DataFrame:
    """Read a ``summary.csv``: ``name`` is text, also where all names are numbers or there are none.

    Raises:
        ResultsError: missing or damaged.
    """
    return read_csv(path, dtype={"name": str})
