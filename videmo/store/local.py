"""Keep files in a folder of this machine."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from videmo.errors import OutputError, RecordingError
from videmo.files import PARTIAL, is_left_over, unwritable, write_bytes
from videmo.store.identity import InputIdentity, identity_of
from videmo.store.local_lease import LocalLease
from videmo.store.protocol import MissingError, StoreError, everywhere


class LocalStore:
    """A folder as a `protocol.Store`."""

    def __init__(self, root: Path) -> None:
        """Keep files below ``root``, which need not exist yet."""
        self.root = root

    @property
    def here(self) -> Path:
        """Return the folder itself."""
        return self.root

    def list(self, *folders: str, links: bool = False, enter: Callable[[str], bool] = everywhere) -> Iterator[str]:
        """Yield the keys of the files below some folders, see `protocol.Store.list`."""
        walk = _Walk(links, enter)
        for folder in folders or ("",):
            yield from walk.below(self._folder(folder), folder)

    def has(self, key: str) -> bool:
        """Tell whether there is a file."""
        return self.path(key).is_file()

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading.

        Raises:
            StoreError: it is not there or can't be read.
        """
        path = self.path(key)
        _refuse_devices(path)
        try:
            return path.open("rb")
        except OSError as exc:
            found = f"cannot be read ({exc.strerror or exc})"
            kind = MissingError if isinstance(exc, FileNotFoundError | NotADirectoryError) else StoreError
            raise kind(path, found, advice="Check that it exists.") from exc

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Yield the path of a file, which is on this machine already.

        Raises:
            StoreError: it is not there.
        """
        self.identity(key)
        yield self.path(key)

    def readable(self, key: str) -> AbstractContextManager[Path]:
        """Yield the path of a file."""
        return self.local(key)

    @contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        """Yield the path of a file itself, for who writes it as a whole.

        Raises:
            OutputError: its folder can't be made.
        """
        yield self._place(key)

    def put(self, content: bytes, key: str) -> None:
        """Write a small file: as a whole or not at all, in place of an earlier one.

        Raises:
            OutputError: it can't be written.
        """
        write_bytes(self._place(key), content)

    def move(self, key: str, target: str) -> None:
        """Rename a file, in place of an earlier one.

        Raises:
            OutputError: it can't be moved.
        """
        path = self._place(target)
        try:
            self.path(key).replace(path)
        except OSError as exc:
            raise unwritable(path, exc) from exc

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none.

        Raises:
            OutputError: it can't be removed.
        """
        path = self.path(key)
        try:
            path.unlink(missing_ok=True)
        except OSError as exc:
            raise unwritable(path, exc) from exc

    def clear(self, folder: str) -> None:
        """Remove a folder with all that is in it; what can't be removed stays."""
        shutil.rmtree(self._folder(folder), ignore_errors=True)

    def sweep(self, *folders: str) -> None:
        """Remove half-written files directly in some folders whose writers are gone."""
        for folder in folders or ("",):
            if folder and self._folder(folder).is_symlink():
                continue
            for partial in self._folder(folder).glob(f"{PARTIAL}*"):
                if is_left_over(partial):
                    partial.unlink(missing_ok=True)

    def identity(self, key: str) -> InputIdentity:
        """Look up size and time of change.

        Raises:
            StoreError: it is not there.
        """
        _refuse_devices(self.path(key))
        try:
            return identity_of(self.path(key))
        except RecordingError as exc:
            kind = MissingError if isinstance(exc.__cause__, FileNotFoundError | NotADirectoryError) else StoreError
            raise kind(exc.subject, exc.found, exc.expected, exc.advice) from exc

    def lease(self, key: str) -> LocalLease:
        """Return what keeps a lease under a key."""
        return LocalLease(self.path(key))

    def path(self, key: str) -> Path:
        """Return the path of a key, whether or not there is a file.

        Raises:
            StoreError: it leads out of the store.
        """
        parts = PurePosixPath(key).parts
        if not parts or ".." in parts or Path(key).is_absolute() or Path(key).drive:
            advice = f"Use its path below {self.root}."
            raise StoreError(repr(key), "not the key of a file in this store", advice=advice)
        return self.root.joinpath(*parts)

    def _place(self, key: str) -> Path:
        """Return the path of a file that is about to be written, whose folder then exists.

        Raises:
            OutputError: the folder can't be made, or a link on the way to it leads elsewhere.
        """
        path = self.path(key)
        for depth in range(1, len(path.relative_to(self.root).parts)):
            folder = self.root.joinpath(*path.relative_to(self.root).parts[:depth])
            if folder.is_symlink():
                advice = "Remove the link, or choose another folder for the results."
                raise OutputError(folder, "a link to another place, which is not written to", advice=advice)
        _make(path.parent)
        return path

    def _folder(self, key: str) -> Path:
        return self.path(key) if key else self.root


def _refuse_devices(path: Path) -> None:
    """Refuse what is neither file nor folder: who reads from a pipe or a device may wait, or read, for ever.

    Raises:
        StoreError: it is such a thing.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # who opens it learns why
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise StoreError(path, "a pipe or a device, not a file", advice="Remove it, or copy what it gives to a file.")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise unwritable(folder, exc) from exc


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk through folders. Follows links if it is to, but enters no folder twice, so that loops end."""

    links: bool
    enter: Callable[[str], bool]
    entered: set[tuple[int, int]] = field(default_factory=set)
    """Device and inode of folders: the same for a folder however it is spelled or linked to."""

    def below(self, folder: Path, key: str) -> Iterator[str]:
        """Yield the keys of the files below a folder that has this key itself."""
        try:
            if self.links and not self._first_time(folder):
                return
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError:
            yield f"{key}/"  # who opens it learns why
            return
        for entry in entries:
            inner = f"{key}/{entry.name}" if key else entry.name
            if _is_folder(entry):
                if (self.links or not entry.is_symlink()) and self.enter(inner):
                    yield from self.below(folder / entry.name, inner)
            elif not entry.name.startswith(PARTIAL):
                yield inner

    def _first_time(self, folder: Path) -> bool:
        found = folder.stat()
        place = found.st_dev, found.st_ino
        first = place not in self.entered
        self.entered.add(place)
        return first


def _is_folder(entry: os.DirEntry[str]) -> bool:
    if entry.is_symlink():
        return os.path.isdir(entry.path)  # noqa: PTH112 (is_dir raises where the target can't be looked at)
    return entry.is_dir()
