"""Find out which stimuli are behind the courses of a figure: those that somebody met who is in one of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from videmo.pipeline.study.curves import trials_of
from videmo.pipeline.study.update import StudyUpdate, rows_of
from videmo.study.design import Seat
from videmo.study.films import films_told
from videmo.study.focus import Focus
from videmo.study.seats import sides_of, units_of, who_have_enough


def films_behind(update: StudyUpdate, focus: Focus, shown: Sequence[str]) -> str:
    """Say of which stimuli courses are; those of a difference are of both of its labels.

    Args:
        update: of the study.
        focus: what comes first.
        shown: the labels of the courses.
    """
    study, contrast, seats = update.study, focus.contrast, update.seats
    people, plan = study.inputs.participants, study.plan
    labels = contrast.labels if focus.is_difference else shown
    rows = rows_of(update.segments([*Seat._fields, "label", "stimulus", "used", "emotion"]), plan.emotions[0])
    rows = rows[rows["used"] == "yes"].astype(str)
    place = {seat: number for number, seat in enumerate(seats)}
    seat = np.array([place[Seat(*each)] for each in rows[[*Seat._fields]].itertuples(index=False)], np.int64)
    label, trials, inside = rows["label"].to_numpy(), trials_of(update), np.zeros(len(rows), bool)
    whole = contrast.factor == "label" or not contrast.levels
    sides = [units_of(seats, dyads=plan.compare.unit == "dyad")] if whole else sides_of(contrast, seats, people, plan)
    for own in [tuple(labels)] if focus.is_difference else [(each,) for each in labels]:
        for side in sides:
            unit = who_have_enough([side], [own], trials)[0].of[seat]
            there = np.isin(label, own) & (unit >= 0)
            for each in own:  # a difference has a value where both have one
                there &= np.isin(unit, unit[label == each])
            inside |= there
    return films_told(rows[inside], contrast, labels, people)
