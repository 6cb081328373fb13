"""What an analysis gives in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from videmo.errors import ResultsError
from videmo.records import keys_called
from videmo.results.dictionary import TABLES
from videmo.results.tables import Tables
from videmo.spreadsheet import csv_safe, csv_unsafe
from videmo.terminal import some


class Results(Mapping[str, Tables]):
    """The results of several recordings, by key; each recording's tables are read when they are first asked for.

    >>> import videmo
    >>> results = videmo.analyze("samples", fps=2)
    >>> sorted(results)[:2]
    ['expressions.mp4', 'interview-vfr.mp4']
    >>> results["expressions.mp4"].timeline.columns[:5].tolist()
    ['start_s', 'end_s', 'person', 'name', 'frames']
    >>> results.failures
    {}

    The end of a key does where no other ends so: ``results["anna.mp4"]`` for ``day1/anna.mp4``.

    Args:
        recordings: the table ``recordings.csv``.
        keys: of the recordings that have results.
        load: reads the tables of one of them.
    """

    def __init__(self, recordings: pd.DataFrame, keys: list[str], load: Callable[[str], Tables]) -> None:
        self.recordings = recordings
        """One row per recording, failed ones included: ``status`` is ``ok``, ``incomplete`` or ``failed``."""
        self._keys, self._load = keys, load
        self._loaded: dict[str, Tables] = {}

    def __getitem__(self, key: str) -> Tables:
        key = self._whole(key)
        if key not in self._keys:
            raise ResultsError(key, "its analysis failed", advice=self.failures[key])
        if key not in self._loaded:
            self._loaded[key] = self._load(key)
        return self._loaded[key]

    def __contains__(self, key: object) -> bool:
        """Tell whether there are results of a recording: of one that failed there are none."""
        try:
            return isinstance(key, str) and self._whole(key) in self._keys
        except KeyError:
            return False

    def get(self, key: str, default: Any = None) -> Any:
        """Return the results of a recording, or something else where there are none, as of one that failed."""
        if key in self:
            return self[key]
        return default

    def _whole(self, key: str) -> str:
        """Return the key that is meant: itself, or the only one that ends so.

        Raises:
            KeyError: there is none, or several end so.
        """
        found = keys_called(key, {*self._keys, *self.failures})
        if len(found) != 1:
            count = f"{len(found)} recordings" if found else "no recording"
            raise KeyError(f"{key}: {count} of that name; there are {some(sorted(found or self._keys))}")
        return found[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def failures(self) -> dict[str, str]:
        """The reason in words for each recording that failed, by key."""
        failed = self.recordings[self.recordings["status"] == "failed"]
        return dict(zip(failed["recording"], failed["reason"]))

    @cached_property
    def observations(self) -> pd.DataFrame:
        """One row per recording, sampled frame and face."""
        return self._together("observations")

    @cached_property
    def timeline(self) -> pd.DataFrame:
        """One row per recording, person and cell of the regular grid."""
        return self._together("timeline")

    @cached_property
    def episodes(self) -> pd.DataFrame:
        """One row per recording and episode."""
        return self._together("episodes")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per recording and person."""
        return self._together("summary")

    @cached_property
    def quality(self) -> pd.DataFrame:
        """One row per recording, without a person, and one per recording and person."""
        return self._together("quality")

    def _together(self, name: str) -> pd.DataFrame:
        """Put the tables of all recordings together, the key of each in the first column."""
        tables = []
        for key in self._keys:
            table = getattr(self[key], name).copy(deep=False)
            table.insert(0, "recording", csv_unsafe(csv_safe(key)))
            tables.append(table)
        filled = [table for table in tables if len(table)] or tables[:1]
        if not filled:
            columns = ["recording", *TABLES[name].ordered(())]
            return TABLES[name].typed(pd.DataFrame(columns=list(dict.fromkeys(columns))).astype({"recording": "str"}))
        return TABLES[name].with_whole_numbers(pd.concat(filled, ignore_index=True))

    def __repr__(self) -> str:
        persons = int(self.recordings["people"].fillna(0).sum())
        failed = len(self.failures)
        parts = [_count(len(self), "recording"), _count(persons, "person")]
        return f"<Results: {', '.join([*parts, *([f'{failed} failed'] if failed else [])])}>"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
