"""Find the store of a location. A new kind of store is a file beside this one and a line here.

A location is a path. One that begins with the name of a kind of store, as in ``s3:/bucket/results``, lies in such a
store; all others lie in folders of this machine. How many slashes follow the colon makes no difference, because paths
keep only one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from videmo.store.local import LocalStore
from videmo.store.protocol import Store


def _s3(place: Path) -> Store:
    from videmo.store.s3 import S3Store

    return S3Store(place)


def _foreign(kind: str, place: Path) -> Store:
    from videmo.store.foreign import ForeignStore

    return ForeignStore(kind, place)


STORES: Final[dict[str, Callable[[Path], Store]]] = {
    "": LocalStore,
    "s3": _s3,
}
"""What makes the store of a folder, by its kind, which is cut off: ``s3:/bucket/x`` becomes ``/bucket/x``.

Other kinds that fsspec knows are `foreign`.
"""
_KIND: Final = re.compile(r"([a-z][a-z0-9+]+):(?:[/\\]+|$)")


def store_of(location: Path) -> Store:
    """Return the store whose root is a folder."""
    kind = kind_of(location)
    if not kind:
        return STORES[kind](location)
    place = Path("/", _KIND.sub("", str(location), count=1))
    return STORES[kind](place) if kind in STORES else _foreign(kind, place)


def kind_of(location: Path) -> str:
    """Return the kind of store that a location lies in, empty for this machine."""
    named = _KIND.match(str(location))
    return named[1] if named and (named[1] in STORES or _is_foreign(named[1])) else ""


def _is_foreign(kind: str) -> bool:
    from videmo.store.foreign_calls import is_known

    return is_known(kind)


def address(location: Path) -> str:
    """Spell a location such that it means the same in any working folder. Links stay as they are."""
    return str(location) if kind_of(location) else str(location.absolute())


def same_folder(one: Path, other: Path) -> bool:
    """Tell whether two folders are the same, however they are spelled or linked to; False if one can't be looked at."""
    if kind_of(one) or kind_of(other):
        return one == other
    try:
        return one.samefile(other)
    except OSError:
        return False
