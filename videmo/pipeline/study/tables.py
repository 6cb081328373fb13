"""Write what follows from the segments: values of participants, comparisons, exclusions."""

from __future__ import annotations

import dataclasses
from typing import Final

from videmo.pipeline.study.update import StudyStage, StudyUpdate
from videmo.results import names
from videmo.study.comparing import compare_all, sensitivity
from videmo.study.exclusions import compared_units, exclusions, flow_of
from videmo.study.script import analysis_script
from videmo.study.tables import decimals, participants_long, participants_wide, spelled


def _write_participants(update: StudyUpdate) -> None:
    people = update.study.inputs.participants
    long = participants_long(update.segments, people, update.study.plan)
    update.folder.write_made_table(names.PARTICIPANTS_LONG, spelled(long), decimals())
    wide = participants_wide(long, people)
    places = {name: 6 for name in wide.columns if name.count(".") >= 2}
    update.folder.write_made_table(names.PARTICIPANTS_WIDE, spelled(wide), places)
    update.folder.write_made_text(names.ANALYSIS, analysis_script(update.study))


def _of_people(update: StudyUpdate) -> object:
    return [(person.id, dict(person.values)) for person in update.study.inputs.participants.people]


PARTICIPANTS: Final = StudyStage(
    name="participants",
    words="values of participants",
    run=_write_participants,
    depends=lambda update: (_of_people(update), update.study.plan.primary),
    needs=("segments",),
    files=(names.PARTICIPANTS_LONG, names.PARTICIPANTS_WIDE, names.ANALYSIS),
)


def _write_comparisons(update: StudyUpdate) -> None:
    study, segments = update.study, update.segments
    people, plan = study.inputs.participants, study.plan
    found = compare_all(segments, study.contrasts, study.primary, people, plan)
    folder = update.folder
    folder.write_made_table(names.COMPARISONS, spelled(found.table), {})
    out = exclusions(study, segments, found)
    folder.write_made_table(names.EXCLUSIONS, spelled(out), {"valid_share": 6})
    if study.primary is not None:
        folder.write_made_table(names.SENSITIVITY, spelled(sensitivity(segments, study.primary, people, plan)), {})
    flow = flow_of(study, segments, found, compared_units(found.table))
    folder.keep_flow(dataclasses.asdict(flow), list(found.remarks))


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
)
