"""Name recordings: by where they lie and how they were given, never by what else was given.

Names are those that copying would give: a folder that is given comes with its own name, a file with that of its folder.
So ``videmo analyze P02``, ``P02/a.mp4``, ``P02/*.mp4`` and ``P02 P03`` all call the recording ``P02/a.mp4``.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from videmo.errors import UsageError
from videmo.records import Source
from videmo.results.folder import RESERVED
from videmo.store.places import absolute, home_folder, real
from videmo.store.stores import kind_of


class Naming:
    """Remember what was given, and which folders names count from because of that."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}
        """The folder that names count from, by the folder that was given."""
        self._files: dict[str, str] = {}
        """The same by the file that was given."""

    def folder(self, given: Path, root: str = "") -> None:
        """Note a folder that is given, or was matched by a pattern whose names count from a root."""
        place = absolute(given)
        self._folders[place] = _outer(self._folders.get(place, ""), root or above(place))

    def file(self, given: Path, root: str = "") -> None:
        """Note a file likewise."""
        place = absolute(given)
        self._files[place] = _outer(self._files.get(place, ""), root or above(os.path.dirname(place)))  # noqa: PTH120

    def key(self, path: Path) -> str:
        """Return the name of what was given, or lies in a folder that was: the longest where there are several ways."""
        place = absolute(path)
        root = self._files.get(place, "")
        for folder in _with_parents(place):
            if folder in self._folders:
                root = _outer(root, self._folders[folder])
        return os.path.relpath(place, root).replace(os.sep, "/")

    def go_on(self, kept: Iterable[tuple[str, str]]) -> None:
        """Go on as before where names were counted from a folder itself, as earlier versions did.

        Args:
            kept: place (`store.places.place_of`) and name of recordings that there are results of.
        """
        inside, directly = set(), set()
        for place, name in kept:
            if place.replace(os.sep, "/").endswith(f"/{name}"):
                root = place[: -len(name)].rstrip(os.sep) or os.sep
                inside.add(root)
                directly |= {root} if "/" not in name else set()
        for folder in self._folders:
            if real(Path(folder)) in inside:
                self._folders[folder] = folder
        for file in self._files:
            folder = os.path.dirname(file)  # noqa: PTH120
            if real(Path(folder)) in directly:
                self._files[file] = folder


def name_of(file: Path) -> str:
    """Return the name of a file that is given by itself."""
    naming = Naming()
    naming.file(file)
    return naming.key(file)


def above(folder: str) -> str:
    """Return the folder that names in a folder count from: the one above it, so that its own name is part of them.

    The user's home and the root of a disk or a store have no name that says anything.
    """
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


def refuse_one_name(sources: Iterable[Source]) -> None:
    """Refuse recordings of which two would have one folder of results, or one would have its folder inside the other's.

    Raises:
        UsageError: there are such; the error names the first two.
    """
    called: dict[str, list[Path]] = defaultdict(list)
    for source in sources:
        called[source.key].append(source.path)
    for key, paths in sorted(called.items()):
        if len(paths) > 1:
            raise _clash(paths, f"both would be called {key} in the results")
        for parent in PurePosixPath(key).parents:
            if str(parent) in called:
                raise _clash([*called[str(parent)], *paths], f"they would be called {parent} and {key} in the results")


def _clash(paths: list[Path], found: str) -> UsageError:
    advice = "Name the folder above both, or put a pattern in quotes: names count from before its first wildcard."
    return UsageError(" and ".join(str(path) for path in paths[:2]), found, advice=advice)
