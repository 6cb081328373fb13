"""Find the recordings under files, folders and patterns."""

from __future__ import annotations

import glob
import itertools
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from videmo.batch.known import called, counted, known_in, recognise, taken
from videmo.batch.naming import Naming
from videmo.errors import Given, UsageError
from videmo.records import Source
from videmo.results.folder import ResultsFolder
from videmo.store.places import absolute, place_of
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
    notes: tuple[str, ...] = ()
    """What there is to know about names, in sentences."""

    def in_words(self) -> tuple[str, ...]:
        """Say what there is to know about names, and count and name what was left out."""
        if not self.others:
            return self.notes
        total = sum(self.others.values())
        left_out = f"{total:,} other {'file was' if total == 1 else 'files were'} left out: {_listed(self.others)}"
        return *self.notes, f"{left_out}. Name a file itself to analyse it whatever its ending."


def discover(paths: Sequence[str | Path], out: Path) -> list[Source]:
    """List the recordings that `find` finds.

    Raises:
        UsageError: a path does not exist, or nothing was found.
    """
    return find(paths, out).sources


def find(paths: Sequence[str | Path], out: Path) -> Discovery:
    """List the recordings under files, folders and glob patterns, each with the key of its results.

    Folders are searched to any depth. Links to folders are followed, but no folder is entered twice, so loops end.
    The output folder and folders of earlier results are left out. What keys are is said in `naming`.

    Raises:
        UsageError: a path does not exist, nothing was found, or two recordings would have one key.
    """
    found: dict[str, Path] = {}
    left_out: set[str] = set()
    naming = Naming()
    for given in paths:
        for path in _expand(given, out, left_out, naming):
            found.setdefault(absolute(path), path)
    others = _by_ending(left_out - found.keys())
    if not found:
        if not paths:
            raise UsageError("paths", "none is given", "recordings, or folders with recordings")
        places = ", ".join(str(path) for path in paths)
        there = f"; {sum(others.values()):,} other files: {_listed(others)}" if others else ""
        searched = f"no recordings found (looked for {' '.join(sorted(EXTENSIONS))}{there})"
        raise UsageError(places, searched, advice="Name a file itself to analyse it whatever its ending.")
    folder = ResultsFolder(out)
    sources, notes = _named_all(found.values(), folder, naming)
    for source in sources:
        if folder.has(source.key):
            clash = f"its folder for {source.key} would replace a file"
            raise UsageError(Given("out", out), clash, advice="Choose another folder for the results.")
        if folder.links_on_the_way_to(source.key):
            link = f"its folder for {source.key} is a link to another place"
            raise UsageError(
                Given("out", out), link, advice="Remove the link, or choose another folder for the results."
            )
    return Discovery(sources, others, tuple(notes))


def _named_all(paths: Iterable[Path], folder: ResultsFolder, naming: Naming) -> tuple[list[Source], list[str]]:
    """Name recordings; those that there are results of keep their names.

    Returns:
        The recordings, and what there is to know about their names, in sentences.
    """
    known = known_in(folder)
    naming.go_on((each.place, each.key) for each in known)
    once: dict[str, Path] = {}
    for path in sorted(paths):
        once.setdefault(place_of(path), path)  # through a link, one file may be found twice
    recognised = recognise(once.values(), known)
    wanted = naming.names(recognised.strangers, kept=recognised.sources)
    named = naming.names(recognised.strangers, taken(known), recognised.sources) if known else wanted
    renamed = [each for each in named if PurePosixPath(each.key).name != Path(absolute(each.path)).name]
    longer = [source for source, short in zip(named, wanted) if source != short and source not in renamed]
    notes = [*recognised.notes()]
    if renamed:
        said = counted(renamed, "has a number in its name", "have a number in their names")
        why = "some file systems don't tell them from others, or the results have files that are called so"
        notes.append(f"{said}, as {why}: {called(renamed)}.")
    if longer:
        said = counted(longer, "is", "are")
        notes.append(
            f"{said} called by a longer path, as the results have others of the shorter name: {called(longer)}."
        )
    return sorted([*recognised.sources, *named], key=lambda source: source.key), notes


def locate(given: Path) -> list[Path]:
    """List the recordings that `find` finds in a folder or by a pattern; any other that is there stands for itself.

    Raises:
        UsageError: there is no such file or folder, or nothing was found.
    """
    there = bool(kind_of(given)) or os.path.lexists(given)
    if there and not _is_folder(given):
        return [given]
    return [source.path for source in find([given], Path(os.devnull)).sources]


def _by_ending(files: Iterable[str]) -> dict[str, int]:
    counts = Counter(Path(file).suffix.lower() for file in files)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], not item[0], item[0])))


def _listed(others: Mapping[str, int]) -> str:
    shown = [f"{count:,} {ending or 'without an ending'}" for ending, count in [*others.items()][:_MOST_NAMED]]
    rest = sum([*others.values()][_MOST_NAMED:])
    return ", ".join([*shown, *([f"{rest:,} with other endings"] if rest else [])])


def _expand(given: str | Path, out: Path, left_out: set[str], naming: Naming) -> Iterator[Path]:
    """Yield the recordings of one path or pattern; add the absolute paths of other files to those left out."""
    path = Path(given)
    if kind_of(path) or os.path.lexists(path):
        yield from _named(path, out, left_out, naming)
        return
    matches = sorted(glob.glob(str(given), recursive=True)) if glob.has_magic(str(given)) else []
    if not matches:
        raise UsageError(given, "no such file or folder", advice="Check the path.")
    root = _fixed_part(path)
    folders = []
    for match in map(Path, matches):
        if Path(absolute(match)).is_relative_to(absolute(out)):
            continue
        if _is_folder(match):
            if _may_search(match, out):
                folders.append(_key(match, root))
                naming.folder(match, root)
        elif not ResultsFolder(match.parent).holds_results() and _is_recording(match, left_out):
            naming.file(match, root)
            yield match
    if folders:
        yield from _below(root, out, left_out, *folders)


def _named(path: Path, out: Path, left_out: set[str], naming: Naming) -> Iterator[Path]:
    """Yield the recordings of a folder, or the one that is named itself."""
    if not _is_folder(path):
        naming.file(path)
        yield path
        return
    if same_folder(path, out):
        advice = "Choose another folder for the results."
        raise UsageError(Given("out", out), "this is the folder of the recordings", advice=advice)
    if _may_search(path, out):
        naming.folder(path)
        yield from _below(path, out, left_out, "")


def _is_folder(path: Path) -> bool:
    if kind_of(path):
        return not store_of(path.parent).has(path.name)
    return os.path.isdir(path)  # noqa: PTH112 (Path.is_dir raises where a folder can't be entered)


def _fixed_part(pattern: Path) -> Path:
    """Return the folder above the first part of a pattern with a wildcard: names of matches count from there."""
    fixed = list(itertools.takewhile(lambda part: not glob.has_magic(part), pattern.parts))
    return Path(*fixed)


def _below(root: Path, out: Path, left_out: set[str], *folders: str) -> Iterator[Path]:
    """Yield the recordings in some folders below a root, which is searched through its store.

    A folder that can't be listed becomes a row with the reason, like a file that can't be read.
    """

    def enter(folder: str) -> bool:
        return not _is_hidden(folder) and _may_search(root / folder, out)

    for key in store_of(root).list(*folders, links=True, enter=enter):
        if key.endswith("/") or _is_recording(root / key, left_out):
            yield root / key.strip("/")


def files_below(folder: Path, out: Path) -> Iterator[Path]:
    """Yield all files in a folder, whatever they are called, except for those in a folder of results."""
    for key in store_of(folder).list(links=True, enter=lambda key: not same_folder(folder / key, out)):
        if not key.endswith("/"):  # a folder that can't be listed
            yield folder / key


def _may_search(folder: Path, out: Path) -> bool:
    return not same_folder(folder, out) and not ResultsFolder(folder).holds_results()


def _is_recording(file: Path, left_out: set[str]) -> bool:
    """Tell whether a file is called like a recording; add others to those left out. Hidden ones are neither."""
    if _is_hidden(file.name):
        return False
    if file.suffix.lower() in EXTENSIONS:
        return True
    left_out.add(absolute(file))
    return False


def _is_hidden(key: str) -> bool:
    return PurePosixPath(key).name.startswith(".")


def _key(path: Path, root: Path) -> str:
    """Return the key of a file or folder below a root; empty for the root itself."""
    key = path.relative_to(root).as_posix()
    return "" if key == "." else key
