"""Hold a folder of results for one run, or for one shard of a run that goes on on several machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from videmo.errors import OutputError
from videmo.files import unwritable
from videmo.results import names

if TYPE_CHECKING:
    from filelock import BaseFileLock

_MOMENT_S: Final = 60.0
"""How long a shard waits for others that are just beginning."""


@contextmanager
def whole(here: Path, called: Path) -> Iterator[None]:
    """Hold a folder alone.

    Args:
        here: the folder on this machine that holds the locks.
        called: the folder, as errors name it.

    Raises:
        OutputError: another run or a shard holds it, or it can't be written to.
    """
    with _held(here / names.LOCK, called, "another videmo run is writing to it"):
        busy = [path.name for path in sorted(here.glob(names.shard_lock("*"))) if not _free(path)]
        if busy:
            advice = "Wait until they have ended."
            raise OutputError(called, f"{len(busy)} of its shards are at work ({busy[0]} is held)", advice=advice)
        yield


@contextmanager
def beginning(here: Path, called: Path) -> Iterator[None]:
    """Hold a folder for the moment in which a shard begins: no run is in it, and no other shard begins.

    Raises:
        OutputError: a run holds it, or it can't be written to.
    """
    with _held(here / names.LOCK, called, "another videmo run is writing to it", patience_s=_MOMENT_S):
        yield


@contextmanager
def shard(here: Path, called: Path, index: int) -> Iterator[None]:
    """Hold a shard of a folder; call it within `beginning`, whose end doesn't end this.

    Raises:
        OutputError: the same shard is at work already, or it can't be written to.
    """
    with _held(here / names.shard_lock(f"{index:04}"), called, f"shard {index} is at work already"):
        yield


@contextmanager
def _held(path: Path, called: Path, busy: str, *, patience_s: float = 0.0) -> Iterator[None]:
    from filelock import FileLock, Timeout

    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(FileLock(path, timeout=patience_s))
        except Timeout as exc:
            advice = "Wait for it to finish, or choose another folder for the results."
            raise OutputError(called, busy, advice=advice) from exc
        except OSError as exc:
            raise unwritable(called, exc) from exc
        yield


def _free(path: Path) -> bool:
    """Tell whether nobody holds a lock."""
    from filelock import FileLock, Timeout

    lock: BaseFileLock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return False
    lock.release()
    return True
