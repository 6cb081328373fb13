"""Make time courses of groups from those of participants, and test them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.study.contrasts import Contrast
from videmo.study.participants import ID, Participants
from videmo.study.plan import Plan
from videmo.study.segmenting import Segment
from videmo.study.statistics.bootstrap import Floats, mean_intervals
from videmo.study.statistics.clusters import Clusters, group_clusters, paired_clusters
from videmo.study.statistics.isc import shared_course

TIMECOURSE: Final = (
    "label", "group", "emotion", "time_s", "n", "mean", "ci_low", "ci_high", "median", "share_above", "valid_share",
)  # fmt: skip
CLUSTERS: Final = (
    "contrast", "emotion", "cluster", "start_s", "end_s", "cells", "mass", "p", "permutations", "threshold_t",
)  # fmt: skip
ISC: Final = (
    "stimulus", "emotion", ID, "r_loo", "z", "mean_r", "ci_low", "ci_high", "p", "surrogates",
)  # fmt: skip
ALL: Final = "(all)"
RIBBON: Final = 499
"""Resamples of the ribbons, which have an interval in every cell."""
FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class Course:
    """The courses of all participants for one label or stimulus and one emotion."""

    values: Floats
    """``(people, cells)``, NaN where a participant has none."""
    above: Floats
    """``(people, cells)`` share of a participant's trials above the threshold."""
    covered: Floats
    """``(people, cells)`` coverage; 0 where a participant was not seen."""
    met: np.ndarray
    """``(people,)`` whether a participant has a used segment of it."""


def trial_courses(segments: Sequence[Segment], plan: Plan) -> tuple[Floats, Floats, Floats, Floats]:
    """Average the trials of one participant and stimulus, corrected as the study says.

    Returns:
        What `results.curves.CurveWriter.write` takes: values, above, trials, covered.
    """
    cells = max(len(segment.curve) for segment in segments)
    emotions = segments[0].curve.shape[1]
    total, above = np.zeros((cells, emotions)), np.zeros((cells, emotions))
    trials, covered = np.zeros(cells), np.zeros(cells)
    for segment in segments:
        here = slice(0, len(segment.curve))
        clear = segment.covered >= 0.5 - 1e-9
        shown = np.where(clear[:, None], np.nan_to_num(segment.curve), 0.0)
        total[here] += np.where(clear[:, None], _corrected(segment, shown, plan), 0.0)
        above[here] += clear[:, None] & (shown >= plan.validity.threshold)
        trials[here] += clear
        covered[here] += segment.covered
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(trials[:, None] > 0, total / trials[:, None], np.nan)
    return values, above, trials, covered / len(segments)


def _corrected(segment: Segment, shown: Floats, plan: Plan) -> Floats:
    if plan.baseline.correction == "subtract":
        return shown - segment.baseline.mean
    if plan.baseline.correction == "zscore":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(segment.z_sd > 0, (shown - segment.z_mean) / segment.z_sd, np.nan)
    return shown


def merged(parts: Sequence[tuple[Floats, Floats, Floats, Floats]]) -> Course:
    """Average the stimuli of a label: each participant's trials count alike, whatever their stimulus.

    Args:
        parts: for each stimulus values, above, trials and covered, each ``(people, cells)``.
    """
    cells = max(values.shape[1] for values, *_ in parts)
    people = len(parts[0][0])
    total, above, trials = (np.zeros((people, cells)) for _ in range(3))
    covered, met = np.zeros((people, cells)), np.zeros(people)
    for values, over, count, coverage in parts:
        here = slice(0, values.shape[1])
        total[:, here] += np.where(count > 0, np.nan_to_num(values) * count, 0.0)
        above[:, here] += over
        trials[:, here] += count
        has = (coverage > 0).any(axis=1)
        covered[:, here] += coverage
        met += has
    with np.errstate(divide="ignore", invalid="ignore"):
        return Course(
            np.where(trials > 0, total / trials, np.nan),
            np.where(trials > 0, above / trials, np.nan),
            covered / np.maximum(1, met)[:, None],
            met > 0,
        )


def groups_of(ids: Sequence[str], participants: Participants, contrasts: Sequence[Contrast]) -> dict[str, np.ndarray]:
    """Return who is in which group: everybody, and the levels of each variable that is compared."""
    known = participants.by_id
    found = {ALL: np.ones(len(ids), bool)}
    for contrast in contrasts:
        variable = participants.variable(contrast.factor)
        if variable is not None and variable.kind == "factor":
            for level in contrast.levels:
                members = np.array([known[name].values.get(variable.name) == level for name in ids])
                found[f"{variable.name}: {level}"] = members
    return found


def course_rows(
    course: Course, label: str, emotion: str, groups: Mapping[str, np.ndarray], plan: Plan
) -> Iterator[pd.DataFrame]:
    """Yield the rows of ``timecourse.csv`` of one label and emotion, group by group."""
    step = plan.timecourse.step_s
    for group, members in groups.items():
        who = members & course.met
        if not who.any():
            continue
        values = course.values[who]
        count = np.isfinite(values).sum(axis=0)
        low, high = mean_intervals(values, RIBBON, plan.study.seed, f"ribbon {group}")
        with np.errstate(divide="ignore", invalid="ignore"):
            shown = np.where(np.isfinite(values), course.above[who], 0.0).sum(axis=0) / count
            mean = np.where(np.isfinite(values), values, 0.0).sum(axis=0) / count
        median = np.full(len(count), np.nan)
        median[count > 0] = np.nanmedian(values[:, count > 0], axis=0)
        yield pd.DataFrame(
            {"label": label, "group": group, "emotion": emotion, "time_s": np.round(np.arange(len(count)) * step, 9),
             "n": count, "mean": mean, "ci_low": low, "ci_high": high, "median": median, "share_above": shown,
             "valid_share": course.covered[who].mean(axis=0)}
        )  # fmt: skip


def cluster_rows(found: Clusters, contrast: str, emotion: str, step: float) -> list[dict[str, Any]]:
    """Return the rows of ``clusters.csv`` of one contrast and emotion, in order of time."""
    return [
        {"contrast": contrast, "emotion": emotion, "cluster": number, "start_s": round(each.first * step, 9),
         "end_s": round((each.last + 1) * step, 9), "cells": each.last - each.first + 1, "mass": each.mass,
         "p": each.p, "permutations": found.permutations, "threshold_t": found.threshold}
        for number, each in enumerate(found.found, 1)
    ]  # fmt: skip


def compared_courses(first: Floats, second: Floats, *, paired: bool, plan: Plan) -> Clusters | None:
    """Test two sets of courses, of the same participants or of two groups; None of too few.

    Courses of unequal length are compared as far as both go.
    """
    cells = min(first.shape[1], second.shape[1])
    settings, seed = plan.timecourse, plan.study.seed
    options: dict[str, Any] = {"min_valid": settings.min_valid, "permutations": settings.permutations, "seed": seed}
    first, second = first[:, :cells], second[:, :cells]
    if paired:
        both = np.isfinite(first).any(axis=1) & np.isfinite(second).any(axis=1)
        if both.sum() < FEWEST:
            return None
        return paired_clusters(first[both], second[both], **options)
    first, second = (part[np.isfinite(part).any(axis=1)] for part in (first, second))
    if min(len(first), len(second)) < FEWEST:
        return None
    return group_clusters(first, second, **options)


def isc_rows(course: Course, ids: Sequence[str], stimulus: str, emotion: str, plan: Plan) -> list[dict[str, Any]]:
    """Return the rows of ``isc.csv`` of one stimulus and emotion: one per participant, then the mean."""
    who = np.flatnonzero(course.met)
    found = shared_course(
        course.values[who], surrogates=plan.timecourse.surrogates, bootstraps=plan.compare.bootstraps,
        seed=plan.study.seed,
    )  # fmt: skip
    if found is None:
        return []
    z = np.arctanh(np.clip(found.r, -0.999, 0.999))
    same = {"stimulus": stimulus, "emotion": emotion}
    rows: list[dict[str, Any]] = [
        {**same, ID: ids[int(person)], "r_loo": found.r[place], "z": z[place]} for place, person in enumerate(who)
    ]
    rows.append(
        {**same, ID: ALL, "mean_r": found.mean_r, "ci_low": found.low, "ci_high": found.high, "p": found.p,
         "surrogates": found.surrogates}
    )  # fmt: skip
    return rows
