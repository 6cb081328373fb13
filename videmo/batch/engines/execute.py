"""Run a task such that no error leaves it."""

from __future__ import annotations

import traceback

from videmo.batch.engines.protocol import Finished, Task
from videmo.errors import VidemoError


def execute(task: Task) -> Finished:
    """Run a task, in a worker; an error becomes a failure."""
    try:
        return Finished(task, value=task.run())
    except Exception as exc:  # the one broad net: a mistake of ours must cost one recording, not the run
        return failed(task, exc)


def failed(task: Task, error: Exception) -> Finished:
    """Tell of a task that ended in an error. Called while the error is being handled."""
    if isinstance(error, VidemoError):
        return Finished(task, failure=str(error), details=traceback.format_exc())
    return unexpected(task, describe(error), traceback.format_exc())


def unexpected(task: Task, error: str, details: str) -> Finished:
    """Tell of an error that only a mistake of ours can make.

    Args:
        task: what was to be done.
        error: kind and message, as `describe` makes it.
        details: the traceback.
    """
    sentence = f"{task.source.path}: unexpected {error}. This is a mistake in videmo; please report it."
    return Finished(task, failure=sentence, details=details)


def describe(error: Exception) -> str:
    """Word an error in short: its kind and message."""
    return f"{type(error).__name__}: {error}"
