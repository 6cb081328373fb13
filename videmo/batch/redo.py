"""Do a part of the work again for everything in a folder of results."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from videmo.batch.collect import OVERVIEW, known_failures, read_folder, write_folder_tables
from videmo.batch.run import Progress, RunResult, locked, run_inspections
from videmo.batch.tasks import Inspect
from videmo.config import load_settings, merge_settings, settings_from_dict
from videmo.errors import PeopleError, VidemoError
from videmo.pipeline.identity import stages_after, stages_with_people
from videmo.pipeline.names import INDEX, OBSERVATIONS
from videmo.pipeline.outputs import forget_stale, interpret, note_warnings, publish, write_tables
from videmo.records import Source
from videmo.settings import Settings
from videmo.tables.manifest import finish, reopen
from videmo.tables.people import read_people
from videmo.tables.schema import SEEN, read_observations, rewrite_observations

_PLACE = "place"
"""Column for where a row stands in the file, while rows change their order."""


@dataclass(frozen=True, slots=True)
class Redone:
    """What was done again."""

    keys: tuple[str, ...]
    """The recordings."""
    failures: tuple[str, ...]
    """A sentence for each recording whose observations or ``people.csv`` can't be read, or whose tables can't be
    written."""
    stale_videos: int
    """Annotated videos that were removed because they showed other persons."""


def redo_tables(
    out: Path, config: Path | None, overrides: Mapping[str, Any], *, plots: bool, report: bool = True
) -> Redone:
    """Derive persons, timelines, episodes, summaries, plots and pages anew from the observations.

    Args:
        out: a folder of results.
        config: a TOML file with settings, or None.
        overrides: settings by dotted name. What is in neither stays as it was when the recording was analysed.
        plots: whether to draw plots.
        report: whether to write pages.

    Raises:
        ResultsError: there are no results.
        OutputError: the tables of the folder can't be written.
    """
    load_settings(config, overrides)  # wrong settings are said before anything is touched
    keys, failures, stale = [], [], 0
    with locked(out):
        earlier = known_failures(out)
        settings = Settings()
        for folder, manifest in read_folder(out):
            key = manifest["recording"]["key"]
            settings = merge_settings(settings_from_dict(manifest["settings"]), config, overrides)
            try:
                stale += _redo_recording(folder, manifest, settings, plots, report)
                keys.append(key)
            except PeopleError as exc:  # said before anything was touched: what is there stays
                failures.append(str(exc))
            except VidemoError as exc:
                failures.append(str(exc))
                earlier.append({"key": key, "source": manifest["source"], "reason": str(exc)})
                reopen(folder)
        drawn = dataclasses.replace(settings.plots, enabled=plots)
        write_folder_tables(out, earlier, plots=drawn, report=report, settings=None)
    return Redone(tuple(keys), tuple(failures), stale)


def _redo_recording(folder: Path, manifest: dict[str, Any], settings: Settings, plots: bool, report: bool) -> bool:
    """Redo one recording; returns whether its annotated video had to go."""
    wanted = stages_with_people(stages_after(manifest["stages"]["observe"], settings), read_people(folder))
    path = folder / OBSERVATIONS
    known = read_observations(path, SEEN)
    known[_PLACE] = np.arange(len(known), dtype=np.int32)
    observations, changed = interpret(folder, known, settings, manifest, wanted)
    del known
    places = observations.pop(_PLACE).to_numpy()
    note_warnings(manifest)
    # Killed from here on, the tables count as not done, and the next run makes them anew.
    for stage in ("persons", "tables") if changed else ("tables",):
        manifest["stages"].pop(stage, None)
    stale = forget_stale(folder, manifest, wanted)
    finish(folder, manifest)
    if changed:
        rewrite_observations(observations, places, path)
    write_tables(folder, observations, settings, manifest)
    manifest["stages"].update(persons=wanted.persons, tables=wanted.tables)
    del observations  # it is large, and what follows reads the tables
    publish(folder, settings, manifest, wanted, plots=plots, report=report)
    return stale


def redo_videos(out: Path, overrides: Mapping[str, Any], *, jobs: int, progress: Progress) -> RunResult:
    """Write the annotated videos anew from the tables.

    Raises:
        ResultsError: there are no results.
    """
    inspections = []
    for folder, manifest in read_folder(out):
        settings = merge_settings(settings_from_dict(manifest["settings"]), None, overrides)
        source = Source(Path(manifest["source"]), manifest["recording"]["key"])
        wanted = stages_after(manifest["stages"]["observe"], settings)
        inspections.append(Inspect(source, folder, settings, wanted, "video"))
    with locked(out):
        result = run_inspections(inspections, out, jobs=jobs, progress=progress, keep_finished=True)
        plots = dataclasses.replace(Settings().plots, enabled=(out / OVERVIEW).is_file())
        report = (out / INDEX).is_file()
        write_folder_tables(out, known_failures(out), plots=plots, report=report, settings=None)
    return result
