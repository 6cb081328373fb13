"""Run a batch: plan every recording, hand out the work, collect outcomes, bring the folder up to date."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from videmo.batch.choosing import chosen_in
from videmo.batch.closing import closing_notes
from videmo.batch.deciding import Decision, decide, overwriting_in
from videmo.batch.engines.local import LocalEngine
from videmo.batch.engines.protocol import Engine, EngineKind, Finished, Task
from videmo.batch.following import RunResult, follow
from videmo.batch.gathering import take_place_of_shards
from videmo.batch.hold import Hold, held, workers
from videmo.batch.overwriting import Overwriting
from videmo.batch.progress import Listener
from videmo.batch.queue import run_tasks
from videmo.batch.redoing import OtherSettings
from videmo.batch.relinking import relink
from videmo.batch.status import watched
from videmo.batch.tasks import PlanAnalysis, PlanVideo, UpdateFolder
from videmo.config import merge_settings
from videmo.pipeline.plan import network_hashes
from videmo.pipeline.run import phases_of
from videmo.pipeline.work import Work
from videmo.records import Outcome, Source
from videmo.results.failures import Failure, failure_of
from videmo.results.folder import ResultsFolder
from videmo.settings import Settings
from videmo.weights.named import named_files


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
        OtherSettings: finished results were made with other settings, and would have to be overwritten.
        UsageError, WeightsError: the detector or a network that the settings name can't be loaded.
        OutputError: the folder can't be written to, or another run is writing there.
    """
    folder = ResultsFolder(out)
    note = overwriting_in(folder, settings)
    plans = _agreed(decide(sources, folder, settings, note, overwrite=overwrite), progress)
    with workers(engine, jobs, folder, plans, files=named_files(settings), note=progress.noted) as running:
        take_place_of_shards(folder, {*ignored, *(source.key for source in sources)}, progress.noted)
        with watched(folder, progress, jobs) as told:
            result = _run_noted(plans, folder, running, note, overwrite, told)
        failures = [*failures_of(result), *folder.failures({*ignored, *(source.key for source in sources)})]
        task = UpdateFolder(out, failures, settings, noted=settings, afresh=overwrite)
        result = _updated(task, running, result)
    return replace(result, notes=closing_notes(folder, {source.key for source in sources}))


def analyse(
    sources: Sequence[Source],
    out: Path,
    settings: Settings,
    hold: Hold,
    *,
    shard: tuple[int, int],
    jobs: int,
    overwrite: bool,
    progress: Listener,
    engine: EngineKind = LocalEngine,
    end: Callable[[RunResult], None],
) -> RunResult:
    """Do the same as `run_batch` for a shard of so many, and leave the folder's tables alone.

    ``end`` receives the result while the shard is still held.

    Raises:
        OtherSettings, UsageError, WeightsError, OutputError: as for `run_batch`.
    """
    folder = ResultsFolder(out)
    index, count = shard
    note = overwriting_in(folder, settings, index)
    plans = _agreed(decide(sources, folder, settings, note, overwrite=overwrite), progress)
    with (
        workers(engine, jobs, folder, plans, hold, named_files(settings)) as running,
        watched(folder, progress, jobs, f"{index}/{count}") as told,
    ):
        result = _run_noted(plans, folder, running, note, overwrite, told)
        end(result)
    return result


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Say what a run would do."""

    works: Sequence[tuple[Source, Work | str]] = ()
    """For each recording, by key, the work on it, or why it fails."""
    refusal: OtherSettings | None = None
    """For which the run would be refused."""
    notes: Sequence[str] = ()
    """What it would say in sentences before it begins."""


def plan_batch(
    sources: Sequence[Source], out: Path, settings: Settings, *, jobs: int, overwrite: bool, shard: int | None = None
) -> Foreseen:
    """Return what a run, or a shard of one, would do, without doing it.

    Raises:
        UsageError, WeightsError: as for `run_batch`.
    """
    works: list[tuple[Source, Work | str]] = []

    def note(finished: Finished) -> list[Task]:
        works.append((finished.task.source, finished.failure or finished.value))
        return []

    folder = ResultsFolder(out)
    folder.refuse_recording()
    noted = overwriting_in(folder, settings, shard)
    decision = decide(sources, folder, settings, noted, overwrite=overwrite)
    with LocalEngine(jobs) as engine:
        run_tasks(decision.plans, note, engine)
    return Foreseen(sorted(works, key=lambda work: work[0].key), decision.refusal, decision.notes)


def steps_of(work: Work) -> list[str]:
    """Word what is due for a recording, without what follows from an analysis anyway."""
    due = [stage for phase in phases_of(work) for stage in phase.whole if stage.words]
    whole = {stage.name for stage in due} & {"observe", "tables"}
    hidden = {"observe": ("tables", "plots", "report"), "tables": ("plots", "report")}
    left_out = {name for each in whole for name in hidden[each]}
    return [stage.words for stage in due if stage.name not in left_out]


def rewrite_videos(
    out: Path,
    overrides: Mapping[str, Any],
    *,
    recordings: Sequence[str] = (),
    look_in: Path | None = None,
    jobs: int,
    progress: Listener,
) -> RunResult:
    """Write the annotated videos anew from the tables, of all recordings or of those that are named.

    Args:
        out: a folder of results, or that of a single recording.
        overrides: settings by dotted name. Others stay as they were when the recording was analysed.
        recordings: see `choosing.chosen_in`.
        look_in: a folder in which the recordings are looked for, if they were moved.
        jobs: number of tasks at a time.
        progress: receives what happens.

    Raises:
        ResultsError: there are no results.
        UsageError: there is no such recording, or no file in the folder to look in.
    """
    folder, chosen = chosen_in(out, recordings)
    if look_in is not None:
        with held(folder):
            relink(chosen, folder, look_in)
    plans = []
    networks: dict[Settings, dict[str, str]] = {}
    for results in chosen:
        manifest = results.manifest
        settings = merge_settings(manifest.settings or Settings(), None, overrides)
        if settings not in networks:
            networks[settings] = network_hashes(settings) if settings.anonymize.hides_faces else {}
        source = Source(results.source, manifest.key)
        plans.append(PlanVideo(source, results.folder, settings, networks[settings], folder.cast.of(source.key)))
    with workers(LocalEngine, jobs, folder, plans, note=progress.noted) as running:
        result = follow(plans, folder, running, progress=progress, keep_finished=True)
        return _updated(UpdateFolder(folder.path, folder.failures(), folder.as_it_is, noted=None), running, result)


def _agreed(decision: Decision, progress: Listener) -> Sequence[PlanAnalysis]:
    """Return the plans of a run that loses no results that nobody agreed to lose.

    Raises:
        OtherSettings: it would.
    """
    if decision.refusal is not None:
        raise decision.refusal
    for words in decision.notes:
        progress.noted(words)
    return decision.plans


def _run_noted(
    plans: Sequence[PlanAnalysis],
    folder: ResultsFolder,
    engine: Engine,
    note: Overwriting,
    overwrite: bool,
    progress: Listener,
) -> RunResult:
    """Do the work of a run, and note what was overwritten until all of it is."""
    keys = [plan.source.key for plan in plans]
    if overwrite:
        note.begin(keys)
    result = follow(plans, folder, engine, progress=progress, keep_finished=False, done=note.add)
    failed = [outcome.source.key for outcome in result.outcomes if outcome.status == "failed"]
    note.end(keys, left=[key for key in failed if folder.recording(key).known])
    return result


def _updated(task: UpdateFolder, engine: Engine, result: RunResult) -> RunResult:
    """Bring the folder up to date in a worker, or here if that fails: an error is then raised as what it is.

    Returns:
        The result of the run, in which recordings failed whose tables turn out to be damaged.
    """
    ended: list[Finished] = []

    def note(finished: Finished) -> list[Task]:
        ended.append(finished)
        return []

    run_tasks([task], note, engine)
    (finished,) = ended
    damaged: tuple[Outcome, ...] = task.run() if finished.failure else finished.value
    keys = {outcome.source.key for outcome in damaged}
    outcomes = [*(each for each in result.outcomes if each.source.key not in keys), *damaged]
    return replace(result, outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.source.key)))


def failures_of(result: RunResult) -> list[Failure]:
    """List the recordings that failed in a run that keeps no results of those."""
    failed = [
        failure_of(outcome.source.key, outcome.source.path, outcome.reason, result.out)
        for outcome in result.outcomes
        if outcome.status == "failed"
    ]
    return ResultsFolder(result.out).over_results(failed)
