"""Write a folder of results in the formats of other programs."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from videmo.batch.hold import held
from videmo.errors import OutputError, ResultsError, VidemoError
from videmo.export.contents import Contents
from videmo.export.formats import load_formats
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.store.stores import address, kind_of


@dataclass(frozen=True, slots=True)
class Exported:
    """The result of an export."""

    recordings: int
    files: tuple[Path, ...]
    failures: tuple[str, ...]
    """An error in words for each recording whose tables can't be read or whose files can't be written."""


def export_results(out: Path, formats: Sequence[str], into: Path | None) -> Exported:
    """Write every finished recording of a folder of results in some formats.

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
    files: list[Path] = []
    failures: list[str] = []
    done = 0
    folder = ResultsFolder(out)
    with held(folder) if into is None else contextlib.nullcontext():
        for results in folder.require_finished():
            key = results.manifest.key
            place = results.folder if into is None else (into / key).parent
            try:
                contents = _contents(results)
                for format_ in chosen:
                    files += format_.write(contents, place / Path(key).name)
                done += 1
            except VidemoError as exc:
                failures.append(str(exc))
    return Exported(done, tuple(files), tuple(failures))


def _media(results: RecordingResults) -> Path:
    """Choose the video that exports link to: the recording, or the video that hides faces where they are hidden."""
    manifest = results.manifest
    hides = manifest.settings is not None and manifest.settings.anonymize.hides_faces
    hidden = hides and "annotation" in manifest.stages and results.has_video
    return Path(address(results.video)) if hidden else results.source


def _contents(results: RecordingResults) -> Contents:
    if results.manifest.people.said != results.people.identity:
        advice = "Run 'videmo report' first."
        raise ResultsError(results.people.path, "it changed since the tables were made", advice=advice)
    return Contents(results.manifest, _media(results), results.tables(), results.people.names)
