"""Keep a lease where a file can be created exclusively, but not changed or removed on condition.

The lease itself is created once and never changed. Its owner gives signs of life in a file of its own. Who takes it
first creates a third file, which only one of several can do; who finds that one doesn't own the lease any more.
"""

from __future__ import annotations

import hashlib
import uuid
from contextlib import suppress
from typing import BinaryIO, Final, Protocol

from videmo.errors import UsageError
from videmo.store.lease import Seen
from videmo.store.protocol import StoreError

_SIGNS: Final = ".signs"
"""Behind the name of the folder of leases: the one with signs of life, and of being taken."""


class Files(Protocol):
    """Keeps a lease: a `foreign.ForeignStore`."""

    def open(self, key: str) -> BinaryIO: ...

    def put(self, content: bytes, key: str) -> None: ...

    def create(self, content: bytes, key: str) -> bool: ...

    def delete(self, key: str) -> None: ...

    def no_creation(self) -> UsageError: ...


class ForeignLease:
    """Three files as a `lease.LeaseFile`."""

    def __init__(self, files: Files, key: str) -> None:
        """Keep it under a key."""
        self._files, self._key = files, key

    def look(self) -> Seen | None:
        """Return what is there; None if there is no lease."""
        content = self._read(self._key)
        if content is None:
            return None
        signs = [self._read(self._sign(content, which)) or b"" for which in ("life", "taken")]
        return Seen(content, b" ".join(signs).decode())

    def create(self, content: bytes) -> bool:
        """Write a lease unless there is one.

        Raises:
            UsageError: a file can't be created exclusively there.
            OutputError: it can't be written.
        """
        if not self._files.create(content, self._key):
            return False
        if self._files.create(content, self._key):  # an older library that does not know the word
            self._files.delete(self._key)
            raise self._files.no_creation()
        return True

    def renew(self, content: bytes) -> bool:
        """Give another sign of life, if the lease still has this content and nobody takes it."""
        if not self._is_of(content):
            return False
        life = self._sign(content, "life")
        self._files.put(uuid.uuid4().hex.encode(), life)
        if self._is_of(content):
            return True
        self._files.delete(life)
        return False

    def take(self, seen: Seen) -> bool:
        """Remove the lease if it is as it was seen.

        If somebody was just about to do this and ended in the middle, as seen all the time since, that is made undone.
        """
        if self.look() != seen:
            return False
        taken = self._sign(seen.content, "taken")
        if seen.sign.split(" ")[1:] not in ([], [""]):
            self._files.delete(taken)
        if not self._files.create(uuid.uuid4().hex.encode(), taken):
            return False
        try:
            if self._read(self._key) != seen.content:
                return False
            self._files.delete(self._key)
            self._files.delete(self._sign(seen.content, "life"))
            return True
        finally:
            self._files.delete(taken)

    def _is_of(self, content: bytes) -> bool:
        return self._read(self._sign(content, "taken")) is None and self._read(self._key) == content

    def _read(self, key: str) -> bytes | None:
        with suppress(StoreError), self._files.open(key) as stream:
            return stream.read()
        return None

    def _sign(self, content: bytes, which: str) -> str:
        folder, _, name = self._key.rpartition("/")
        return f"{folder}{_SIGNS}/{name}-{hashlib.sha256(content).hexdigest()[:16]}-{which}"
