"""Write time courses, their cluster tests, and intersubject correlations: one emotion of one stimulus at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.pipeline.study.measure import Key, open_curves, stimuli_of
from videmo.pipeline.study.update import StudyStage, StudyUpdate
from videmo.results import names
from videmo.study.comparing import significant
from videmo.study.contrasts import Contrast
from videmo.study.courses import (
    CLUSTERS,
    ISC,
    TIMECOURSE,
    Course,
    cluster_rows,
    compared_courses,
    course_rows,
    groups_of,
    isc_rows,
    merged,
)
from videmo.study.statistics.clusters import Clusters
from videmo.study.tables import decimals, spelled


def _write_courses(update: StudyUpdate) -> None:
    study, plan = update.study, update.study.plan
    groups = groups_of(update.people, study.inputs.participants, wanted_contrasts(update))
    stimuli = stimuli_of(update)
    courses: list[pd.DataFrame] = []
    clusters: list[dict[str, Any]] = []
    shared: list[dict[str, Any]] = []
    for emotion, name in enumerate(plan.emotions):
        by_label = {}
        for label in sorted({label for label, _ in stimuli}):
            by_label[label] = course_of(update, label, emotion)
            courses += course_rows(by_label[label], label, name, groups, plan)
        for contrast, found in _tests(update, by_label, groups):
            clusters += cluster_rows(found, contrast, name, plan.timecourse.step_s)
        for key in stimuli:
            title = key[1] or key[0]
            shared += isc_rows(_stimulus(update, key, emotion), update.people, title, name, plan)
    folder = update.folder
    folder.write_made_table(names.TIMECOURSE, spelled(_ordered(courses, plan.emotions)), decimals())
    folder.write_made_table(names.CLUSTERS, spelled(_rounded(clusters, CLUSTERS)), decimals())
    folder.write_made_table(names.ISC, spelled(_rounded(shared, ISC)), {})


def _ordered(courses: list[pd.DataFrame], emotions: tuple[str, ...]) -> pd.DataFrame:
    """Put the rows in order of label, group and emotion."""
    if not courses:
        return pd.DataFrame(columns=list(TIMECOURSE))
    whole = pd.concat(courses, ignore_index=True)
    place = {name: number for number, name in enumerate(emotions)}
    order = whole.assign(emotion=whole["emotion"].map(place)).sort_values(
        ["label", "group", "emotion", "time_s"], kind="stable"
    )
    return whole.loc[order.index, list(TIMECOURSE)]


def _rounded(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(columns))
    whole = [name for name in ("cluster", "cells", "permutations", "surrogates") if name in columns]
    for name in columns:
        if name in whole:
            table[name] = table[name].astype("Int64")
        elif name in ("mass", "p", "threshold_t", "r_loo", "z", "mean_r", "ci_low", "ci_high"):
            table[name] = significant(table[name])
    return table


def course_of(update: StudyUpdate, label: str, emotion: int) -> Course:
    """Read the courses of all participants for one label, over its stimuli."""
    return _merged(update, emotion, [key for key in stimuli_of(update) if key[0] == label])


def _stimulus(update: StudyUpdate, wanted: Key, emotion: int) -> Course:
    return _merged(update, emotion, [wanted])


def _merged(update: StudyUpdate, emotion: int, wanted: list[Key]) -> Course:
    parts = []
    for number, (key, cells) in enumerate(stimuli_of(update).items()):
        if key in wanted:
            with open_curves(update, number, cells) as file:
                parts.append((file.values(emotion), file.above(emotion), file.trials(), file.covered()))
    return merged(parts)


def wanted_contrasts(update: StudyUpdate) -> list[Contrast]:
    """List all contrasts, the primary one first."""
    primary = update.study.primary
    return list(dict.fromkeys([*([primary] if primary else []), *update.study.contrasts]))


def _tests(
    update: StudyUpdate, courses: dict[str, Course], groups: dict[str, np.ndarray]
) -> Iterator[tuple[str, Clusters]]:
    """Test two labels, or two groups within a label or in the difference of two; yields the name of each test."""
    plan = update.study.plan
    for contrast in wanted_contrasts(update):
        if len(contrast.levels) != 2:
            continue
        first, second = contrast.levels
        if contrast.factor == "label":
            both = (courses[first].values, courses[second].values)
            paired = np.isfinite(both[0]).any(axis=1) & np.isfinite(both[1]).any(axis=1)
            found = compared_courses(*both, paired=paired.sum() >= 2, plan=plan)
            if found is not None:
                yield contrast.name, found
        elif f"{contrast.factor}: {first}" in groups:
            members = [groups[f"{contrast.factor}: {level}"] for level in (first, second)]
            for name, values in _of_groups(contrast, courses):
                found = compared_courses(values[members[0]], values[members[1]], paired=False, plan=plan)
                if found is not None:
                    yield f"{contrast.factor}: {first} - {second} | {name}", found


def _of_groups(contrast: Contrast, courses: dict[str, Course]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what groups are compared in: each label, or the difference of two, with its name."""
    if len(contrast.labels) == 2:
        a, b = (courses[label].values for label in contrast.labels)
        cells = min(a.shape[1], b.shape[1])
        yield " - ".join(contrast.labels), a[:, :cells] - b[:, :cells]
        return
    for label in contrast.labels or courses:
        yield label, courses[label].values


def _depends(update: StudyUpdate) -> object:
    study = update.study
    return (
        study.plan.timecourse, study.plan.validity.threshold, study.plan.study.seed, study.plan.compare.bootstraps,
        [(each.name, each.levels) for each in wanted_contrasts(update)],
        [(person.id, dict(person.values)) for person in study.inputs.participants.people],
    )  # fmt: skip


COURSES: Final = StudyStage(
    name="timecourse",
    words="time courses",
    run=_write_courses,
    depends=_depends,
    needs=("segments",),
    files=(names.TIMECOURSE, names.CLUSTERS, names.ISC),
)
