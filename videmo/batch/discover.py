"""Find the recordings under files, folders and patterns."""

from __future__ import annotations

import glob
import itertools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from videmo.errors import Given, UsageError
from videmo.records import Source
from videmo.results.folder import ResultsFolder, holds_results

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
    that folder; the key of a file that is named itself is its name. Where keys of different files would be equal, they
    start at the common parent of these files instead.

    Raises:
        UsageError: a path does not exist, or nothing was found.
    """
    found: dict[str, Source] = {}
    for given in paths:
        for source in _expand(given, out):
            found.setdefault(_absolute(source.path), source)
    if not found:
        places = ", ".join(str(path) for path in paths)
        searched = f"no recordings found (looked for {' '.join(sorted(EXTENSIONS))})"
        raise UsageError(places, searched, advice="Name a file itself to analyse it whatever its ending.")
    sources = sorted(_distinct(list(found.values())), key=lambda source: source.key)
    folder = ResultsFolder(out)
    for source in sources:
        if folder.recording(source.key).folder.is_file():
            clash = f"its folder for {source.key} would replace a file"
            raise UsageError(Given("out", out), clash, advice="Choose another folder for the results.")
    return sources


def _expand(given: str | Path, out: Path) -> Iterator[Source]:
    """Yield the recordings of one path or pattern."""
    path = Path(given)
    if os.path.lexists(path):
        if os.path.isdir(path):  # noqa: PTH112 (Path.is_dir raises where a folder can't be entered)
            yield from _in_folder(path, out)
        else:
            yield Source(path, path.name)
        return
    matches = sorted(glob.glob(str(given), recursive=True)) if glob.has_magic(str(given)) else []
    if not matches:
        raise UsageError(given, "no such file or folder", advice="Check the path.")
    root = _fixed_part(path)
    entered = _entered(out)
    for match in map(Path, matches):
        if Path(_absolute(match)).is_relative_to(_absolute(out)):
            continue
        if os.path.isdir(match):  # noqa: PTH112
            files = _walk(match, entered)
        else:
            files = iter([match] if _is_recording(match) and not holds_results(match.parent) else [])
        yield from (Source(file, file.relative_to(root).as_posix()) for file in files)


def _fixed_part(pattern: Path) -> Path:
    """Return the folder above the first part of a pattern with a wildcard: keys of matches count from there."""
    fixed = list(itertools.takewhile(lambda part: not glob.has_magic(part), pattern.parts))
    return Path(*fixed)


def _in_folder(folder: Path, out: Path) -> Iterator[Source]:
    entered = _entered(out)
    if _place(folder) in entered:
        advice = "Choose another folder for the results."
        raise UsageError(Given("out", out), "this is the folder of the recordings", advice=advice)
    for file in _walk(folder, entered):
        yield Source(file, file.relative_to(folder).as_posix())


def _entered(out: Path) -> set[tuple[int, int]]:
    """Return the folders that count as visited from the start: that of the results."""
    return {_place(out)} if out.is_dir() else set()


def _place(folder: Path) -> tuple[int, int]:
    """Return device and inode: the same for a folder however it is spelled or linked to."""
    stat = folder.stat()
    return stat.st_dev, stat.st_ino


def _is_recording(path: Path) -> bool:
    return path.suffix.lower() in EXTENSIONS and not path.name.startswith(".")


def _walk(folder: Path, entered: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        place = _place(folder)
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder  # it becomes a row with the reason, like a file that can't be read
        return
    if place in entered or holds_results(folder):
        return
    entered.add(place)
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if os.path.isdir(path):  # noqa: PTH112
            yield from _walk(path, entered)
        elif _is_recording(path):
            yield path


def _distinct(sources: list[Source]) -> list[Source]:
    """Make keys unique: files whose keys are equal are keyed from their common parent, at last from the root."""
    for parent_of in (_common_parent, lambda _: os.sep):
        counts = Counter(source.key for source in sources)
        same = [source for source in sources if counts[source.key] > 1]
        if not same:
            return sources
        parents = {key: parent_of([s for s in same if s.key == key]) for key in {source.key for source in same}}
        sources = [
            Source(source.path, os.path.relpath(_absolute(source.path), parents[source.key]).replace(os.sep, "/"))
            if source.key in parents
            else source
            for source in sources
        ]
    return sources


def _absolute(path: Path) -> str:
    """Make a path absolute, without ``..`` and ``.``, but with links as they are: a linked folder keeps its name."""
    return os.path.abspath(path)  # noqa: PTH100


def _common_parent(sources: list[Source]) -> str:
    return os.path.commonpath([Path(_absolute(source.path)).parent for source in sources])
