"""Read and write the results of one recording: its files, each read once."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from videmo.errors import ResultsError
from videmo.files import PARTIAL
from videmo.persons.people import People, read_people, write_template
from videmo.results import names
from videmo.results.csv import PLAIN, read_csv, style_of
from videmo.results.manifest import Manifest, read_manifest, write_manifest
from videmo.results.schema import (
    NEEDED,
    OBSERVATIONS,
    lacks_columns,
    read_observations,
    read_summary,
    rewrite_observations,
    write_table,
)
from videmo.results.tables import TABLES, Tables

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd


class RecordingResults:
    """The folder of one recording's results. What is read is kept, so that nobody sees two versions of a file.

    Args:
        folder: it need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tables: dict[str, pd.DataFrame] = {}
        self._people: People | None = None
        self._manifest: Manifest | None = None
        self._finished = False
        self.style = PLAIN
        """In which tables are written; they are read in any."""

    # The manifest.

    @property
    def known(self) -> Manifest | None:
        """Read the manifest of a recording that is finished or begun; None where there is neither."""
        if self._manifest is None:
            finished = read_manifest(self.folder / names.MANIFEST)
            self._finished = finished is not None
            self._manifest = finished or read_manifest(self.folder / names.WORK / names.MANIFEST)
        return self._manifest

    @property
    def manifest(self) -> Manifest:
        """Read the manifest.

        Raises:
            ResultsError: the recording was never begun.
        """
        if self.known is None:
            raise ResultsError(self.folder, "no results of a recording", advice="Analyse it first.")
        return self.known

    @property
    def finished(self) -> bool:
        """Tell whether the recording is done, with whatever settings."""
        return self.known is not None and self._finished

    def save(self, manifest: Manifest) -> None:
        """Save the manifest after a stage; the recording is not finished yet."""
        write_manifest(manifest, self.folder / names.WORK / names.MANIFEST)
        (self.folder / names.MANIFEST).unlink(missing_ok=True)
        self._manifest, self._finished = manifest, False

    def finish(self, manifest: Manifest) -> None:
        """Mark the recording as finished and remove temporary files."""
        write_manifest(manifest, self.folder / names.MANIFEST)
        self._manifest, self._finished = manifest, True
        self.tidy()

    def reopen(self) -> None:
        """Mark a finished recording as unfinished; its manifest is kept for the next run."""
        if (self.folder / names.MANIFEST).is_file():
            self.work.mkdir(exist_ok=True)
            (self.folder / names.MANIFEST).replace(self.work / names.MANIFEST)
            self._manifest = None

    def tidy(self) -> None:
        """Remove parts and temporary files, of killed runs too."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.sweep()

    def sweep(self) -> None:
        """Remove what was being written when its writer was killed; finished parts stay."""
        for folder in (self.folder, self.work):
            for partial in folder.glob(f"{PARTIAL}*"):
                partial.unlink(missing_ok=True)

    # Tables.

    def observations(self, columns: Sequence[str] = OBSERVATIONS) -> pd.DataFrame:
        """Return a table with at least these columns of the observations, read when it is first asked for.

        Raises:
            ResultsError: the table is missing or damaged.
        """
        kept = self._tables.get("observations")
        if kept is None or not set(columns) <= set(kept.columns):
            # All that anything is derived from: plots and page, which want different columns, see the same file.
            wanted = NEEDED if set(columns) <= set(NEEDED) else columns
            kept = self._tables["observations"] = read_observations(self.folder / names.OBSERVATIONS, wanted)
        return kept

    def in_style(self) -> bool:
        """Check whether the file of the observations is in the style in which tables are written."""
        return style_of(self.folder / names.OBSERVATIONS) == self.style

    def lacks_columns(self) -> bool:
        """Check whether the file of the observations has fewer columns than today, see `schema.lacks_columns`."""
        return lacks_columns(self.folder / names.OBSERVATIONS)

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

    def tables(self, observed: Sequence[str] = OBSERVATIONS) -> Tables:
        """Read all tables, with some columns of the observations.

        Raises:
            ResultsError: one is missing or damaged.
        """
        return Tables(self.observations(observed), self.timeline, self.episodes, self.summary, self.quality)

    def _table(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            read = read_summary if name == "summary" else read_csv
            self._tables[name] = read(self.folder / _FILES[name])
        return self._tables[name]

    def write_observations(self, table: pd.DataFrame) -> None:
        """Write the observations with all their columns.

        Raises:
            OutputError: they can't be written.
        """
        write_table(table, self.folder / names.OBSERVATIONS, style=self.style)

    def rewrite_observations(self, table: pd.DataFrame, places: npt.NDArray[np.int32]) -> None:
        """Write the observations again, see `schema.rewrite_observations`."""
        rewrite_observations(table, places, self.folder / names.OBSERVATIONS, style=self.style)

    def write_derived(self, tables: Tables) -> None:
        """Write all tables but the observations."""
        for name in TABLES[1:]:
            self._tables.pop(name, None)
            write_table(getattr(tables, name), self.folder / _FILES[name], style=self.style)

    # Persons.

    @property
    def people(self) -> People:
        """Read ``people.csv``.

        Raises:
            PeopleError: it can't be read or contradicts itself.
        """
        if self._people is None:
            self._people = read_people(self.people_file)
        return self._people

    def write_people_template(self, persons: Mapping[int, tuple[float, float, float]]) -> bool:
        """Write a ``people.csv`` to fill in, see `persons.people.write_template`."""
        return write_template(self.people_file, persons)

    @property
    def people_file(self) -> Path:
        """Return the path of ``people.csv``, which need not exist."""
        return self.folder / names.PEOPLE

    # Files.

    @property
    def work(self) -> Path:
        """Return the folder of files that are only needed until the recording is finished."""
        return self.folder / names.WORK

    @property
    def video(self) -> Path:
        """Return the path of the annotated video."""
        return self.folder / names.VIDEO

    @property
    def page(self) -> Path:
        """Return the path of the recording's page."""
        return self.folder / names.REPORT

    @property
    def home(self) -> str:
        """Return the address of the folder's page, relative to the recording's page."""
        return "../" * len(PurePosixPath(self.manifest.key).parts) + names.INDEX

    @property
    def thumbnail(self) -> Path:
        """Return the path of the small picture of the recording for the folder's page."""
        return self.folder / names.THUMBNAIL

    @property
    def plots(self) -> tuple[Path, ...]:
        """Return the paths of the plots: timeline as PNG and SVG, shares, transitions."""
        return tuple(self.folder / name for name in names.PLOTS)

    @property
    def film(self) -> Path:
        """Return the path of the video of a live session that was kept."""
        return self.folder / names.FILM

    def file(self, name: str) -> Path:
        """Return the path of a file that a stage declares, one of `names`."""
        return self.folder / name

    def has(self, files: Iterable[str]) -> bool:
        """Tell whether all of some files are there."""
        return all((self.folder / name).is_file() for name in files)

    def remove(self, files: Iterable[str]) -> list[str]:
        """Remove files; returns those that were there."""
        there = [name for name in files if (self.folder / name).is_file()]
        for name in there:
            (self.folder / name).unlink(missing_ok=True)
        return there

    def part(self, stage: str, identity: str, index: int, suffix: str = ".npz") -> Path:
        """Return the path of the file in which a stage keeps its output for one chunk."""
        return self.work / f"{stage}-{identity}-{index:04}{suffix}"

    def __repr__(self) -> str:
        return f"<results of {self.known.key if self.known else 'an unknown recording'} in {self.folder}>"


_FILES: dict[str, Any] = {
    "observations": names.OBSERVATIONS,
    "timeline": names.TIMELINE,
    "episodes": names.EPISODES,
    "summary": names.SUMMARY,
    "quality": names.QUALITY,
}
