"""Choose what a study's page is about, and cut the tables to what its figures draw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from videmo.spreadsheet import csv_plain
from videmo.study.contrasts import Contrast
from videmo.study.inputs import Study
from videmo.study.participants import ID
from videmo.study.seats import ALL
from videmo.study.statistics.rows import who_counts
from videmo.study.unit_values import UnitValues


@dataclass(frozen=True, slots=True)
class Focus:
    """Say which comparison comes first."""

    contrast: Contrast
    emotion: str
    measure: str
    primary: bool
    """Whether it was named beforehand."""

    @property
    def is_difference(self) -> bool:
        """Tell whether the difference of two labels is compared, which has no baseline left in it."""
        return len(self.contrast.labels) == 2 and bool(self.contrast.levels)


def focus_of(study: Study) -> Focus | None:
    """Return the primary comparison; else the first contrast, with happy and the first measure; None without any."""
    plan = study.plan
    if study.primary is not None:
        return Focus(study.primary, plan.primary.emotion, plan.primary.measure, True)
    emotion = "happy" if "happy" in plan.compared else plan.compared[0]
    if not study.contrasts:
        return None
    return Focus(study.contrasts[0], emotion, plan.compare.measures[0], False)


def rows_of_focus(comparisons: pd.DataFrame, focus: Focus | None) -> list[dict[str, Any]]:
    """Return the rows of ``comparisons.csv`` of the comparison that comes first; of three and more levels, all at once
    come before the pairs."""
    if focus is None:
        return []
    same = (comparisons["emotion"] == focus.emotion) & (comparisons["measure"] == focus.measure)
    rows = comparisons[same & (comparisons["contrast"].map(csv_plain) == focus.contrast.name)]
    if focus.primary:  # and no other in its place: nobody named that beforehand
        rows = rows[rows["primary"] == "yes"]
    found: list[dict[str, Any]] = rows.to_dict("records")
    return found


def raincloud_values(found: UnitValues, emotions: Sequence[str]) -> pd.DataFrame:
    """Return ``unit, level, emotion, value`` of what was compared: of two levels, those alone who count.

    Args:
        found: of the contrast, with one column for each emotion.
        emotions: in the order of the columns.
    """
    there = np.isfinite(found.values)
    if len(found.levels) == 2:
        paired, counts = who_counts(found.met)
        there = there & counts[:, None, None] & (there.all(axis=1)[:, None] if paired else True)
    rows = [
        (unit, level, emotion, found.values[row, place, column])
        for place, level in enumerate(found.levels)
        for row, unit in enumerate(found.units)
        for column, emotion in enumerate(emotions)
        if there[row, place, column]
    ]
    return pd.DataFrame(rows, columns=["unit", "level", "emotion", "value"])


def label_values(long: pd.DataFrame, focus: Focus) -> pd.DataFrame:
    """Return the same of each label, where what was compared has no levels: a number and how it is related."""
    labels = focus.contrast.labels or _kinds(long["label"])
    rows = long[(long["measure"] == focus.measure) & long["label"].isin(labels)]
    order = {level: place for place, level in enumerate(labels)}
    rows = rows.assign(unit=rows[ID], level=rows["label"].astype(str), place=rows["label"].astype(str).map(order))
    return rows.sort_values(["place", "unit"], kind="stable")[["unit", "level", "emotion", "value"]].reset_index(
        drop=True
    )


def _kinds(column: pd.Series) -> tuple[str, ...]:
    return tuple(dict.fromkeys(column.astype(str)))


def course_levels(pieces: Iterable[pd.DataFrame], labels: Sequence[str], focus: Focus) -> pd.DataFrame:
    """Return the rows of the time courses that the focus compares, with a column ``level``.

    Groups, sessions and roles have rows of the label or the difference of two that the contrast names; where it names
    none, of every label.

    Args:
        pieces: of ``timecourse.csv``, which may be too long to be in memory as a whole.
        labels: of all stimuli, in order.
        focus: what comes first.
    """
    contrast = focus.contrast
    if contrast.factor == "label" or not contrast.levels:
        groups = [ALL]
        shown = list(contrast.levels if contrast.factor == "label" else contrast.labels or labels)
        level_of = {(label, ALL): label for label in shown}
    else:
        groups = [f"{contrast.factor}: {level}" for level in contrast.levels]
        shown = [difference(contrast.labels)] if contrast.labels else list(labels)
        alone = len(shown) == 1
        level_of = {(label, group): f"{_short(contrast, level)}, {label}" if alone else group
                    for label in shown for group, level in zip(groups, contrast.levels)}  # fmt: skip
    found = []
    for piece in pieces:
        plain = piece.assign(label=piece["label"].map(csv_plain), group=piece["group"].map(csv_plain))
        found.append(plain[plain["group"].isin(groups) & plain["label"].isin(shown)])
    rows = pd.concat(found, ignore_index=True)
    level = [level_of[key] for key in zip(rows["label"], rows["group"])]
    return _in_order(rows.assign(level=level), list(level_of.values()))


def _short(contrast: Contrast, level: str) -> str:
    """Name a level where the title says of what: sessions are often numbers."""
    return f"session {level}" if contrast.factor == "session" else level


def _in_order(rows: pd.DataFrame, levels: list[str]) -> pd.DataFrame:
    order = {level: place for place, level in enumerate(dict.fromkeys(levels))}
    return rows.assign(place=rows["level"].map(order)).sort_values(["place", "time_s"], kind="stable")


def course_title(courses: pd.DataFrame, focus: Focus) -> str:
    """Name what the figure of time courses compares, with the label where it shows one.

    Args:
        courses: what `course_levels` returned.
        focus: what comes first.
    """
    shown = courses["label"].unique()
    if focus.contrast.factor == "label" or not focus.contrast.levels or len(shown) > 1:
        return focus.contrast.name
    return course_test(focus.contrast, str(shown[0]))


def difference(labels: Sequence[str]) -> str:
    """Spell the difference of two labels as contrasts do; of one, that label."""
    return " - ".join(labels)


def course_test(contrast: Contrast, label: str) -> str:
    """Name the test of the courses of groups, sessions or roles in a label, or in the difference of two."""
    levels = f": {contrast.levels[0]} - {contrast.levels[1]}" if len(contrast.levels) == 2 else ""
    return f"{contrast.factor}{levels} | {label}"


def clusters_of(clusters: pd.DataFrame, labels: Iterable[str], focus: Focus) -> pd.DataFrame:
    """Return the clusters of the tests between the levels of the focus, with a column ``label``; perhaps none.

    Args:
        clusters: ``clusters.csv``.
        labels: that are shown, or the difference of two.
        focus: what comes first.
    """
    contrast = focus.contrast
    whole = contrast.factor == "label" or len(contrast.levels) < 2
    label_of = {contrast.name: ""} if whole else {course_test(contrast, label): label for label in labels}
    label = clusters["contrast"].map(csv_plain).map(label_of)
    return clusters.assign(label=label)[label.notna() & (clusters["cells"] > 0)]
