"""Find the recordings that the user means."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from videmo.errors import UsageError
from videmo.records import Source
from videmo.tables.manifest import FILE

EXTENSIONS = frozenset(
    {
        ".3g2", ".3gp", ".asf", ".avi", ".divx", ".f4v", ".flv", ".m2ts", ".m2v", ".m4v", ".mkv",
        ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv",
    }
)  # fmt: skip
"""What counts as a recording in a folder. A file that is named itself is taken whatever its name."""


def discover(paths: Sequence[str | Path], out: Path) -> list[Source]:
    """List the recordings under files, folders and glob patterns, each with the key of its results.

    Folders are searched to any depth. Links to folders are followed, but no folder is entered twice, so loops end.
    The output folder and folders of earlier results are left out. The key of a file in a folder is its path below
    that folder; of a file that is named itself, its name. Where keys of different files would be equal, those files
    are keyed from their common parent instead.

    Raises:
        UsageError: a path does not exist, or nothing was found.
    """
    found: dict[Path, Source] = {}
    for given in paths:
        for path in _expand(given):
            for source in _sources(path, out.absolute()):
                found.setdefault(source.path.absolute(), source)
    if not found:
        places = ", ".join(str(path) for path in paths)
        raise UsageError(
            f"{places}: no recordings found (looked for {' '.join(sorted(EXTENSIONS))}). Name a file to take it anyway."
        )
    return sorted(_distinct(found.values()), key=lambda source: source.key)


def _expand(given: str | Path) -> list[Path]:
    path = Path(given)
    if os.path.lexists(path):
        return [path]
    matches = sorted(glob.glob(str(given), recursive=True)) if glob.has_magic(str(given)) else []
    if not matches:
        raise UsageError(f"{given}: no such file or folder.")
    return [Path(match) for match in matches]


def _sources(path: Path, out: Path) -> Iterator[Source]:
    if not path.is_dir():
        yield Source(path, path.name)
        return
    for file in _walk(path, out, set()):
        yield Source(file, file.relative_to(path).as_posix())


def _walk(folder: Path, out: Path, entered: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        stat = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as exc:
        raise UsageError(
            f"{folder}: cannot be listed ({exc.strerror}). Change its permissions or leave it out."
        ) from exc
    if (stat.st_dev, stat.st_ino) in entered or folder.absolute() == out or (folder / FILE).is_file():
        return
    entered.add((stat.st_dev, stat.st_ino))
    for entry in entries:
        path = folder / entry.name
        if path.is_dir():
            if not entry.name.startswith("."):
                yield from _walk(path, out, entered)
        elif path.suffix.lower() in EXTENSIONS and not entry.name.startswith("."):
            yield path


def _distinct(sources: Iterable[Source]) -> list[Source]:
    """Make keys unique."""
    by_key: dict[str, list[Source]] = {}
    for source in sources:
        by_key.setdefault(source.key, []).append(source)
    distinct = []
    for same in by_key.values():
        if len(same) == 1:
            distinct += same
            continue
        parent = Path(os.path.commonpath([source.path.absolute().parent for source in same]))
        distinct += [
            Source(source.path, PurePosixPath(source.path.absolute().relative_to(parent)).as_posix()) for source in same
        ]
    return distinct
