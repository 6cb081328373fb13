"""Write a folder of results in the formats of other programs."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videmo.batch.collect import read_folder
from videmo.batch.run import locked
from videmo.config import settings_from_dict
from videmo.errors import ResultsError, VidemoError
from videmo.export.contents import Contents
from videmo.export.formats import load_formats
from videmo.pipeline.identity import people_identity
from videmo.pipeline.names import EPISODES, OBSERVATIONS, SUMMARY, TIMELINE, VIDEO
from videmo.tables.csv import read_csv
from videmo.tables.people import read_people
from videmo.tables.schema import read_observations, read_summary


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    recordings: int
    files: tuple[Path, ...]
    failures: tuple[str, ...]
    """A sentence for each recording whose tables can't be read or whose files can't be written."""


def export_results(out: Path, formats: Sequence[str], into: Path | None) -> Exported:
    """Write every finished recording of a folder of results in some formats.

    Args:
        out: a folder of results.
        formats: names of formats, see `export.formats.FORMATS`.
        into: folder for the files, in which they lie as the recordings lay; None to put them beside the tables.

    Raises:
        UsageError: a format is not known or its library not installed.
        ResultsError: there are no results.
    """
    chosen = load_formats(formats)
    files: list[Path] = []
    failures: list[str] = []
    done = 0
    with locked(out) if into is None else contextlib.nullcontext():
        for folder, manifest in read_folder(out):
            name = Path(manifest["recording"]["key"]).name
            place = folder if into is None else (into / manifest["recording"]["key"]).parent
            try:
                contents = _contents(folder, manifest)
                for format_ in chosen:
                    files += format_.write(contents, place / name)
                done += 1
            except VidemoError as exc:
                failures.append(str(exc))
    return Exported(done, tuple(files), tuple(failures))


def _media(folder: Path, manifest: dict[str, Any]) -> Path:
    """The video that exports link to: the recording, but where faces are to be hidden the video that hides them."""
    hidden = settings_from_dict(manifest["settings"]).anonymize.hides_faces and "annotation" in manifest["stages"]
    return (folder / VIDEO).absolute() if hidden and (folder / VIDEO).is_file() else Path(manifest["source"])


def _contents(folder: Path, manifest: dict[str, Any]) -> Contents:
    people = read_people(folder)
    if manifest.get("people", {}).get("said", "") != people_identity(people):
        raise ResultsError(f"{people.path}: it changed since the tables were made. Run 'videmo report' first.")
    return Contents(
        key=manifest["recording"]["key"],
        media=_media(folder, manifest),
        manifest=manifest,
        observations=read_observations(folder / OBSERVATIONS),
        timeline=read_csv(folder / TIMELINE),
        episodes=read_csv(folder / EPISODES),
        summary=read_summary(folder / SUMMARY),
        names=people.names,
    )
