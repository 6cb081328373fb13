"""Make anew what follows from the observations, for everything in a folder of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from videmo.batch.closing import left_out_notes
from videmo.batch.hold import held_results
from videmo.batch.relinking import relink
from videmo.config import load_settings, merge_settings
from videmo.errors import OutputError, PeopleError, ResultsError, UsageError, VidemoError
from videmo.pipeline.folder import update_folder
from videmo.pipeline.graph import sections_of
from videmo.pipeline.plan import plan_report
from videmo.pipeline.run import bring_up_to_date
from videmo.pipeline.stages.observation import OBSERVE
from videmo.pipeline.update import Unseen
from videmo.results.damaged import DamagedResults
from videmo.results.failures import failure_of
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.settings import Settings
from videmo.settings.differing import Change, changes

DERIVED_FROM: Final = ("detector.sure_score", "identity.enabled")
"""Settings of what observes faces that persons are found with, which is done anew."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The result of `report_folder`."""

    keys: tuple[str, ...]
    """The recordings."""
    failures: tuple[str, ...]
    """An error in words for each recording whose observations or ``people.csv`` can't be read, or whose tables can't be
    written."""
    stale_videos: int
    """Number of annotated videos that were removed because they no longer matched the tables."""
    pictured: tuple[str, ...] = ()
    """Recordings that could not be seen, and whose pages show the pictures that they had."""
    bare: tuple[str, ...] = ()
    """Those whose pages have none."""
    elsewhere: tuple[str, ...] = ()
    """Recordings that ``cast.csv`` names and that have no results here."""
    notes: tuple[str, ...] = ()
    """What else there is to know about the folder, in sentences."""


def report_folder(
    out: Path,
    config: Path | None,
    overrides: Mapping[str, Any],
    *,
    plots: bool = True,
    report: bool = True,
    look_in: Path | None = None,
) -> Reported:
    """Derive persons, timelines, episodes, summaries, plots and pages anew from the observations.

    Args:
        out: a folder of results.
        config: a TOML file with settings, or None.
        overrides: settings by dotted name. Others stay as they were when the recording was analysed.
        plots: whether to draw plots.
        report: whether to write pages.
        look_in: a folder in which the recordings are looked for, if they were moved.

    Raises:
        UsageError: there are no files in the folder to look in, or settings are given that observations were made with
            otherwise.
        ResultsError: there are no results.
        PeopleError: ``cast.csv`` can't be read or contradicts itself.
        OutputError: the tables of the folder can't be written.
    """
    load_settings(config, overrides)  # wrong settings are refused before anything is touched
    folder = ResultsFolder(out)
    keys: list[str] = []
    failures: list[str] = []
    unseen: dict[Unseen, list[str]] = {kind: [] for kind in Unseen}
    stale = 0
    with held_results(folder):
        if look_in is not None:
            relink(folder.known(), folder, look_in)
        cast = folder.cast  # if it contradicts itself, nothing is touched
        failed = folder.failures()
        settings = Settings()
        every = folder.require_observed()
        _check_observed_with(every, out, config, overrides)
        for results in every:
            key = results.manifest.key
            try:
                settings = merge_settings(_settings_of(results), config, overrides)
                work = plan_report(results, settings, plots=plots, report=report)
                update = bring_up_to_date(work)
                stale += update.stale_video
                unseen[update.unseen].append(key)
                keys.append(key)
            except PeopleError as exc:  # raised before anything was touched: the results stay
                failures.append(str(exc))
            except VidemoError as exc:
                failures.append(str(exc))
                failed.append(failure_of(key, results.source, str(exc), out))
                with suppress(OutputError):  # a folder that can't be changed is what failed, as the error says
                    RecordingResults(results.folder).reopen()
        wanted = {"plots.enabled": plots, "report.enabled": report}
        try:
            update_folder(folder, failed, merge_settings(settings, None, wanted), afresh=True)
        except DamagedResults as exc:
            failures.extend(map(str, exc.errors.values()))
    elsewhere = cast.elsewhere(results.manifest.key for results in every)
    pictured, bare = tuple(unseen[Unseen.PICTURED]), tuple(unseen[Unseen.BARE])
    notes = tuple(left_out_notes(folder, {results.manifest.key for results in folder.known()}))
    return Reported(tuple(keys), tuple(failures), stale, pictured, bare, elsewhere, notes)


def _check_observed_with(
    every: Sequence[RecordingResults], out: Path, config: Path | None, overrides: Mapping[str, Any]
) -> None:
    """Refuse settings that observations depend on: results would say that they were made with them."""
    others: set[Change] = set()
    for then in {results.manifest.settings for results in every}:
        if then is not None:
            now = merge_settings(then, config, overrides)
            others.update(one for one in changes(then, now, sections_of(OBSERVE)) if one.name not in DERIVED_FROM)
    if others:
        what = "; ".join(sorted(map(str, others)))
        advice = "Leave these settings out, or analyse the recordings again and have the results overwritten."
        raise UsageError(
            out, f"faces were observed with other settings, which a report can't change ({what})", "", advice
        )


def _settings_of(results: RecordingResults) -> Settings:
    if results.manifest.settings is None:
        raise ResultsError(results.folder, "its settings are unknown", advice="Analyse the recording again.")
    return results.manifest.settings
