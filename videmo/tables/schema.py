"""The columns of every table that videmo writes, and how they are rounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from videmo.errors import ResultsError
from videmo.records import EMOTIONS, LANDMARKS
from videmo.tables.csv import read_csv, write_csv

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

OBSERVATIONS: Final = (
    "frame", "time_s", "status", "person", "x", "y", "w", "h", "face_score", *EMOTIONS, "emotion", "confidence",
    "brightness", "sharpness", "scene_change", *LANDMARKS,
)  # fmt: skip

DECIMALS: Final = {
    "time_s": 6, "start_s": 6, "end_s": 6, "peak_s": 6, "first_s": 6, "last_s": 6, "duration_s": 6, "seen_s": 3,
    "x": 1, "y": 1, "w": 1, "h": 1, "face_height_px": 1, "face_score": 3,
    **dict.fromkeys(LANDMARKS, 1),
    **dict.fromkeys(EMOTIONS, 4), "confidence": 4, "mean": 4, "peak": 4, "coverage": 4,
    **{f"{kind}_{name}": 4 for kind in ("mean", "share") for name in EMOTIONS},
    "brightness": 1, "sharpness": 1, "scene_change": 4, "average_fps": 3,
}  # fmt: skip
"""Digits behind the point. Times keep the microsecond, probabilities four digits."""


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write any of videmo's tables as CSV with the rounding of `DECIMALS`."""
    write_csv(table, path, DECIMALS)


def read_observations(path: Path) -> pd.DataFrame:
    """Read ``observations.csv``: ``person`` becomes a nullable integer.

    Raises:
        ResultsError: missing or damaged.
    """
    table = read_csv(path, dtype={"status": str, "emotion": str})
    missing = [name for name in OBSERVATIONS if name not in table.columns]
    if missing:
        raise ResultsError(f"{path}: no column {', '.join(missing)}. Run 'videmo analyze' with --overwrite.")
    try:
        table["person"] = table["person"].astype("Int64")
    except (TypeError, ValueError) as exc:
        raise ResultsError(f"{path}: column person holds something else than whole numbers ({exc}).") from exc
    return table
