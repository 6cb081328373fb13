"""Bring events of other programs into a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from videmo.errors import StudyError, VidemoError
from videmo.pipeline.study.begin import is_guess
from videmo.pipeline.study.facts import gather_facts
from videmo.results.study import StudyFolder
from videmo.study.importers import import_events
from videmo.study.importers.imported import Imported, Options
from videmo.study.offsets import Filled, with_offsets
from videmo.study.plan import read_plan


@dataclass(frozen=True, slots=True)
class Brought:
    """The result of `bring_events`."""

    path: Path
    imported: Imported
    filled: tuple[Filled, ...]
    """What became of the offsets that the files tell."""


def bring_events(files: Sequence[Path], kind: str, to: Path, options: Options, *, overwrite: bool = False) -> Brought:
    """Write the table of events of a study from files of another program, and what they tell of offsets into its cast.

    Args:
        files: of that program.
        kind: its name, see `study.importers.FORMATS`.
        to: the folder of the study.
        options: which columns, tiers or components count.
        overwrite: whether an existing table may be replaced; what `begin_study` guessed is replaced in any case.

    Raises:
        StudyError: a file can't be read, says nothing that can be used, or is one of several that may be about any
            recording; nothing is written then.
        OutputError: the table can't be written.
    """
    folder = StudyFolder(to)
    contents = [(str(path), _content(path)) for path in files]
    imported = import_events(contents, kind, options, _recordings(folder) if len(files) > 1 else ())
    table = imported.table()
    if folder.has_input("events") and not overwrite and not (_is_there(folder, table) or is_guess(folder)):
        advice = "Move it away first, or overwrite it."
        raise StudyError(to / folder.name_of("events"), "there are events already", advice=advice)
    cast, filled = _cast(folder, imported, options)
    path = folder.write_input("events", table)
    if any(each.written for each in filled):
        folder.write_input("cast", cast)
    return Brought(path, imported, tuple(filled))


def _is_there(folder: StudyFolder, table: str) -> bool:
    """Tell whether the table of events is this one already."""
    return folder.inputs()["events"][1] == table.encode()


def _cast(folder: StudyFolder, imported: Imported, options: Options) -> tuple[str, list[Filled]]:
    """Return the cast with what logs say of offsets, and what became of each."""
    if not imported.offsets:
        return "", []
    if "cast" not in (files := folder.inputs()):
        advice = "there is no cast.csv, which init writes; then import the same once more"
        return "", [Filled(each, why_not=advice) for each in imported.offsets]
    name, content = files["cast"]
    keys = _recordings(folder)
    return with_offsets(content, name, imported.offsets, recording=options.recording, recordings=keys)


def _recordings(folder: StudyFolder) -> list[str]:
    """List the keys of the recordings, as far as there are results yet."""
    try:
        name, content = folder.inputs()["plan"]
        return sorted(gather_facts(folder.results_folder(read_plan(content, name).study.results)))
    except (KeyError, VidemoError):
        return []


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise StudyError(path, f"cannot be read ({exc.strerror})", advice="Check its name and permissions.") from exc
