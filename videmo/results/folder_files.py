"""Name, find and read the files that are about a folder of results as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from videmo.errors import ResultsError
from videmo.results import names
from videmo.results.cast import CastFiles

if TYPE_CHECKING:
    import pandas as pd


class FolderFiles(CastFiles):
    """The table, the pages and the plot of all recordings, and the files by which processes know of each other.

    Args:
        path: location of the folder; it need not exist yet.
    """

    @property
    def guard(self) -> Path:
        """Return the path, on this machine, of the file that the workers of a run hold."""
        return self._store.here / names.GUARD

    @property
    def shard_guards(self) -> list[Path]:
        """List the files that workers of shards hold or held."""
        return sorted(self._store.here.glob(names.shard_guard("*")))

    def shard_guard(self, index: int) -> Path:
        """Return the path, on this machine, of the file that the workers of a shard hold."""
        return self._store.here / names.shard_guard(f"{index:04}")

    @property
    def shard_files(self) -> list[str]:
        """List the files in which shards note what they do, and how far they are."""
        return [name for name in self._store.list(enter=lambda folder: False) if names.is_of_shards(name)]

    def overwriting(self, shard: int | None = None) -> Path:
        """Return the path, on this machine, of the file in which a run, or a shard, notes what it has overwritten."""
        return self._store.here / (names.OVERWRITING if shard is None else names.shard_overwriting(f"{shard:04}"))

    @property
    def shards_overwriting(self) -> list[Path]:
        """List the files, on this machine, in which shards note what they have overwritten."""
        return sorted(self._store.here.glob(names.shard_overwriting("*")))

    def read_recordings(self) -> pd.DataFrame:
        """Read ``recordings.csv``, with plain keys instead of the spelling for spreadsheets.

        Raises:
            ResultsError: it is missing or damaged.
        """
        from videmo.results.csv import read_csv
        from videmo.results.schema import FORMER
        from videmo.spreadsheet import csv_unsafe

        with self.reading(names.RECORDINGS) as path:
            table = read_csv(path, dtype={"recording": str}).rename(columns=FORMER["recordings"])
            if "recording" not in table.columns:
                advice = "Delete it, and analyse a recording again."
                raise ResultsError(path, "no column recording", advice=advice)
        return table.assign(recording=table["recording"].map(csv_unsafe))

    @property
    def csv_style(self) -> str:
        """Return the style in which its tables are written; the plain one where there are none yet."""
        return self.style_of(names.RECORDINGS)

    @property
    def has_tables(self) -> bool:
        """Tell whether there is a table of its recordings."""
        return self.has(names.RECORDINGS)

    @property
    def has_index(self) -> bool:
        """Tell whether there is a page of the folder."""
        return self.has(names.INDEX)

    @property
    def has_overview(self) -> bool:
        """Tell whether there is a plot of the folder."""
        return self.has(names.OVERVIEW)

    @property
    def first_to_open(self) -> Path:
        """Return the location of the file to open first: the page of the folder, else its plot, else its table."""
        wanted = (names.INDEX, names.OVERVIEW, names.RECORDINGS)
        return self.path / next((name for name in wanted if self.has(name)), names.RECORDINGS)
