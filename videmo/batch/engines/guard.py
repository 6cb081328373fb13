"""Keep a new run from working while workers of a killed one still end.

A killed run's workers end by themselves, within moments (see `worker`). What they write in the meantime must not mix
with what the next run writes. So each worker holds a file in the folder of results from before its first task until it
ends, and a run waits until nobody holds it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import BinaryIO

from videmo.errors import OutputError
from videmo.files import NO_LOCKS

_STEP_S = 0.05


def hold(path: Path) -> BinaryIO:
    """Hold a guard until the returned file is closed, at the latest when this process ends, however it ends.

    Any number of workers hold it together. Waits while a run is just looking whether it is free.
    """
    stream = path.open("a+b")
    if sys.platform != "win32":  # on Windows, a file that is open can't be removed; that is hold enough
        import fcntl

        try:
            fcntl.flock(stream, fcntl.LOCK_SH)
        except OSError as exc:
            if exc.errno not in NO_LOCKS:
                raise  # else nobody can hold it: workers end by themselves, and what two write is the same
    return stream


def wait_until_free(path: Path, *, patience_s: float = 10.0) -> None:
    """Wait until no worker holds a guard, and remove it. Call it only while holding the folder's own lock.

    Raises:
        OutputError: one still does after so many seconds.
    """
    deadline = time.monotonic() + patience_s
    while not removed(path):
        if time.monotonic() > deadline:
            advice = "End them, or wait until they have ended, and run again."
            raise OutputError(path.parent, "worker processes of a killed run are still writing to it", advice=advice)
        time.sleep(_STEP_S)


def removed(path: Path) -> bool:
    """Remove a guard unless a worker holds it; returns whether it is gone."""
    try:
        if sys.platform == "win32":
            path.unlink(missing_ok=True)
            return True
        import fcntl

        with path.open("r+b") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as exc:
                if exc.errno not in NO_LOCKS:
                    raise
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return True
    except (BlockingIOError, PermissionError):
        return False
    return True
