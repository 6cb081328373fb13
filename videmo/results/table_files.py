"""Read and write the tables of a recording."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from videmo.persons.cast import Role
from videmo.results import names
from videmo.results.csv import check_ends, check_whole
from videmo.results.manifest import Manifest
from videmo.results.person_files import PersonFiles
from videmo.results.schema import (
    NEEDED,
    OBSERVATIONS,
    lacks_columns,
    read_derived,
    read_observations,
    rewrite_observations,
    write_table,
)
from videmo.results.tables import TABLES, Tables
from videmo.timeline.named import NAME, with_names

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

_REPORT: Final = "Run 'videmo report' on the folder, which makes it again."


class TableFiles(PersonFiles, ABC):
    """The tables of a recording. What is read is kept, so that nobody sees two versions of a file.

    Args:
        folder: its location; it need not exist yet.
        cast: returns what ``cast.csv`` of the folder of all results says of its persons.
    """

    def __init__(self, folder: Path, cast: Callable[[], Sequence[Role]] = tuple) -> None:
        super().__init__(folder, cast)
        self._tables: dict[str, pd.DataFrame] = {}
        self._rows: dict[str, int] = {}
        """Of what was written here, until it is noted."""

    @property
    @abstractmethod
    def known(self) -> Manifest | None:
        """Return the manifest, which says how many rows each table has; None where there is none."""

    def observations(self, columns: Sequence[str] = OBSERVATIONS) -> pd.DataFrame:
        """Return a table with at least these columns of the observations, read when it is first asked for.

        Raises:
            ResultsError: the table is missing or damaged.
        """
        kept = self._tables.get("observations")
        if kept is None or not set(columns) <= set(kept.columns):
            # All that anything is derived from: plots and page, which want different columns, see the same file.
            wanted = NEEDED if set(columns) <= set(NEEDED) else columns
            with self.reading(names.OBSERVATIONS) as path:
                kept = read_observations(path, wanted)
                self.check_rows(names.OBSERVATIONS, path, len(kept))
            self._tables["observations"] = kept
        return kept

    def in_style(self) -> bool:
        """Check whether the file of the observations is in the style in which tables are written."""
        return self.style_of(names.OBSERVATIONS) == self.style

    def lacks_columns(self) -> bool:
        """Check whether the file of the observations has fewer columns than today, see `schema.lacks_columns`."""
        with self.reading(names.OBSERVATIONS) as path:
            return lacks_columns(path)

    def keep_observations(self, table: pd.DataFrame) -> None:
        """Keep a table that equals the file, or is about to, so that it need not be read again."""
        self._tables["observations"] = table

    def let_go(self) -> None:
        """Forget the tables, to free their memory."""
        self._tables.clear()

    @property
    def timeline(self) -> pd.DataFrame:
        """Read ``timeline.csv``."""
        return self._table("timeline")

    @property
    def episodes(self) -> pd.DataFrame:
        """Read ``episodes.csv``."""
        return self._table("episodes")

    @property
    def summary(self) -> pd.DataFrame:
        """Read ``summary.csv``."""
        return self._table("summary")

    @property
    def quality(self) -> pd.DataFrame:
        """Read ``quality.csv``."""
        return self._table("quality")

    def check_derived(self) -> None:
        """Refuse tables whose beginning or end is damaged; those of the observations aren't looked at.

        Raises:
            ResultsError: one is, or can't be read.
        """
        for name in TABLES[1:]:
            with self.opening(f"{name}.csv") as stream:
                check_ends(self._location / f"{name}.csv", stream)

    def tables(self, observed: Sequence[str] = OBSERVATIONS) -> Tables:
        """Read all tables, with some columns of the observations.

        Raises:
            ResultsError: one is missing or damaged.
        """
        observations = self.observations(observed)
        if self.called and NAME in observations.columns and observations[NAME].isna().all():
            observations = with_names(observations, self.called)
        return Tables(observations, self.timeline, self.episodes, self.summary, self.quality)

    @property
    def called(self) -> dict[int, str]:
        """Return the names of persons as ``summary.csv`` has them: in earlier versions, no other table had names."""
        if NAME not in self.summary.columns:
            return {}
        named = self.summary.dropna(subset=NAME)
        return dict(zip(named["person"].astype(int).tolist(), named[NAME].tolist()))

    def _table(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            with self.reading(f"{name}.csv") as path:
                table = read_derived(path, name)
                self.check_rows(f"{name}.csv", path, len(table))
            self._tables[name] = table if NAME in table.columns or name == "summary" else with_names(table, self.called)
        return self._tables[name]

    def check_rows(self, name: str, path: Path, count: int) -> None:
        """Compare a table that was read with what is known of it; nothing is known of those of earlier versions.

        Args:
            name: of its file.
            path: of the file on this machine.
            count: of the rows that were read.

        Raises:
            ResultsError: it is not as it was written.
        """
        written = {} if self.known is None else dict(zip(TABLES, self.known.result.rows))
        rows = {**written, **self._rows}.get(name.removesuffix(".csv"))
        if rows is not None:
            advice = "Delete it, and analyse the recording again." if name == names.OBSERVATIONS else _REPORT
            check_whole(path, count, rows, advice)

    def write_observations(self, table: pd.DataFrame) -> None:
        """Write the observations with all their columns.

        Raises:
            OutputError: they can't be written.
        """
        self._rows["observations"] = len(table)
        with self.writing(names.OBSERVATIONS) as path:
            write_table(table, path, style=self.style)

    def rewrite_observations(self, table: pd.DataFrame, places: npt.NDArray[np.int32]) -> None:
        """Write the observations again, see `schema.rewrite_observations`."""
        with self.reading(names.OBSERVATIONS) as earlier, self.writing(names.OBSERVATIONS) as path:
            rewrite_observations(table, places, earlier, path, style=self.style)

    def write_derived(self, tables: Tables) -> None:
        """Write all tables but the observations."""
        for name in TABLES[1:]:
            self._tables.pop(name, None)
            self._rows[name] = len(getattr(tables, name))
            with self.writing(f"{name}.csv") as path:
                write_table(getattr(tables, name), path, style=self.style)
