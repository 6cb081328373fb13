"""Find the recordings under files, folders and patterns."""

from __future__ import annotations

import glob
import itertools
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from videmo.errors import Given, UsageError
from videmo.records import Source
from videmo.results.folder import ResultsFolder
from videmo.store.stores import kind_of, same_folder, store_of

EXTENSIONS = frozenset(
    {
        ".264", ".265", ".360", ".3g2", ".3gp", ".3gpp", ".asf", ".avi", ".dav", ".dif", ".divx", ".dv", ".f4v", ".flv",
        ".gxf", ".h264", ".h265", ".hevc", ".insv", ".ivf", ".m1v", ".m2p", ".m2t", ".m2ts", ".m2v", ".m4v", ".mjpeg",
        ".mjpg", ".mkv", ".mod", ".mov", ".mp4", ".mpe", ".mpeg", ".mpg", ".mpv", ".mts", ".mxf", ".ogm", ".ogv",
        ".osv", ".qt", ".rm", ".rmvb", ".tod", ".tp", ".trp", ".ts", ".vob", ".vro", ".webm", ".wmv", ".wtv", ".y4m",
    }
)  # fmt: skip
"""What counts as a recording in a folder. A file that is named itself is taken whatever its name.

Not among them: small copies that cameras write beside each recording (.lrv, .lrf), and what FFmpeg can't decode
(.braw).
"""
_MOST_NAMED = 8
"""Endings of other files that are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """Recordings under some paths, and what else lies there."""

    sources: list[Source]
    """The recordings, by key."""
    others: dict[str, int]
    """Number of files in folders that are not called like recordings, by their ending in lower case, most first.
    Hidden files don't count, nor does what lies in folders of results."""

    def others_in_words(self) -> str:
        """Count and name what was left out; empty if nothing was."""
        if not self.others:
            return ""
        total = sum(self.others.values())
        return f"{total:,} other {'file was' if total == 1 else 'files were'} left out: {_listed(self.others)}"


def discover(paths: Sequence[str | Path], out: Path) -> list[Source]:
    """List the recordings that `find` finds.

    Raises:
        UsageError: a path does not exist, or nothing was found.
    """
    return find(paths, out).sources


def find(paths: Sequence[str | Path], out: Path) -> Discovery:
    """List the recordings under files, folders and glob patterns, each with the key of its results.

    Folders are searched to any depth. Links to folders are followed, but no folder is entered twice, so loops end.
    The output folder and folders of earlier results are left out. The key of a file in a folder is its path below
    that folder; the key of a file that is named itself is its name. Where keys of different files would be equal, they
    start at the common parent of these files instead.

    Raises:
        UsageError: a path does not exist, or nothing was found.
    """
    found: dict[str, Source] = {}
    left_out: set[str] = set()
    for given in paths:
        for source in _expand(given, out, left_out):
            found.setdefault(_absolute(source.path), source)
    others = _by_ending(left_out - found.keys())
    if not found:
        places = ", ".join(str(path) for path in paths)
        there = f"; {sum(others.values()):,} other files: {_listed(others)}" if others else ""
        searched = f"no recordings found (looked for {' '.join(sorted(EXTENSIONS))}{there})"
        raise UsageError(places, searched, advice="Name a file itself to analyse it whatever its ending.")
    sources = sorted(_distinct(list(found.values())), key=lambda source: source.key)
    folder = ResultsFolder(out)
    for source in sources:
        if folder.has(source.key):
            clash = f"its folder for {source.key} would replace a file"
            raise UsageError(Given("out", out), clash, advice="Choose another folder for the results.")
        if folder.links_on_the_way_to(source.key):
            link = f"its folder for {source.key} is a link to another place"
            raise UsageError(
                Given("out", out), link, advice="Remove the link, or choose another folder for the results."
            )
    return Discovery(sources, others)


def locate(given: Path) -> list[Path]:
    """List the recordings that `find` finds in a folder or by a pattern; any other path stands for itself.

    Raises:
        UsageError: nothing was found.
    """
    pattern = glob.has_magic(str(given)) and not os.path.lexists(given)
    if not pattern and not _is_folder(given):
        return [given]
    return [source.path for source in find([given], Path(os.devnull)).sources]


def _by_ending(files: Iterable[str]) -> dict[str, int]:
    counts = Counter(Path(file).suffix.lower() for file in files)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], not item[0], item[0])))


def _listed(others: Mapping[str, int]) -> str:
    shown = [f"{count:,} {ending or 'without an ending'}" for ending, count in [*others.items()][:_MOST_NAMED]]
    rest = sum([*others.values()][_MOST_NAMED:])
    return ", ".join([*shown, *([f"{rest:,} with other endings"] if rest else [])])


def _expand(given: str | Path, out: Path, left_out: set[str]) -> Iterator[Source]:
    """Yield the recordings of one path or pattern; add the absolute paths of other files to those left out."""
    path = Path(given)
    if kind_of(path) or os.path.lexists(path):
        yield from _named(path, out, left_out)
        return
    matches = sorted(glob.glob(str(given), recursive=True)) if glob.has_magic(str(given)) else []
    if not matches:
        raise UsageError(given, "no such file or folder", advice="Check the path.")
    root = _fixed_part(path)
    folders = []
    for match in map(Path, matches):
        if Path(_absolute(match)).is_relative_to(_absolute(out)):
            continue
        if _is_folder(match):
            if _may_search(match, out):
                folders.append(_key(match, root))
        elif not ResultsFolder(match.parent).holds_results() and _is_recording(match, left_out):
            yield Source(match, _key(match, root))
    if folders:
        yield from _below(root, out, left_out, *folders)


def _named(path: Path, out: Path, left_out: set[str]) -> Iterator[Source]:
    """Yield the recordings of a folder, or the one that is named itself."""
    if not _is_folder(path):
        yield Source(path, path.name)
        return
    if same_folder(path, out):
        advice = "Choose another folder for the results."
        raise UsageError(Given("out", out), "this is the folder of the recordings", advice=advice)
    if _may_search(path, out):
        yield from _below(path, out, left_out, "")


def _is_folder(path: Path) -> bool:
    if kind_of(path):
        return not store_of(path.parent).has(path.name)
    return os.path.isdir(path)  # noqa: PTH112 (Path.is_dir raises where a folder can't be entered)


def _fixed_part(pattern: Path) -> Path:
    """Return the folder above the first part of a pattern with a wildcard: keys of matches count from there."""
    fixed = list(itertools.takewhile(lambda part: not glob.has_magic(part), pattern.parts))
    return Path(*fixed)


def _below(root: Path, out: Path, left_out: set[str], *folders: str) -> Iterator[Source]:
    """Yield the recordings in some folders below a root, which is searched through its store.

    A folder that can't be listed becomes a row with the reason, like a file that can't be read.
    """

    def enter(folder: str) -> bool:
        return not _is_hidden(folder) and _may_search(root / folder, out)

    for key in store_of(root).list(*folders, links=True, enter=enter):
        if key.endswith("/") or _is_recording(root / key, left_out):
            yield Source(root / key.strip("/"), key.strip("/") or Path(_absolute(root)).name)


def _may_search(folder: Path, out: Path) -> bool:
    return not same_folder(folder, out) and not ResultsFolder(folder).holds_results()


def _is_recording(file: Path, left_out: set[str]) -> bool:
    """Tell whether a file is called like a recording; add others to those left out. Hidden ones are neither."""
    if _is_hidden(file.name):
        return False
    if file.suffix.lower() in EXTENSIONS:
        return True
    left_out.add(_absolute(file))
    return False


def _is_hidden(key: str) -> bool:
    return PurePosixPath(key).name.startswith(".")


def _key(path: Path, root: Path) -> str:
    """Return the key of a file or folder below a root; empty for the root itself."""
    key = path.relative_to(root).as_posix()
    return "" if key == "." else key


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
