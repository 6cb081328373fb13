"""Bring events of other programs into a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from videmo.errors import StudyError
from videmo.pipeline.study.begin import is_guess
from videmo.results.study import StudyFolder
from videmo.study.importers import import_events
from videmo.study.importers.imported import Imported, Options


@dataclass(frozen=True, slots=True)
class Brought:
    """The result of `bring_events`."""

    path: Path
    imported: Imported


def bring_events(files: Sequence[Path], kind: str, to: Path, options: Options, *, overwrite: bool = False) -> Brought:
    """Write the table of events of a study from files of another program.

    Args:
        files: of that program.
        kind: its name, see `study.importers.FORMATS`.
        to: the folder of the study.
        options: which columns, tiers or components count.
        overwrite: whether an existing table may be replaced; what `begin_study` guessed is replaced in any case.

    Raises:
        StudyError: a file can't be read or says nothing that can be used; nothing is written then.
        OutputError: the table can't be written.
    """
    folder = StudyFolder(to)
    if folder.has_input("events") and not overwrite and not is_guess(folder):
        advice = "Move it away first, or overwrite it."
        raise StudyError(to / folder.name_of("events"), "there are events already", advice=advice)
    imported = import_events([(str(path), _content(path)) for path in files], kind, options)
    return Brought(folder.write_input("events", imported.table()), imported)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise StudyError(path, f"cannot be read ({exc.strerror})", advice="Check its name and permissions.") from exc
