"""Bring a folder of results up to date in stages: its tables, its plot, its page."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from videmo.config import fingerprint
from videmo.errors import ResultsError
from videmo.files import write_json, write_text
from videmo.pipeline.listing import events_in, index_rows
from videmo.pipeline.remarks import Remarks, remarks_on
from videmo.plots.overview import plot_overview
from videmo.plots.save import save_figure
from videmo.report.index import render_index
from videmo.results import names
from videmo.results.damaged import DamagedResults
from videmo.results.dictionary import RECORDING_COLUMNS, TABLES, dictionary
from videmo.results.failures import Failure, failure_of
from videmo.results.folder import FolderManifest, ResultsFolder
from videmo.results.manifest import Manifest
from videmo.results.recording import RecordingResults
from videmo.results.schema import write_table
from videmo.results.together import write_together
from videmo.settings import Settings, shaping
from videmo.spreadsheet import csv_safe
from videmo.version import __version__

_WHOLE_NUMBERS: Final = ("sampled", "frames_with_face", "people", "width", "height")


@dataclass(frozen=True, slots=True)
class FolderContents:
    """The input of the stages of a folder."""

    folder: ResultsFolder
    recordings: Sequence[RecordingResults]
    """The finished ones that didn't fail."""
    failures: Sequence[Failure]
    """Those that failed."""
    remarks: Remarks
    """What is odd about the finished ones, taken together."""
    damaged: dict[str, ResultsError]
    """Receives what is wrong with tables of recordings that can't be read, by key."""

    def note(self, results: RecordingResults, error: ResultsError) -> None:
        """Note that a table of a recording can't be read."""
        self.damaged.setdefault(results.manifest.key, error)


@dataclass(frozen=True, slots=True)
class FolderStage:
    """One stage of the work on a folder: made anew when one of its recordings, or a setting, changes."""

    name: str
    files: tuple[str, ...]
    run: Callable[[FolderContents, Settings], None]
    settings: tuple[str, ...] = ()
    """The sections that it depends on, hashed whole."""
    version: int = 1
    enabled: Callable[[Settings], bool] = lambda settings: True
    reads: Callable[[FolderContents], Any] | None = None
    """Return what it depends on besides; None for all that is known of the recordings."""
    also: Callable[[FolderContents], Any] = lambda contents: None
    """Return what it depends on beyond that."""


def update_folder(
    folder: ResultsFolder,
    failures: Sequence[Failure],
    settings: Settings,
    *,
    noted: Settings | None = None,
    afresh: bool = False,
) -> None:
    """Bring the tables, the plot and the page of a folder up to date, and note what failed.

    Args:
        folder: which has to be locked; every finished recording in it is listed.
        failures: recordings that failed, in this run and before. One with finished results counts if it was over them
            that it failed, see `results.failures.Failure`.
        settings: whether and how to draw the plot and write the page.
        noted: settings to note as those of the last run; None to keep the noted ones.
        afresh: whether to make what seems to be up to date, too: a table of a recording may have been mended.

    Raises:
        DamagedResults: tables of recordings can't be read. In the tables of the folder these recordings failed, all
            others have their rows, and the next update looks at them again.
        OutputError: something can't be written.
    """
    finished = folder.finished()
    states = {results.manifest.key: results.manifest.state for results in finished}
    failed = [failure for failure in failures if failure.counts(states)]
    keys = {failure.key for failure in failed}
    earlier, damaged = folder.manifest, dict[str, ResultsError]()
    while True:
        recordings = [results for results in finished if results.manifest.key not in keys | damaged.keys()]
        lost = [_failure(results, damaged, folder) for results in finished if results.manifest.key in damaged]
        remarks = remarks_on([results.manifest for results in recordings])
        contents = FolderContents(folder, recordings, [*failed, *lost], remarks, {})
        stages, due = _due(contents, settings, earlier, afresh)
        made = {name: noted for name, noted in earlier.stages.items() if name not in {stage.name for stage in due}}
        if made != earlier.stages:  # what is killed from here on is known to be in need of being made again
            earlier = dataclasses.replace(earlier, stages=made)
            folder.write_manifest(earlier)
        _make(contents, settings, due)
        if not contents.damaged:
            break
        damaged |= contents.damaged
    used: Mapping[str, Any] | None = earlier.settings if noted is None else dataclasses.asdict(noted)
    folder.write_manifest(FolderManifest(used, tuple(failed), stages))
    folder.tidy()
    if damaged:
        raise DamagedResults(damaged)


def _failure(results: RecordingResults, damaged: Mapping[str, ResultsError], folder: ResultsFolder) -> Failure:
    key = results.manifest.key
    return failure_of(key, results.source, str(damaged[key]), folder.path)


def _due(
    contents: FolderContents, settings: Settings, earlier: FolderManifest, afresh: bool
) -> tuple[dict[str, str], list[FolderStage]]:
    """Return the hashes of the stages that are wanted, and those of them that are due; remove files of others."""
    inputs = fingerprint(
        [dataclasses.asdict(results.manifest) for results in contents.recordings],
        [dataclasses.asdict(failure) for failure in contents.failures],
    )
    stages: dict[str, str] = {}
    due: list[FolderStage] = []
    for stage in FOLDER_STAGES:
        if not stage.enabled(settings):
            contents.folder.remove(*stage.files)
            continue
        shapes = [shaping(getattr(settings, name)) for name in stage.settings]
        read = inputs if stage.reads is None else stage.reads(contents)
        stages[stage.name] = fingerprint(stage.version, __version__, read, shapes, stage.also(contents))
        if afresh or earlier.stages.get(stage.name) != stages[stage.name] or not contents.folder.has(*stage.files):
            due.append(stage)
    return stages, due


def _make(contents: FolderContents, settings: Settings, due: Sequence[FolderStage]) -> None:
    """Run stages, unless a summary that they all read is damaged."""
    for results in contents.recordings if due else ():
        try:
            results.summary  # noqa: B018 (read once for all stages)
        except ResultsError as exc:
            contents.note(results, exc)
    for stage in due if not contents.damaged else ():
        stage.run(contents, settings)


def _write_tables(contents: FolderContents, settings: Settings) -> None:
    for name, make in ((names.RECORDINGS, _recordings), (names.SUMMARY, _summary)):
        with contents.folder.writing(name) as path:
            write_table(make(contents), path, style=settings.tables.csv_style)


def _recordings(contents: FolderContents) -> pd.DataFrame:
    """Make ``recordings.csv``: one row per recording."""
    rows = [_row(results.manifest, contents.remarks) for results in contents.recordings]
    rows += [
        {"recording": csv_safe(failure.key), "status": "failed", "reason": csv_safe(failure.reason)}
        for failure in contents.failures
    ]
    table = pd.DataFrame(sorted(rows, key=lambda row: row["recording"]), columns=list(RECORDING_COLUMNS))
    return table.astype(dict.fromkeys(_WHOLE_NUMBERS, "Int64"))


def _row(manifest: Manifest, remarks: Remarks) -> dict[str, Any]:
    result, recording = manifest.result, manifest.recording
    return {
        "recording": csv_safe(manifest.key),
        "status": manifest.status,
        "reason": result.incomplete or "",
        "recording_duration_s": result.duration_s,
        "sampled": result.frames,
        "frames_with_face": result.frames_with_face,
        "recording_coverage": result.coverage,
        "people": result.people,
        "recording_dominant": result.dominant,
        **{name: getattr(recording, name) for name in ("width", "height", "average_fps", "codec")},
        "warnings": "; ".join([*manifest.warnings, *remarks.warnings(manifest.key)]),
        "recording_usable_share": result.usable_share,
        "recording_quality": result.quality or None,
        "settings": remarks.settings.get(manifest.key) or None,
    }


def _summary(contents: FolderContents) -> pd.DataFrame:
    """Make ``summary.csv``: one row per recording and person."""
    tables = []
    for results in contents.recordings:
        if len(results.summary):
            table = results.summary.copy()
            table.insert(0, "recording", csv_safe(results.manifest.key))
            tables.append(table)
    known = dict.fromkeys(name for table in tables for name in table.columns)
    # Those that were analysed with other words for emotions have other columns, which stay empty elsewhere.
    table = TABLES["summary"]
    columns = ["recording", *table.ordered(name for name in known if name != "recording")]
    if not tables:
        return pd.DataFrame(columns=columns)
    return table.with_whole_numbers(pd.concat(tables, ignore_index=True).reindex(columns=columns))


_TOGETHER: Final = (names.TIMELINE, names.EPISODES, names.QUALITY)


def _write_together(contents: FolderContents, settings: Settings) -> None:
    """Write the tables of all recordings, one recording after the other: no table is in memory as a whole."""
    for name in _TOGETHER:
        with contents.folder.writing(name) as path:
            table = name.removesuffix(".csv")
            style = settings.tables.csv_style
            write_together(contents.recordings, table, path, style=style, damaged=contents.note)


def _tables_of(contents: FolderContents) -> list[Any]:
    """Return what the tables of the recordings were made from."""
    manifests = (results.manifest for results in contents.recordings)
    return [(each.key, dataclasses.asdict(each.input), each.stages.get("tables"), each.people) for each in manifests]


def _write_dictionary(contents: FolderContents, settings: Settings) -> None:
    with contents.folder.writing(names.DICTIONARY) as path:
        write_json(path, dictionary())


def _draw_overview(contents: FolderContents, settings: Settings) -> None:
    figure = plot_overview(_recordings(contents), _summary(contents))
    with contents.folder.writing(names.OVERVIEW) as path:
        save_figure(figure, path, dpi=settings.plots.dpi)


def _write_index(contents: FolderContents, settings: Settings) -> None:
    events = events_in(contents.folder)
    keys = [each.manifest.key for each in contents.recordings] + [failure.key for failure in contents.failures]
    happenings, unplaced = events.of(keys)
    rows = index_rows(contents.recordings, contents.failures, happenings, contents.remarks)
    page = render_index(rows, version=__version__, remarks=(*events.remarks, *unplaced), mixed=contents.remarks.mixed)
    with contents.folder.writing(names.INDEX) as path:
        write_text(path, page)


FOLDER_STAGES: Final[tuple[FolderStage, ...]] = (
    FolderStage(
        name="tables",
        files=(names.RECORDINGS, names.SUMMARY),
        run=_write_tables,
        settings=("tables",),
        version=3,
    ),
    FolderStage(
        name="together",
        files=_TOGETHER,
        run=_write_together,
        settings=("tables",),
        reads=_tables_of,
    ),
    FolderStage(
        name="dictionary",
        files=(names.DICTIONARY,),
        run=_write_dictionary,
        reads=lambda contents: dictionary(),
    ),
    FolderStage(
        name="overview",
        files=(names.OVERVIEW,),
        run=_draw_overview,
        settings=("plots",),
        enabled=lambda settings: settings.plots.enabled,
    ),
    FolderStage(
        name="index",
        files=(names.INDEX,),
        run=_write_index,
        settings=("report",),
        version=7,
        enabled=lambda settings: settings.report.enabled,
        also=lambda contents: events_in(contents.folder),
    ),
)
