"""Name recordings: by their path below the folder that was given, and longer where that is another one's name.

A name that a recording has in the results stays (see `known`), so that what else is given never renames it. Names of
one run count from equally far up: all of them get one more folder in front, or none.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from videmo.errors import UsageError
from videmo.records import Source
from videmo.results.folder import RESERVED
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

    def names(self, paths: Sequence[Path], taken: Collection[str] = ()) -> list[Source]:
        """Name recordings.

        Args:
            paths: of recordings that were given, or lie in folders that were.
            taken: names of others.

        Raises:
            UsageError: there are no names that differ.
        """
        several = len({root for path in paths if (root := self._folder_of(path))}) > 1
        going_on = {path: name for path in paths if (name := self._begun_name(path))}
        up, before = 0, [""]
        while True:
            keys = [
                going_on.get(path) or self._name(path, up + (several and bool(self._folder_of(path)))) for path in paths
            ]
            clashing = _clashing(keys, taken)
            if not clashing:
                return [Source(path, key) for path, key in zip(paths, keys)]
            stuck = [path for path, key in zip(paths, keys) if key in clashing]
            if not going_on.keys().isdisjoint(stuck):
                going_on = {path: name for path, name in going_on.items() if name not in clashing}
            elif keys == before:
                raise _clash(stuck, clashing)
            else:
                up, before = up + 1, keys

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
    """Return the names that are another one's too, or whose folder of results would be inside of another one's."""
    counts = Counter([*keys, *taken])
    above = {parent for key in counts for parent in _parents(key) if parent in counts}
    return {key for key in keys if counts[key] > 1 or key in above or not above.isdisjoint(_parents(key))}


def _parents(key: str) -> list[str]:
    return [str(parent) for parent in PurePosixPath(key).parents]


def _clash(paths: Sequence[Path], names: Collection[str]) -> UsageError:
    called = " and ".join(sorted(names)[:2])
    found = f"would have the folder of another recording's results, or one inside of it ({called})"
    subject = " and ".join(map(str, paths[:2]))
    return UsageError(subject, found, advice="Choose another folder for their results.")
