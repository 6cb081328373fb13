"""Keep files wherever fsspec finds them: ``gs://bucket/folder``, ``az://container/folder`` and others.

The user installs the library for it and gives it access, as that library asks for. Recordings are read from anywhere
that tells when a file changed, or which version it is; results are written only where of two who create a file at one
moment one is told that it was there: else nothing would keep two runs apart.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

from videmo.errors import OutputError, UsageError
from videmo.store.foreign_calls import file_system, worded
from videmo.store.foreign_lease import ForeignLease
from videmo.store.identity import InputIdentity
from videmo.store.objects import ObjectStore, changed_meanwhile, spellable
from videmo.store.protocol import MissingError, StoreError, UnreachableError
from videmo.store.ranges import Fetch

_SMALL_BYTES: Final = 32 * 2**20
"""Larger files are sent as their library thinks best."""
_SIGNED: Final = re.compile(r"[?&](sig|signature|token|sv|x-\w+-\w+)=", re.IGNORECASE)
"""What an address has that gives access to whoever has it."""
_VERSIONS: Final = ("etag", "generation", "md5hash", "content_md5")
_TIMES: Final = ("last_modified", "last-modified", "lastmodified", "mtime", "modified", "updated")
"""What libraries call a version of a file and the time of its last change, in small letters."""


class ForeignStore(ObjectStore):
    """A folder in a file system of fsspec as a `protocol.Store`."""

    def __init__(self, kind: str, place: Path) -> None:
        """Keep files below a place, ``/bucket/folder``; nothing is asked yet.

        Raises:
            UnreachableError: there is something of credentials in it; it is not repeated.
        """
        outer, _, folder = place.as_posix().strip("/").partition("/")
        if _SIGNED.search(str(place)) or ":" in outer.rpartition("@")[0]:
            advice = "Let the library for it find them: in the environment, in its files, or by a login."
            raise UnreachableError(f"{kind}://", "credentials in a location", f"{kind}://bucket/folder", advice)
        super().__init__(kind, outer, f"{folder}/" if folder else "")

    # What a store does.

    def identity(self, key: str) -> InputIdentity:
        """Look up size, time of change and version, as far as they are told.

        Raises:
            StoreError: it is not there, or can't be told from a later version.
        """
        with worded(self._called(key)):
            files, path = self._files(), self._path(key)
            files.invalidate_cache()
            info = files.info(path)
        if info.get("type", "file") != "file":
            raise MissingError(self._called(key), "a folder, not a file", advice="Check that it exists.")
        told = {name.lower(): value for name, value in info.items() if value not in (None, "")}
        version, modified_ns = _version(told), _modified_ns(told)
        if told.get("size") is None or not (version or modified_ns):
            found = "its size, or when it changed, is not told there"
            raise StoreError(self._called(key), found, advice="Copy it to a folder of this machine.")
        return InputIdentity(int(told["size"]), modified_ns, etag=version)

    def put(self, content: bytes, key: str) -> None:
        """Write a small file.

        Raises:
            OutputError: it can't be written.
        """
        with self._writing(key):
            self._files().pipe_file(self._path(key), content)

    def create(self, content: bytes, key: str) -> bool:
        """Write a small file unless there is one; returns whether it was written.

        Raises:
            UsageError: the file system can't do this as one step.
            OutputError: it can't be written.
        """
        with self._writing(key):
            files = self._files()
            how = _creating(files)
            if how is None:
                raise self.no_creation()
            try:
                files.pipe_file(self._path(key), content, **how)
            except Exception as exc:
                if isinstance(exc, FileExistsError) or "exists" in type(exc).__name__.lower():
                    return False
                raise
        return True

    def no_creation(self) -> UsageError:
        """Make the error that says that results can't be kept here."""
        found = "nothing keeps two runs apart there: its library can't create a file only where there is none"
        advice = "Update the library, or write to a folder of this machine and copy it there."
        return UsageError(self._called(""), found, advice=advice)

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none.

        Raises:
            OutputError: it can't be removed.
        """
        with self._writing(key):
            try:
                self._files().rm_file(self._path(key))
            except FileNotFoundError:
                return

    def clear(self, folder: str) -> None:
        """Remove a folder with all that is in it.

        Raises:
            OutputError: it can't be removed.
        """
        for key in [*self._keys(f"{self._checked(folder)}/" if folder else "")]:
            self.delete(key)

    def lease(self, key: str) -> ForeignLease:
        """Return what keeps a lease under a key."""
        return ForeignLease(self, self._checked(key))

    # How this is done with fsspec.

    def _files(self) -> Any:
        if not self._outer:
            raise StoreError(f"{self._kind}:", "no bucket", advice=f"Name one: {self._kind}://bucket/folder.")
        return file_system(self._kind, self._outer)

    def _path(self, key: str) -> str:
        """Return the path of a key, as the file system spells it."""
        return f"{self._root()}/{self._checked(key)}"

    def _root(self) -> str:
        whole = f"{self._kind}://{self._outer}/{self._inner}".rstrip("/")
        return str(self._files()._strip_protocol(whole)).rstrip("/")

    def _keys(self, inner: str) -> Iterator[str]:
        root = self._root()
        with worded(self._called(inner)):
            files = self._files()
            files.invalidate_cache()
            try:
                found = files.find(self._path(inner) if inner else root)
            except (FileNotFoundError, NotADirectoryError):
                return
        for path in found:
            key = str(path).removeprefix(root).lstrip("/")
            if key.startswith(inner) and spellable(key):
                yield key

    def _fetch_of(self, key: str, known: InputIdentity) -> Fetch:
        path, called = self._path(key), self._called(key)

        def fetch(begin: int, end: int) -> bytes:
            with worded(called):
                files = self._files()
                if getattr(files, "async_impl", False):
                    content: bytes = files.cat_file(path, start=begin, end=end)
                else:  # files that are opened read ahead, of their own accord
                    with files.open(path, "rb", cache_type="none") as stream:
                        stream.seek(begin)
                        content = stream.read(end - begin)
            if len(content) != end - begin:
                raise changed_meanwhile(called)
            return content

        return fetch

    def _send(self, path: Path, key: str) -> None:
        if path.stat().st_size <= _SMALL_BYTES:
            self.put(path.read_bytes(), key)
            return
        with self._writing(key):
            self._files().put_file(str(path), self._path(key), **_replacing(self._files()))

    @contextmanager
    def _writing(self, key: str) -> Iterator[None]:
        """Have errors be those of writing."""
        self._checked(key)
        try:
            with worded(self._called(key)):
                yield
        except MissingError as exc:
            found, advice = "no such bucket or folder", "Make it first, and check its name."
            raise OutputError(self._called(""), found, advice=advice) from exc
        except StoreError as exc:
            raise OutputError(exc.subject, exc.found, exc.expected, exc.advice) from exc


def _version(told: Mapping[str, Any]) -> str:
    return next((str(told[name]).strip('"') for name in _VERSIONS if name in told), "")


def _modified_ns(told: Mapping[str, Any]) -> int:
    """Return when a file changed, in nanoseconds since 1970; 0 where that is not told in a way that is known."""
    value = next((told[name] for name in _TIMES if name in told), None)
    if isinstance(value, int | float):
        return round(value * 10**9)
    if isinstance(value, str):
        value = _read_time(value)
    if not isinstance(value, datetime):
        return 0
    return round((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp() * 10**6) * 1000


def _read_time(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def _creating(files: Any) -> dict[str, Any] | None:
    """Return how a file system is told to create a file exclusively; None if it has no way of its own to do so.

    What fsspec does for those that have none is to look first, so that two may see nothing and both write.
    """
    from fsspec.asyn import AsyncFileSystem
    from fsspec.spec import AbstractFileSystem

    own = _method(files, "pipe_file")
    if own in (AsyncFileSystem._pipe_file, AbstractFileSystem.pipe_file):
        return None
    known = inspect.signature(own).parameters
    return {"mode": "create"} if "mode" in known else {"overwrite": False} if "overwrite" in known else None


def _replacing(files: Any) -> dict[str, Any]:
    """Return how a file system is told to send a file in place of another, where it would not."""
    return {"overwrite": True} if "overwrite" in inspect.signature(_method(files, "put_file")).parameters else {}


def _method(files: Any, name: str) -> Any:
    """Return what does the work of a method: those of asynchronous file systems only wait for another one."""
    return getattr(type(files), f"_{name}" if getattr(files, "async_impl", False) else name)
