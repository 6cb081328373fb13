"""Hold a folder of results for one run, and wait for the workers of a killed one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from videmo.batch.engines import guard
from videmo.batch.engines.protocol import Engine, EngineKind, Task
from videmo.results.folder import ResultsFolder
from videmo.results.locks import Note, unheard

Hold = tuple[AbstractContextManager[None], Path]


@contextmanager
def held(folder: ResultsFolder, note: Note = unheard) -> Iterator[None]:
    """Hold a folder, so that nobody else writes to it, not even workers of a run that was killed.

    Args:
        folder: of results.
        note: receives a sentence where something has to be waited for.

    Raises:
        UsageError: it is the folder of a single recording.
        OutputError: another run holds it, workers of a killed one don't end, or it can't be written to.
    """
    with folder.lock(note):
        for path in folder.shard_guards:
            guard.wait_until_free(path)
        with guarded(folder.guard):
            yield


@contextmanager
def held_results(folder: ResultsFolder) -> Iterator[None]:
    """Hold a folder as `held` does, if it has results: a mistyped name leaves nothing behind.

    Raises:
        ResultsError: it isn't there, or has no results.
        UsageError, OutputError: as for `held`.
    """
    if folder.is_study or not folder.has_traces:
        folder.require_finished()
    with held(folder):
        yield


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Wait for the workers of a killed run, by the file that they hold, and remove it at the end.

    Raises:
        OutputError: they don't end.
    """
    guard.wait_until_free(path)
    try:
        yield
    finally:
        guard.removed(path)


@contextmanager
def workers(
    kind: EngineKind,
    jobs: int,
    folder: ResultsFolder,
    tasks: Sequence[Task],
    hold: Hold | None = None,
    files: Collection[str] = (),
    note: Note = unheard,
) -> Iterator[Engine]:
    """Hold a folder and yield what runs tasks that write to it.

    An interrupt ends the workers in the middle of what they are writing; that is then removed.

    Args:
        kind: makes the engine.
        jobs: number of tasks at a time.
        folder: of results.
        tasks: the first ones, one for each recording.
        hold: how to hold it, and the file that each worker holds; None for the whole folder.
        files: that tasks read besides their recordings, see `weights.named`.
        note: receives a sentence where the whole folder has to be waited for.

    Raises:
        UsageError, OutputError: as for `held`.
    """
    holding, guard_file = hold or (held(folder, note), folder.guard)
    with holding:
        try:
            places = [task.source.path for task in tasks]
            with kind(jobs, guard=guard_file, files=files, out=folder.path, sources=places) as engine:
                yield engine
        except KeyboardInterrupt:
            if hold is None:  # else others write there
                folder.tidy()
            for task in tasks:
                folder.recording(task.source.key).sweep()
            raise
