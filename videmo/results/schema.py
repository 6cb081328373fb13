"""Define the columns of every table that videmo writes, and their rounding. They follow from the measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from videmo.errors import ResultsError
from videmo.measures.emotions import EMOTIONS, OTHER, SEVEN, UNPLEASANT, VALENCE
from videmo.measures.registry import COLUMNS, words_in
from videmo.records import LANDMARKS
from videmo.results.columns import MEANINGS
from videmo.results.csv import PLAIN, read_csv, row_pieces, write_csv, write_csv_pieces

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

NAMED: Final = ("emotion", "confidence")
"""The strongest of the words and its probability: columns that follow the words."""


def observation_columns(words: Sequence[str]) -> tuple[str, ...]:
    """Name the columns of the observation table, in their order, with some words for emotions."""
    columns = COLUMNS["seven" if tuple(words) == SEVEN else "five"]
    others = [column.name for column in columns if column.carry != "word"]
    return (
        "frame", "time_s", "status", "person", "name", "track", "x", "y", "w", "h", "face_score",
        *words, *NAMED, *others, "scene_change", "face_change", *LANDMARKS, "left_out",
    )  # fmt: skip


OBSERVATIONS: Final = observation_columns(EMOTIONS)
"""With the five words."""
_OF_SEVEN: Final = tuple(name for name in observation_columns(SEVEN) if name not in OBSERVATIONS)
"""Columns of tables with seven words only; these lack `OTHER`."""
KEPT: Final = (*LANDMARKS, *NAMED)
"""Columns that nothing which is derived from the table needs: half of a long table."""
NEEDED: Final = tuple(name for name in OBSERVATIONS if name not in KEPT)
"""All others, with the five words; a table with seven is read with all seven."""
_TEXTS: Final = ("status", "name", "emotion", "left_out")
_WHOLE: Final = {"frame": 0, "person": 1, "track": 1}
"""Columns of whole numbers, with the least of each."""
_LARGEST: Final = 1e9
"""No number in a table is larger: seconds of thirty years."""
_SINCE_0_1: Final = {
    "track": "Int64",
    "name": "str",
    **dict.fromkeys(("yaw", "pitch", "roll", "face_change", OTHER, VALENCE), "float64"),
}
"""Columns that results of version 0.1.0 lack, and their types. Tracks and names are filled in when the tables are made
anew. What faces look like can't be, so faces that follow each other are then taken for one person's; nor can poses, for
the landmarks of then did not follow the tilt of a head; nor can fear and disgust. Valence follows from the emotions."""
DECIMALS: Final = {name: column.decimals for name, column in MEANINGS.items() if column.decimals is not None}
"""Decimal places. Times keep the microsecond, probabilities four digits."""


FORMER: Final[Mapping[str, Mapping[str, str]]] = {
    "recordings": {
        "duration_s": "recording_duration_s", "frames": "sampled", "coverage": "recording_coverage",
        "dominant": "recording_dominant", "usable_share": "recording_usable_share", "quality": "recording_quality",
    },
    "summary": {"frames": "usable", "coverage": "seen_share", "left_out": "left_out_faces"},
    "quality": {
        "face_height_px": "median_height_px", "brightness": "median_brightness", "sharpness": "median_sharpness",
        "face_score": "median_face_score",
    },
}  # fmt: skip
"""By table, the names of columns that meant something else than in other tables until they were changed, and how they
are called now. In no other table of these did a new name exist before."""


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

    words = words_in(read_csv(path, nrows=0).columns)
    if words == SEVEN and OTHER in columns:
        columns = [*(name for name in columns if name != OTHER), *_OF_SEVEN]
    whole, wanted = set(OBSERVATIONS) <= {*columns, OTHER}, set(columns)
    texts = dict.fromkeys(_TEXTS, str)
    table = read_csv(path, dtype=texts, usecols=lambda name: name in wanted or whole)
    _fill_in(table, wanted)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ResultsError(path, f"no column {', '.join(missing)}", advice="Analyse the recording again.")
    _check_numbers(table, path)
    for name in {"person", "track"} & wanted:
        table[name] = table[name].astype("Int64")
    if "left_out" in wanted:
        table["left_out"] = table["left_out"].fillna("")
    return table[list(observation_columns(words))] if whole else table


def _fill_in(table: pd.DataFrame, wanted: set[str]) -> None:
    """Add the columns that results of version 0.1.0 lack."""
    import pandas as pd

    for name, kind in _SINCE_0_1.items():
        if name in wanted and name not in table.columns:
            table[name] = pd.array([None] * len(table), dtype=kind)
            if name == VALENCE and wanted >= set(EMOTIONS) and set(EMOTIONS) <= set(table.columns):
                unpleasant = [word for word in EMOTIONS if word in UNPLEASANT]
                table[name] = (table["happy"] - table[unpleasant].max(axis=1)).round(DECIMALS[name])


def _check_numbers(table: pd.DataFrame, path: Path) -> None:
    """Check that numbers are numbers, so that nobody computes with what another program made of them.

    Raises:
        ResultsError: some are not, or larger than any that was ever written.
    """
    import numpy as np

    for name in table.columns:
        if name in _TEXTS or name not in OBSERVATIONS or not len(table):
            continue
        values, found = table[name], ""
        if values.dtype.kind not in "iuf":
            found = f"not all values of the column {name} are numbers"
        else:
            numbers = values.to_numpy(np.float64, na_value=np.nan)
            if name in ("frame", "time_s") and np.isnan(numbers).any():
                found = f"the column {name} has values that are missing"
            elif ((numbers < _WHOLE.get(name, -_LARGEST)) | (numbers > _LARGEST)).any():
                found = f"the column {name} has values that are impossible"
            elif name in _WHOLE and (numbers % 1 > 0).any():
                found = f"not all values of the column {name} are whole numbers"
        if found:
            raise ResultsError(path, found, advice="Analyse the recording again.")


def lacks_columns(path: Path) -> bool:
    """Check whether an ``observations.csv`` is of a version that had fewer columns.

    Raises:
        ResultsError: it is missing or damaged.
    """
    header = read_csv(path, nrows=0).columns
    return not set(observation_columns(words_in(header))) <= set(header)


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
    known = observation_columns(words_in(table.columns))
    others = read_csv(earlier, dtype=narrow, usecols=lambda name: name in KEPT or name not in known)
    wide = {name: "float64" for name, kind in others.dtypes.items() if kind == "float32"}
    added = [name for name in others.columns if name not in known]

    def piece(rows: slice) -> pd.DataFrame:
        kept = others.iloc[places[rows]].astype(wide)
        return table.iloc[rows].assign(**{name: kept[name].array for name in kept.columns})[[*known, *added]]

    write_csv_pieces((piece(rows) for rows in row_pieces(len(table))), path, DECIMALS, style=style)


def read_derived(path: Path, table: str) -> pd.DataFrame:
    """Read a table that follows from the observations, of an earlier version too.

    ``person`` is a nullable integer in every table, and ``name`` a text, also where all names are numbers or there are
    none. Columns have their present names.

    Raises:
        ResultsError: missing or damaged.
    """
    found = read_csv(path, dtype={"name": str}).rename(columns=FORMER.get(table, {}))
    if "person" in found.columns:
        try:
            found["person"] = found["person"].astype("Int64")
        except (TypeError, ValueError) as exc:
            wrong = f"not all values of the column person are whole numbers ({exc})"
            raise ResultsError(path, wrong, advice="Analyse the recording again.") from exc
    return found
