"""Keep files that are whole objects elsewhere: what all kinds of object storage do alike."""

from __future__ import annotations

import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

from videmo.errors import OutputError
from videmo.far import FarFile
from videmo.store.identity import WAIT, InputIdentity
from videmo.store.kept import keeping
from videmo.store.protocol import MissingError, StoreError, everywhere
from videmo.store.ranges import Fetch, RangedReader

_COPIED_BYTES: Final = 32 * 2**20
"""What is fetched at once of a file that is copied."""
_LOOKED_AT: Final = 16
"""Bytes at the beginning of a recording that tell whether its container has an index."""


def changed_meanwhile(called: str) -> StoreError:
    """Make the error that says that a file is no longer the one that was looked up.

    Args:
        called: the file, as errors name it.
    """
    return StoreError(called, "it changed while it was being read", advice=WAIT)


class ObjectStore(ABC):
    """The part of a `protocol.Store` that follows from fetching ranges and writing whole objects.

    Args:
        kind: of store, as locations name it: ``s3``.
        place: the part of a location that says where this is: a bucket, mostly.
        inner: the folder in it, with a slash at the end; empty for all of it.
    """

    def __init__(self, kind: str, place: str, inner: str) -> None:
        self._kind, self._outer, self._inner = kind, place, inner

    # What each kind does in its own way.

    @abstractmethod
    def identity(self, key: str) -> InputIdentity:
        """Look up size, time of change and what tells versions apart."""

    @abstractmethod
    def put(self, content: bytes, key: str) -> None:
        """Write a small file."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none."""

    @abstractmethod
    def _send(self, path: Path, key: str) -> None:
        """Write a file of any size from one of this machine."""

    @abstractmethod
    def _keys(self, inner: str) -> Iterator[str]:
        """Yield all keys that begin with a folder, in whatever order; those that no path can spell are left out."""

    @abstractmethod
    def _fetch_of(self, key: str, known: InputIdentity) -> Fetch:
        """Return what fetches ranges of a file, for as long as it is the one that is known."""

    # What all do alike.

    @property
    def here(self) -> Path:
        """Return a folder of this machine for the locks of this place."""
        from platformdirs import user_state_path

        return user_state_path("videmo").joinpath(self._kind, self._outer, *PurePosixPath(self._inner).parts)

    def list(self, *folders: str, links: bool = False, enter: Callable[[str], bool] = everywhere) -> Iterator[str]:
        """Yield the keys of the files below some folders, see `protocol.Store.list`."""
        for folder in folders or ("",):
            inner = f"{self._checked(folder)}/" if folder else ""
            entered: dict[str, bool] = {}
            for key in sorted(self._keys(inner), key=lambda each: each.split("/")):
                parts = key.split("/")
                above = ["/".join(parts[:end]) for end in range(inner.count("/") + 1, len(parts))]
                if all(_entered(each, entered, enter) for each in above):
                    yield key

    def has(self, key: str) -> bool:
        """Tell whether there is a file."""
        try:
            self.identity(key)
        except MissingError:
            return False
        return True

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading, in ranges.

        Raises:
            StoreError: it is not there or can't be read.
        """
        known = self.identity(key)
        return self._reader(key, known, self._fetch_of(key, known))

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Yield the path of a copy.

        Raises:
            StoreError: it is not there or can't be read.
        """
        known = self.identity(key)
        with self._copied(key, known, self._fetch_of(key, known)) as path:
            yield path

    @contextmanager
    def readable(self, key: str) -> Iterator[Path]:
        """Yield a path to read a recording from in ranges, or of a copy where its container has no index.

        What is fetched is kept for other tasks of the same run on this machine, see `kept`.

        Raises:
            StoreError: it is not there or can't be read.
        """
        known = self.identity(key)
        fetch = keeping(self._fetch_of(key, known), self._called(key), known)
        with self._reader(key, known, fetch) as far:
            indexed = _has_index(far.read(_LOOKED_AT))
        if not indexed:
            with self._copied(key, known, fetch) as path:
                yield path
            return

        def look() -> tuple[int, int]:
            try:
                now = self.identity(key)
            except StoreError as exc:
                raise FileNotFoundError(exc.found) from exc
            return now.size_bytes, now.modified_ns

        yield FarFile.at(Path(self._called(key)), lambda block: self._reader(key, known, fetch, block), look)

    @contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        """Yield a path on this machine, and send what is there when the block ends well.

        Raises:
            OutputError: it can't be sent.
        """
        self._checked(key)
        with tempfile.TemporaryDirectory(prefix="videmo-") as scratch:
            path = Path(scratch, PurePosixPath(key).name)
            yield path
            self._send(path, key)

    def move(self, key: str, target: str) -> None:
        """Give a small file another key: it is there twice for a moment.

        Raises:
            OutputError: it can't be moved.
        """
        try:
            with self.open(key) as stream:
                content = stream.read()
        except StoreError as exc:
            raise OutputError(exc.subject, exc.found, exc.expected, exc.advice) from exc
        self.put(content, target)
        self.delete(key)

    def sweep(self, *folders: str) -> None:  # noqa: B027 (not abstract: there is nothing to do)
        """Do nothing: objects are never half-written."""

    # How keys are spelled.

    def _checked(self, key: str) -> str:
        """Check that a key names something in this store.

        Raises:
            StoreError: it leads out of it.
        """
        parts = PurePosixPath(key).parts
        if not parts or ".." in parts or key.startswith("/"):
            advice = f"Use its path below {self._called('')}."
            raise StoreError(repr(key), "not the key of a file in this store", advice=advice)
        return "/".join(parts)

    def _whole(self, key: str) -> str:
        return self._inner + self._checked(key)

    def _called(self, key: str) -> str:
        return f"{self._kind}://{self._outer}/{self._inner}{key}".rstrip("/")

    # Bytes.

    def _reader(self, key: str, known: InputIdentity, fetch: Fetch, block: int = 0) -> BinaryIO:
        return cast(BinaryIO, RangedReader(self._called(key), known.size_bytes, fetch, block))

    @contextmanager
    def _copied(self, key: str, known: InputIdentity, fetch: Fetch) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="videmo-") as scratch, self._reader(key, known, fetch) as far:
            path = Path(scratch, PurePosixPath(key).name)
            with path.open("wb") as copy:
                shutil.copyfileobj(far, copy, _COPIED_BYTES)
            os.utime(path, ns=(known.modified_ns, known.modified_ns))
            yield path


def spellable(key: str) -> bool:
    """Tell whether a path can spell a key; objects may have names that none can."""
    return bool(key) and "/".join(PurePosixPath(key).parts) == key and ".." not in key.split("/")


def _entered(folder: str, entered: dict[str, bool], enter: Callable[[str], bool]) -> bool:
    if folder not in entered:
        entered[folder] = enter(folder)
    return entered[folder]


def _has_index(head: bytes) -> bool:
    """Tell by its first bytes whether a container can be read in ranges: MP4 and MOV, Matroska and WebM, AVI."""
    boxes = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
    return head[4:8] in boxes or head[:4] == b"\x1a\x45\xdf\xa3" or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")
