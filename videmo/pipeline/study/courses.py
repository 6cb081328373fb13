"""Write time courses, their cluster tests, and intersubject correlations: one emotion of one stimulus at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.pipeline.study.curves import Courses
from videmo.pipeline.study.update import StudyStage, StudyUpdate
from videmo.results import names
from videmo.results.curves import stretches
from videmo.study.comparing import significant
from videmo.study.contrasts import Contrast
from videmo.study.courses import (
    CLUSTERS,
    FEWEST,
    ISC,
    TIMECOURSE,
    Levels,
    cluster_rows,
    compared_courses,
    course_rows,
    groups_of,
    isc_rows,
)
from videmo.study.focus import course_test
from videmo.study.statistics.runs import Clusters
from videmo.study.tables import decimals, spelled


def _write_courses(update: StudyUpdate) -> None:
    folder = update.folder
    with Courses(update) as courses:
        folder.write_made_pieces(names.TIMECOURSE, _means(update, courses), decimals())
        clusters = [row for number in range(len(update.study.plan.emotions))
                    for row in _clusters(update, courses, number)]  # fmt: skip
        folder.write_made_table(names.CLUSTERS, spelled(_rounded(clusters, CLUSTERS)), decimals())
        folder.write_made_pieces(names.ISC, _shared(update, courses), {})


def _means(update: StudyUpdate, courses: Courses) -> Iterator[pd.DataFrame]:
    """Yield the means over time, label by label, in order of group, emotion and time."""
    study, plan = update.study, update.study.plan
    groups = groups_of(update.people, study.inputs.participants, wanted_contrasts(update))
    yield pd.DataFrame(columns=list(TIMECOURSE))
    for label in courses.labels:
        rows: dict[str, list[pd.DataFrame]] = {group: [] for group in groups}
        keys = courses.keys(label)
        for emotion, name in enumerate(plan.emotions):
            for cells in stretches(courses.cells(keys)):
                for made in course_rows(courses.read(keys, emotion, cells=cells), label, name, groups, plan,
                                        cells.start):  # fmt: skip
                    rows[str(made["group"].iloc[0])].append(made)
        for group in sorted(rows):
            if rows[group]:
                yield spelled(pd.concat(rows[group], ignore_index=True))


def _clusters(update: StudyUpdate, courses: Courses, emotion: int) -> Iterator[dict[str, Any]]:
    plan = update.study.plan
    for contrast, found in _tests(update, courses, emotion):
        yield from cluster_rows(found, contrast, plan.emotions[emotion], plan.timecourse.step_s)


def _shared(update: StudyUpdate, courses: Courses) -> Iterator[pd.DataFrame]:
    """Yield the correlations of each emotion and stimulus."""
    plan = update.study.plan
    yield pd.DataFrame(columns=list(ISC))
    for emotion, name in enumerate(plan.emotions):
        for key in courses.stimuli:
            met = courses.met([key])
            who = [person for person, there in zip(update.people, met) if there]
            rows = isc_rows(partial(courses.by_people, [key], emotion, met), who, key[1] or key[0], name, plan)
            if rows:
                yield spelled(_rounded(rows, ISC))


def _rounded(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(columns))
    whole = [name for name in ("cluster", "cells", "permutations", "surrogates") if name in columns]
    for name in columns:
        if name in whole:
            table[name] = table[name].astype("Int64")
        elif name in ("mass", "p", "threshold_t", "r_loo", "z", "mean_r", "ci_low", "ci_high"):
            table[name] = significant(table[name])
    return table


def wanted_contrasts(update: StudyUpdate) -> list[Contrast]:
    """List all contrasts, the primary one first."""
    primary = update.study.primary
    return list(dict.fromkeys([*([primary] if primary else []), *update.study.contrasts]))


def _tests(update: StudyUpdate, courses: Courses, emotion: int) -> Iterator[tuple[str, Clusters]]:
    """Test labels, or groups within a label or in the difference of two; yields the name of each test.

    Two levels are tested by t; three and more by F, all at once.
    """
    plan = update.study.plan
    groups = groups_of(update.people, update.study.inputs.participants, wanted_contrasts(update))
    for contrast in wanted_contrasts(update):
        if len(contrast.levels) < 2:
            continue
        if contrast.factor == "label":
            cells, pieces = _of_labels(courses, contrast.levels, emotion)
            met = np.all([courses.met(courses.keys(label)) for label in contrast.levels], axis=0)
            found = compared_courses(pieces, cells, paired=int(met.sum()) >= FEWEST, plan=plan)
            if found is not None:
                yield contrast.name, found
        elif f"{contrast.factor}: {contrast.levels[0]}" in groups:
            members = [groups[f"{contrast.factor}: {level}"] for level in contrast.levels]
            for labels in [contrast.labels] if len(contrast.labels) == 2 else [
                (label,) for label in contrast.labels or courses.labels
            ]:  # fmt: skip
                cells, pieces = _of_groups(courses, members, labels, emotion)
                found = compared_courses(pieces, cells, paired=False, plan=plan)
                if found is not None:
                    yield course_test(contrast, " - ".join(labels)), found


def _of_labels(courses: Courses, labels: Sequence[str], emotion: int) -> tuple[int, Levels]:
    """Return the courses of some labels, as far as all of them go."""
    shortest = min(courses.cells(courses.keys(label)) for label in labels)

    def pieces() -> Iterator[list[np.ndarray]]:
        for cells in stretches(shortest):
            read = [courses.read(courses.keys(label), emotion, cells=cells).values for label in labels]
            width = cells.stop - cells.start
            yield [values[:, :width] for values in read]

    return shortest, pieces


def _of_groups(
    courses: Courses, members: Sequence[np.ndarray], labels: Sequence[str], emotion: int
) -> tuple[int, Levels]:
    """Return the courses of groups in a label, or in the difference of two."""
    cells, of_labels = _of_labels(courses, labels, emotion)

    def pieces() -> Iterator[list[np.ndarray]]:
        for parts in of_labels():
            values = parts[0] - parts[1] if len(parts) == 2 else parts[0]
            yield [values[who] for who in members]

    return cells, pieces


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
