"""Do a part of the work again for everything in a folder of results."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videmo.batch.collect import known_failures, read_folder, write_folder_tables
from videmo.batch.run import Progress, RunResult, locked, run_inspections
from videmo.batch.tasks import Inspect
from videmo.config import Settings, load_settings, merge_settings, settings_from_dict
from videmo.pipeline.identity import stages_after
from videmo.pipeline.join import assign_persons
from videmo.pipeline.stages import OBSERVATIONS, forget_stale, plot, write_tables
from videmo.records import Source
from videmo.tables.manifest import finish, save_progress
from videmo.tables.schema import read_observations


@dataclass(frozen=True, slots=True)
class Redone:
    """What was done again."""

    keys: tuple[str, ...]
    """The recordings."""
    stale_videos: int
    """Annotated videos that were removed because they showed other persons."""


def redo_tables(out: Path, config: Path | None, overrides: Mapping[str, Any]) -> Redone:
    """Derive persons, timelines, episodes, summaries and plots anew from the observations.

    Args:
        out: a folder of results.
        config: a TOML file with settings, or None.
        overrides: settings by dotted name. What is in neither stays as it was when the recording was analysed.

    Raises:
        ResultsError: there are no results, or a table is damaged.
    """
    keys, stale, settings = [], 0, load_settings(config, overrides)
    with locked(out):
        for folder, manifest in read_folder(out):
            settings = merge_settings(settings_from_dict(manifest["settings"]), config, overrides)
            wanted = stages_after(manifest["stages"]["observe"], settings)
            stale += forget_stale(folder, manifest, wanted)
            save_progress(folder, manifest)
            observations = assign_persons(read_observations(folder / OBSERVATIONS), settings.tracking)
            write_tables(folder, observations, settings, manifest)
            manifest["stages"]["tables"] = wanted.tables
            if settings.plots.enabled:
                plot(folder, settings, manifest, manifest["recording"]["key"])
                manifest["stages"]["plots"] = wanted.plots
            finish(folder, manifest)
            keys.append(manifest["recording"]["key"])
        write_folder_tables(out, known_failures(out), settings)
    return Redone(tuple(keys), stale)


def redo_videos(out: Path, overrides: Mapping[str, Any], *, jobs: int, progress: Progress) -> RunResult:
    """Write the annotated videos anew from the tables.

    Raises:
        ResultsError: there are no results.
    """
    inspections, settings = [], Settings()
    for folder, manifest in read_folder(out):
        settings = merge_settings(settings_from_dict(manifest["settings"]), None, overrides)
        plots = dataclasses.replace(settings.plots, enabled=False)
        source = Source(Path(manifest["source"]), manifest["recording"]["key"])
        wanted = stages_after(manifest["stages"]["observe"], settings)
        without_plots = dataclasses.replace(settings, plots=plots)
        inspections.append(Inspect(source, folder, without_plots, wanted, "video"))
    earlier = known_failures(out)
    return run_inspections(inspections, out, settings, jobs=jobs, progress=progress, earlier=earlier)
