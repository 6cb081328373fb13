"""Keep files in a folder of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from videmo.errors import RecordingError
from videmo.files import PARTIAL, replacing, unwritable
from videmo.store.identity import InputIdentity, identity_of
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

    @contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        """Yield the path of a file itself, for who writes it as a whole.

        Raises:
            OutputError: its folder can't be made.
        """
        path = self.path(key)
        _make(path.parent)
        yield path

    def put(self, content: bytes, key: str) -> None:
        """Write a small file: as a whole or not at all, in place of an earlier one.

        Raises:
            OutputError: it can't be written.
        """
        with replacing(self.path(key)) as partial:
            partial.write_bytes(content)

    def move(self, key: str, target: str) -> None:
        """Rename a file, in place of an earlier one.

        Raises:
            OutputError: it can't be moved.
        """
        path = self.path(target)
        _make(path.parent)
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
        """Remove half-written files directly in some folders."""
        for folder in folders or ("",):
            for partial in self._folder(folder).glob(f"{PARTIAL}*"):
                partial.unlink(missing_ok=True)

    def identity(self, key: str) -> InputIdentity:
        """Look up size and time of change.

        Raises:
            StoreError: it is not there.
        """
        try:
            return identity_of(self.path(key))
        except RecordingError as exc:
            kind = MissingError if isinstance(exc.__cause__, FileNotFoundError | NotADirectoryError) else StoreError
            raise kind(exc.subject, exc.found, exc.expected, exc.advice) from exc

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

    def _folder(self, key: str) -> Path:
        return self.path(key) if key else self.root


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
        stat = folder.stat()
        place = stat.st_dev, stat.st_ino
        first = place not in self.entered
        self.entered.add(place)
        return first


def _is_folder(entry: os.DirEntry[str]) -> bool:
    if entry.is_symlink():
        return os.path.isdir(entry.path)  # noqa: PTH112 (is_dir raises where the target can't be looked at)
    return entry.is_dir()
