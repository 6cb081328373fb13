"""Run a batch: plan every recording, hand out the work, collect outcomes, bring the folder up to date."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videmo.batch.choosing import chosen_in
from videmo.batch.engines.local import LocalEngine
from videmo.batch.engines.protocol import Engine, EngineKind, Finished, Reference, Task
from videmo.batch.hold import Hold, workers
from videmo.batch.portions import Portions
from videmo.batch.progress import Listener, Step
from videmo.batch.queue import Supply, run_tasks
from videmo.batch.status import watched
from videmo.batch.tasks import Chunk, PlanAnalysis, PlanVideo, UpdateFolder, Whole
from videmo.config import merge_settings
from videmo.errors import OutputError
from videmo.pipeline.plan import network_hashes
from videmo.pipeline.run import phases_of
from videmo.pipeline.work import Work
from videmo.records import Outcome, Source
from videmo.results.folder import Failure, ResultsFolder
from videmo.results.manifest import Manifest
from videmo.settings import Settings
from videmo.store.stores import address
from videmo.weights.named import named_files

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

    @property
    def first_to_open(self) -> Path:
        """Return the file of the results to open first."""
        return ResultsFolder(self.out).first_to_open

    @property
    def failed(self) -> list[Outcome]:
        """List the recordings that failed or are cut off."""
        return [outcome for outcome in self.outcomes if outcome.reason]


def run_batch(
    sources: Sequence[Source],
    out: Path,
    settings: Settings,
    *,
    jobs: int,
    overwrite: bool,
    progress: Listener,
    engine: EngineKind = LocalEngine,
    ignored: Collection[str] = (),
) -> RunResult:
    """Analyse recordings into a folder of results.

    Recordings finished there with the same settings and an unchanged input are skipped; unfinished ones are resumed.

    Args:
        sources: the recordings.
        out: the folder of results.
        settings: what is wanted.
        jobs: number of tasks at a time.
        overwrite: whether to analyse again what is finished.
        progress: receives what happens.
        engine: makes what runs the tasks.
        ignored: keys of recordings that the user ignores: that they failed in an earlier run is forgotten.

    Raises:
        UsageError, WeightsError: the detector or a network that the settings name can't be loaded.
        OutputError: the folder can't be written to, or another run is writing there.
    """
    plans = _plans(sources, out, settings, overwrite)
    folder = ResultsFolder(out)
    with workers(engine, jobs, folder, plans, files=named_files(settings)) as running:
        with watched(folder, progress, jobs) as told:
            result = _run(plans, folder, running, progress=told, keep_finished=False)
        failures = [*failures_of(result), *folder.failures({*ignored, *(source.key for source in sources)})]
        _update_folder(UpdateFolder(out, failures, settings, noted=settings), running)
    return result


def analyse(
    sources: Sequence[Source],
    out: Path,
    settings: Settings,
    hold: Hold,
    *,
    shard: str,
    jobs: int,
    overwrite: bool,
    progress: Listener,
    engine: EngineKind = LocalEngine,
) -> RunResult:
    """Do the same as `run_batch` for a shard, such as ``3/16``, and leave the folder's tables alone.

    Raises:
        UsageError, WeightsError, OutputError: as for `run_batch`.
    """
    plans = _plans(sources, out, settings, overwrite)
    folder = ResultsFolder(out)
    with (
        workers(engine, jobs, folder, plans, hold, named_files(settings)) as running,
        watched(folder, progress, jobs, shard) as told,
    ):
        return _run(plans, folder, running, progress=told, keep_finished=False)


def plan_batch(
    sources: Sequence[Source], out: Path, settings: Settings, *, jobs: int, overwrite: bool
) -> list[tuple[Source, Work | str]]:
    """Return what a run would do, without doing it: for each recording its work, or why it fails."""
    plans: list[tuple[Source, Work | str]] = []

    def note(finished: Finished) -> list[Task]:
        plans.append((finished.task.source, finished.failure or finished.value))
        return []

    with LocalEngine(jobs) as engine:
        run_tasks(_plans(sources, out, settings, overwrite), note, engine)
    return sorted(plans, key=lambda plan: plan[0].key)


def steps_of(work: Work) -> list[str]:
    """Word what is due for a recording, without what follows from an analysis anyway."""
    due = [stage for phase in phases_of(work) for stage in phase.whole if stage.words]
    whole = {stage.name for stage in due} & {"observe", "tables"}
    hidden = {"observe": ("tables", "plots", "report"), "tables": ("plots", "report")}
    left_out = {name for each in whole for name in hidden[each]}
    return [stage.words for stage in due if stage.name not in left_out]


def rewrite_videos(
    out: Path, overrides: Mapping[str, Any], *, recordings: Sequence[str] = (), jobs: int, progress: Listener
) -> RunResult:
    """Write the annotated videos anew from the tables, of all recordings or of those that are named.

    Args:
        out: a folder of results, or that of a single recording.
        overrides: settings by dotted name. Others stay as they were when the recording was analysed.
        recordings: see `choosing.chosen_in`.
        jobs: number of tasks at a time.
        progress: receives what happens.

    Raises:
        ResultsError: there are no results.
        UsageError: there is no such recording.
    """
    folder, chosen = chosen_in(out, recordings)
    plans = []
    networks: dict[Settings, dict[str, str]] = {}
    for results in chosen:
        manifest = results.manifest
        settings = merge_settings(manifest.settings or Settings(), None, overrides)
        if settings not in networks:
            networks[settings] = network_hashes(settings) if settings.anonymize.hides_faces else {}
        source = Source(Path(manifest.source), manifest.key)
        plans.append(PlanVideo(source, results.folder, settings, networks[settings], folder.cast.of(source.key)))
    with workers(LocalEngine, jobs, folder, plans) as running:
        result = _run(plans, folder, running, progress=progress, keep_finished=True)
        there: dict[str, Any] = {"plots.enabled": folder.has_overview, "report.enabled": folder.has_index}
        there |= {"tables.csv_style": folder.csv_style}
        wanted = merge_settings(Settings(), None, there)
        _update_folder(UpdateFolder(folder.path, folder.failures(), wanted, noted=None), running)
    return result


def _plans(sources: Sequence[Source], out: Path, settings: Settings, overwrite: bool) -> list[PlanAnalysis]:
    networks, folder = network_hashes(settings), ResultsFolder(out)
    return [
        PlanAnalysis(
            source, folder.recording(source.key).folder, settings, networks, overwrite, folder.cast.of(source.key)
        )
        for source in sources
    ]


def _update_folder(task: UpdateFolder, engine: Engine) -> None:
    """Bring the folder up to date in a worker, or here if that fails: an error is then raised as what it is."""
    failed: list[Finished] = []

    def note(finished: Finished) -> list[Task]:
        failed.extend([finished] if finished.failure else [])
        return []

    run_tasks([task], note, engine)
    if failed:
        task.run()


def failures_of(result: RunResult) -> list[Failure]:
    """List the recordings that failed in a run."""
    return [
        Failure(outcome.source.key, address(outcome.source.path), outcome.reason)
        for outcome in result.outcomes
        if outcome.status == "failed"
    ]


def _run(
    plans: Sequence[Task], folder: ResultsFolder, engine: Engine, *, progress: Listener, keep_finished: bool
) -> RunResult:
    """Plan the work on recordings and do it.

    Args:
        plans: tasks that return a `Work`.
        folder: of the results, locked.
        engine: runs the tasks.
        progress: receives what happens.
        keep_finished: whether results of a recording still count when this work on it fails.
    """
    run = _Run(folder, progress, len(plans), keep_finished, engine, Portions(engine))
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
    works: list[Work] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    _open: Counter[tuple[str, int]] = field(default_factory=Counter)
    _failed: set[str] = field(default_factory=set)
    _planned: int = 0

    def follow_plan(self, finished: Finished) -> Iterable[Task]:
        self._planned += 1
        self.progress.inspected(self._planned, self.total)
        if finished.failure:
            self._fail(finished)
        else:
            work: Work = finished.value
            if work.anything:
                self.works.append(work)
            else:
                results = work.results
                results.tidy()
                self._end(_outcome(work.source, "skipped", results.manifest, _LIKELY if work.likely else ""))
        return ()

    def first_tasks(self) -> list[Task | Supply]:
        tasks: list[Task | Supply] = []
        for work in self.works:
            self.progress.planned(work, phases_of(work))
            tasks += self._begin(self.engine.share(work), 0)
        return tasks

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
                self._end(_outcome(task.source, "analysed", finished.value))
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
        self.progress.ended(outcome)


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
