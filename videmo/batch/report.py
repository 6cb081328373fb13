"""Make anew what follows from the observations, for everything in a folder of results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videmo.batch.hold import held
from videmo.config import load_settings, merge_settings
from videmo.errors import PeopleError, ResultsError, VidemoError
from videmo.pipeline.folder import update_folder
from videmo.pipeline.plan import plan_report
from videmo.pipeline.run import bring_up_to_date
from videmo.results.folder import Failure, ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.settings import Settings


@dataclass(frozen=True, slots=True)
class Reported:
    """The result of `report_folder`."""

    keys: tuple[str, ...]
    """The recordings."""
    failures: tuple[str, ...]
    """An error in words for each recording whose observations or ``people.csv`` can't be read, or whose tables can't be
    written."""
    stale_videos: int
    """Number of annotated videos that were removed because they showed other persons."""
    elsewhere: tuple[str, ...] = ()
    """Recordings that ``cast.csv`` names and that have no results here."""


def report_folder(
    out: Path, config: Path | None, overrides: Mapping[str, Any], *, plots: bool = True, report: bool = True
) -> Reported:
    """Derive persons, timelines, episodes, summaries, plots and pages anew from the observations.

    Args:
        out: a folder of results.
        config: a TOML file with settings, or None.
        overrides: settings by dotted name. Others stay as they were when the recording was analysed.
        plots: whether to draw plots.
        report: whether to write pages.

    Raises:
        ResultsError: there are no results.
        PeopleError: ``cast.csv`` can't be read or contradicts itself.
        OutputError: the tables of the folder can't be written.
    """
    load_settings(config, overrides)  # wrong settings are refused before anything is touched
    folder = ResultsFolder(out)
    keys: list[str] = []
    failures: list[str] = []
    stale = 0
    with held(folder):
        cast = folder.cast  # if it contradicts itself, nothing is touched
        failed = folder.failures()
        settings = Settings()
        recordings = folder.require_observed()
        for results in recordings:
            key = results.manifest.key
            try:
                settings = merge_settings(_settings_of(results), config, overrides)
                work = plan_report(results, settings, plots=plots, report=report)
                stale += bring_up_to_date(work).stale_video
                keys.append(key)
            except PeopleError as exc:  # raised before anything was touched: the results stay
                failures.append(str(exc))
            except VidemoError as exc:
                failures.append(str(exc))
                failed.append(Failure(key, results.manifest.source, str(exc)))
                RecordingResults(results.folder).reopen()
        wanted = {"plots.enabled": plots, "report.enabled": report}
        update_folder(folder, failed, merge_settings(settings, None, wanted))
    elsewhere = cast.elsewhere(results.manifest.key for results in recordings)
    return Reported(tuple(keys), tuple(failures), stale, elsewhere)


def _settings_of(results: RecordingResults) -> Settings:
    if results.manifest.settings is None:
        raise ResultsError(results.folder, "its settings are unknown", advice="Analyse the recording again.")
    return results.manifest.settings
