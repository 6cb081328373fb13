"""Hold a folder of results for one run, or for one shard of a run that goes on on several machines.

A lock of the file system tells at once, and ends with its process, but not every file system has such, and not all that
have tell other machines. So a lease in the folder stands beside each lock, see `store.lease`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from videmo.errors import OutputError
from videmo.files import NO_LOCKS, lives, unwritable
from videmo.results import names
from videmo.store.lease import OWN_TIME, Held, Holder, Lease, LeaseFile, LeaseLost, Time, holder_in, kept, require_free
from videmo.store.protocol import Store

Note = Callable[[str], None]
_MOMENT_S: Final = 60.0
"""How long a shard waits for others that are just beginning."""
_RUN: Final = "another videmo run is writing to it"


def unheard(words: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Locks:
    """The locks and leases of a folder of results."""

    store: Store
    """Of the folder; its `here` holds the locks."""
    called: Path
    """The folder, as errors name it."""
    note: Note = unheard
    """Receives a sentence where something has to be waited for."""
    time: Time = OWN_TIME
    """By which leases are watched and renewed."""

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Hold the folder alone.

        Raises:
            OutputError: another run or a shard holds it, it was taken over, or it can't be written to.
        """
        run = self.store.lease(names.RUN_LEASE)
        with self._locked(names.LOCK, _RUN, run) as locked:
            self._require_free({run: _RUN}, locked)
            with self._leased(run, _RUN):
                self._refuse_shards()
                yield

    @contextmanager
    def shard(self, index: int, begin: Callable[[], None]) -> Iterator[None]:
        """Hold a shard of the folder; others may be held at the same time.

        Args:
            index: of the shard.
            begin: what to do first, while no other shard of this machine begins.

        Raises:
            OutputError: a run, or the same shard, holds it, it was taken over, or it can't be written to.
        """
        run, own, busy = self.store.lease(names.RUN_LEASE), self.store.lease(names.shard_lease(index)), _busy(index)
        if (holder := self._holder(run)) and lives(holder.owner):
            raise self._refusal(_RUN, holder)
        with ExitStack() as stack:
            with self._locked(names.LOCK, _RUN, run, patience_s=_MOMENT_S) as alone:
                locked = stack.enter_context(self._locked(names.shard_lock(f"{index:04}"), busy, own))
            self._require_free({run: _RUN, own: busy}, alone and locked)
            with self._locked(names.LOCK, _RUN, run, patience_s=_MOMENT_S):
                stack.enter_context(self._leased(own, busy))
                # A run and a shard that begin at one moment both leave their leases before they look for the other's.
                if (seen := run.look()) is not None:
                    raise self._refusal(_RUN, holder_in(seen.content))
                begin()
            yield

    def _refuse_shards(self) -> None:
        """Refuse to go on while shards are at work."""
        here = self.store.here
        for path in sorted(here.glob(names.shard_lock("*"))):
            if not _free(path):
                holder = self._holder(self.store.lease(names.shard_lease(_number(path.name))))
                raise self._shards_at_work(f"shard {_number(path.name)}", holder)
        places = {key: self.store.lease(key) for key in self.store.list(names.LEASES) if key != names.RUN_LEASE}
        try:
            require_free([*places.values()], locked=lambda lease: True, note=self.note, time=self.time)
        except Held as exc:
            raise self._shards_at_work("a shard", exc.holder) from exc

    def _shards_at_work(self, which: str, holder: Holder | None) -> OutputError:
        held = f"{which} is held{_by(holder)}"
        return OutputError(self.called, f"shards are at work there ({held})", advice="Wait until they have ended.")

    @contextmanager
    def _locked(self, name: str, busy: str, lease: LeaseFile, *, patience_s: float = 0.0) -> Iterator[bool]:
        """Hold a lock of the file system; yields False where there are no locks."""
        from filelock import FileLock, Timeout

        path = self.store.here / name
        with ExitStack() as stack:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                works = _has_locks(path)
                if works:
                    stack.enter_context(FileLock(path, timeout=patience_s))
            except Timeout as exc:
                raise self._refusal(busy, self._holder(lease)) from exc
            except OSError as exc:
                if exc.errno not in NO_LOCKS:
                    raise unwritable(self.called, exc) from exc
                works = False
            yield works

    def _require_free(self, leases: dict[LeaseFile, str], locked: bool) -> None:
        for lease, busy in leases.items():
            try:
                require_free([lease], locked=lambda _: locked, note=self.note, time=self.time)
            except Held as exc:
                raise self._refusal(busy, exc.holder) from exc

    @contextmanager
    def _leased(self, file: LeaseFile, busy: str) -> Iterator[None]:
        lease = Lease(file)
        try:
            lease.claim()
        except Held as exc:
            raise self._refusal(busy, exc.holder) from exc
        try:
            with kept(lease, self.time):
                yield
        except LeaseLost as exc:
            found = f"it gave no sign of life for too long, and another run has taken over{_by(exc.holder)}"
            raise OutputError(self.called, found, advice="Leave the work to that run, or wait until it ends.") from exc

    def _holder(self, lease: LeaseFile) -> Holder | None:
        seen = lease.look()
        return holder_in(seen.content) if seen else None

    def _refusal(self, busy: str, holder: Holder | None) -> OutputError:
        there = f" or end it on {holder.owner.host}," if holder else ""
        advice = f"Wait for it to finish,{there} or choose another folder for the results."
        return OutputError(self.called, f"{busy}{_by(holder)}", advice=advice)


def _by(holder: Holder | None) -> str:
    return f" ({holder})" if holder else ""


def _busy(index: int) -> str:
    return f"shard {index} is at work already"


def _number(name: str) -> int:
    digits = "".join(filter(str.isdigit, name))
    return int(digits or 0)


def _has_locks(path: Path) -> bool:
    """Tell whether the file system of a file has locks."""
    if sys.platform == "win32":
        return True
    import fcntl

    with path.open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_UN)  # what is not held: nobody else is kept from it
        except OSError as exc:
            if exc.errno in NO_LOCKS:
                return False
            raise
    return True


def _free(path: Path) -> bool:
    """Tell whether nobody holds a lock."""
    from filelock import FileLock, Timeout

    if not _has_locks(path):
        return True
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return False
    lock.release()
    return True
