"""Name recordings: by their path below the folder that was given, and longer where that is another one's name.

A name that a recording has in the results stays (see `known`), so that what else is given never renames it. Names of
one run count from equally far up: all of them get one more folder in front, or none. Names differ on any file system,
as results may be moved to another one (see `results.keys.folded`): where no folder makes them, a number does.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path, PurePosixPath

from videmo.errors import UsageError
from videmo.records import Source
from videmo.results.keys import RESERVED, folded, is_reserved
from videmo.store.places import absolute, home_folder, place_of, real
from videmo.store.stores import kind_of


class Naming:
    """Remember what was given, and from which folders names count because of that."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}
        """The folder that names count from, by the folder that was given."""
        self._files: dict[str, str] = {}
        """The same by the file that was given."""
        self._begun: dict[str, str] = {}
        """The folder that names of results count from, by the folder that holds the recording, as seen through no
        link."""

    def folder(self, given: Path, root: Path | None = None) -> None:
        """Note a folder that is given, or was matched by a pattern whose names count from a root."""
        place = absolute(given)
        self._folders[place] = _outer(self._folders.get(place, ""), absolute(root or given))

    def file(self, given: Path, root: Path | None = None) -> None:
        """Note a file likewise."""
        place = absolute(given)
        self._files[place] = _outer(self._files.get(place, ""), absolute(root or Path(place).parent))

    def go_on(self, kept: Iterable[tuple[str, str]]) -> None:
        """Note how recordings are called that there are results of: others in their folders are called likewise.

        Args:
            kept: place (`store.places.place_of`) and name of each.
        """
        for place, name in kept:
            if place.replace(os.sep, "/").endswith(f"/{name}"):
                root = place[: -len(name)].rstrip(os.sep) or os.sep
                for folder in _with_parents(os.path.dirname(place)):  # noqa: PTH120
                    self._begun[folder] = _outer(self._begun.get(folder, ""), root)
                    if folder == root:
                        break

    def names(self, paths: Sequence[Path], taken: Collection[str] = (), kept: Sequence[Source] = ()) -> list[Source]:
        """Name recordings.

        Args:
            paths: of recordings that were given, or lie in folders that were.
            taken: names of others.
            kept: recordings of the same run that have their names, as an interrupted run, or another shard, gave them:
                the others get the names that they had there.

        Raises:
            UsageError: there are no names that differ.
        """
        every = [*paths, *(source.path for source in kept)]
        several = len({root for path in every if (root := self._folder_of(path))}) > 1
        called = _called(paths, kept)
        going_on = {path: _with_name(name, called.get(path)) for path in paths if (name := self._begun_name(path))}
        up, before = self._depth_of(kept, several) if paths else 0, [""]
        while True:
            keys = [
                going_on.get(path)
                or _with_name(self._name(path, up + (several and bool(self._folder_of(path)))), called.get(path))
                for path in paths
            ]
            clashing = _clashing(keys, taken)
            if not clashing:
                return [Source(path, key) for path, key in zip(paths, keys)]
            stuck = [path for path, key in zip(paths, keys) if key in clashing]
            if not going_on.keys().isdisjoint(stuck):
                going_on = {path: name for path, name in going_on.items() if name not in clashing}
            elif keys == before:
                return _numbered(paths, keys, taken)
            else:
                up, before = up + 1, keys

    def _depth_of(self, kept: Sequence[Source], several: bool) -> int:
        """Tell from how far up names count that recordings have; 0 if that differs."""
        wanted = [str(PurePosixPath(source.key).parent) for source in kept]
        up, before = 0, [""]
        while True:
            names = [self._name(source.path, up + (several and bool(self._folder_of(source.path)))) for source in kept]
            if [str(PurePosixPath(name).parent) for name in names] == wanted:
                return up
            if names == before:
                return 0
            up, before = up + 1, names

    def _name(self, path: Path, up: int) -> str:
        """Return the path of a recording from so many folders above the one that names begin in."""
        place = absolute(path)
        base = self._folder_of(path) or self._files[place]
        for _ in range(up):
            base = _above(base)
        key = os.path.relpath(place, base).replace(os.sep, "/")
        return Path(place).name if key == "." else key

    def _begun_name(self, path: Path) -> str:
        """Return the name that goes on with those in the results; empty if there are none of what was given."""
        place = absolute(path)
        root = self._folder_of(path) or self._files[place]
        begun, unlinked = self._begun.get(real(Path(root)), ""), place_of(path)
        if not begun or not Path(unlinked).is_relative_to(begun):
            return ""
        return os.path.relpath(unlinked, begun).replace(os.sep, "/")

    def _folder_of(self, path: Path) -> str:
        """Return where names in the outermost folder count from that was given and has a recording in it."""
        root = ""
        for folder in _with_parents(absolute(path)):
            root = _outer(root, self._folders.get(folder, ""))
        return root


def _above(folder: str) -> str:
    """Return the folder above; the user's home and the root of a disk or a store are part of no name."""
    parent, name = os.path.split(folder)
    tells = name and name not in RESERVED and folder != home_folder() and not (kind_of(Path(folder)) and not parent)
    return parent if tells else folder


def _outer(one: str, other: str) -> str:
    return min(filter(None, (one, other)), key=len, default="")


def _with_parents(place: str) -> Iterator[str]:
    while True:
        yield place
        parent = os.path.dirname(place)  # noqa: PTH120
        if parent in (place, ""):
            return
        place = parent


def _clashing(keys: Sequence[str], taken: Collection[str]) -> set[str]:
    """Return the names that are another one's too, of other files, or whose folder would be inside of another one's."""
    plain_of = {key: folded(key) for key in keys}
    counts = Counter([*(plain_of[key] for key in keys), *map(folded, taken)])
    above = {parent for key in counts for parent in _parents(key) if parent in counts}
    return {
        key
        for key, plain in plain_of.items()
        if counts[plain] > 1 or plain in above or not above.isdisjoint(_parents(plain)) or is_reserved(key)
    }


def _parents(key: str) -> list[str]:
    return [str(parent) for parent in PurePosixPath(key).parents]


def _called(paths: Iterable[Path], kept: Iterable[Source]) -> dict[Path, str]:
    """Give those recordings other names that no folder makes differ from all others: they lie in the same one."""
    places = {path: absolute(path) for path in paths}
    seen = {folded(str(Path(absolute(each.path)).with_name(PurePosixPath(each.key).name))) for each in kept}
    taken = seen.union(map(folded, places.values()))
    called: dict[Path, str] = {}
    for path, place in sorted(places.items(), key=lambda item: item[1]):
        if folded(place) in seen:
            place = _with_number(place, taken)
            called[path] = Path(place).name
            taken.add(folded(place))
        seen.add(folded(place))
    return called


def _numbered(paths: Sequence[Path], keys: Sequence[str], taken: Collection[str]) -> list[Source]:
    """Give names a number that clash though they count from as far up as they can.

    Raises:
        UsageError: they still clash.
    """
    clashing = _clashing(keys, taken)
    known = set(map(folded, [*keys, *taken]))
    found: list[str] = []
    for key in keys:
        found.append(_with_number(key, known) if key in clashing else key)
        known.add(folded(found[-1]))
    if stuck := _clashing(found, taken):
        raise _clash([path for path, key in zip(paths, found) if key in stuck], stuck)
    return [Source(path, key) for path, key in zip(paths, found)]


def _with_number(key: str, taken: Collection[str]) -> str:
    """Put the first number behind a name that makes it none of those that are taken."""
    name = PurePosixPath(key)
    numbered = (str(name.with_name(f"{name.stem}-{number}{name.suffix}")) for number in count(2))
    return next(each for each in numbered if folded(each) not in taken)


def _with_name(key: str, name: str | None) -> str:
    return key if name is None else str(PurePosixPath(key).with_name(name))


def _clash(paths: Sequence[Path], keys: Collection[str]) -> UsageError:
    called = " and ".join(sorted(keys)[:2])
    found = f"would have its results in the place of other files, or of another recording's ({called})"
    subject = " and ".join(map(str, paths[:2]))
    return UsageError(subject, found, advice="Rename it, or choose another folder for the results.")
