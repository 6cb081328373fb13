"""Say what a study would compare, with how many, who is left out and why, and what is odd."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from videmo.study.absent import left_out, unlike_labels
from videmo.study.comparing import compared_columns
from videmo.study.contrasts import Contrast
from videmo.study.exclusions import NO_EVENT
from videmo.study.inputs import Study
from videmo.study.participants import ID
from videmo.study.reach import Beyond, beyond, limit_of
from videmo.study.statistics.chance import least_p
from videmo.study.statistics.rows import LEAST, who_counts
from videmo.study.unit_values import UnitValues, by_variable, columns_of, unit_values

ALPHA: Final = 0.05


@dataclass(frozen=True, slots=True)
class Planned:
    """One contrast, before it is made."""

    contrast: str
    primary: bool
    design: str
    counts: str
    """In words: ``12 participants in both``."""
    possible: bool
    telling: bool = True
    """Whether there are enough for any p of .05 or less."""
    sizes: tuple[int, ...] = ()
    """How many have each level, with a value or without; of levels within units, or of a number, how many of these."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Hold what a check found."""

    study: Study
    planned: tuple[Planned, ...]
    left_out: tuple[str, ...]
    """Participants and reasons, in words."""
    segments: int
    used: int
    unused: tuple[str, ...]
    """Reasons why segments are not used, with their numbers."""
    remarks: tuple[str, ...] = ()
    """On contrasts whose levels differ in more than what they are called."""


def emotions_needed(study: Study) -> list[str]:
    """List the emotions whose rows `check` looks at: the first, and that of the primary comparison."""
    return list(dict.fromkeys([study.plan.emotions[0], *([study.plan.primary.emotion] if study.primary else [])]))


def check(study: Study, segments: pd.DataFrame) -> Checked:
    """Look at a study before it is run.

    Args:
        study: its inputs and design.
        segments: the table of all segments, used or not, with the rows of `emotions_needed`.
    """
    plan, people = study.plan, study.inputs.participants
    emotion = plan.emotions[0]
    usual, first = (emotion, "mean"), (plan.primary.emotion, plan.primary.measure)
    rows = {each: columns_of(segments, [each[0]], [each[1]], plan.baseline.correction)
            for each in ([usual, first] if study.primary else [usual])}  # fmt: skip
    planned, left = [], []
    for contrast in study.wanted:
        own = first if contrast == study.primary else None
        chosen = rows[own or usual]
        found = unit_values(chosen, contrast, people, plan)
        number = by_variable(people, contrast.factor, found) if not contrast.levels else None
        planned.append(_planned(found, contrast, contrast == study.primary, number, plan.compare.unit))
        out = left_out(chosen, found, contrast, people, own)
        left += [f"{each.unit}: not in '{contrast.name}' ({each.reason})" for each in out]
    once = segments[segments["emotion"] == emotion]
    used = once["used"] == "yes"
    reasons = once.loc[~used, "reason"].astype(str).value_counts()
    unused = tuple(f"{reason}: {count}" for reason, count in sorted(reasons.items()))
    everybody = (*_unseen(study), *dict.fromkeys(left))
    unlike = tuple(unlike_labels(rows[usual], study.wanted, people, plan))
    tests = len(compared_columns(plan, study.primary)[0])
    remarks = (*unlike, *(str(each) for one in planned for each in _beyond(one, tests, plan.compare.permutations)))
    return Checked(study, tuple(planned), everybody, len(once), int(used.sum()), unused, remarks)


def _beyond(planned: Planned, tests: int, permutations: int) -> Iterator[Beyond]:
    """Yield a contrast of two levels or of a number of which no comparison could have a corrected p of .05 or less."""
    if planned.possible and len(planned.sizes) < 3 and min(planned.sizes) >= LEAST:
        first = planned.primary  # which stands by itself
        limits = [limit_of(planned.design, planned.sizes, permutations)] * (tests - first)
        yield from beyond(planned.contrast, "any measure", limits, primary=first, setting=permutations)


def _unseen(study: Study) -> list[str]:
    out = [
        f"{person.id}: {person.exclude_reason or 'excluded by hand'}"
        for person in study.inputs.participants.people
        if not person.included
    ]
    out += [f"{name}: {why}" for name, why in study.design.unseen.items()]
    return out + [f"{name}: {NO_EVENT}" for name in study.design.without_event()]


def _planned(found: UnitValues, contrast: Contrast, primary: bool, number: np.ndarray | None, unit: str) -> Planned:
    there = np.isfinite(found.values[:, :, 0])
    what = "dyads" if unit == "dyad" or contrast.factor == "role" else "participants"
    if number is not None:
        count, known = int((there[:, 0] & np.isfinite(number)).sum()), (int(np.isfinite(number).sum()),)
        telling = least_p("correlation", count) <= ALPHA
        return Planned(contrast.name, primary, "correlation", f"{count} {what}", count > LEAST + 1, telling, known)
    within, counted = who_counts(found.met)
    if within:
        complete = int((there.all(axis=1) & counted).sum())
        levels = "both" if len(found.levels) == 2 else f"all {len(found.levels)} levels"
        telling = len(found.levels) > 2 or least_p("within", complete) <= ALPHA
        words = f"{complete} {what} in {levels}"
        sizes = (int(counted.sum()),) * len(found.levels)
        return Planned(contrast.name, primary, "within", words, complete >= LEAST, telling, sizes)
    counts = there[counted].sum(axis=0)
    words = ", ".join(f"{level} {count}" for level, count in zip(found.levels, counts))
    telling = len(counts) > 2 or least_p("between", int(counts[0]), int(counts[1])) <= ALPHA
    possible, sizes = bool((counts >= LEAST).sum() >= 2), tuple(map(int, found.met[counted].sum(axis=0)))
    return Planned(contrast.name, primary, "between", f"{what}: {words}", possible, telling, sizes)


def segment_counts(segments: pd.DataFrame) -> Sequence[tuple[str, int, int]]:
    """Count for each label the segments, and those that are used."""
    once = segments.drop_duplicates([ID, "recording", "event", "onset_s"])
    return [
        (str(label), len(own), int((own["used"] == "yes").sum()))
        for label, own in once.groupby(once["label"].astype(str), sort=True)
    ]
