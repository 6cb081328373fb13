"""Define what a store is: files by key, read, written and deleted as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from videmo.errors import UsageError, VidemoError
from videmo.store.identity import InputIdentity
from videmo.store.lease import LeaseFile


class StoreError(VidemoError):
    """Something can't be read from a store, or a key makes no sense."""


class MissingError(StoreError):
    """There is no such file in a store."""


class UnreachableError(UsageError):
    """A store doesn't answer, or lets nobody in: what is there can't be known, and must not be taken for missing."""


def everywhere(folder: str) -> bool:
    """Tell `Store.list` to enter each folder."""
    return True


class Store(Protocol):
    """Files by key. A key is a path below the store's root, with forward slashes.

    All methods raise `StoreError` for a key that leads out of the store, and where a file can't be read, `MissingError`
    where there is none; those that write raise `OutputError` where it can't be written.
    """

    @property
    def here(self) -> Path:
        """Return a folder of this machine, not made yet, for what can't lie in a store: locks of this machine."""
        ...

    def list(self, *folders: str, links: bool = False, enter: Callable[[str], bool] = everywhere) -> Iterator[str]:
        """Yield the keys of the files below some folders, the root if none is named; half-written files are left out.

        They come in the order of the parts of their keys, folder by folder. A folder that can't be listed stands for
        what is in it: its key, with a slash at the end. One that isn't there has no files.

        Args:
            folders: their keys; empty for the root.
            links: whether to follow links to folders, in stores that have such. No folder is entered twice then, so
                that loops end.
            enter: tells by the key of a folder inside of these whether to go into it.
        """
        ...

    def has(self, key: str) -> bool:
        """Tell whether there is a file."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading; it can seek."""
        ...

    def local(self, key: str) -> AbstractContextManager[Path]:
        """Yield a path on this machine to read a file from, for as long as the block lasts.

        Its size and its time of change are those of `identity`, its suffix is that of the key.
        """
        ...

    def readable(self, key: str) -> AbstractContextManager[Path]:
        """Yield a path to read a recording from, for as long as the block lasts: as `local`, or a `FarFile`.

        The latter is read in ranges, and only as far as somebody asks.
        """
        ...

    def writing(self, key: str) -> AbstractContextManager[Path]:
        """Yield a path on this machine to write a file to, as a whole (`files.replacing`); its folder exists.

        When the block ends well, the store has the file, in place of an earlier one. If the writer fails, all is as
        before. The suffix of the path is that of the key.
        """
        ...

    def put(self, content: bytes, key: str) -> None:
        """Write a small file: as a whole or not at all, in place of an earlier one."""
        ...

    def move(self, key: str, target: str) -> None:
        """Give a file another key, in place of an earlier file; needs no more room."""
        ...

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none."""
        ...

    def clear(self, folder: str) -> None:
        """Remove a folder with all that is in it, half-written files too; what can't be removed stays."""
        ...

    def sweep(self, *folders: str) -> None:
        """Remove what killed writers left half-written directly in some folders, the root if none is named."""
        ...

    def identity(self, key: str) -> InputIdentity:
        """Look up size and time of change, without reading the file."""
        ...

    def lease(self, key: str) -> LeaseFile:
        """Return what keeps a lease under a key, whether or not there is one, for all who use the store."""
        ...
