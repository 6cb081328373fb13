"""Write time courses, their cluster tests, and intersubject correlations: one emotion of one stimulus at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.pipeline.study.curves import Courses, open_courses
from videmo.pipeline.study.hands import in_turn
from videmo.pipeline.study.measure import Key
from videmo.pipeline.study.update import StudyStage, StudyUpdate
from videmo.results import names
from videmo.results.curves import stretches
from videmo.study.columns import OF_MEMBERS
from videmo.study.comparing import significant
from videmo.study.contrasts import Contrast
from videmo.study.courses import (
    CLUSTERS,
    ISC,
    TIMECOURSE,
    Levels,
    cluster_rows,
    compared_courses,
    course_of,
    course_rows,
    isc_rows,
)
from videmo.study.focus import course_test
from videmo.study.seats import Units, groups_of, in_all_levels, sides_of
from videmo.study.statistics.rows import who_counts
from videmo.study.tables import decimals, spelled

_KEPT: Final = 5_000_000
"""Values of all levels up to which a test reads them only once."""


def _write_courses(update: StudyUpdate) -> None:
    folder = update.folder
    with open_courses(update) as courses:
        folder.write_made_pieces(names.TIMECOURSE, _means(update, courses), decimals())
        clusters = [row for rows in _clusters(update, courses) for row in rows]
        folder.write_made_table(names.CLUSTERS, spelled(_rounded(clusters, CLUSTERS)), decimals())
        folder.write_made_pieces(names.ISC, _shared(update, courses), {})


def _means(update: StudyUpdate, courses: Courses) -> Iterator[pd.DataFrame]:
    """Yield the means over time, label by label, in order of group, emotion and time."""
    study, plan = update.study, update.study.plan
    groups = groups_of(update.seats, study.inputs.participants, study.wanted, plan)
    yield pd.DataFrame(columns=list(TIMECOURSE))
    items = itertools.product(courses.labels, range(len(plan.emotions)))
    found = in_turn(update.hands, update, partial(means, courses=courses, groups=groups), items)
    for _ in courses.labels:
        of_label = list(itertools.islice(found, len(plan.emotions)))
        for group in sorted(groups):
            rows = [row for of_emotion in of_label for row in of_emotion[group]]
            if rows:
                yield spelled(pd.concat(rows, ignore_index=True))


def means(
    update: StudyUpdate, what: tuple[str, int], courses: Courses, groups: Mapping[str, Units]
) -> dict[str, list[pd.DataFrame]]:
    """Return for each group the means over time of a label and an emotion, stretch by stretch."""
    (label, emotion), plan = what, update.study.plan
    rows: dict[str, list[pd.DataFrame]] = {group: [] for group in groups}
    keys = courses.keys(label)
    for cells in stretches(courses.cells(keys)):
        parts = courses.parts(keys, emotion, cells=cells)
        for group, units in groups.items():
            made = course_rows(course_of(parts, units), label, plan.emotions[emotion], group, plan, cells.start)
            rows[group] += [made] if made is not None else []
    return rows


def _clusters(update: StudyUpdate, courses: Courses) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of each test, emotion by emotion."""
    items = itertools.product(range(len(update.study.plan.emotions)), _tests(update, courses))
    return in_turn(update.hands, update, partial(tested, courses=courses), items)


def _shared(update: StudyUpdate, courses: Courses) -> Iterator[pd.DataFrame]:
    """Yield the correlations of each emotion and stimulus."""
    yield pd.DataFrame(columns=list(ISC))
    items = itertools.product(range(len(update.study.plan.emotions)), courses.stimuli)
    for rows in in_turn(update.hands, update, partial(correlated, courses=courses), items):
        if rows:
            yield spelled(_rounded(rows, ISC))


def correlated(update: StudyUpdate, what: tuple[int, Key], courses: Courses) -> list[dict[str, Any]]:
    """Return the rows of the correlations between participants in an emotion during a stimulus."""
    (emotion, key), plan = what, update.study.plan
    met = courses.met([key])
    who = [person for person, there in zip(courses.people, met) if there]
    pieces = partial(courses.by_people, [key], emotion, met)
    return isc_rows(pieces, who, key[0], key[1] or key[0], plan.emotions[emotion], plan)


def _rounded(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(columns))
    whole = [name for name in ("cluster", "cells", "permutations", "surrogates") if name in columns]
    for name in columns:
        if name in whole:
            table[name] = table[name].astype("Int64")
        elif name in ("mass", "p", "threshold_t", "r_loo", "z", "mean_r", "ci_low", "ci_high"):
            table[name] = significant(table[name])
    return table


@dataclass(frozen=True, slots=True)
class CourseTest:
    """A test of time courses, which can be made in any emotion."""

    name: str
    sides: Sequence[Units]
    """Whose courses are compared, level by level."""
    labels: Sequence[tuple[str, ...]]
    """In which label, or in the difference of which two, likewise."""
    paired: bool
    """Whether the levels are the same units'."""
    counts: npt.NDArray[np.bool_]
    """``(units,)`` who counts."""


def tested(update: StudyUpdate, what: tuple[int, CourseTest], courses: Courses) -> list[dict[str, Any]]:
    """Make a test in an emotion and return its rows."""
    (emotion, test), plan = what, update.study.plan
    cells, pieces = _levels(courses, test.sides, test.labels, emotion, test.counts)
    found = compared_courses(pieces, cells, paired=test.paired, plan=plan)
    return cluster_rows(found, test.name, plan.emotions[emotion], plan.timecourse.step_s)


def _tests(update: StudyUpdate, courses: Courses) -> Iterator[CourseTest]:
    """Yield the tests of labels, or of sessions, roles and groups within a label or in the difference of two.

    Two levels are tested by t; three and more by F, all at once. Numbers have no test: they have no levels.
    """
    study, plan = update.study, update.study.plan
    made: set[str] = set()
    for contrast in study.wanted:
        if len(contrast.levels) < 2:
            continue
        everybody = sides_of(contrast, update.seats, study.inputs.participants, plan)
        for name, labels in _labels_of(contrast, courses):
            if name in made:  # of one contrast in all labels, and of another that is restricted to this one
                continue
            made.add(name)
            sides = everybody
            if plan.compare.unit == "dyad" and contrast.factor in OF_MEMBERS:
                there = [np.all([courses.met_in_seats(courses.keys(label)) for label in own], axis=0)
                         for own in labels]  # fmt: skip
                sides = in_all_levels(everybody, there, update.seats)
            met = [np.all([courses.met(courses.keys(label), side) for label in own], axis=0)
                   for side, own in zip(sides, labels)]  # fmt: skip
            paired, counts = who_counts(np.column_stack(met))
            yield CourseTest(name, sides, labels, paired, counts)


def _labels_of(contrast: Contrast, courses: Courses) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Yield the tests of a contrast: the name of each, and for each level the label, or the two whose difference it is.

    Labels are compared with each other; everything else in each label by itself, for there is no mean over time of
    labels that show different things.
    """
    if contrast.factor == "label":
        yield contrast.name, [(level,) for level in contrast.levels]
        return
    alone = [(label,) for label in contrast.labels or courses.labels]
    for labels in [contrast.labels] if len(contrast.labels) == 2 else alone:
        yield course_test(contrast, " - ".join(labels)), [labels] * len(contrast.levels)


def _levels(
    courses: Courses, sides: Sequence[Units], labels: Sequence[tuple[str, ...]], emotion: int, counts: np.ndarray
) -> tuple[int, Levels]:
    """Return the courses of some levels, as far as all of their labels go, of the units that count."""
    shortest = min(courses.cells(courses.keys(label)) for own in labels for label in own)

    def pieces() -> Iterator[list[np.ndarray]]:
        for cells in stretches(shortest):
            width = cells.stop - cells.start
            yield [_level(courses, side, own, emotion, cells)[counts, :width] for side, own in zip(sides, labels)]

    if shortest * int(counts.sum()) * len(sides) > _KEPT:
        return shortest, pieces
    kept = [*pieces()]
    return shortest, lambda: kept


def _level(courses: Courses, side: Units, labels: tuple[str, ...], emotion: int, cells: slice) -> np.ndarray:
    """Return a stretch of the courses of one level: in a label, or the difference of two."""
    found = [courses.read(courses.keys(label), emotion, units=side, cells=cells).values for label in labels]
    if len(found) == 1:
        return found[0]
    width = min(values.shape[1] for values in found)
    return np.asarray(found[0][:, :width] - found[1][:, :width])


def _depends(update: StudyUpdate) -> object:
    study = update.study
    return (
        study.plan.timecourse, study.plan.compare.unit, study.plan.validity.threshold, study.plan.study.seed,
        study.plan.compare.bootstraps,
        [(each.name, each.levels) for each in study.wanted],
        [(person.id, dict(person.values)) for person in study.inputs.participants.people],
    )  # fmt: skip


COURSES: Final = StudyStage(
    name="timecourse",
    words="time courses",
    run=_write_courses,
    depends=_depends,
    needs=("segments",),
    files=(names.TIMECOURSE, names.CLUSTERS, names.ISC),
    version=7,
)
