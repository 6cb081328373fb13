"""Write how the two of each dyad go together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from videmo.pipeline.study.facts import identity_of
from videmo.pipeline.study.update import StudyStage, StudyUpdate
from videmo.results import names
from videmo.study.comparing import significant
from videmo.study.dyads import (
    PSEUDO,
    SYNCHRONY,
    WINDOWS,
    Stretch,
    compared,
    pseudo_rows,
    stretches_of,
    synchrony_row,
    why_not,
    window_rows,
)
from videmo.study.focus import focus_of
from videmo.study.meetings import Dyad, dyads_of
from videmo.study.tables import spelled


def has_dyads(update: StudyUpdate) -> bool:
    """Tell whether the study has any dyad."""
    return bool(dyads_of(update.study.design, update.study.recordings))


def stretches(update: StudyUpdate, dyad: Dyad) -> list[Stretch]:
    """Read what both of a dyad showed during their events."""
    design, plan = update.study.design, update.study.plan
    return stretches_of(dyad, lambda placement: update.sight(placement).track, design, plan)


def shown_emotion(update: StudyUpdate) -> str:
    """Return the emotion whose windows are written: that of the primary comparison, else happy."""
    focus = focus_of(update.study)
    return focus.emotion if focus else "happy"


def _write(update: StudyUpdate) -> None:
    study, plan = update.study, update.study.plan
    rows: list[dict[str, Any]] = []
    windows: list[pd.DataFrame] = []
    together: dict[str, dict[str, list[Stretch]]] = {}
    name = shown_emotion(update)
    place = plan.emotions.index(name)
    for dyad in dyads_of(study.design, study.recordings):
        found = stretches(update, dyad)
        rows += _rows(update, dyad, found)
        windows += [window_rows(dyad, each, place, name, plan) for each in found]
        for stretch in found:
            together.setdefault(stretch.label, {}).setdefault(dyad.name, []).append(stretch)
    strangers = [row for label in sorted(together) for row in pseudo_rows(label, plan.emotions, together[label], plan)]
    folder = update.folder
    folder.write_made_table(names.SYNCHRONY, spelled(_table(rows, SYNCHRONY)), {})
    whole = pd.concat(windows, ignore_index=True) if windows else pd.DataFrame(columns=list(WINDOWS))
    folder.write_made_table(names.SYNCHRONY_WINDOWS, spelled(whole), {"r": 6})
    if strangers:
        folder.write_made_table(names.PSEUDO, spelled(_table(strangers, PSEUDO)), {})


def _rows(update: StudyUpdate, dyad: Dyad, found: list[Stretch]) -> Iterator[dict[str, Any]]:
    plan = update.study.plan
    for label in sorted({each.label for each in found}):
        own = [each for each in found if each.label == label]
        for place, emotion in enumerate(plan.emotions):
            result, valid = compared(dyad, own, place, plan, label)
            yield synchrony_row(dyad, label, emotion, result, valid, plan, why_not(result, own, plan))


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(columns))
    for name in columns:
        if table[name].dtype.kind == "f":
            table[name] = significant(table[name])
    return table


def _depends(update: StudyUpdate) -> object:
    study = update.study
    used = [each for each in study.design.placements if each.dyad]
    return (
        study.plan.synchrony, study.plan.timecourse.step_s, study.plan.study.seed, study.plan.compare,
        shown_emotion(update), [(name, formula.text) for name, formula in study.plan.measures.items()],
        [dataclasses.astuple(dataclasses.replace(each, where="")) for each in used],
        [dataclasses.astuple(dataclasses.replace(each, where="")) for each in study.design.events],
        identity_of([study.recordings[key] for key in sorted({each.recording for each in used})]),
    )  # fmt: skip


DYADS: Final = StudyStage(
    name="synchrony",
    words="dyads",
    run=_write,
    depends=_depends,
    files=(names.SYNCHRONY, names.SYNCHRONY_WINDOWS),
    beside=(names.PSEUDO,),
    applies=has_dyads,
    version=6,
)
