"""Tell on another machine whether it sees the same places as the one that started a run, and may use them."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from videmo.errors import VidemoError
from videmo.store.protocol import MissingError, StoreError
from videmo.store.stores import address, kind_of, store_of

PATIENCE_S: Final = 5.0
"""How long a file system may take to show what another machine has written."""
_STEP_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Mark:
    """A file in the folder of results by which another machine tells that it sees the same folder."""

    location: str
    content: str

    @classmethod
    def leave(cls, results: Path, folder: str, content: str) -> Self:
        """Write it, in place of what killed runs left.

        Args:
            results: location of the folder of results.
            folder: in there, with nothing else in it.
            content: another one for each run; it names the file.

        Raises:
            OutputError, UnreachableError: the folder can't be written to.
        """
        store = store_of(results / folder)
        store.clear("")
        store.put(content.encode(), content)
        return cls(address(results / folder / content), content)

    @property
    def work(self) -> str:
        """Return the same for all runs that can't go on at the same time: the folder that marks lie in."""
        return str(Path(self.location).parent)

    @property
    def is_far(self) -> bool:
        """Tell whether it lies in no folder of this machine."""
        return bool(kind_of(Path(self.location)))

    def remove(self) -> None:
        """Remove it, with its folder."""
        with suppress(VidemoError, OSError):
            store_of(Path(self.work)).clear("")

    def trouble(self) -> str:
        """Word why a machine can't work in the folder of results; empty if it can."""
        results = _spelled(Path(self.work).parent)
        try:
            found = self._awaited()
            if found == self.content and self.is_far:
                self._try_to_write()
        except VidemoError as exc:
            return f"{exc.subject}: {exc.found}"
        if found is None:
            return f"{results} is not the folder of the results there"
        return "" if found == self.content else f"{results} is another folder there"

    def _awaited(self) -> str | None:
        """Read it, once it can be seen; None if it never is."""
        deadline = time.monotonic() + PATIENCE_S
        while (found := self._read()) is None and time.monotonic() < deadline:
            for folder in () if self.is_far else (Path(self.work).parent, Path(self.work)):
                with suppress(OSError):
                    os.listdir(folder)  # makes a network's file system look again
            time.sleep(_STEP_S)
        return found

    def _read(self) -> str | None:
        try:
            with store_of(Path(self.work)).open(Path(self.location).name) as stream:
                return stream.read().decode()
        except (StoreError, OSError):
            return None

    def _try_to_write(self) -> None:
        """Write and remove a file beside it.

        Raises:
            VidemoError: that is not possible.
        """
        store, key = store_of(Path(self.work)), f"{self.content}-{uuid.uuid4().hex}"
        store.put(b"", key)
        store.delete(key)


def unreadable(recording: Path) -> str:
    """Word why this machine can't read from the place in which a recording lies; empty if it can.

    Whether the recording itself is there makes no difference: who reads it will say so.
    """
    try:
        store_of(recording.parent).identity(recording.name)
    except MissingError:
        return ""
    except VidemoError as exc:
        return f"{exc.subject}: {exc.found}"
    return ""


def one_in_each_place(recordings: Iterable[Path]) -> tuple[str, ...]:
    """Choose a recording of each bucket, or whatever else has an access of its own, of those in no folder."""
    chosen: dict[tuple[str, ...], str] = {}
    for recording in recordings:
        if kind_of(recording):
            chosen.setdefault(recording.parts[:2], str(recording))
    return tuple(chosen.values())


def _spelled(location: Path) -> str:
    """Spell a location as users do."""
    kind = kind_of(location)
    return str(location).replace(":/", "://", 1) if kind else str(location)
