"""Gather what the page of a folder lists of each recording."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from videmo.errors import StudyError
from videmo.measures.emotions import LEFT_OUT, OTHER
from videmo.measures.registry import words_in
from videmo.persons.people import display_name
from videmo.pipeline.remarks import Remarks
from videmo.records import keys_called
from videmo.report.html import percent
from videmo.report.index import Happening, IndexRow, Lane
from videmo.report.short import WORTH_TELLING
from videmo.results.failures import Failure
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults
from videmo.results.study import StudyFolder
from videmo.spreadsheet import csv_plain
from videmo.study.events import Event, read_rows
from videmo.study.recording_names import meant
from videmo.study.sheet import read_sheet

_WHOSE: Final = "recording"


@dataclass(frozen=True, slots=True)
class FolderEvents:
    """Hold what ``events.csv`` in a folder of results says about its recordings."""

    events: tuple[Event, ...] = ()
    """On the time of the recordings."""
    remarks: tuple[str, ...] = ()
    """What could not be used, in words."""

    def of(self, keys: Collection[str]) -> tuple[dict[str, list[Happening]], tuple[str, ...]]:
        """Return what happened in each of all recordings, in order of time, and what could not be placed, in words.

        A name means the recordings that it means in a study.
        """
        placed: dict[str, list[Happening]] = {}
        said = {}
        named = {name: meant(name, keys) for name in {event.scope.get(_WHOSE, "*") for event in self.events}}
        for event in self.events:
            name = event.scope.get(_WHOSE, "*")
            for key in named[name]:
                placed.setdefault(key, []).append(Happening(event.onset_s, event.label))
            if not named[name] and len(several := keys_called(name, keys)) > 1:
                said[name] = (
                    f"Events of {name!r} are not shown here: {len(several)} recordings are called so, "
                    f"{several[0]} and {several[1]} for example."
                )
        return placed, tuple(said.values())


def events_content(folder: ResultsFolder) -> tuple[str, bytes] | None:
    """Read the events of a folder: the name of the file, for errors, and its content; None where there are none."""
    study = StudyFolder(folder.path)
    return study.inputs().get("events") if study.has_input("events") else None


def events_in(folder: ResultsFolder) -> FolderEvents:
    """Read the events in a folder that are told on the time of a recording.

    Those of participants, dyads and sessions, and those that are told in UTC, need the tables of a study to be placed.
    A file that can't be read is no reason not to list the recordings: the page says what is wrong with it.
    """
    try:
        found = events_content(folder)
        rows = () if found is None else read_rows(read_sheet(found[1], Path(found[0]).name), {})
    except StudyError as exc:
        said = str(exc).replace(f"{folder.path}/", "")  # a page says nothing of the machine that made it
        return FolderEvents(remarks=(f"The events of this folder could not be read: {said}",))
    placed = tuple(event for event in rows if not event.absolute and not event.scope.keys() - {_WHOSE})
    others = len(rows) - len(placed)
    words = (
        f"{others} of {len(rows)} events are not shown here: they are told in UTC or by participant, dyad or session"
    )
    return FolderEvents(placed, (f"{words}; a study places them.",) if others else ())


def index_rows(
    recordings: Sequence[RecordingResults],
    failures: Sequence[Failure],
    happenings: Mapping[str, Sequence[Happening]],
    remarks: Remarks,
) -> list[IndexRow]:
    """Make the rows of the folder's page, in order of their keys."""
    rows = [_index_row(results, happenings.get(results.manifest.key, ()), remarks) for results in recordings]
    rows += [IndexRow(failure.key, "failed", failure.reason) for failure in failures]
    return sorted(rows, key=lambda row: row.key)


def _index_row(results: RecordingResults, happenings: Sequence[Happening], remarks: Remarks) -> IndexRow:
    """Make the row of a finished recording."""
    result, summary = results.manifest.result, results.summary
    seen_s = summary["seen_s"].sum()
    shares = [
        float((summary[f"share_{word}"] * summary["seen_s"]).sum() / seen_s)
        for word in words_in(summary.columns)
        if seen_s
    ]
    names = _names(results)
    return IndexRow(
        key=results.manifest.key,
        status=results.manifest.status,
        reason=result.incomplete or "",
        duration_s=result.duration_s,
        people=result.people,
        dominant=result.dominant,
        usable_share=result.usable_share or 0.0,
        quality=result.quality,
        lost=result.lost,
        unsure="; ".join(results.manifest.notes.get("identity", ())),
        poor="; ".join(results.manifest.notes.get("quality", ())),
        lanes=tuple(Lane(display_name(each.person, names), each.strip) for each in result.courses),
        happenings=tuple(happenings),
        shares=tuple(shares),
        thumbnail=results.has_thumbnail,
        page=results.has_page,
        remarks=(
            *_beyond(summary),
            *remarks.warnings(results.manifest.key),
            *filter(None, [remarks.settings.get(results.manifest.key)]),
        ),
    )


def _beyond(summary: pd.DataFrame) -> list[str]:
    """Say for how much of the time, over all persons, the words more likely leave out what is shown."""
    name = f"share_{OTHER}"
    if name not in summary.columns or not summary["seen_s"].sum():
        return []
    share = float((summary[name].fillna(0.0) * summary["seen_s"]).sum() / summary["seen_s"].sum())
    return (
        [f"{' or '.join(LEFT_OUT)} more likely for {percent(share, 0)} of the time"] if share >= WORTH_TELLING else []
    )


def _names(results: RecordingResults) -> Mapping[int, str]:
    """Return the names of persons, as the tables have them; none where faces are hidden."""
    settings, summary = results.manifest.settings, results.summary
    if "name" not in summary or (settings is not None and settings.anonymize.hides_faces):
        return {}
    named = summary.dropna(subset="name")
    return {int(person): csv_plain(str(name)) for person, name in zip(named["person"], named["name"])}
