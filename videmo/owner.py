"""Tell who writes: which machine and which process, so that others can tell whether the writer still lives."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import sys
import uuid
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

_GONE: Final = ("Z", "X", "x")
"""States of a process that has ended but is still listed."""
_PROCESSES: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that writes, as files tell of it."""

    host: str
    """The name of the machine, as people know it."""
    place: str
    """The same for all processes that see each other's numbers: of one machine since it started, of one container."""
    process: int
    begun: str = ""
    """When the process began, as its system counts; empty where that does not say. Numbers are given anew."""

    @property
    def is_here(self) -> bool:
        """Tell whether it is, or was, a process of this machine."""
        return self.place == _place()


def this_process() -> Owner:
    """Return this process."""
    number = os.getpid()
    return Owner(_host(), _place(), number, _stat_of(number)[1])


def lives(owner: Owner) -> bool | None:
    """Tell whether a process still runs; None where that can't be seen: on another machine, or on Windows."""
    if not owner.is_here:
        return None
    if owner.process == os.getpid():
        return True
    if sys.platform == "win32":
        return None  # there, asking would end it
    try:
        os.kill(owner.process, 0)
    except PermissionError:
        return True  # of another user, whose processes may be hidden
    except (ProcessLookupError, OverflowError):
        return False
    state, begun = _stat_of(owner.process)
    return state not in _GONE and owner.begun in ("", begun)


# Names of temporary files.

_NAMED: Final = re.compile(r"(?P<host>[A-Za-z0-9]*)-(?P<place>[0-9a-f]{12})-(?P<process>\d+)-[0-9a-f]{32}(?:\..*)?$")


def unique_name(prefix: str, suffix: str) -> str:
    """Name a temporary file such that no other process on any machine takes the same name, and its writer is known."""
    host = re.sub(r"[^A-Za-z0-9]", "", _host())[:20]
    return f"{prefix}{host}-{_place()}-{os.getpid()}-{uuid.uuid4().hex}{suffix}"


def writer_of(name: str, prefix: str) -> Owner | None:
    """Return who writes a file with a name of `unique_name`; None for other names."""
    found = _NAMED.match(name.removeprefix(prefix))
    return Owner(found["host"], found["place"], int(found["process"])) if found else None


@lru_cache(maxsize=1)
def _host() -> str:
    return socket.gethostname()


@lru_cache(maxsize=1)
def _place() -> str:
    told = [_host()]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        with suppress(OSError):
            told.append(os.readlink(path) if path.endswith("pid") else Path(path).read_text())  # noqa: PTH115
    return hashlib.sha256("\n".join(told).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _stat_of(process: int) -> tuple[str, str]:
    """Return state and beginning of a process, as Linux tells them; empty where there is none, or no such system."""
    try:
        # Behind the last bracket: the name of a program may contain anything.
        fields = (_PROCESSES / str(process) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return "", ""
    return fields[0], fields[19]
