"""Run a task so that no error escapes."""

from __future__ import annotations

import time
import traceback

from videmo.batch.engines.protocol import Finished, Task
from videmo.errors import BUG, MORE_MEMORY, VidemoError, memory_ran_out


def execute(task: Task) -> Finished:
    """Run a task, in a worker; an error becomes a failure."""
    begun = time.monotonic()
    try:
        value = task.run()
        return Finished(task, value, took_s=time.monotonic() - begun)
    except Exception as exc:  # the one broad net: a bug must cost one recording, not the run
        return failed(task, exc)


def failed(task: Task, error: Exception) -> Finished:
    """Report a task that ended in an error. Called while the error is being handled."""
    if isinstance(error, VidemoError):
        return Finished(task, failure=str(error), details=traceback.format_exc())
    if memory_ran_out(error):
        lack = VidemoError(task.source.path, "memory ran out", advice=MORE_MEMORY)
        return Finished(task, failure=str(lack), details=traceback.format_exc())
    return unexpected(task, describe(error), traceback.format_exc())


def unexpected(task: Task, error: str, details: str) -> Finished:
    """Report an error that only a bug in videmo can cause.

    Args:
        task: what was to be done.
        error: kind and message, as `describe` makes it.
        details: the traceback.
    """
    failure = VidemoError(task.source.path, f"unexpected error ({error})", advice=BUG)
    return Finished(task, failure=str(failure), details=details)


def describe(error: Exception) -> str:
    """Word an error in short: its type and message."""
    return f"{type(error).__name__}: {error}"
