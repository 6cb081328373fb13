"""Hold a folder of results for one run, and wait for the workers of a killed one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from videmo.batch.engines import guard
from videmo.results.folder import ResultsFolder


@contextmanager
def held(folder: ResultsFolder) -> Iterator[None]:
    """Hold a folder, so that nobody else writes to it, not even workers of a run that was killed.

    Raises:
        UsageError: it is the folder of a single recording.
        OutputError: another run holds it, workers of a killed one don't end, or it can't be written to.
    """
    with folder.lock():
        guard.wait_until_free(folder.guard)
        try:
            yield
        finally:
            guard.removed(folder.guard)
