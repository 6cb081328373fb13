"""Write time courses, their cluster tests, and intersubject correlations: one emotion of one stimulus at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

import pandas as pd

from videmo.pipeline.study.course_tests import all_clusters
from videmo.pipeline.study.curves import Courses, open_courses, trials_of
from videmo.pipeline.study.hands import in_turn
from videmo.pipeline.study.measure import Key
from videmo.pipeline.study.update import StudyStage, StudyUpdate
from videmo.results import names
from videmo.results.curves import stretches
from videmo.study.clustered import CLUSTERS
from videmo.study.comparing import significant
from videmo.study.courses import ISC, TIMECOURSE, course_of, course_rows, difference_of, isc_rows
from videmo.study.focus import difference
from videmo.study.seats import Trials, Units, groups_of, groups_of_differences, who_have_enough
from videmo.study.tables import decimals, spelled


def _write_courses(update: StudyUpdate) -> None:
    folder = update.folder
    with open_courses(update) as courses:
        trials = trials_of(update)
        folder.write_made_pieces(names.TIMECOURSE, _means(update, courses, trials), decimals())
        clusters = all_clusters(update, courses, trials)
        folder.write_made_table(names.CLUSTERS, spelled(_rounded(clusters, CLUSTERS)), decimals())
        folder.write_made_pieces(names.ISC, _shared(update, courses, trials), {})


def _means(update: StudyUpdate, courses: Courses, trials: Trials) -> Iterator[pd.DataFrame]:
    """Yield the means over time, label by label, then difference by difference, in order of group, emotion and time."""
    study, plan = update.study, update.study.plan
    about = update.seats, study.inputs.participants, study.wanted, plan
    groups: dict[tuple[str, ...], Mapping[str, Units]] = dict.fromkeys(
        ((label,) for label in courses.labels), groups_of(*about)
    )
    known = set(courses.labels)
    groups |= {labels: own for labels, own in groups_of_differences(*about).items() if known.issuperset(labels)}
    yield pd.DataFrame(columns=list(TIMECOURSE))
    items = itertools.product(groups, range(len(plan.emotions)))
    found = in_turn(update.hands, update, partial(means, courses=courses, groups=groups, trials=trials), items)
    for own in groups.values():
        of_label = list(itertools.islice(found, len(plan.emotions)))
        for group in sorted(own):
            rows = [row for of_emotion in of_label for row in of_emotion[group]]
            if rows:
                yield spelled(pd.concat(rows, ignore_index=True))


def means(
    update: StudyUpdate, what: tuple[tuple[str, ...], int], courses: Courses,
    groups: Mapping[tuple[str, ...], Mapping[str, Units]], trials: Trials,
) -> dict[str, list[pd.DataFrame]]:  # fmt: skip
    """Return for each group the means over time of an emotion in a label, or of the difference of two, in stretches."""
    (labels, emotion), plan = what, update.study.plan
    rows: dict[str, list[pd.DataFrame]] = {group: [] for group in groups[labels]}
    who = {group: who_have_enough([units], [labels], trials)[0]
           for group, units in groups[labels].items()}  # fmt: skip
    keys = [courses.keys(label) for label in labels]
    for cells in stretches(min(map(courses.cells, keys))):
        parts = [courses.parts(each, emotion, cells=cells) for each in keys]
        for group, units in who.items():
            found = [course_of(each, units) for each in parts]
            course = difference_of(*found) if len(found) == 2 else found[0]
            made = course_rows(course, difference(labels), plan.emotions[emotion], group, plan, cells.start)
            rows[group] += [made] if made is not None else []
    return rows


def _shared(update: StudyUpdate, courses: Courses, trials: Trials) -> Iterator[pd.DataFrame]:
    """Yield the correlations of each emotion and stimulus."""
    yield pd.DataFrame(columns=list(ISC))
    items = itertools.product(range(len(update.study.plan.emotions)), courses.stimuli)
    for rows in in_turn(update.hands, update, partial(correlated, courses=courses, trials=trials), items):
        if rows:
            yield spelled(_rounded(rows, ISC))


def correlated(update: StudyUpdate, what: tuple[int, Key], courses: Courses, trials: Trials) -> list[dict[str, Any]]:
    """Return the rows of the correlations between participants in an emotion during a stimulus."""
    (emotion, key), plan = what, update.study.plan
    (enough,) = who_have_enough([courses.everybody], [key[:1]], trials)
    met = courses.met([key], enough)
    who = [person for person, there in zip(courses.people, met) if there]
    pieces = partial(courses.by_people, [key], emotion, met)
    return isc_rows(pieces, who, key[0], key[1] or key[0], plan.emotions[emotion], plan)


def _rounded(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(columns))
    whole = [name for name in ("cluster", "cells", "permutations", "surrogates", "n", "n_a", "n_b", "n_pairs")
             if name in columns]  # fmt: skip
    for name in columns:
        if name in whole:
            table[name] = table[name].astype("Int64")
        elif name in ("mass", "p", "p_holm", "threshold_t", "r_loo", "z", "mean_r", "ci_low", "ci_high"):
            table[name] = significant(table[name])
    return table


def _depends(update: StudyUpdate) -> object:
    study = update.study
    return (
        study.plan.timecourse, study.plan.compare.unit, study.plan.validity, study.plan.study.seed,
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
    version=10,
)
