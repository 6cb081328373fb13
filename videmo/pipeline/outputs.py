"""What an analysis leaves in a recording's folder, and how it follows from the observations, without a pixel."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import videmo
from videmo.config import fingerprint
from videmo.pipeline.identity import Stages, people_identity
from videmo.pipeline.join import assign_persons, derive, join_chunks, settings_values
from videmo.pipeline.names import (
    EPISODES,
    OBSERVATIONS,
    PLOTS,
    QUALITY,
    REPORT,
    SUMMARY,
    THUMBNAIL,
    TIMELINE,
    VIDEO,
)
from videmo.pipeline.pages import write_page
from videmo.pipeline.people import merge_persons
from videmo.plots.save import save_figure
from videmo.plots.shares import plot_shares
from videmo.plots.timeline import plot_timeline
from videmo.plots.transitions import plot_transitions
from videmo.records import EMOTIONS, Recording
from videmo.settings import ReadingSettings, Settings
from videmo.tables.csv import read_csv
from videmo.tables.manifest import finish, source_entries
from videmo.tables.parts import ChunkObservations
from videmo.tables.people import csv_name, read_people
from videmo.tables.schema import DECIMALS, read_observations, read_summary, write_table
from videmo.timeline.quality import mark_left_out
from videmo.timeline.strip import strip
from videmo.timeline.summary import dominant_emotion, frames_with_face
from videmo.timeline.transitions import count_transitions

_PLOTTED = ("time_s", "status", "person", *EMOTIONS, "left_out")


def new_manifest(source: str, key: str, recording: Recording, sha256: str) -> dict[str, Any]:
    """The manifest of a recording of which nothing is done yet. Arguments as for `source_entries`."""
    return {
        "videmo": videmo.__version__,
        **source_entries(source, key, recording, sha256),
        "stages": {},
        "result": {},
        "warnings": [],
        "people": {},
    }


def joined(parts: Sequence[ChunkObservations], reading: ReadingSettings) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The observation table of all parts of a recording, and what reading it gave, for its manifest."""
    observations = join_chunks(parts, reading).round(DECIMALS)
    result = {name: sum(getattr(part, name) for part in parts) for name in ("decoded", "damaged", "unordered")}
    result["duration_s"] = round(max(part.end_s for part in parts), 6)
    return observations, result


def known_persons(
    folder: Path, observations: pd.DataFrame, settings: Settings, observe: str, manifest: dict[str, Any]
) -> pd.DataFrame:
    """Follow the faces of a recording, and merge persons as its ``people.csv`` says; note warnings.

    The manifest keeps of what persons the file speaks: those that were found when it was first used.

    Raises:
        PeopleError: the file can't be read, or speaks of a person who is not there.
    """
    followed = assign_persons(observations, settings.tracking)
    people = read_people(folder)
    merged, warnings = merge_persons(followed, people)
    said, found = people_identity(people), fingerprint(observe, settings.tracking)
    if manifest.get("people", {}).get("said") != said:
        manifest["people"] = {"said": said, "found": found}
    if said and manifest["people"]["found"] != found:
        warnings = (*warnings, "people.csv was made when other settings found the persons: check its numbers")
    manifest["people_warnings"] = list(warnings)
    return merged


def interpret(
    folder: Path, observations: pd.DataFrame, settings: Settings, manifest: dict[str, Any], stages: Stages
) -> tuple[pd.DataFrame, bool]:
    """Say of each face whose it is and whether it counts: all that is known of a face without its pixels.

    Returns:
        The table, and whether it is another one than before.
    """
    recording, changed = manifest["recording"], False
    if manifest["stages"].get("persons") != stages.persons:
        persons = known_persons(folder, observations, settings, stages.observe, manifest)
        changed = not all(persons[name].equals(observations[name]) for name in ("frame", "x", "status", "person"))
        observations = persons
    before = observations["left_out"]
    marked = mark_left_out(observations, recording["width"], recording["height"], settings.quality)
    return marked, changed or not before.equals(marked["left_out"].astype(before.dtype))


def write_tables(folder: Path, observations: pd.DataFrame, settings: Settings, manifest: dict[str, Any]) -> None:
    """Write what follows from the observations of a recording and put the main numbers into its manifest."""
    end_s = float(manifest["result"]["duration_s"])
    people = read_people(folder)
    names = {person: csv_name(person, people.names) for person in people.names}
    tables = derive(observations, settings.timeline, settings.episodes, settings.quality, end_s, names)
    for name, table in (
        (TIMELINE, tables.timeline),
        (EPISODES, tables.episodes),
        (SUMMARY, tables.summary),
        (QUALITY, tables.quality),
    ):
        write_table(table, folder / name)
    sampled = int(observations["frame"].nunique())
    with_face = frames_with_face(observations)
    manifest["result"].update(
        frames=sampled,
        frames_with_face=with_face,
        coverage=round(with_face / sampled, 4) if sampled else 0.0,
        people=len(tables.summary),
        dominant=dominant_emotion(tables.summary),
        strip=strip(tables.timeline, end_s),
        usable_share=float(tables.quality["usable_share"].iloc[0]),
        quality=str(tables.quality["quality"].iloc[0]),
    )
    manifest["settings"] = settings_values(settings)


def plot(folder: Path, settings: Settings, manifest: dict[str, Any], title: str) -> None:
    """Draw the figures of a recording from its tables."""
    timeline, summary = read_csv(folder / TIMELINE), read_summary(folder / SUMMARY)
    course = plot_timeline(
        timeline,
        read_csv(folder / EPISODES),
        summary,
        duration_s=float(manifest["result"]["duration_s"]),
        title=title,
        observations=read_observations(folder / OBSERVATIONS, _PLOTTED),
    )
    shares = plot_shares(summary, title=title)
    changes = plot_transitions(count_transitions(timeline), title=title)
    for name, figure in zip(PLOTS, (course, course, shares, changes), strict=True):
        save_figure(figure, folder / name, dpi=settings.plots.dpi)


def publish(
    folder: Path, settings: Settings, manifest: dict[str, Any], stages: Stages, *, plots: bool, report: bool
) -> None:
    """Draw the plots and write the page of a recording from its tables, and mark it as finished."""
    if plots:
        plot(folder, settings, manifest, manifest["recording"]["key"])
        manifest["stages"]["plots"] = stages.plots
        gc.collect()  # the parts of a figure hold each other: those of hundreds of persons would wait beside the page
    if report:
        write_page(folder, settings, manifest)
        manifest["stages"]["report"] = stages.report
    finish(folder, manifest)


def forget_stale(folder: Path, manifest: dict[str, Any], stages: Stages) -> bool:
    """Remove the plots, the page and the annotated video where they don't belong to these stages any more.

    Returns:
        True if an annotated video was removed.
    """
    stale_video = False
    for stage, names in (("plots", PLOTS), ("report", (REPORT, THUMBNAIL)), ("annotation", (VIDEO,))):
        if manifest["stages"].get(stage) == getattr(stages, stage):
            continue
        manifest["stages"].pop(stage, None)
        stale_video |= stage == "annotation" and (folder / VIDEO).is_file()
        for name in names:
            (folder / name).unlink(missing_ok=True)
    return stale_video


def note_warnings(manifest: dict[str, Any]) -> None:
    """Gather the warnings of all stages in a manifest."""
    of_stages = (manifest.get(name, ()) for name in ("live_warnings", "people_warnings", "video_warnings"))
    manifest["warnings"] = [*_reading_warnings(manifest["result"]), *(said for stage in of_stages for said in stage)]


def _reading_warnings(result: dict[str, Any]) -> list[str]:
    found = []
    if result["damaged"]:
        found.append(f"{result['damaged']} damaged packets or pictures skipped or shown as they are")
    if result["unordered"]:
        found.append(f"{result['unordered']} frames with a time not later than the frame before")
    return found
