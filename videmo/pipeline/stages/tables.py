"""Write the observations, and the tables that follow from them."""

from __future__ import annotations

import dataclasses
from typing import Final

from videmo.measures.registry import words_in
from videmo.persons.linked import doubts, how_sure
from videmo.persons.people import csv_name
from videmo.pipeline.stage import Stage
from videmo.pipeline.update import Update
from videmo.results import names
from videmo.results.manifest import Course
from videmo.results.tables import TABLES as ALL_TABLES
from videmo.results.tables import Tables
from videmo.settings import Settings
from videmo.version import __version__


def _tabulate(update: Update, settings: Settings) -> None:
    """Mark the faces that don't count, and write all tables.

    Raises:
        OutputError: a table can't be written.
    """
    from videmo.pipeline.derive import derive
    from videmo.timeline.named import NAME, with_names
    from videmo.timeline.quality import mark_left_out, said_of_poor

    update.results.style = settings.tables.csv_style
    observations, recording = update.open_observations(), update.manifest.recording
    people = update.work.people
    spelled = {person: csv_name(person, people.names) for person in people.names}
    marked = with_names(mark_left_out(observations, recording.width, recording.height, settings.quality), spelled)
    for name in ("left_out", NAME):
        before = observations[name]
        update.changed |= not before.equals(marked[name].astype(before.dtype))
    update.changed |= not update.results.in_style()
    del observations, before
    # Killed from here on, the tables count as not done, and the next run makes them anew.
    update.forget_stale()
    update.write_observations(marked)
    update.keep_sights()
    links = update.results.links() if update.links is None else update.links
    update.results.write_persons(links, marked, people)
    update.drop_sights()
    end_s = update.manifest.result.duration_s
    tables = derive(marked, settings.timeline, settings.episodes, settings.quality, end_s, spelled)
    known, persons = how_sure(links, people), tables.quality["person"].tolist()
    sure = {person: known.get(person, "") for person in persons}
    tables = dataclasses.replace(tables, quality=tables.quality.assign(identity=[sure[each] for each in persons]))
    update.results.write_derived(tables)
    _note_numbers(update, tables, end_s)
    update.manifest = update.manifest.with_note("identity", doubts(sure)).with_note(
        "quality", said_of_poor(tables.quality)
    )
    update.manifest = dataclasses.replace(update.manifest, settings=update.work.settings, videmo=__version__)


def _note_numbers(update: Update, tables: Tables, end_s: float) -> None:
    """Put the main numbers into the manifest."""
    from videmo.timeline.quality import mostly_lost
    from videmo.timeline.strip import strip, strips
    from videmo.timeline.summary import dominant_emotion, frames_with_face

    sampled, with_face = int(tables.observations["frame"].nunique()), frames_with_face(tables.observations)
    words, whole = words_in(tables.timeline.columns), tables.quality.iloc[0]
    courses = strips(tables.timeline, tables.summary, end_s, words)
    update.manifest = update.manifest.with_result(
        frames=sampled,
        frames_with_face=with_face,
        coverage=round(with_face / sampled, 4) if sampled else 0.0,
        people=len(tables.summary),
        dominant=dominant_emotion(tables.summary, words),
        strip=strip(tables.timeline, end_s, words),
        courses=tuple(Course(person, course) for person, course in courses.items()),
        usable_share=float(whole["usable_share"]),
        quality=str(whole["quality"]),
        lost=mostly_lost(whole),
        rows=tuple(len(getattr(tables, name)) for name in ALL_TABLES),
    )


TABLES: Final = Stage(
    name="tables",
    words="tables",
    needs=("persons",),
    settings=("timeline", "episodes", "quality", "tables"),
    files=(names.TIMELINE, names.EPISODES, names.SUMMARY, names.QUALITY, names.PERSONS),
    run=_tabulate,
    version=10,
)
