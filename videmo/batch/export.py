"""Write a folder of results in the formats of other programs."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from videmo.batch.hold import held_results
from videmo.errors import OutputError, ResultsError, VidemoError
from videmo.export.collection import Collection
from videmo.export.contents import Contents
from videmo.export.formats import load_formats
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.results.tables import TABLES
from videmo.spreadsheet import csv_key
from videmo.store.stores import address, kind_of
from videmo.timeline.named import with_plain_names

Write = Callable[[Contents, Path], list[Path]]
WriteAll = Callable[[Collection, Path], list[Path]]


@dataclass(frozen=True, slots=True)
class Exported:
    """The result of an export."""

    recordings: int
    files: tuple[Path, ...]
    failures: tuple[str, ...]
    """An error in words for each recording whose tables can't be read or whose files can't be written."""


def export_results(out: Path, formats: Sequence[str], into: Path | None) -> Exported:
    """Write every finished recording of a folder of results, and the folder as a whole, in some formats.

    Args:
        out: a folder of results.
        formats: names of formats, see `export.formats.FORMATS`.
        into: folder for the files, in subfolders like the recordings; None to put them beside the tables.

    Raises:
        UsageError: a format is unknown, or its library is not installed.
        ResultsError: there are no results.
        OutputError: they don't lie on this machine, and no folder for the files is named.
    """
    if into is None and kind_of(out):
        advice = "Choose a folder of this machine for them."
        raise OutputError(out, "exports cannot be written beside the tables there", advice=advice)
    chosen = load_formats(formats)
    each = [one.write for one in chosen if one.write is not None]
    whole = [one.write_all for one in chosen if one.write_all is not None]
    files: list[Path] = []
    failures: list[str] = []
    folder = ResultsFolder(out)
    with held_results(folder) if into is None else contextlib.nullcontext():
        recordings = folder.require_finished()
        for results in recordings:
            key = results.manifest.key
            place = results.folder if into is None else (into / key).parent
            try:
                files += _of_recording(results, each, place / Path(key).name)
            except VidemoError as exc:
                failures.append(str(exc))
        done = len(recordings) - len(failures)
        if whole:
            try:
                files += _of_folder(folder, recordings, whole, into, failed=len(failures))
            except VidemoError as exc:
                failures.append(str(exc))
                done = done if each else 0
    return Exported(done, tuple(files), tuple(dict.fromkeys(failures)))  # a full disk is one


def _of_recording(results: RecordingResults, writers: Sequence[Write], stem: Path) -> list[Path]:
    """Write the files of one recording, or see whether it could be, where there are none."""
    _check_people(results)
    if not writers:
        return []
    contents = _contents(results)
    return [path for write in writers for path in write(contents, stem)]


def _of_folder(
    folder: ResultsFolder,
    recordings: Sequence[RecordingResults],
    writers: Sequence[WriteAll],
    into: Path | None,
    *,
    failed: int,
) -> list[Path]:
    """Write the files of the whole folder, which are named after it.

    Raises:
        ResultsError: not all recordings can be exported, or the tables of the folder lack some that are finished: files
            that lack some would look as if they were whole.
    """
    if failed:
        count = f"{failed} of {len(recordings)} recordings can't be exported"
        raise ResultsError(folder.path, f"no file of the whole folder was written: {count}")
    listed = set(folder.read_recordings()["recording"]) if folder.has_tables else set()
    if any(csv_key(results.manifest.key) not in listed for results in recordings):
        advice = "Run 'videmo report' first, or 'videmo gather' where shards were analysed."
        raise ResultsError(
            folder.path, "no file of the whole folder was written: its tables lack recordings", advice=advice
        )
    name = folder.path.name or folder.path.absolute().name or "results"
    stem = (into or folder.path) / ("results" if name == ".." else name)
    collection = Collection(folder, recordings)
    return [path for write in writers for path in write(collection, stem)]


def _media(results: RecordingResults) -> Path | None:
    """Choose the video that exports link to: the recording, or the video that hides faces where they are hidden."""
    manifest = results.manifest
    if manifest.settings is None or not manifest.settings.anonymize.hides_faces:
        return results.source
    return Path(address(results.video)) if "annotation" in manifest.stages and results.has_video else None


def _check_people(results: RecordingResults) -> None:
    if results.manifest.people.said != results.people.identity:
        advice = "Run 'videmo report' first."
        found = "people.csv or cast.csv says other names or persons than when its tables were made"
        raise ResultsError(results.folder, found, advice=advice)


def _contents(results: RecordingResults) -> Contents:
    tables = results.tables()
    plain = {name: with_plain_names(getattr(tables, name)) for name in TABLES}
    return Contents(results.manifest, _media(results), dataclasses.replace(tables, **plain), results.people.names)
