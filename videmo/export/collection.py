"""Gather what an export of a whole folder is made from: the tables of all recordings, one recording after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from videmo.results.columns import MEANINGS, Column
from videmo.results.dictionary import RECORDING, RECORDING_COLUMNS
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.results.together import columns_together, rows_together
from videmo.spreadsheet import csv_key
from videmo.timeline.named import with_plain_names

TOGETHER = ("summary", "episodes", "quality", "timeline")
"""The tables that each recording has a part of."""
_OF_RECORDINGS = "recordings"
_KINDS = {"number": "float64", "whole number": "Int64", "text": "object"}


@dataclass(frozen=True, slots=True)
class Collection:
    """Hold all finished recordings of a folder, and its table of recordings."""

    folder: ResultsFolder
    recordings: Sequence[RecordingResults]

    def columns(self, table: str) -> list[Column]:
        """Describe the columns of a table of all recordings, in their order; those that videmo did not write are texts.

        Raises:
            ResultsError: the table of a recording is missing or damaged.
        """
        whole = table == _OF_RECORDINGS
        names = RECORDING_COLUMNS if whole else (RECORDING, *columns_together(self.recordings, table))
        return [described(name) for name in names]

    def pieces(self, table: str) -> Iterator[pd.DataFrame]:
        """Yield a table of all recordings in pieces, one for each recording: none is kept in memory.

        Each has all columns, as ``float64``, ``Int64`` or texts, None where nothing is known. Recordings and names are
        as they are, not as in a spreadsheet.

        Raises:
            ResultsError: the table of a recording is missing or damaged.
        """
        columns = self.columns(table)
        if table == _OF_RECORDINGS:
            yield _typed(self.folder.read_recordings(), columns)
            return
        for results in self.recordings:
            part = getattr(results, table)
            results.let_go()
            yield _typed(part.assign(**{RECORDING: csv_key(results.manifest.key)}), columns)

    def whole(self, table: str) -> pd.DataFrame:
        """Return a table of all recordings at once."""
        pieces = [piece for piece in self.pieces(table) if len(piece)]
        if not pieces:
            return _typed(pd.DataFrame(), self.columns(table))
        return pd.concat(pieces, ignore_index=True)

    def rows(self, table: str) -> int:
        """Count the rows of a table that each recording has a part of."""
        return rows_together(self.recordings, table)


def described(name: str) -> Column:
    """Describe a column; one that videmo did not write is a text."""
    return MEANINGS.get(name, Column(name, "Not of videmo.", "text"))


def _typed(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """Give a table exactly these columns, with their types."""
    return typed(with_plain_names(table), columns)


def typed(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """Give a table with plain names these columns as ``float64``, ``Int64`` or texts, None where nothing is known."""
    whole = table.reindex(columns=[column.name for column in columns])
    typed = whole.astype({column.name: _KINDS[column.type] for column in columns})
    texts = [column.name for column in columns if column.type == "text"]
    for name in texts:
        values = typed[name].where(typed[name].notna(), None)
        typed[name] = pd.Series([text if text is None else str(text) for text in values], typed.index, dtype=object)
    return typed
