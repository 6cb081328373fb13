"""The stages of one recording, each a function that reads and writes files in the recording's folder.

Each stage leaves its output complete or not at all, and notes in the manifest that it is done. So a run may be
killed between or inside any of them and the next one goes on from there.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from videmo.annotate.labels import Labels
from videmo.annotate.overlay import STRIP_S
from videmo.annotate.segment import annotate_chunk
from videmo.errors import RecordingError
from videmo.pipeline.hiding import deal_out_cover, hider_of, searched
from videmo.pipeline.identity import Stages, stages_with_people
from videmo.pipeline.job import Job, Todo
from videmo.pipeline.join import settings_values
from videmo.pipeline.names import EPISODES, OBSERVATIONS, PLOTS, QUALITY, REPORT, SUMMARY, TIMELINE, VIDEO
from videmo.pipeline.observe import observe_chunk
from videmo.pipeline.outputs import forget_stale, interpret, joined, new_manifest, note_warnings, plot, write_tables
from videmo.pipeline.pages import write_page
from videmo.records import Chunk, Source
from videmo.settings import Settings
from videmo.tables.manifest import (
    FILE,
    file_sha256,
    finish,
    read_progress,
    same_input,
    save_progress,
)
from videmo.tables.parts import ChunkObservations, kept_part
from videmo.tables.people import person_names, read_people
from videmo.tables.schema import read_observations, write_table
from videmo.video.plan import plan_chunks
from videmo.video.probe import ends_early, probe
from videmo.video.write import join_segments

Redo = Literal["nothing", "everything", "video"]
LABEL_MARGIN_S = 2.0 + STRIP_S / 2
"""Seconds beyond a chunk's ends whose observations its labels may depend on."""


def inspect(source: Source, folder: Path, settings: Settings, stages: Stages, redo: Redo) -> Job:
    """Probe a recording, cut it into chunks, and compare with what is there already.

    Args:
        source: the file and its key.
        folder: where its results are or will be.
        settings: what is wanted.
        stages: hashes of what is wanted.
        redo: ``nothing`` that is done already, ``everything``, or the annotated ``video`` alone.

    Raises:
        RecordingError: it can't be analysed.
        PeopleError: its ``people.csv`` can't be read.
    """
    recording = probe(source.path)
    stages = stages_with_people(stages, read_people(folder))
    known = {} if redo == "everything" else read_progress(folder)
    same = bool(known) and same_input(known, source.path, recording.size_bytes, recording.modified_ns)
    if redo == "video":
        if not same or known["stages"].get("observe") != stages.observe:
            raise RecordingError(f"{source.path}: it changed since it was analysed. Run 'videmo analyze' on it again.")
        if known["stages"].get("tables") != stages.tables:
            raise RecordingError(f"{source.path}: people.csv changed since the tables were made. Run 'videmo report'.")
        todo = Todo(observe=False, tables=False, plots=False, report=False, annotation=True)
    else:
        if known and not same and known["source"] != str(source.path.absolute()):
            raise RecordingError(
                f"{source.path}: {folder} holds the results of another recording ({known['source']}). "
                "Choose another --out, give the folder above both, or use --overwrite."
            )
        todo = _todo(folder, settings, stages, known["stages"] if same else {})
    chunks = plan_chunks(recording, chunk_s=settings.reading.chunk_s) if todo.observe or todo.annotation else ()
    # The index has served; it can be long, and a job travels with each of its tasks.
    recording = dataclasses.replace(recording, keyframes=())
    return Job(source, recording, chunks, folder, settings, stages, todo)


def _todo(folder: Path, settings: Settings, stages: Stages, done: dict[str, Any]) -> Todo:
    def there(stage: str, wanted: str, *names: str) -> bool:
        return done.get(stage) == wanted and all((folder / name).is_file() for name in names)

    observed = there("observe", stages.observe, OBSERVATIONS)
    tables = observed and there("tables", stages.tables, TIMELINE, EPISODES, SUMMARY, QUALITY)
    plots = tables and there("plots", stages.plots, *PLOTS)
    reported = tables and there("report", stages.report, REPORT)
    annotated = observed and there("annotation", stages.annotation, VIDEO)
    # A video or a page from before that shows faces must not stay where they are to be hidden; redoing the tables
    # removes it.
    shows_faces = settings.anonymize.hides_faces and (
        (not settings.annotation.enabled and not annotated and (folder / VIDEO).is_file())
        or (not settings.report.enabled and not reported and (folder / REPORT).is_file())
    )
    finished = (folder / FILE).is_file() and not shows_faces
    return Todo(
        observe=not observed,
        tables=not tables or not finished,
        plots=settings.plots.enabled and not plots,
        report=settings.report.enabled and not reported,
        annotation=settings.annotation.enabled and not annotated,
    )


def look(job: Job, chunk: Chunk) -> int:
    """Observe one chunk, and search it for faces to hide: what of it is wanted and no earlier run has done.

    Returns:
        The number of frames that were looked at: sampled ones, or all where the chunk is only searched.
    """
    frames = 0
    if job.searches:
        frames = len(searched(job, chunk).time_s)
    if job.todo.observe:
        frames = len(_observed(job, chunk).frame)
    return frames


def _observed(job: Job, chunk: Chunk) -> ChunkObservations:
    path = job.observation_part(chunk)
    return kept_part(path, ChunkObservations, lambda: observe_chunk(job.recording, chunk, job.settings))


def tabulate(job: Job) -> None:
    """Join the chunks of a recording, follow persons, write all tables and the plots.

    Raises:
        RecordingError: not a single frame could be decoded.
        OutputError: a table can't be written.
    """
    if job.todo.observe:
        observations, result = _joined(job)
        source = job.source.path
        manifest = new_manifest(str(source.absolute()), job.source.key, job.recording, file_sha256(source))
        manifest |= {"result": result, "people": read_progress(job.folder).get("people", {})}
    else:
        observations, manifest = read_observations(job.file(OBSERVATIONS)), read_progress(job.folder)
    if job.todo.tables:
        observations, changed = interpret(job.folder, observations, job.settings, manifest, job.stages)
        if changed or job.todo.observe:
            manifest["stages"].pop("persons", None)
            _forget_finished(job, manifest)
            write_table(observations, job.file(OBSERVATIONS))
        else:
            _forget_finished(job, manifest)
        write_tables(job.folder, observations, job.settings, manifest)
        manifest["stages"].update(observe=job.stages.observe, persons=job.stages.persons, tables=job.stages.tables)
        save_progress(job.folder, manifest)
    if job.todo.plots:
        plot(job.folder, job.settings, manifest, job.source.key)
        manifest["stages"]["plots"] = job.stages.plots
        save_progress(job.folder, manifest)
    if job.todo.annotation:
        _deal_out_labels(job, observations)
    if job.searches:
        deal_out_cover(job, observations)


def _deal_out_labels(job: Job, observations: pd.DataFrame) -> None:
    """Give each chunk the rows that its video needs, so that no worker has to hold a long recording's table."""
    times = observations["time_s"].to_numpy()
    step = float(np.median(np.diff(np.unique(times)))) if len(times) > 1 else 0.0
    gaps = (job.settings.timeline.max_gap_s, job.settings.tracking.max_gap_s, 2.5 * step)
    margin = max(gaps) + LABEL_MARGIN_S
    for chunk in job.chunks:
        begin, end = job.seconds_of(chunk)
        first, last = np.searchsorted(times, begin - margin), np.searchsorted(times, end + margin, "right")
        write_table(observations.iloc[first:last], job.labels_part(chunk))


def _joined(job: Job) -> tuple[pd.DataFrame, dict[str, Any]]:
    # Deleted or damaged since, a part costs one chunk, not the recording.
    parts = [_observed(job, chunk) for chunk in job.chunks]
    if not sum(len(part.frame) for part in parts):
        raise RecordingError(f"{job.source.path}: not a single frame could be decoded. Copy it again from its source.")
    return joined(parts, job.settings.reading)


def _forget_finished(job: Job, manifest: dict[str, Any]) -> None:
    """What depends on tables that are about to change is not done any more."""
    forget_stale(job.folder, manifest, job.stages)
    save_progress(job.folder, manifest)


def segment(job: Job, chunk: Chunk) -> int:
    """Write the annotated video of one chunk, unless an earlier run has.

    Returns:
        The number of frames written, 0 if it was there already.
    """
    path = job.video_segment(chunk)
    if path.is_file():
        return 0
    settings, table = job.settings, read_observations(job.labels_part(chunk))
    labels, names = Labels(table, settings.timeline.max_gap_s), person_names(job.folder)
    hider = hider_of(job, chunk) if job.searches else None
    return annotate_chunk(job.recording, chunk, labels, path, settings.annotation, names=names, hider=hider)


def complete(job: Job) -> dict[str, Any]:
    """Join the annotated video, note warnings, write the page, and mark the recording as finished.

    Returns:
        The manifest.
    """
    manifest = read_progress(job.folder)
    segments = [job.video_segment(chunk) for chunk in job.chunks]
    written = manifest["stages"].get("annotation") == job.stages.annotation and job.file(VIDEO).is_file()
    if job.todo.annotation and not (written and not all(segment.is_file() for segment in segments)):
        sound = job.settings.annotation.audio
        manifest["video_warnings"] = join_segments(segments, job.recording, job.file(VIDEO), audio=sound)
        manifest["stages"]["annotation"] = job.stages.annotation
    note_warnings(manifest)
    manifest["settings"] = settings_values(job.settings)
    if "incomplete" not in manifest["result"]:
        manifest["result"]["incomplete"] = ends_early(job.recording, manifest["result"]["duration_s"])
    paged = job.settings.report.enabled or job.file(REPORT).is_file()
    if job.todo.report or (job.todo.annotation and paged):
        write_page(job.folder, job.settings, manifest)
        manifest["stages"]["report"] = job.stages.report
    finish(job.folder, manifest)
    return manifest
