"""Remove results that belong to nothing: of recordings that are gone, and second ones of the same file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from videmo.batch.hold import held_results
from videmo.errors import PeopleError
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.store.places import place_of
from videmo.store.recordings import may_exist
from videmo.store.stores import kind_of

_NOWHERE = "the folder of its recording is missing or empty; a disk may not be connected"


@dataclass(frozen=True, slots=True)
class Prunable:
    """Results that could be removed."""

    key: str
    why: str
    """In words, such as "its recording is gone"."""

    @property
    def missing_folder(self) -> bool:
        """Tell whether it stays because the recording's whole folder is missing or empty."""
        return self.why == _NOWHERE


@dataclass(frozen=True, slots=True)
class Pruning:
    """The results that `prune` would remove, and those that it would have to and doesn't."""

    gone: list[Prunable] = field(default_factory=list)
    """Would be removed, or were."""
    kept: list[Prunable] = field(default_factory=list)
    """Stay, and why."""


def find_prunable(out: Path, *, missing_folders: bool = False) -> Pruning:
    """Find the results of recordings that are gone, and of files of which there are results under another name too.

    A recording is not taken for gone where its whole folder is missing or empty: a disk may not be connected. What the
    user wrote is never lost: results stay whose persons are named, or beside which there are other files, such as
    exports, which may have been edited. Proposals of who is who are no names.

    Args:
        out: a folder of results.
        missing_folders: whether recordings count as gone whose whole folder is missing or empty.

    Raises:
        ResultsError: there are no results.
        PeopleError: ``cast.csv`` can't be read.
    """
    folder = ResultsFolder(out)
    folder.require_observed()
    found = Pruning()
    by_place: dict[str, list[RecordingResults]] = defaultdict(list)
    for results in folder.known():
        if results.manifest.is_of_file and not results.has_film:
            by_place[place_of(results.source)].append(results)
    for same in by_place.values():
        if may_exist(same[0].source):
            first, *others = sorted(same, key=_worth, reverse=True)
            _sort(others, f"there are results of the same file as {first.manifest.key}", found)
        elif missing_folders or _has_files(same[0].source.parent):
            _sort(same, "its recording is gone", found)
        else:
            found.kept.extend(Prunable(each.manifest.key, _NOWHERE) for each in same)
    return Pruning(sorted(found.gone, key=lambda each: each.key), sorted(found.kept, key=lambda each: each.key))


def prune(out: Path, keys: Sequence[str]) -> None:
    """Remove the results of some recordings, and bring the tables and pages of the folder up to date.

    Raises:
        OutputError: another run is at work there, or something can't be written.
    """
    from videmo.pipeline.folder import update_folder

    folder = ResultsFolder(out)
    with held_results(folder):
        for key in keys:
            folder.discard(key)
        update_folder(folder, folder.failures(), folder.as_it_is)


def _sort(every: Sequence[RecordingResults], why: str, found: Pruning) -> None:
    for results in every:
        reason = _worth_keeping(results)
        place = found.kept if reason else found.gone
        place.append(Prunable(results.manifest.key, reason or why))


def _worth_keeping(results: RecordingResults) -> str:
    """Say why results are kept, in words; empty if nothing would be lost that somebody wrote."""
    if _is_named(results):
        return "its persons are named"
    others = results.foreign_files()
    return f"there are exports or files of yours: {', '.join(others[:3])}" if others else ""


def _is_named(results: RecordingResults) -> bool:
    try:
        return results.people.by_the_user
    except PeopleError:
        return True  # somebody wrote it


def _worth(results: RecordingResults) -> tuple[bool, bool, int, str]:
    """Order results of one file: those with most to lose last; else the name that says most."""
    key = results.manifest.key
    return _is_named(results), results.finished, len(PurePosixPath(key).parts), key


def _has_files(folder: Path) -> bool:
    """Tell whether a folder has any but hidden files: what a run or a file manager left there may lie below a disk."""
    try:
        return bool(kind_of(folder)) or any(not path.name.startswith(".") for path in folder.iterdir())
    except OSError:
        return False
