"""Keep files in a folder of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from videmo.errors import RecordingError
from videmo.files import PARTIAL, replacing, unwritable
from videmo.store.identity import InputIdentity, identity_of
from videmo.store.protocol import Entry, StoreError


class LocalStore:
    """A folder as a `protocol.Store`."""

    def __init__(self, root: Path) -> None:
        """Keep files below ``root``, which need not exist yet."""
        self.root = root

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Yield the files whose keys begin with a prefix, by key; half-written ones are left out."""
        within = self.root / prefix[: prefix.rfind("/") + 1]
        for key in sorted(self._keys(within)):
            if key.startswith(prefix):
                yield Entry(key, self.identity(key))

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
            raise StoreError(path, found, advice="Check that it exists.") from exc

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Yield the path of a file, which is on this machine already.

        Raises:
            StoreError: it is not there.
        """
        self.identity(key)
        yield self.path(key)

    def put(self, content: bytes | Path, key: str) -> None:
        """Write a file from bytes or a local file: as a whole or not at all, in place of an earlier one.

        Raises:
            OutputError: it can't be written.
        """
        with replacing(self.path(key)) as partial:
            if isinstance(content, bytes):
                partial.write_bytes(content)
            else:
                shutil.copyfile(content, partial)

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

    def identity(self, key: str) -> InputIdentity:
        """Look up size and time of change.

        Raises:
            StoreError: it is not there.
        """
        try:
            return identity_of(self.path(key))
        except RecordingError as exc:
            raise StoreError(exc.subject, exc.found, exc.expected, exc.advice) from exc

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

    def _keys(self, folder: Path) -> Iterator[str]:
        for parent, _, names in os.walk(folder):
            for name in names:
                if not name.startswith(PARTIAL):
                    yield (Path(parent) / name).relative_to(self.root).as_posix()
