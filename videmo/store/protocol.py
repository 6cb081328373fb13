"""Define what a store is: files by key, read, written and deleted as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from videmo.errors import VidemoError
from videmo.store.identity import InputIdentity


class StoreError(VidemoError):
    """Something can't be read from a store, or a key makes no sense."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a store."""

    key: str
    """Its path below the root of the store, with forward slashes."""
    identity: InputIdentity
    """From what the store knows without reading it."""


class Store(Protocol):
    """Files by key. A key is a path below the store's root, with forward slashes.

    All methods raise `StoreError` for a key that leads out of the store, and where a file can't be read; those that
    write raise `OutputError` where it can't be written.
    """

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Yield the files whose keys begin with a prefix, by key."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading; it can seek."""
        ...

    def local(self, key: str) -> AbstractContextManager[Path]:
        """Yield a path on this machine to read a file from, for as long as the block lasts."""
        ...

    def put(self, content: bytes | Path, key: str) -> None:
        """Write a file from bytes or a local file: as a whole or not at all, in place of an earlier one."""
        ...

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none."""
        ...

    def identity(self, key: str) -> InputIdentity:
        """Look up the identity of a file, without reading it."""
        ...
