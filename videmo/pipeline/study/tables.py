"""Write what follows from the segments: values of participants, comparisons, exclusions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

import pandas as pd

from videmo.pipeline.study.update import StudyStage, StudyUpdate
from videmo.results import names
from videmo.spreadsheet import csv_text
from videmo.study.absent import unlike_labels
from videmo.study.comparing import compare_all, compared_columns
from videmo.study.exclusions import compared_units, exclusions, flow_of
from videmo.study.focus import focus_of
from videmo.study.participants import ID
from videmo.study.script import analysis_script
from videmo.study.sensitivity import sensitivity
from videmo.study.tables import Cell, cells_of, decimals, in_order, participants_long, participants_wide, spelled
from videmo.study.unit_values import columns_of


def _write_participants(update: StudyUpdate) -> None:
    study, folder = update.study, update.folder
    seen: set[Cell] = set()
    folder.write_made_pieces(names.PARTICIPANTS_LONG, _long_pieces(update, seen), decimals())
    columns = in_order(seen, study.plan)
    places = {csv_text(".".join(cell)): 6 for cell in columns}
    folder.write_made_pieces(names.PARTICIPANTS_WIDE, _wide_pieces(update, columns), places)
    folder.write_made_text(names.ANALYSIS, analysis_script(study))


def _long_pieces(update: StudyUpdate, seen: set[Cell]) -> Iterator[pd.DataFrame]:
    """Yield the values of some participants at a time, and note which there are."""
    for block in update.segments():
        long = participants_long(block, update.study.inputs.participants, update.study.plan)
        seen.update(cells_of(long))
        yield spelled(long)


def _wide_pieces(update: StudyUpdate, columns: Sequence[Cell]) -> Iterator[pd.DataFrame]:
    """Yield the rows of some participants at a time, with those who have no segments."""
    people = update.study.inputs.participants
    waiting = [person.id for person in people.people]
    for block in update.segments():
        long = participants_long(block, people, update.study.plan)
        last = max(block[ID].astype(str), default="")
        ids, waiting = [name for name in waiting if name <= last], [name for name in waiting if name > last]
        yield spelled(participants_wide(long, ids, columns, people))
    yield spelled(participants_wide(long.iloc[:0], waiting, columns, people))


def _of_people(update: StudyUpdate) -> object:
    return [(person.id, dict(person.values)) for person in update.study.inputs.participants.people]


PARTICIPANTS: Final = StudyStage(
    name="participants",
    words="values of participants",
    run=_write_participants,
    depends=lambda update: (_of_people(update), update.study.plan.primary),
    needs=("segments",),
    files=(names.PARTICIPANTS_LONG, names.PARTICIPANTS_WIDE, names.ANALYSIS),
    aside=True,
    version=4,
)


def _write_comparisons(update: StudyUpdate) -> None:
    study, folder = update.study, update.folder
    people, plan = study.inputs.participants, study.plan
    found = compare_all(_rows(update), study.contrasts, study.primary, people, plan)
    folder.write_made_table(names.COMPARISONS, spelled(found.table), {})
    once = update.segments_of(plan.emotions[0])
    focus = focus_of(study)
    flow = flow_of(study, once, found, compared_units(found.table, focus))
    folder.write_made_table(names.EXCLUSIONS, spelled(exclusions(study, once, found, flow)), {"valid_share": 6})
    if focus:
        rows = update.segments_of(focus.emotion)
        folder.write_made_table(names.SENSITIVITY, spelled(sensitivity(rows, focus, people, plan)), {})
    one = columns_of(once, plan.emotions[:1], ["mean"], plan.baseline.correction)
    folder.keep_flow(dataclasses.asdict(flow), [*found.remarks, *unlike_labels(one, study.wanted, people, plan)])


def _rows(update: StudyUpdate) -> pd.DataFrame:
    """Return what is compared: one row per segment."""
    plan = update.study.plan
    emotions, measures = compared_columns(plan, update.study.primary)
    blocks = [columns_of(block, emotions, measures, plan.baseline.correction) for block in update.segments()]
    return pd.concat(blocks, ignore_index=True)


def _of_comparisons(update: StudyUpdate) -> object:
    study = update.study
    return (
        study.plan.compare, study.plan.primary, study.plan.validity, study.plan.study.seed,
        [(each.name, each.levels, each.whole) for each in (*study.contrasts, *filter(None, [study.primary]))],
        [(person.id, dict(person.values), person.included, person.exclude_reason)
         for person in study.inputs.participants.people],
        dict(study.design.unseen),
    )  # fmt: skip


COMPARISONS: Final = StudyStage(
    name="comparisons",
    words="comparisons",
    run=_write_comparisons,
    depends=_of_comparisons,
    needs=("segments",),
    files=(names.COMPARISONS, names.EXCLUSIONS),
    beside=(names.SENSITIVITY,),
    aside=True,
    version=8,
)
