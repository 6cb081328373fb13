"""Make time courses of groups from those of participants, and test them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.study.clustered import Outcome
from videmo.study.participants import ID
from videmo.study.plan import Plan
from videmo.study.seats import ALL, Places, Units
from videmo.study.segmenting import Segment
from videmo.study.statistics.bootstrap import Floats, mean_intervals
from videmo.study.statistics.clusters import group_clusters_of, paired_clusters_of
from videmo.study.statistics.clusters_many import level_clusters, many_group_clusters
from videmo.study.statistics.isc import shared_courses

TIMECOURSE: Final = (
    "label", "group", "emotion", "time_s", "n", "mean", "ci_low", "ci_high", "median", "share_above", "valid_share",
)  # fmt: skip
ISC: Final = (
    "label", "stimulus", "emotion", ID, "r_loo", "z", "mean_r", "ci_low", "ci_high", "p", "surrogates", "n",
)  # fmt: skip
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
    """``(people, cells)`` coverage; 0 where a participant was not seen, NaN where no segment reaches or counts."""
    met: np.ndarray
    """``(people,)`` whether a participant has a used segment of it."""


def trial_courses(segments: Sequence[Segment], plan: Plan) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Average the trials of one participant and stimulus, corrected as the study says.

    Returns:
        What `results.curves.CurveWriter.write` takes: values, above, trials, covered, counted.
    """
    cells = max(len(segment.curve) for segment in segments)
    emotions = segments[0].curve.shape[1]
    total, above, trials = (np.zeros((cells, emotions)) for _ in range(3))
    for segment in segments:
        here = slice(0, len(segment.curve))
        clear = segment.covered >= 0.5 - 1e-9
        corrected = _corrected(segment, segment.curve, plan)
        known = clear[:, None] & np.isfinite(corrected)
        total[here] += np.where(known, corrected, 0.0)
        above[here] += known & (segment.curve >= plan.validity.threshold)
        trials[here] += known
    return shares(total, trials), above, trials, *mean_coverage(segments)


def mean_coverage(segments: Sequence[Segment]) -> tuple[Floats, Floats]:
    """Return ``(cells,)`` the mean coverage of some trials of one stimulus, and of how many it is.

    Of those that reach a cell, and of whose time there something counts; NaN of none.
    """
    covered, counted = (np.zeros(max(len(segment.covered) for segment in segments)) for _ in range(2))
    for segment in segments:
        here, excluded = slice(0, len(segment.covered)), np.isnan(segment.covered)
        covered[here] += np.where(excluded, 0.0, segment.covered)
        counted[here] += ~excluded
    return shares(covered, counted), counted


def shares(total: Floats, counted: Floats) -> Floats:
    """Divide sums by how many there are; NaN where there are none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(counted > 0, total / counted, np.nan)


def _corrected(segment: Segment, shown: Floats, plan: Plan) -> Floats:
    if plan.baseline.correction == "subtract":
        return shown - segment.baseline.mean
    if plan.baseline.correction == "zscore":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(segment.z_sd > 0, (shown - segment.z_mean) / segment.z_sd, np.nan)
    return shown


Part = tuple[Floats, Floats, Floats, Floats, Floats, np.ndarray]
"""Values, above, trials, covered and counted of one stimulus, each ``(people, cells)``, and who met it."""


def merged(parts: Sequence[Part], of: Places, people: int) -> Course:
    """Average the stimuli of a label: each participant's trials count alike, whatever their stimulus and session.

    Args:
        parts: one for each stimulus, from the same cell on; a shorter one has fewer cells.
        of: the participant of each row; -1 of rows that don't count.
        people: number of participants.
    """
    cells = max(values.shape[1] for values, *_ in parts)
    total, above, trials, covered, counted = (np.zeros((people, cells)) for _ in range(5))
    met = np.zeros(people)
    for values, over, count, coverage, reach, has in parts:
        here = slice(0, values.shape[1])
        total[:, here] += _added(np.where(count > 0, np.nan_to_num(values) * count, 0.0), of, people)
        above[:, here] += _added(over, of, people)
        trials[:, here] += _added(count, of, people)
        covered[:, here] += _added(np.nan_to_num(coverage) * reach, of, people)
        counted[:, here] += _added(reach, of, people)
        met += _added(has.astype(np.float64), of, people)
    return Course(shares(total, trials), shares(above, trials), shares(covered, counted), met > 0)


def _added(values: Floats, of: Places, people: int) -> Floats:
    """Add up the rows of each participant."""
    there, found = of >= 0, np.zeros((people, *values.shape[1:]))
    if len(np.unique(of[there])) == int(there.sum()):
        found[of[there]] = values[there]
    else:
        np.add.at(found, of[there], values[there])
    return found


def course_of(parts: Sequence[Part], units: Units) -> Course:
    """Return the courses of units: those of participants, averaged where a unit has several, each alike.

    A unit has a value in a cell in which all of its members have one who met the stimuli.
    """
    if not units.shared:
        return merged(parts, units.of, len(units.names))
    each = merged(parts, units.member, len(units.unit_of_member))
    count = len(units.names)
    met = _added(each.met.astype(np.float64), units.unit_of_member, count)
    seen = _added(np.isfinite(each.values).astype(np.float64), units.unit_of_member, count)
    counted = _added(np.isfinite(each.covered).astype(np.float64), units.unit_of_member, count)
    values, above, covered = (_added(np.nan_to_num(part), units.unit_of_member, count)
                              for part in (each.values, each.above, each.covered))  # fmt: skip
    members = np.maximum(1, met)[:, None]
    whole = (seen == met[:, None]) & (
        seen > 0
    )  # with those alone who are seen, the mean would change with who they are
    return Course(np.where(whole, values / members, np.nan), np.where(whole, above / members, np.nan),
                  shares(covered, counted), met > 0)  # fmt: skip


def difference_of(first: Course, second: Course) -> Course:
    """Return the courses of the difference of two labels, of units that met both; it is above no threshold."""
    cells = min(first.values.shape[1], second.values.shape[1])
    values = first.values[:, :cells] - second.values[:, :cells]
    nothing = np.full(values.shape, np.nan)
    return Course(values, nothing, nothing, first.met & second.met)


def course_rows(
    course: Course, label: str, emotion: str, group: str, plan: Plan, first: int = 0
) -> pd.DataFrame | None:
    """Return the rows of ``timecourse.csv`` of a stretch of one label, emotion and group; None if nobody met it.

    Args:
        course: of the units of the group.
        label: whose it is.
        emotion: likewise.
        group: likewise.
        plan: the settings of the study.
        first: the number of the stretch's first cell.
    """
    who = course.met
    if not who.any():
        return None
    values, covered = course.values[who], course.covered[who]
    count = np.isfinite(values).sum(axis=0)
    low, high = mean_intervals(values, RIBBON, plan.study.seed, f"ribbon {group}")
    with np.errstate(divide="ignore", invalid="ignore"):
        shown = np.where(np.isfinite(values), course.above[who], 0.0).sum(axis=0) / count
        mean = np.where(np.isfinite(values), values, 0.0).sum(axis=0) / count
    median = np.full(len(count), np.nan)
    median[count > 0] = np.nanmedian(values[:, count > 0], axis=0)
    times = np.round((first + np.arange(len(count))) * plan.timecourse.step_s, 9)
    return pd.DataFrame(
        {"label": label, "group": group, "emotion": emotion, "time_s": times,
         "n": count, "mean": mean, "ci_low": low, "ci_high": high, "median": median, "share_above": shown,
         "valid_share": shares(np.nan_to_num(covered).sum(axis=0), np.isfinite(covered).sum(axis=0))}
    )  # fmt: skip


Levels = Callable[[], Iterable[Sequence[Floats]]]
"""Yields the courses of all levels, stretch by stretch, in order of time: ``(people, cells)`` each, the same people if
they are paired. May be called again."""


def compared_courses(levels: Levels, cells: int, *, paired: bool, plan: Plan) -> Outcome:
    """Test the courses of two or more levels, of the same participants or of groups.

    Args:
        levels: yields the courses.
        cells: as far as all of them go.
        paired: whether the rows of all levels are the same participants'.
        plan: the settings of the study.
    """
    known = [np.any(each, axis=0) for each in zip(*([np.isfinite(part).any(axis=1) for part in parts]
                                                    for parts in levels()))]  # fmt: skip
    if paired:
        known = [np.all(known, axis=0)] * len(known)
    sizes = tuple(int(who.sum()) for who in known)
    if not sizes or min(sizes) < FEWEST:
        return Outcome(None, sizes, paired)

    def pieces() -> Iterator[Any]:
        return (tuple(part if who.all() else part[who] for part, who in zip(parts, known)) for parts in levels())

    settings, seed = plan.timecourse, plan.study.seed
    options: dict[str, Any] = {"min_valid": settings.min_valid, "permutations": settings.permutations, "seed": seed}
    if len(sizes) == 2:
        found = (paired_clusters_of(pieces, sizes[0], cells, **options) if paired
                 else group_clusters_of(pieces, (sizes[0], sizes[1]), cells, **options))  # fmt: skip
    elif paired:
        found = level_clusters(pieces, sizes[0], len(sizes), cells, **options)
    else:
        found = many_group_clusters(pieces, sizes, cells, **options)
    return Outcome(found, sizes, paired)


def isc_rows(
    pieces: Callable[[], Iterable[Floats]], who: Sequence[str], label: str, stimulus: str, emotion: str, plan: Plan
) -> list[dict[str, Any]]:
    """Return the rows of ``isc.csv`` of one stimulus and emotion: one per participant, then the mean.

    Args:
        pieces: the courses of the participants who met it, as `statistics.isc.shared_courses` takes them.
        who: their ids.
        label: under which they met it.
        stimulus: its name.
        emotion: likewise.
        plan: the settings of the study.
    """
    found = shared_courses(
        pieces, len(who), surrogates=plan.timecourse.surrogates, bootstraps=plan.compare.bootstraps,
        seed=plan.study.seed,
    )  # fmt: skip
    if found is None:
        return []
    z = np.arctanh(np.clip(found.r, -0.999, 0.999))
    same = {"label": label, "stimulus": stimulus, "emotion": emotion}
    rows: list[dict[str, Any]] = [
        {**same, ID: person, "r_loo": found.r[place], "z": z[place]} for place, person in enumerate(who)
    ]
    rows.append(
        {**same, ID: ALL, "mean_r": found.mean_r, "ci_low": found.low, "ci_high": found.high, "p": found.p,
         "surrogates": found.surrogates, "n": len(who)}
    )  # fmt: skip
    return rows
