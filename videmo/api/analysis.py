"""Analyse recordings from Python, and read what an earlier run wrote."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from videmo.api.results import Results
from videmo.batch.discover import discover
from videmo.batch.engines.choose import engine_named
from videmo.batch.ignoring import sort_out
from videmo.batch.progress import Listener, Progress, Told
from videmo.batch.redoing import refuse_to_show
from videmo.batch.run import run_batch
from videmo.config import merge_settings
from videmo.errors import Given, UsageError
from videmo.machine import usable_cores
from videmo.progress import progress_for
from videmo.records import Source
from videmo.results.dictionary import TABLES
from videmo.results.folder import ResultsFolder
from videmo.results.tables import TABLES as NAMES
from videmo.results.tables import Tables
from videmo.settings import Settings
from videmo.spreadsheet import csv_safe, csv_unsafe
from videmo.store.places import named
from videmo.timeline.named import with_plain_names

if TYPE_CHECKING:
    import pandas as pd

    from videmo.results.recording import RecordingResults

AnyPath = str | os.PathLike[str]


def analyze(
    paths: AnyPath | Iterable[AnyPath],
    *,
    out: AnyPath | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    fps: float | None = None,
    assume_fps: float | None = None,
    stream: int | None = None,
    rotate: Literal["none", "90", "180", "270", "auto"] | None = None,
    detector: str | None = None,
    classifier: str | None = None,
    emotions: str | None = None,
    identity: bool | None = None,
    max_side: int | None = None,
    min_face: float | None = None,
    anonymize: Literal["none", "blur", "pixelate", "box"] | None = None,
    annotate: bool | None = None,
    plots: bool | None = None,
    report: bool | None = None,
    csv_style: Literal["plain", "excel"] | None = None,
    audio: bool | None = None,
    jobs: int | None = None,
    engine: str = "local",
    overwrite: bool = False,
    ignore: AnyPath | Iterable[AnyPath] = (),
    progress: bool | Callable[[Progress], object] = False,
) -> Results:
    """Analyse recordings.

    >>> import videmo
    >>> results = videmo.analyze(["samples/no-face.mp4", "samples/expressions.mp4"], fps=5)
    >>> results.recordings[["recording", "status", "people"]].values.tolist()
    [['expressions.mp4', 'ok', 1], ['no-face.mp4', 'ok', 0]]

    Args:
        paths: a file, a folder, a glob pattern, or several of them.
        out: folder for the results, as the command ``videmo analyze`` writes them; what is finished there is not done
            again. None to keep the tables in memory only: no plots, pages or videos are made then.
        settings: a tree of settings, or values by dotted name, for example ``{"timeline.step_s": 1.0}``.
        fps: frames sampled per second; None for what the settings say (every frame).
        assume_fps: frames per second of recordings that don't say how many they have, such as raw H.264.
        stream: number of the stream of video, from 1, in files with several; None for the one that players show.
        rotate: degrees by which pictures are turned clockwise, or ``auto`` to find out by the faces.
        detector: name or file of the face detector.
        classifier: name or file of the emotion network.
        emotions: ``five`` words or ``seven``, with fear and disgust.
        identity: whether faces are recognised, so that who returns is the same person.
        max_side: longer side in pixels of the frames that faces are searched in.
        min_face: height in pixels of the smallest face.
        anonymize: how to hide faces in videos and pages.
        annotate: whether to write annotated videos.
        plots: whether to draw plots.
        report: whether to write pages.
        csv_style: how tables are written to ``out``.
        audio: whether annotated videos keep the sound.
        jobs: worker processes; None for one per core that may be used, or for as many as the cluster has.
        engine: where the work is done: ``local``, or a cluster of Dask as ``dask://host:port`` or the file that its
            scheduler has written. ``out`` is then a folder that all of its machines see.
        overwrite: analyse again what is finished.
        ignore: recordings or folders to leave out: names, paths, or patterns of these; ``@FILE`` for a list in a file.
        progress: True to show on the standard error stream how far it has come; or a function to tell, which is given
            a `Progress`. An error in it ends the analysis.

    Returns:
        The results of these recordings. A recording that failed is a row of ``recordings`` with the reason.

    Raises:
        UsageError: a path or setting makes no sense, or faces that are hidden in ``out`` would be shown though nobody
            said so.
        OutputError: the folder for the results can't be written to.
        EngineLost: the cluster is gone.
    """
    _check_jobs(jobs)
    left_out = _listed(ignore)

    def run(out: Path, settings: Settings) -> Results:
        kind, most = engine_named(engine, warnings.warn)
        found = sort_out(discover([named(path) for path in _listed(paths)], out), left_out)
        if not said:
            refuse_to_show(found.wanted, ResultsFolder(out), settings)
        slots = jobs or most or usable_cores()
        with _listening(progress, slots) as heard:
            run_batch(
                found.wanted, out, settings, jobs=slots, overwrite=overwrite, progress=heard, engine=kind,
                ignored=found.ignored,
            )  # fmt: skip
        return _results_of(found.wanted, out)

    choices = {
        "reading.fps": fps, "reading.assume_fps": assume_fps, "reading.stream": stream, "reading.rotate": rotate,
        "detector.name": detector, "detector.max_side": max_side, "detector.min_size_px": min_face,
        "classifier.name": classifier, "classifier.emotions": emotions, "identity.enabled": identity,
        "anonymize.how": anonymize,
        "annotation.enabled": annotate, "annotation.audio": audio, "plots.enabled": plots, "report.enabled": report,
        "tables.csv_style": csv_style,
    }  # fmt: skip
    overrides = {name: value for name, value in choices.items() if value is not None}
    said = anonymize is not None or (isinstance(settings, Mapping) and "anonymize.how" in settings)
    if out is not None:
        return run(named(os.fspath(out)), _tree(settings, {}, overrides))
    nothing = {"annotation.enabled": False, "plots.enabled": False, "report.enabled": False}
    with tempfile.TemporaryDirectory(prefix="videmo-") as folder:
        results = run(Path(folder), _tree(settings, nothing, overrides))
        for key in results:
            results[key]  # read while the folder is there
    return results


def _tree(
    settings: Settings | Mapping[str, Any] | None, defaults: Mapping[str, Any], overrides: Mapping[str, Any]
) -> Settings:
    if isinstance(settings, Settings):
        return merge_settings(settings, None, {**defaults, **overrides})
    return merge_settings(Settings(), None, {**defaults, **(settings or {}), **overrides})


def _listed(paths: AnyPath | Iterable[AnyPath]) -> list[str]:
    return [os.fspath(path) for path in ([paths] if isinstance(paths, (str, os.PathLike)) else paths)]


def _results_of(sources: Sequence[Source], out: Path) -> Results:
    folder, keys = ResultsFolder(out), {source.key for source in sources}
    recordings = folder.read_recordings()
    spelled = {csv_unsafe(csv_safe(key)) for key in keys}  # as the table spells them
    finished = [results for results in folder.finished() if results.manifest.key in keys]
    return _results(finished, recordings[recordings["recording"].isin(spelled)])


def _check_jobs(jobs: int | None) -> None:
    """Refuse a number of workers that is none.

    Raises:
        UsageError: it is no whole number from 1 on.
    """
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, Integral) or jobs < 1):
        raise UsageError(Given("jobs", jobs), "no number of workers", "a whole number from 1 on, or None")


@contextmanager
def _listening(progress: bool | Callable[[Progress], object], jobs: int) -> Iterator[Listener]:
    """Yield what hears how far a run has come."""
    if callable(progress):
        yield Told(progress, jobs)
        return
    with progress_for(quiet=not progress, jobs=jobs) as shown:
        yield shown


def read(out: AnyPath) -> Results:
    """Read a folder of results.

    >>> import tempfile, videmo
    >>> out = tempfile.mkdtemp()
    >>> _ = videmo.analyze("samples/expressions.mp4", out=out, fps=5, annotate=False, plots=False, report=False)
    >>> videmo.read(out)
    <Results: 1 recording, 1 person>

    Args:
        out: the folder that ``videmo analyze`` or `analyze` wrote.

    Raises:
        ResultsError: there are none, or a table is damaged.
    """
    folder = ResultsFolder(named(os.fspath(out)))
    return _results(folder.require_finished(), folder.read_recordings())


def _results(finished: Sequence[RecordingResults], recordings: pd.DataFrame) -> Results:
    there = {results.manifest.key: results for results in finished}

    def load(key: str) -> Tables:
        found = there[key].tables()
        each = {name: TABLES[name].typed(with_plain_names(getattr(found, name))) for name in NAMES}
        return Tables(**each)

    return Results(recordings.reset_index(drop=True), sorted(there), load)
