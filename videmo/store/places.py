"""Spell where recordings lie such that they are found again when they are moved together with their results.

In files of results, a recording lies relative to the folder of results. What lies below the user's home, where the
results don't, begins with ``~``, so that nobody's name is written down; where the two share nothing but the root of the
file system, the location is spelled in full. In memory, locations are locations.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from videmo.errors import UsageError
from videmo.store.stores import address, kind_of

_HOME: Final = "~/"
_FILE: Final = "file:"


def named(text: str) -> Path:
    """Return the location that a user writes: of an address such as ``file:///data`` the path that it means.

    Raises:
        UsageError: the address is that of another machine, or of nothing.
    """
    if not text.startswith(f"{_FILE}/"):
        return Path(text)
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    parts = urlsplit(text)
    if parts.netloc not in ("", "localhost") or not parts.path:
        found = "not an address of a file of this machine"
        raise UsageError(text, found, "file:///folder/file", "Write its path instead.")
    return Path(url2pathname(parts.path))


def spelled(location: Path, out: Path) -> str:
    """Spell the location of a recording, as files in a folder of results keep it; `located` is the way back."""
    if kind_of(location) != kind_of(out):
        return address(location)
    there, home = absolute(location), home_folder()
    if _is_below(there, home) and not _is_below(absolute(out), home):
        return f"{_HOME}{_relative(there, home)}"
    # As seen through no link, because nobody knows through which one it will be looked for; but a link on the way from
    # the results to the recording stays, as it may be moved with them.
    ways = [(place_of(location), real(out))]
    if absolute(out) == real(out):
        ways.insert(0, (there, real(out)))
    there, here = max(ways, key=lambda way: len(_shared(*way)))
    shared = _shared(there, here)
    return _relative(there, here) if shared and os.path.dirname(shared) != shared else there  # noqa: PTH120


def located(text: str, out: Path) -> Path:
    """Return the location that is spelled in a folder of results, relative if that is; nothing need be there.

    A folder of results that is reached by a link may lie elsewhere than it seems to: where there is nothing as seen
    from the link, and something as seen from its target, that is meant.
    """
    plain = Path(text)
    if kind_of(plain) or plain.is_absolute():
        return plain
    if text.startswith(_HOME):
        return Path(home_folder() or "/", text.removeprefix(_HOME))
    place = os.path.normpath(out / text)
    linked = os.path.normpath(os.path.join(real(out), text))  # noqa: PTH118
    return Path(linked if not os.path.lexists(place) and os.path.lexists(linked) else place)


def absolute(location: Path) -> str:
    """Spell a location in full, without ``..`` and ``.``; links stay, so that a linked folder keeps its name."""
    return os.path.normpath(location) if kind_of(location) else os.path.abspath(location)  # noqa: PTH100


def place_of(location: Path) -> str:
    """Return the same text for all spellings of a location, through whatever links its folder is reached."""
    if kind_of(location):
        return absolute(location)
    folder, name = os.path.split(absolute(location))
    return os.path.join(real(Path(folder)), name)  # noqa: PTH118


def real(folder: Path) -> str:
    """Spell a folder in full, as seen through no link."""
    return absolute(folder) if kind_of(folder) else os.path.realpath(folder)


def home_folder() -> str:
    """Return the home of the user; empty where there is none."""
    try:
        return str(Path.home())
    except RuntimeError:
        return ""


def _is_below(place: str, folder: str) -> bool:
    return bool(folder) and os.path.dirname(folder) != folder and place.startswith(folder + os.sep)  # noqa: PTH120


def _shared(one: str, other: str) -> str:
    try:
        return os.path.commonpath([one, other])
    except ValueError:  # two drives
        return ""


def _relative(place: str, folder: str) -> str:
    return os.path.relpath(place, folder).replace(os.sep, "/")
