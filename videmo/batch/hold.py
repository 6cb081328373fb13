"""Hold a folder of results for one run, and wait for the workers of a killed one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from videmo.batch.engines import guard
from videmo.batch.engines.protocol import Engine, EngineKind, Task
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


@contextmanager
def workers(kind: EngineKind, jobs: int, folder: ResultsFolder, tasks: Sequence[Task]) -> Iterator[Engine]:
    """Hold a folder and yield what runs tasks that write to it.

    An interrupt ends the workers in the middle of what they are writing; that is then removed.

    Args:
        kind: makes the engine.
        jobs: number of tasks at a time.
        folder: of results.
        tasks: the first ones, one for each recording.

    Raises:
        UsageError, OutputError: as for `held`.
    """
    with held(folder):
        try:
            with kind(jobs, guard=folder.guard) as engine:
                yield engine
        except KeyboardInterrupt:
            folder.tidy()
            for task in tasks:
                folder.recording(task.source.key).sweep()
            raise
