"""Begin a study: guess its inputs and write them, or check them and write nothing."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from videmo.errors import StudyError, VidemoError
from videmo.persons.cast import Cast
from videmo.pipeline.study.facts import gather_facts
from videmo.pipeline.study.run import open_study
from videmo.pipeline.study.starts import recorded_at
from videmo.pipeline.study.update import StudyUpdate, rows_of
from videmo.results.folder import ResultsFolder
from videmo.results.study import StudyFolder
from videmo.store.stores import kind_of
from videmo.study.checking import Checked, check, emotions_needed
from videmo.study.guess import Guess, guess_study
from videmo.study.plan import read_plan
from videmo.study.segmenting import segments_of
from videmo.study.tables import segment_table


@dataclass(frozen=True, slots=True)
class Begun:
    """The result of `begin_study`."""

    written: tuple[Path, ...]
    kept: tuple[Path, ...]
    """Files that were there already."""
    guess: Guess
    notes: tuple[str, ...] = ()


def begin_study(results: Path, to: Path, title: str = "") -> Begun:
    """Write the inputs of a study, filled in as far as can be guessed; files that are there stay.

    Args:
        results: a folder of results.
        to: the folder of the study, beside or above the results.
        title: of the study; by default the folder's name.

    Raises:
        ResultsError: there are no results.
        StudyError: the study would write over the results.
        PeopleError: ``cast.csv`` of the results contradicts itself.
        OutputError: a file can't be written.
    """
    folder = StudyFolder(to)
    folder.check_apart(results)
    if kind_of(results) != kind_of(to):
        raise StudyError(to, f"it lies elsewhere than the results in {results}", "a folder in the same place")
    found = ResultsFolder(results)
    facts = gather_facts(found)
    starts, notes = recorded_at(found)
    relative = os.path.relpath(results, to).replace(os.sep, "/")
    guess = guess_study(facts, relative, title or to.absolute().name, starts=starts, cast=_said(found.cast))
    written, kept = [], []
    for kind, text in (
        ("participants", guess.participants), ("cast", guess.cast), ("events", guess.events), ("plan", guess.plan),
    ):  # fmt: skip
        if folder.has_input(kind):
            kept.append(to / folder.name_of(kind))
        else:
            written.append(folder.write_input(kind, text))
    return Begun(tuple(written), tuple(kept), guess, tuple(notes))


def _said(cast: Cast) -> dict[str, dict[int, str]]:
    """Return who the persons of each recording are."""
    said: dict[str, dict[int, str]] = {}
    for role in cast.roles:
        said.setdefault(role.recording, {})[role.person] = role.participant
    return said


def is_guess(folder: StudyFolder) -> bool:
    """Tell whether the table of events is still the one that `begin_study` guessed: nothing of the user's is in it."""
    inputs = folder.inputs()
    try:
        name, content = inputs["plan"]
        said = read_plan(content, name).study.results
        facts = gather_facts(folder.results_folder(said))
    except (KeyError, VidemoError):
        return False
    return guess_study(facts, said, "").events.encode() == inputs["events"][1]


def check_study(path: Path) -> Checked:
    """Read all of a study and measure its segments; nothing is written.

    Raises:
        StudyError: an input can't be read, or contradicts another one or the recordings.
        ResultsError: there are no results, or a table is damaged.
    """
    update = open_study(path)
    return check(update.study, all_segments(update, emotions_needed(update.study)))


def all_segments(update: StudyUpdate, emotions: Collection[str] = ()) -> pd.DataFrame:
    """Measure all segments without keeping anything; returns one row each, of the first or of some emotions."""
    known = update.study.plan.emotions
    blocks = map(partial(_measured, update), update.people) if update.people else [segment_table([], known)]
    return rows_of(blocks, *(emotions or known[:1]))


def _measured(update: StudyUpdate, person: str) -> pd.DataFrame:
    sights = [update.sight(placement) for placement in update.study.design.of(person)]
    return segment_table(segments_of(sights, update.study.design, update.study.plan), update.study.plan.emotions)
