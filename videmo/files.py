"""Write files as a whole or not at all, and tell who writes, so that others can tell whether the writer still lives."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import socket
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from videmo.errors import OutputError

PARTIAL: Final = ".partial-"
"""Temporary files begin with this, and go on with who writes them; see `is_left_over`."""
LEFT_OVER_S: Final = 3600.0
"""A temporary file of another machine that nobody has written to for so long has no writer any more."""

NO_LOCKS: Final = frozenset({errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOLCK, errno.EINVAL})
"""What file systems answer that have no locks."""
_GONE: Final = ("Z", "X", "x")
"""States of a process that has ended but is still listed."""
_PROCESSES: Final = Path("/proc")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that takes its place when the block ends well.

    After an error, ``path`` is as it was and the temporary file is gone.

    Raises:
        OutputError: the folder can't be written to or the disk is full, or nobody wants the file any more.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The suffix stays: writers choose their format by it.
        partial = path.with_name(unique_name(PARTIAL, path.suffix))
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as exc:
        raise unwritable(path, exc) from exc
    try:
        yield partial
        partial.chmod(0o666 & ~_umask())
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        _check_wanted(path)
        partial.replace(path)
    except OSError as exc:
        raise unwritable(path, exc) from exc
    finally:
        partial.unlink(missing_ok=True)


def write_only_beside(mark: Path) -> None:
    """Have this process replace files only as long as a mark is there; it is removed when the run that left it ends.

    A process may be stopped for so long, as when its machine sleeps, that its work is done elsewhere and the run ends.
    When it goes on, in the middle of a task, it must not write into what is finished.
    """
    global _mark
    _mark = mark


_mark: Path | None = None


def _check_wanted(path: Path) -> None:
    if _mark is not None and not _mark.exists():
        advice = "It was done elsewhere; if not, run the same command again."
        raise OutputError(path, "not written, as the run that wanted it has ended", advice=advice)


def unwritable(path: Path, error: OSError) -> OutputError:
    """Make the error that says why something can't be written."""
    advice = "Free some space, check the permissions, or choose another folder."
    if isinstance(error, FileExistsError | NotADirectoryError):
        advice = "A file is in the way: choose another folder, or move the file."
    return OutputError(path, f"cannot be written ({error.strerror or error})", advice=advice)


def is_left_over(partial: Path) -> bool:
    """Tell whether the writer of a temporary file is gone.

    Whether one of this machine lives can be seen. One of another machine is gone when the file has not changed for an
    hour, by the clock of the file system alone; so is the writer of a file whose name does not say who that is.
    """
    writer = writer_of(partial.name, PARTIAL)
    alive = lives(writer) if writer else None
    if alive is not None:
        return not alive
    try:
        changed_s = partial.stat().st_mtime
        return file_system_time_s(partial.parent) - changed_s > LEFT_OVER_S
    except OSError:
        return False


def file_system_time_s(folder: Path) -> float:
    """Return the time that a file gets that is written in a folder now, in seconds since 1970.

    Raises:
        OSError: nothing can be written there.
    """
    probe = folder / unique_name(PARTIAL, "")
    try:
        with probe.open("xb") as stream:
            stream.write(b"\n")
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all.

    Raises:
        OutputError: it can't be written.
    """
    with replacing(path) as partial:
        partial.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a small text file as a whole."""
    # A file name need not be UTF-8; its odd bytes are spelled out, in JSON as an escape that reads back.
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def write_json(path: Path, content: Any) -> None:
    """Write JSON, readable and with sorted keys."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object, or None where there is none or it is damaged (it is then made anew)."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


# Who writes.


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
