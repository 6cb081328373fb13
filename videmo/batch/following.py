"""Follow a run from task to task: what comes after each, and how each recording ended."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from videmo.batch.engines.protocol import Engine, Finished, Reference, Task
from videmo.batch.portions import Portions
from videmo.batch.progress import Listener, Step
from videmo.batch.queue import Supply, run_tasks
from videmo.batch.tasks import Chunk, Whole
from videmo.batch.waiting import Packed, Waiting
from videmo.errors import OutputError
from videmo.pipeline.run import phases_of
from videmo.pipeline.stages.observation import OBSERVE
from videmo.pipeline.work import Work
from videmo.records import Outcome, Source
from videmo.results.folder import ResultsFolder
from videmo.results.manifest import Manifest
from videmo.settings import Settings

_LIKELY = (
    "its modification time has changed since it was analysed, but its size and samples of its content have not, so the "
    "results are kept; if it was edited, have them overwritten"
)


@dataclass(frozen=True, slots=True)
class RunResult:
    """The result of a run."""

    outcomes: tuple[Outcome, ...]
    """One for each recording, by key."""
    out: Path
    notes: tuple[str, ...] = ()
    """What there is to know about the folder, in sentences."""

    @property
    def first_to_open(self) -> Path:
        """Return the file of the results to open first."""
        return ResultsFolder(self.out).first_to_open

    @property
    def failed(self) -> list[Outcome]:
        """List the recordings that failed or are cut off."""
        return [outcome for outcome in self.outcomes if outcome.reason]


def follow(
    plans: Sequence[Task],
    folder: ResultsFolder,
    engine: Engine,
    *,
    progress: Listener,
    keep_finished: bool,
    done: Callable[[str], None] = lambda key: None,
) -> RunResult:
    """Plan the work on recordings and do it.

    Args:
        plans: tasks that return a `Work`.
        folder: of the results, locked.
        engine: runs the tasks.
        progress: receives what happens.
        keep_finished: whether results of a recording still count when this work on it fails.
        done: receives the key of each recording that was worked on to its end.
    """
    run = _Run(folder, progress, len(plans), keep_finished, engine, Portions(engine), done)
    run_tasks(plans, run.follow_plan, engine)
    run_tasks(run.first_tasks(), run.follow, engine)
    return RunResult(tuple(sorted(run.outcomes, key=lambda outcome: outcome.source.key)), folder.path)


@dataclass(slots=True)
class _Run:
    """Track a run: the task that follows each task, and the outcome of each recording."""

    folder: ResultsFolder
    progress: Listener
    total: int
    keep_finished: bool
    engine: Engine
    portions: Portions
    done: Callable[[str], None]
    works: list[Packed] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    _open: Counter[tuple[str, int]] = field(default_factory=Counter)
    _failed: set[str] = field(default_factory=set)
    _planned: int = 0
    _settings: dict[Settings, Settings] = field(default_factory=dict)

    def follow_plan(self, finished: Finished) -> Iterable[Task]:
        self._planned += 1
        self.progress.inspected(self._planned, self.total)
        if finished.failure:
            self._fail(finished)
        else:
            work: Work = finished.value
            if work.anything:
                self.works.append(Packed(work, self._settings))
            else:
                results = work.results
                results.tidy()
                results.relink(work.source.path)
                self._end(_outcome(work.source, "skipped", results.manifest, _LIKELY if work.likely else ""))
        return ()

    def first_tasks(self) -> Iterator[Supply]:
        """Yield what to begin with; nothing keeps it once it is handed out, nor the work that it holds."""
        self.works.reverse()
        while self.works:
            packed = self.works.pop()
            work = packed.unpack()
            self.progress.planned(work, phases_of(work))
            self.portions.expect(work)
            yield Waiting(work, packed, self._begin_first)

    def _begin_first(self, work: Work) -> list[Task | Supply]:
        self.portions.expected(work)
        return self._begin(self.engine.share(work), 0)

    def _begin(self, shared: Reference[Work], phase: int) -> list[Task | Supply]:
        """Hand out the chunks of a phase, or what is done in one go where there is nothing to do chunk by chunk."""
        work = shared.get()
        if not phases_of(work)[phase].chunked:
            return [Whole(shared, phase)]
        self._open[work.source.key, phase] = len(work.chunks)
        return [self.portions.begin(shared, phase)]

    def follow(self, finished: Finished) -> Iterable[Task | Supply]:
        task = finished.task
        if task.source.key in self._failed:
            return ()
        if finished.failure:
            self._fail(finished)
            return ()
        match task:
            case Chunk(shared, phase, index, count):
                work = shared.get()
                stage = phases_of(work)[phase].chunked[-1].name
                seconds = sum(chunk.duration_s for chunk in work.chunks[index : index + count])
                self.portions.note(phase, seconds, finished.took_s)
                self.progress.advanced(
                    Step(work, stage, seconds, finished.value, finished.took_s, count, finished.host)
                )
                self._open[work.source.key, phase] -= count
                return () if self._open[work.source.key, phase] else [Whole(shared, phase)]
            case Whole(shared, phase):
                self.progress.advanced(Step(shared.get(), "", 0.0, 0, finished.took_s, host=finished.host))
                if not phases_of(shared.get())[phase].last:
                    return self._begin(shared, phase + 1)
                self.portions.done(task.source.key)
                status = "analysed" if OBSERVE.name in shared.get().due else "renewed"
                self._end(_outcome(task.source, status, finished.value, _mended(shared.get())))
        return ()

    def _fail(self, finished: Finished) -> None:
        source = finished.task.source
        self._failed.add(source.key)
        self.portions.drop(source.key)
        if not self.keep_finished:
            with contextlib.suppress(OutputError):  # a folder that can't be changed is what failed, as the error says
                self.folder.recording(source.key).reopen()
        self._end(Outcome(source, "failed", finished.failure, details=finished.details, host=finished.host))

    def _end(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        if outcome.status in ("analysed", "renewed"):
            self.done(outcome.source.key)
        self.progress.ended(outcome)


def _mended(work: Work) -> str:
    return f"{work.damaged}, so its tables were made anew" if work.damaged else ""


def _outcome(source: Source, status: str, manifest: Manifest, note: str = "") -> Outcome:
    result = manifest.result
    return Outcome(
        source,
        status,
        f"{source.path}: {result.incomplete}" if result.incomplete else "",
        frames=result.frames,
        duration_s=result.duration_s,
        people=result.people,
        quality=result.quality,
        warnings=(*manifest.warnings, *([note] if note else [])),
    )
