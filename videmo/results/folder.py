"""Read and write the folder of results of many recordings."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videmo.errors import OutputError, ResultsError, UsageError
from videmo.files import PARTIAL, read_json, unwritable, write_json
from videmo.results import names
from videmo.results.manifest import read_manifest
from videmo.results.recording import RecordingResults
from videmo.version import __version__

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording that failed."""

    key: str
    source: str
    """Absolute path of the file."""
    reason: str
    """In words: what was found, and what to do."""


@dataclass(frozen=True, slots=True)
class FolderManifest:
    """``run.json`` of the whole folder."""

    settings: Mapping[str, Any] | None = None
    """Of the last run, as plain values."""
    failed: tuple[Failure, ...] = ()
    stages: Mapping[str, str] = field(default_factory=dict)
    """Of each stage of the folder, the hash of all that it depends on."""
    videmo: str = __version__


class ResultsFolder:
    """A folder of results.

    Args:
        path: it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def recording(self, key: str) -> RecordingResults:
        """Return the results of one recording, whether there are any or not."""
        return RecordingResults(self.path / key)

    def finished(self) -> list[RecordingResults]:
        """List the finished recordings, in order of their keys."""
        return [results for results in self._found() if results.finished]

    def begun(self) -> list[RecordingResults]:
        """List the recordings that were begun but not finished, in order of their keys."""
        return [results for results in self._found() if not results.finished]

    def require_finished(self) -> list[RecordingResults]:
        """List the finished recordings.

        Raises:
            ResultsError: there are none.
        """
        found = self.finished()
        if not found:
            advice = "Analyse some recordings into it first."
            raise ResultsError(self.path, "no results found", advice=advice)
        return found

    def __iter__(self) -> Iterator[RecordingResults]:
        return iter(self.finished())

    def _found(self) -> list[RecordingResults]:
        found = []
        for folder, subfolders, files in os.walk(self.path):
            begun = names.WORK in subfolders
            subfolders[:] = [name for name in subfolders if name != names.WORK]
            if Path(folder) == self.path or not (begun or names.MANIFEST in files):
                continue
            results = RecordingResults(Path(folder))
            if results.known is not None:
                subfolders.clear()
                if Path(folder) == self.path / results.known.key:  # else it belongs to another folder of results
                    found.append(results)
        return sorted(found, key=lambda results: results.manifest.key)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for one run.

        Raises:
            UsageError: it is the folder of a single recording.
            OutputError: another run holds it, or it can't be written to.
        """
        from filelock import FileLock, Timeout

        if read_manifest(self.path / names.MANIFEST) is not None:
            advice = "Choose the folder above it."
            raise UsageError(self.path, "this is the folder of a single recording", advice=advice)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / names.LOCK, timeout=0)
            lock.acquire()
        except Timeout as exc:
            advice = "Wait for it to finish, or choose another folder for the results."
            raise OutputError(self.path, "another videmo run is writing to it", advice=advice) from exc
        except OSError as exc:
            raise unwritable(self.path, exc) from exc
        try:
            yield
        finally:
            lock.release()

    # What is known of the folder as a whole.

    @property
    def manifest(self) -> FolderManifest:
        """Read what the last run noted; an empty manifest where there is none or it is damaged."""
        content = read_json(self.path / names.MANIFEST) or {}
        settings, stages = content.get("settings"), content.get("stages")
        stages = stages if isinstance(stages, dict) else {}
        return FolderManifest(
            settings if isinstance(settings, dict) else None,
            tuple(_failures(content.get("failed"))),
            {name: noted for name, noted in stages.items() if isinstance(noted, str)},
        )

    def write_manifest(self, manifest: FolderManifest) -> None:
        """Note what a run did."""
        write_json(
            self.path / names.MANIFEST,
            {
                "videmo": manifest.videmo,
                "settings": manifest.settings,
                "failed": [asdict(failure) for failure in manifest.failed],
                "stages": dict(manifest.stages),
            },
        )

    def failures(self, tried: Collection[str] = ()) -> list[Failure]:
        """List the recordings that failed in earlier runs, still exist, and are not among the keys tried now."""
        known = self.manifest.failed
        return [failure for failure in known if failure.key not in tried and _may_exist(failure.source)]

    def tidy(self) -> None:
        """Remove temporary files of runs that were killed."""
        for partial in self.path.glob(f"{PARTIAL}*"):
            partial.unlink(missing_ok=True)

    # Files and tables.

    @property
    def guard(self) -> Path:
        """Return the path of the file that the workers of a run hold."""
        return self.path / names.GUARD

    @property
    def index(self) -> Path:
        """Return the path of the folder's page."""
        return self.path / names.INDEX

    @property
    def overview(self) -> Path:
        """Return the path of the folder's plot."""
        return self.path / names.OVERVIEW

    @property
    def recordings_table(self) -> Path:
        """Return the path of the table with one row per recording."""
        return self.path / names.RECORDINGS

    @property
    def summary_table(self) -> Path:
        """Return the path of the table with one row per recording and person."""
        return self.path / names.SUMMARY

    def read_recordings(self) -> pd.DataFrame:
        """Read ``recordings.csv``, with plain keys instead of the spelling for spreadsheets.

        Raises:
            ResultsError: it is missing or damaged.
        """
        from videmo.results.csv import read_csv
        from videmo.spreadsheet import csv_unsafe

        table = read_csv(self.recordings_table, dtype={"recording": str})
        if "recording" not in table.columns:
            advice = "Delete it, and analyse a recording again."
            raise ResultsError(self.recordings_table, "no column recording", advice=advice)
        return table.assign(recording=table["recording"].map(csv_unsafe))

    def __repr__(self) -> str:
        return f"<folder of results {self.path}>"


def _failures(listed: Any) -> Iterator[Failure]:
    """Read the failures that are listed in a manifest, without those that are damaged."""
    for each in listed if isinstance(listed, list) else ():
        parts = [each.get(name) for name in ("key", "source", "reason")] if isinstance(each, dict) else [None]
        if all(isinstance(part, str) for part in parts):
            yield Failure(*parts)


def _may_exist(source: str) -> bool:
    """Check whether a file is there; one that can't be looked up at the moment counts as there."""
    try:
        Path(source).stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError:
        return True
    return True


def holds_results(folder: Path) -> bool:
    """Tell whether a folder contains results, of one recording or of many: it is then not searched for recordings."""
    return any("videmo" in (read_json(place / names.MANIFEST) or {}) for place in (folder, folder / names.WORK))


def first_to_open(out: Path) -> Path:
    """Choose the file to open first: the page of the folder, else its plot, else its table."""
    folder = ResultsFolder(out)
    wanted: Sequence[Path] = (folder.index, folder.overview, folder.recordings_table)
    return next((path for path in wanted if path.exists()), folder.recordings_table)
