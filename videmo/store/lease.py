"""Hold something for as long as a run lives, where a lock of the file system can't tell: on other machines.

A lease is a small file that says who holds it. Its owner renews it every 20 seconds. Others never compare clocks: they
watch it, and only if nobody has renewed it for two minutes of their own time is it theirs. Of an owner on the same
machine they see at once whether it lives. An owner that was stopped for so long finds out when it renews, and ends.
"""

from __future__ import annotations

import _thread
import json
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from videmo.errors import VidemoError
from videmo.files import Owner, lives, this_process

RENEWED_S: Final = 20.0
"""How often the owner of a lease renews it."""
EXPIRES_S: Final = 120.0
"""How long a lease has to be watched without being renewed before it counts as left."""
_STEP_S: Final = 2.0
"""How often a lease that is watched is looked at."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A lease as it was found."""

    content: bytes
    sign: str
    """Another one after each renewal."""


class LeaseFile(Protocol):
    """Keeps a lease. All methods raise `VidemoError` where the store can't be written to or asked."""

    def look(self) -> Seen | None:
        """Return what is there; None if there is no lease."""
        ...

    def create(self, content: bytes) -> bool:
        """Write a lease unless there is one; returns whether it was written."""
        ...

    def renew(self, content: bytes) -> bool:
        """Give a sign of life; returns False if the lease there has another content by now."""
        ...

    def take(self, seen: Seen) -> bool:
        """Remove a lease if it is as it was seen; returns whether it was removed."""
        ...


class Time(Protocol):
    """Tells the time by which leases are watched and renewed."""

    def now(self) -> float:
        """Return the time in seconds, from any beginning."""
        ...

    def wait(self, seconds: float, over: threading.Event) -> bool:
        """Wait, at most until something is over; returns whether it is."""
        ...


class _OwnTime:
    """Goes on evenly, whatever is done to the clock of the machine."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float, over: threading.Event) -> bool:
        return over.wait(seconds)


OWN_TIME: Final[Time] = _OwnTime()


@dataclass(frozen=True, slots=True)
class Holder:
    """Say who holds a lease, and since when."""

    owner: Owner
    since: str
    """In UTC."""
    token: str
    """Of this one lease."""

    def __str__(self) -> str:
        return f"process {self.owner.process} on {self.owner.host}, since {self.since}"

    def written(self) -> bytes:
        """Return the content of the lease."""
        return (json.dumps(asdict(self), indent=2, sort_keys=True) + "\n").encode()


def holder_in(content: bytes) -> Holder | None:
    """Read who holds a lease; None if it was cut off, or says something else."""
    try:
        told = json.loads(content)
        owner = Owner(**told.pop("owner"))
        return Holder(owner, **told) if isinstance(owner.process, int) else None
    except (ValueError, TypeError, AttributeError, KeyError):
        return None


class Held(Exception):
    """Somebody else holds a lease, and lives."""

    def __init__(self, holder: Holder | None) -> None:
        super().__init__(str(holder or "somebody"))
        self.holder = holder


def require_free(
    leases: Sequence[LeaseFile],
    *,
    locked: Callable[[LeaseFile], bool] = lambda lease: False,
    note: Callable[[str], None] = lambda words: None,
    time: Time = OWN_TIME,
) -> None:
    """Wait until it is known that nobody holds some leases, and remove those that were left.

    Args:
        leases: to look at; they are watched together.
        locked: tells of a lease that no process of this machine can hold it, as this one has the lock beside it.
        note: receives a sentence if this takes a while.
        time: by which they are watched.

    Raises:
        Held: somebody lives who holds one.
    """
    watched: list[tuple[LeaseFile, Seen]] = []
    for lease in leases:
        seen = lease.look()
        if seen is None:
            continue
        holder = holder_in(seen.content)
        alive = lives(holder.owner) if holder else None
        if alive is None and holder and holder.owner.is_here and locked(lease):
            alive = False
        if alive:
            raise Held(holder)
        if alive is None:
            watched.append((lease, seen))
        elif not lease.take(seen):
            raise Held(_holder_of(lease))
    if watched:
        _watch(watched, note, time)


def _watch(watched: Sequence[tuple[LeaseFile, Seen]], note: Callable[[str], None], time: Time) -> None:
    holder = holder_in(watched[0][1].content)
    note(f"waiting up to {EXPIRES_S:.0f} s for a sign of life of who was at work here last ({holder or 'unknown'})")
    ends, never = time.now() + EXPIRES_S, threading.Event()
    while time.now() < ends:
        time.wait(_STEP_S, never)
        for lease, seen in watched:
            again = lease.look()
            if again is not None and again.sign != seen.sign:
                raise Held(holder_in(again.content))
    for lease, seen in watched:
        if not lease.take(seen) and lease.look() is not None:
            raise Held(_holder_of(lease))


def _holder_of(lease: LeaseFile) -> Holder | None:
    seen = lease.look()
    return holder_in(seen.content) if seen else None


class Lease:
    """A lease that this process holds.

    Args:
        file: keeps it.
        owner: who holds it; this process if None.
    """

    def __init__(self, file: LeaseFile, owner: Owner | None = None) -> None:
        self._file = file
        since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        self.holder = Holder(owner or this_process(), since, uuid.uuid4().hex)
        self.lost_to: Holder | None = None
        self.lost = False

    def claim(self) -> None:
        """Take it where nobody holds it, see `require_free`.

        Raises:
            Held: somebody was faster.
        """
        if not self._file.create(self.holder.written()):
            raise Held(_holder_of(self._file))

    def renew(self) -> None:
        """Give a sign of life, and note whether it is somebody else's by now; no answer tells nothing."""
        with suppress(VidemoError, OSError):
            if self._file.renew(self.holder.written()):
                return
            if self._file.look() is None and self._file.create(self.holder.written()):
                return  # somebody has removed the file
            self.lost_to, self.lost = _holder_of(self._file), True

    def release(self) -> None:
        """Give it back, if it is still this one's; what can't be removed expires."""
        with suppress(VidemoError, OSError):
            seen = self._file.look()
            if seen is not None and seen.content == self.holder.written():
                self._file.take(seen)


class LeaseLost(Exception):
    """Somebody else has taken a lease over, as this process gave no sign of life for too long."""

    def __init__(self, holder: Holder | None) -> None:
        super().__init__(str(holder or "somebody"))
        self.holder = holder


@contextmanager
def kept(lease: Lease, time: Time = OWN_TIME) -> Iterator[None]:
    """Renew a lease that was claimed for as long as the block lasts, and give it back.

    Raises:
        LeaseLost: it is somebody else's by now; the block was interrupted.
    """
    over, ended = threading.Event(), threading.Event()

    def renew() -> None:
        while not time.wait(RENEWED_S, over):
            lease.renew()
            if lease.lost:
                if not ended.is_set():
                    _interrupt(thread)
                return

    thread: Any = threading.current_thread()
    renewing = threading.Thread(target=renew, name="videmo-lease", daemon=True)
    try:  # the interrupt comes while the thread starts, while the block runs, or just after it
        try:
            renewing.start()
            yield
        finally:
            ended.set()
            over.set()
            if renewing.is_alive():
                renewing.join()
            lease.release()
    except KeyboardInterrupt:
        if lease.lost:
            raise LeaseLost(lease.lost_to) from None
        raise


def _interrupt(thread: threading.Thread) -> None:
    """Interrupt a thread as Ctrl-C does the main one; only that can be."""
    if thread is not threading.main_thread():
        return
    for request in (signal.SIGINT, signal.SIGTERM):  # a shell has jobs in the background ignore the first
        if callable(signal.getsignal(request)):
            if sys.platform == "win32":
                _thread.interrupt_main(request)
            else:
                os.kill(os.getpid(), request)
            return
