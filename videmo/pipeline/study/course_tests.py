"""Test time courses for clusters of cells in which what is compared differs, one emotion at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.pipeline.study.curves import Courses
from videmo.pipeline.study.hands import in_turn
from videmo.pipeline.study.update import StudyUpdate
from videmo.results.curves import stretches
from videmo.study.clustered import Family, Outcome, Row, cluster_rows, correct_clusters
from videmo.study.columns import OF_MEMBERS
from videmo.study.contrasts import Contrast
from videmo.study.courses import Levels, compared_courses, difference_of
from videmo.study.focus import course_test, difference
from videmo.study.seats import Trials, Units, in_all_levels, sides_of, who_have_enough
from videmo.study.statistics.rows import who_counts

_KEPT: Final = 5_000_000
"""Values of all levels up to which a test reads them only once."""
Labels = Sequence[tuple[str, ...]]
"""For each level its label, or the two whose difference it is."""


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


def all_clusters(update: StudyUpdate, courses: Courses, trials: Trials) -> list[Row]:
    """Make all tests, emotion by emotion, and return their rows, corrected for their number."""
    tests, families = _tests(update, courses, trials)
    items = itertools.product(range(len(update.study.plan.emotions)), tests)
    found = in_turn(update.hands, update, partial(tested, courses=courses), items)
    rows = [row for own in found for row in own]
    correct_clusters(rows, families)
    return rows


def tested(update: StudyUpdate, what: tuple[int, CourseTest], courses: Courses) -> list[Row]:
    """Make a test in an emotion and return its rows."""
    (emotion, test), plan = what, update.study.plan
    if not all(courses.keys(label) for own in test.labels for label in own):  # an event of nobody who was seen
        nobody = Outcome(None, (0,) * len(test.sides), test.paired)
        return cluster_rows(nobody, test.name, plan.emotions[emotion], plan.timecourse.step_s)
    cells, pieces = _levels(courses, test.sides, test.labels, emotion, test.counts)
    found = compared_courses(pieces, cells, paired=test.paired, plan=plan)
    return cluster_rows(found, test.name, plan.emotions[emotion], plan.timecourse.step_s)


def _tests(update: StudyUpdate, courses: Courses, trials: Trials) -> tuple[list[CourseTest], list[Family]]:
    """Return the tests of labels, or of sessions, roles and groups within a label or in the difference of two.

    Two levels are tested by t; three and more by F, all at once. Numbers have no test: they have no levels.
    """
    tests: dict[str, CourseTest] = {}
    families = []
    for contrast in update.study.wanted:
        if len(contrast.levels) < 2:
            continue
        asked = dict(_labels_of(contrast, courses))
        new = [name for name in asked if name not in tests]  # others are of a contrast that is restricted to a label
        sides = sides_of(contrast, update.seats, update.study.inputs.participants, update.study.plan)
        tests |= {name: _test(update, courses, trials, contrast, sides, name, asked[name]) for name in new}
        families.append(Family(tuple(asked), contrast == update.study.primary))
    return list(tests.values()), families


def _test(
    update: StudyUpdate, courses: Courses, trials: Trials, contrast: Contrast, everybody: Sequence[Units], name: str,
    labels: Labels,
) -> CourseTest:  # fmt: skip
    """Find out whose courses are compared in a test: of those who have enough used segments of what it is about."""
    sides = who_have_enough(everybody, labels, trials)
    if update.study.plan.compare.unit == "dyad" and contrast.factor in OF_MEMBERS:
        there = [np.all([courses.met_in_seats(courses.keys(label)) for label in own], axis=0) for own in labels]
        sides = in_all_levels(sides, there, update.seats)
    met = [np.all([courses.met(courses.keys(label), side) for label in own], axis=0)
           for side, own in zip(sides, labels)]  # fmt: skip
    paired, counts = who_counts(np.column_stack(met))
    return CourseTest(name, sides, labels, paired, counts)


def _labels_of(contrast: Contrast, courses: Courses) -> Iterator[tuple[str, Labels]]:
    """Yield the tests of a contrast: the name of each, and for each level the label, or the two whose difference it is.

    Labels are compared with each other; everything else in each label by itself, for there is no mean over time of
    labels that show different things.
    """
    if contrast.factor == "label":
        yield contrast.name, [(level,) for level in contrast.levels]
        return
    alone = [(label,) for label in contrast.labels or courses.labels]
    for labels in [contrast.labels] if len(contrast.labels) == 2 else alone:
        yield course_test(contrast, difference(labels)), [labels] * len(contrast.levels)


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
    found = [courses.read(courses.keys(label), emotion, units=side, cells=cells) for label in labels]
    return (difference_of(*found) if len(found) == 2 else found[0]).values
