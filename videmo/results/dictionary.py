"""Say for every table in a folder of results which columns it has and what they mean: ``tables.json``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from videmo.measures.emotions import VOCABULARIES
from videmo.measures.registry import ALL_WORDS, COLUMNS, carried_in
from videmo.persons import cast_file, people_file
from videmo.results import names
from videmo.results.columns import ELSEWHERE, MEANINGS, Column
from videmo.results.persons import PERSON_COLUMNS
from videmo.results.schema import FORMER, observation_columns
from videmo.timeline.episodes import COLUMNS as EPISODE_COLUMNS
from videmo.timeline.episodes import EPISODE_OTHER
from videmo.timeline.named import with_name
from videmo.timeline.quality import COLUMNS as QUALITY_COLUMNS
from videmo.timeline.resample import timeline_columns
from videmo.timeline.summary import summary_columns
from videmo.version import __version__

if TYPE_CHECKING:
    import pandas as pd

RECORDING: Final = "recording"
"""The first column of the tables of all recordings."""
RECORDING_COLUMNS: Final = (
    RECORDING, "status", "reason", "recording_duration_s", "sampled", "frames_with_face", "recording_coverage",
    "people", "recording_dominant", "width", "height", "average_fps", "codec", "warnings", "recording_usable_share",
    "recording_quality", "settings",
)  # fmt: skip
IDENTITY: Final = "identity"
"""The last column of ``quality.csv``, which follows from whose tracks are whose."""
_VOCABULARIES: Final = tuple(
    tuple(column.name for column in columns if column.carry == "word") for columns in COLUMNS.values()
)
_UNUSUAL: Final = frozenset(ALL_WORDS) - frozenset(VOCABULARIES["five"])


@dataclass(frozen=True, slots=True)
class Table:
    """Tell what a table is."""

    file: str
    about: str
    """What a row is, in words."""
    keys: tuple[str, ...]
    """Columns that together tell one row from all others; in tables of all recordings, after the recording."""
    columns: tuple[Column, ...]
    usual: tuple[str, ...]
    """Those that it has with the usual words for emotions."""
    of_recording: bool
    """Whether there is one for each recording."""
    of_all: bool
    """Whether there is one of all recordings, with `RECORDING` in front."""

    @property
    def name(self) -> str:
        """Return the name of its file without the ending."""
        return self.file.removesuffix(".csv")

    def with_whole_numbers(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows put together, in which columns of whole numbers became decimals where some rows have none."""
        whole = {column.name for column in self.columns if column.type == "whole number"}
        kinds = {name: "Int64" for name in rows.columns if name in whole and rows[name].dtype.kind == "f"}
        return rows.astype(kinds)

    def typed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return a table without rows in which columns have the types that they have with rows."""
        kinds = {"number": "float64", "whole number": "Int64", "text": "str"}
        known = {column.name: kinds[column.type] for column in self.columns if column.name in rows.columns}
        return rows.astype(known) if rows.empty else rows

    def ordered(self, found: Iterable[str]) -> list[str]:
        """Put the names of columns that were found in some tables in the order of this one; unknown ones stand last.

        Where none were found, those are returned that a table has with the usual words for emotions.
        """
        there = dict.fromkeys(found) or dict.fromkeys(self.usual)
        known = [column.name for column in self.columns if column.name in there]
        return [*known, *(name for name in there if name not in known)]


def _table(
    file: str, about: str, keys: tuple[str, ...], columns: Iterable[str], *, of_recording: bool, of_all: bool
) -> Table:
    table = file.removesuffix(".csv")
    declared = tuple(ELSEWHERE.get((table, name)) or MEANINGS[name] for name in dict.fromkeys(columns))
    usual = tuple(column.name for column in declared if column.name.rpartition("_")[2] not in _UNUSUAL)
    return Table(file, about, keys, declared, usual, of_recording, of_all)


def _with_all_words(columns_with: Callable[[Sequence[str]], Sequence[str]]) -> list[str]:
    """Name the columns of a table with any words for emotions, in an order that suits them all."""
    known: list[str] = []
    for columns in map(columns_with, _VOCABULARIES):
        for before, name in zip(("", *columns), columns):
            if name not in known:
                known.insert(known.index(before) + 1 if before else 0, name)
    return known


TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {
        table.name: table
        for table in (
            _table(names.RECORDINGS, "One row per recording, failed ones included.", (RECORDING,), RECORDING_COLUMNS,
                   of_recording=False, of_all=True),
            _table(names.OBSERVATIONS, "One row per sampled frame and face; a frame without a face has one row.",
                   ("frame", "track"), _with_all_words(observation_columns), of_recording=True, of_all=False),
            _table(names.TIMELINE, "One row per person and cell of a regular grid of time; probabilities are means "
                   "over the cell.", ("person", "start_s"),
                   _with_all_words(lambda words: with_name(timeline_columns(carried_in(words)))),
                   of_recording=True, of_all=True),
            _table(names.EPISODES, "One row per stretch in which a person clearly shows an emotion.",
                   ("person", "emotion", "start_s"), with_name((*EPISODE_COLUMNS, EPISODE_OTHER)),
                   of_recording=True, of_all=True),
            _table(names.SUMMARY, "One row per person.", ("person",),
                   _with_all_words(lambda words: with_name(summary_columns(carried_in(words)))),
                   of_recording=True, of_all=True),
            _table(names.QUALITY, "One row for the recording, without a person, and one per person.", ("person",),
                   with_name((*QUALITY_COLUMNS, IDENTITY)), of_recording=True, of_all=True),
            _table(names.PERSONS, "One row per person that was found, before people.csv counts.", ("person",),
                   PERSON_COLUMNS, of_recording=True, of_all=False),
            _table(names.PEOPLE, "Yours: names of persons, and who is the same person.", ("person", "from_s"),
                   (*people_file.COLUMNS.read, *people_file.COLUMNS.for_orientation), of_recording=True, of_all=False),
            _table(names.CAST[0], "Yours: who is who over all recordings.", (RECORDING, "person"),
                   (*cast_file.COLUMNS.read, *cast_file.COLUMNS.for_orientation), of_recording=False, of_all=True),
        )
    }
)  # fmt: skip
"""By name, in the order of the documentation."""


def dictionary() -> dict[str, Any]:
    """Return the content of ``tables.json`` as plain values."""
    return {
        "videmo": __version__,
        "tables": {name: _described(table) for name, table in TABLES.items()},
    }


def _described(table: Table) -> dict[str, Any]:
    in_front = table.of_recording and table.of_all
    return {
        "file": table.file,
        "about": table.about,
        "keys": [*((RECORDING,) if in_front else ()), *table.keys],
        "of_each_recording": table.of_recording,
        "of_all_recordings": table.of_all,
        "columns": [_plain(column, FORMER.get(table.name, {})) for column in _listed(table)],
    }


def _listed(table: Table) -> tuple[Column, ...]:
    """Return the columns of a table as they stand in that of all recordings, if there is one."""
    return (MEANINGS[RECORDING], *table.columns) if table.of_recording and table.of_all else table.columns


def _plain(column: Column, former: Mapping[str, str]) -> dict[str, Any]:
    """Describe a column as plain values, without what does not apply."""
    values: dict[str, Any] = {
        "name": column.name,
        "meaning": column.meaning,
        "type": column.type,
        "level": column.level,
        "unit": column.unit,
        "low": column.low,
        "high": column.high,
        "values": list(column.words),
        "decimals": column.decimals,
        "since": column.since,
        "formerly": next((old for old, new in former.items() if new == column.name), ""),
    }
    return {name: value for name, value in values.items() if value not in ("", None, [])}
