"""Define the columns of every table that videmo writes, and their rounding. They follow from the measures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from videmo.errors import ResultsError
from videmo.measures.registry import MEASURES, carried, columns
from videmo.records import LANDMARKS
from videmo.results.csv import PLAIN, read_csv, row_pieces, write_csv, write_csv_pieces

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

NAMED: Final = ("emotion", "confidence")
"""The strongest of the words and its probability: columns that follow the words."""


def _measured() -> Iterator[str]:
    for measure in MEASURES:
        yield from measure.names
        if measure.carry == "words":
            yield from NAMED


OBSERVATIONS: Final = (
    "frame", "time_s", "status", "person", "track", "x", "y", "w", "h", "face_score", *_measured(), "scene_change",
    "face_change", *LANDMARKS, "left_out",
)  # fmt: skip
KEPT: Final = (*LANDMARKS, *NAMED)
"""Columns that nothing which is derived from the table needs: half of a long table."""
NEEDED: Final = tuple(name for name in OBSERVATIONS if name not in KEPT)
"""All others."""
_TEXTS: Final = ("status", "emotion", "left_out")
_LARGEST: Final = 1e9
"""No number in a table is larger: seconds of thirty years."""
_SINCE_0_1: Final = {"track": "Int64", **dict.fromkeys(("yaw", "pitch", "roll", "face_change"), "float64")}
"""Columns that results of version 0.1.0 lack, and their types. Tracks are filled in when the persons are found anew.
What faces look like can't be, so faces that follow each other are then taken for one person's; nor can poses, for the
landmarks of then did not follow the tilt of a head."""
_WORDS: Final = carried().words
_MEANS: Final = {column.name: column.decimals for column in columns() if column.name in carried().means}

DECIMALS: Final = {
    "time_s": 6, "start_s": 6, "end_s": 6, "peak_s": 6, "first_s": 6, "last_s": 6, "duration_s": 6, "seen_s": 3,
    "x": 1, "y": 1, "w": 1, "h": 1, "face_height_px": 1, "face_score": 3,
    **dict.fromkeys(LANDMARKS, 1),
    **{column.name: column.decimals for column in columns()}, "confidence": 4, "mean": 4, "peak": 4, "coverage": 4,
    **{f"{kind}_{name}": 4 for kind in ("mean", "share") for name in _WORDS},
    **{f"mean_{name}": decimals for name, decimals in _MEANS.items()},
    "scene_change": 4, "face_change": 4, "average_fps": 3,
    "usable_share": 4, "longest_gap_s": 3, "typical_step_s": 6, "longest_step_s": 6,
}  # fmt: skip
"""Decimal places. Times keep the microsecond, probabilities four digits."""


def write_table(table: pd.DataFrame, path: Path, *, style: str = PLAIN) -> None:
    """Write any of videmo's tables as CSV with the rounding of `DECIMALS`."""
    write_csv(table, path, DECIMALS, style=style)


def read_observations(path: Path, columns: Sequence[str] = OBSERVATIONS) -> pd.DataFrame:
    """Read ``observations.csv``: ``person`` and ``track`` become nullable integers, ``left_out`` a text.

    Args:
        path: the file.
        columns: those to read; all of a long table take much memory.

    Raises:
        ResultsError: missing or damaged.
    """
    import pandas as pd

    wanted = set(columns)
    texts = dict.fromkeys(_TEXTS, str)
    table = read_csv(path, dtype=texts, usecols=lambda name: name in wanted or columns is OBSERVATIONS)
    for name, kind in _SINCE_0_1.items():
        if name in wanted and name not in table.columns:
            table[name] = pd.array([None] * len(table), dtype=kind)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ResultsError(path, f"no column {', '.join(missing)}", advice="Analyse the recording again.")
    for name in {"person", "track"} & wanted:
        try:
            table[name] = table[name].astype("Int64")
        except (TypeError, ValueError) as exc:
            found = f"not all values of the column {name} are whole numbers ({exc})"
            raise ResultsError(path, found, advice="Analyse the recording again.") from exc
    _check_numbers(table, path)
    if "left_out" in wanted:
        table["left_out"] = table["left_out"].fillna("")
    return table[[name for name in OBSERVATIONS if name in table.columns]] if columns is OBSERVATIONS else table


def _check_numbers(table: pd.DataFrame, path: Path) -> None:
    """Check that numbers are numbers, so that nobody computes with what another program made of them.

    Raises:
        ResultsError: some are not, or larger than any that was ever written.
    """
    import numpy as np

    for name in table.columns:
        if name in _TEXTS or name not in OBSERVATIONS or not len(table):
            continue
        values = table[name]
        if values.dtype.kind not in "iufb":
            found = f"not all values of the column {name} are numbers"
            raise ResultsError(path, found, advice="Analyse the recording again.")
        if name in ("person", "track"):
            continue
        numbers = values.to_numpy(np.float64, na_value=np.nan)
        missing = bool(np.isnan(numbers).any()) and name in ("frame", "time_s")
        if missing or np.nanmax(np.abs(numbers), initial=0.0) > _LARGEST:
            found = f"the column {name} has values that are {'missing' if missing else 'impossible'}"
            raise ResultsError(path, found, advice="Analyse the recording again.")


def lacks_columns(path: Path) -> bool:
    """Check whether an ``observations.csv`` is of a version that had fewer columns.

    Raises:
        ResultsError: it is missing or damaged.
    """
    return not set(OBSERVATIONS) <= set(read_csv(path, nrows=0).columns)


def rewrite_observations(
    table: pd.DataFrame, places: npt.NDArray[np.int32], earlier: Path, path: Path, *, style: str = PLAIN
) -> None:
    """Write ``observations.csv`` again, with its other columns as they are.

    Args:
        table: the columns `NEEDED`, whose rows may be in another order than before.
        places: ``(rows,)`` place of each row of the table in the existing file.
        earlier: the existing file.
        path: the file to write, which may be the same.
        style: in which it is written.

    Raises:
        ResultsError: it is missing or damaged.
        OutputError: it can't be written.
    """
    # Half as wide as for computing: they have at most four decimal places, and are rounded again.
    narrow = {**dict.fromkeys(LANDMARKS, "float32"), "confidence": "float32", "emotion": "category"}
    others = read_csv(earlier, dtype=narrow, usecols=lambda name: name not in NEEDED)
    wide = {name: "float64" for name, kind in others.dtypes.items() if kind == "float32"}
    added = [name for name in others.columns if name not in OBSERVATIONS]

    def piece(rows: slice) -> pd.DataFrame:
        kept = others.iloc[places[rows]].astype(wide)
        return table.iloc[rows].assign(**{name: kept[name].array for name in kept.columns})[[*OBSERVATIONS, *added]]

    write_csv_pieces((piece(rows) for rows in row_pieces(len(table))), path, DECIMALS, style=style)


def read_summary(path: Path) -> pd.DataFrame:
    """Read a ``summary.csv``: ``name`` is text, also where all names are numbers or there are none.

    Raises:
        ResultsError: missing or damaged.
    """
    return read_csv(path, dtype={"name": str})
