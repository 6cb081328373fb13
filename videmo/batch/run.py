"""A whole run: plan every recording, hand out the work, collect outcomes, write the tables of the folder."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock, Timeout

from videmo.batch.collect import failures_of, known_failures, write_folder_tables
from videmo.batch.engines import guard
from videmo.batch.engines.local import LocalEngine
from videmo.batch.queue import run_tasks
from videmo.batch.tasks import Annotate, Complete, Finished, Inspect, Look, Tabulate, Task
from videmo.emotions.classifier import classifier_identity
from videmo.errors import OutputError, UsageError
from videmo.faces.detector import detector_identity, make_detector
from videmo.files import unwritable
from videmo.pipeline.identity import Stages, stages_for
from videmo.pipeline.job import Job
from videmo.pipeline.stages import Redo
from videmo.records import Outcome, Source
from videmo.settings import Settings
from videmo.tables.manifest import read_manifest, reopen, tidy

LOCK = ".videmo.lock"


class Progress(Protocol):
    """Is told what happens during a run. All methods are called in the main process."""

    def inspected(self, done: int, total: int) -> None:
        """So many of all recordings have been looked at."""
        ...

    def planned(self, job: Job) -> None:
        """Work on a recording is about to be handed out."""
        ...

    def advanced(self, job: Job, stage: str, seconds: float, frames: int) -> None:
        """A part of a recording is done: ``stage`` is ``analyse`` or ``annotate``."""
        ...

    def ended(self, outcome: Outcome) -> None:
        """A recording is analysed, skipped or failed."""
        ...


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did."""

    outcomes: tuple[Outcome, ...]
    """One for each recording, by key."""
    out: Path

    @property
    def failed(self) -> list[Outcome]:
        """Recordings that failed or were cut off."""
        return [outcome for outcome in self.outcomes if outcome.reason]


def run_batch(
    sources: Sequence[Source], out: Path, settings: Settings, *, jobs: int, overwrite: bool, progress: Progress
) -> RunResult:
    """Analyse recordings into a folder of results.

    What is finished there with the same settings and an unchanged input is skipped; what was begun is taken up.

    Raises:
        UsageError, WeightsError: the detector or classifier that the settings name can't be loaded.
        OutputError: the folder can't be written to, or another run is writing there.
    """
    inspections = _inspections(sources, out, settings, overwrite)
    with locked(out):
        result = run_inspections(inspections, out, jobs=jobs, progress=progress, keep_finished=False)
        earlier = known_failures(out, {source.key for source in sources})
        failures = [*failures_of(result.outcomes), *earlier]
        write_folder_tables(out, failures, plots=settings.plots, report=settings.report.enabled, settings=settings)
    return result


def plan_batch(
    sources: Sequence[Source], out: Path, settings: Settings, *, jobs: int, overwrite: bool
) -> list[tuple[Source, Job | str]]:
    """Say what a run would do, without doing it: for each recording its job, or why it fails."""
    plans: list[tuple[Source, Job | str]] = []

    def note(finished: Finished) -> list[Task]:
        plans.append((finished.task.source, finished.failure or finished.value))
        return []

    with LocalEngine(jobs) as engine:
        run_tasks(_inspections(sources, out, settings, overwrite), note, engine)
    return sorted(plans, key=lambda plan: plan[0].key)


def run_inspections(
    inspections: Sequence[Inspect], out: Path, *, jobs: int, progress: Progress, keep_finished: bool
) -> RunResult:
    """Look at recordings and do what is missing. The folder of results has to be `locked`.

    Args:
        inspections: what to look at.
        out: the folder of results.
        jobs: number of tasks at a time.
        progress: is told what happens.
        keep_finished: whether results of a recording still count when this work on it fails.
    """
    run = _Run(out, progress, len(inspections), keep_finished)
    with LocalEngine(jobs, guard=out / guard.NAME) as engine:
        run_tasks(inspections, run.follow_inspection, engine)
        run_tasks(run.first_tasks(), run.follow, engine)
    return RunResult(tuple(sorted(run.outcomes, key=lambda outcome: outcome.source.key)), out)


def _inspections(sources: Sequence[Source], out: Path, settings: Settings, overwrite: bool) -> list[Inspect]:
    wanted = stages_of(settings)
    redo: Redo = "everything" if overwrite else "nothing"
    return [Inspect(source, out / source.key, settings, wanted, redo) for source in sources]


def stages_of(settings: Settings) -> Stages:
    """Hash everything that results depend on besides the recordings; fails early on settings that can't work."""
    make_detector(settings.detector)
    return stages_for(settings, detector_identity(settings.detector), classifier_identity(settings.classifier))


class locked:
    """Hold a folder of results for one run."""

    def __init__(self, out: Path) -> None:
        self._out = out

    def __enter__(self) -> None:
        if "recording" in (read_manifest(self._out) or {}):
            raise UsageError(f"{self._out}: that is the folder of a single recording. Give the folder above it.")
        try:
            self._out.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self._out / LOCK, timeout=0)
            self._lock.acquire()
        except Timeout as exc:
            raise OutputError(
                f"{self._out}: another videmo run is writing there. Wait for it or choose another --out."
            ) from exc
        except OSError as exc:
            raise unwritable(self._out, exc) from exc
        try:
            guard.wait_until_free(self._out / guard.NAME)
        except OutputError:
            self._lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        guard.removed(self._out / guard.NAME)
        self._lock.release()


@dataclass(slots=True)
class _Run:
    """Which task follows on which, and what has come of each recording."""

    out: Path
    progress: Progress
    total: int
    keep_finished: bool
    jobs: list[Job] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    _open: Counter[tuple[str, str]] = field(default_factory=Counter)
    _failed: set[str] = field(default_factory=set)
    _looked_at: int = 0

    def follow_inspection(self, finished: Finished) -> Iterable[Task]:
        self._looked_at += 1
        self.progress.inspected(self._looked_at, self.total)
        if finished.failure:
            self._fail(finished)
        else:
            job: Job = finished.value
            if job.todo.anything:
                self.jobs.append(job)
            else:
                tidy(job.folder)
                self._end(_outcome(job.source, "skipped", read_manifest(job.folder) or {}))
        return ()

    def first_tasks(self) -> list[Task]:
        tasks: list[Task] = []
        for job in self.jobs:
            self.progress.planned(job)
            tasks += self._spread(job, Look) if job.looks else [Tabulate(job)]
        return tasks

    def follow(self, finished: Finished) -> Iterable[Task]:
        task = finished.task
        if task.source.key in self._failed:
            return ()
        if finished.failure:
            self._fail(finished)
            return ()
        match task:
            case Look(job, index) | Annotate(job, index):
                stage = "analyse" if isinstance(task, Look) else "annotate"
                self.progress.advanced(job, stage, job.chunks[index].duration_s, finished.value)
                self._open[job.source.key, stage] -= 1
                if self._open[job.source.key, stage]:
                    return ()
                return [Tabulate(job) if stage == "analyse" else Complete(job)]
            case Tabulate(job):
                return self._spread(job, Annotate) if job.todo.annotation else [Complete(job)]
            case Complete(job):
                self._end(_outcome(job.source, "analysed", finished.value))
        return ()

    def _spread(self, job: Job, kind: type[Look] | type[Annotate]) -> list[Task]:
        """One task for each chunk."""
        self._open[job.source.key, "analyse" if kind is Look else "annotate"] = len(job.chunks)
        return [kind(job, chunk.index) for chunk in job.chunks]

    def _fail(self, finished: Finished) -> None:
        source = finished.task.source
        self._failed.add(source.key)
        if not self.keep_finished:
            with contextlib.suppress(OSError):  # a folder that can't be changed is what failed, and said already
                reopen(self.out / source.key)
        self._end(Outcome(source, "failed", finished.failure, details=finished.details))

    def _end(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.progress.ended(outcome)


def _outcome(source: Source, status: str, manifest: dict[str, Any]) -> Outcome:
    result = manifest.get("result", {})
    return Outcome(
        source,
        status,
        f"{source.path}: {result['incomplete']}" if result.get("incomplete") else "",
        frames=result.get("frames", 0),
        duration_s=result.get("duration_s", 0.0),
        people=result.get("people", 0),
        warnings=tuple(manifest.get("warnings", ())),
    )
