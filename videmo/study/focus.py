"""Choose what a study's page is about, and cut the tables to what its figures draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from videmo.spreadsheet import csv_plain
from videmo.study.contrasts import INSIDE, Contrast
from videmo.study.inputs import Study
from videmo.study.participants import ID


@dataclass(frozen=True, slots=True)
class Focus:
    """Say which comparison comes first."""

    contrast: Contrast
    emotion: str
    measure: str
    primary: bool
    """Whether it was named beforehand."""


def focus_of(study: Study) -> Focus | None:
    """Return the primary comparison; else the first contrast, with happy and the first measure; None without any."""
    plan = study.plan
    if study.primary is not None:
        return Focus(study.primary, plan.primary.emotion, plan.primary.measure, True)
    emotion = "happy" if "happy" in plan.compared else plan.compared[0]
    if not study.contrasts:
        return None
    return Focus(study.contrasts[0], emotion, plan.compare.measures[0], False)


def raincloud_values(long: pd.DataFrame, focus: Focus) -> pd.DataFrame:
    """Return ``unit, level, emotion, value`` of the focus, out of the values of participants."""
    contrast, factor = focus.contrast, focus.contrast.factor
    rows = long[long["measure"] == focus.measure]
    if factor in INSIDE or not contrast.levels:
        levels = contrast.levels if factor == "label" else contrast.labels or _kinds(rows["label"])
        rows = rows[rows["label"].isin(levels)]
        return _named(rows.assign(level=rows["label"]), list(levels))
    if contrast.labels:
        rows = rows[rows["label"].isin(contrast.labels)]
    if len(contrast.labels) == 2:
        sign = np.where(rows["label"] == contrast.labels[0], 1.0, -1.0)
        rows = rows.assign(value=rows["value"] * sign)
    how = "sum" if len(contrast.labels) == 2 else "mean"
    folded = rows.groupby([ID, factor, "emotion"], sort=True)["value"].agg([how, "size"]).reset_index()
    if how == "sum":
        folded = folded[folded["size"] == 2]
    folded = folded.rename(columns={how: "value"})
    folded["level"] = folded[factor].astype(str)
    return _named(folded[folded["level"].isin(contrast.levels)], list(contrast.levels))


def _kinds(column: pd.Series) -> tuple[str, ...]:
    return tuple(dict.fromkeys(column.astype(str)))


def _named(rows: pd.DataFrame, levels: list[str]) -> pd.DataFrame:
    """Put the levels into their order."""
    order = {level: place for place, level in enumerate(levels)}
    rows = rows.assign(unit=rows[ID], place=rows["level"].map(order)).sort_values(["place", "unit"], kind="stable")
    return rows[["unit", "level", "emotion", "value"]].reset_index(drop=True)


def course_levels(timecourse: pd.DataFrame, focus: Focus) -> pd.DataFrame:
    """Return the rows of the time courses that the focus compares, with a column ``level``."""
    contrast = focus.contrast
    labels = [csv_plain(label) for label in _kinds(timecourse["label"])]
    plain = timecourse.assign(label=timecourse["label"].map(csv_plain), group=timecourse["group"].map(csv_plain))
    if contrast.factor in INSIDE or not contrast.levels:
        wanted = contrast.levels if contrast.factor == "label" else contrast.labels or tuple(labels)
        rows = plain[(plain["group"] == "(all)") & plain["label"].isin(wanted)]
        return _in_order(rows.assign(level=rows["label"]), list(wanted))
    label = contrast.labels[0] if contrast.labels else labels[0]
    groups = [f"{contrast.factor}: {level}" for level in contrast.levels]
    rows = plain[plain["group"].isin(groups) & (plain["label"] == label)]
    return _in_order(rows.assign(level=rows["group"]), groups)


def _in_order(rows: pd.DataFrame, levels: list[str]) -> pd.DataFrame:
    order = {level: place for place, level in enumerate(levels)}
    return rows.assign(place=rows["level"].map(order)).sort_values(["place", "time_s"], kind="stable")


def course_test(contrast: Contrast, label: str) -> str:
    """Name the test of the courses of groups in a label, or in the difference of two."""
    levels = f": {contrast.levels[0]} - {contrast.levels[1]}" if len(contrast.levels) == 2 else ""
    return f"{contrast.factor}{levels} | {label}"


def clusters_of(clusters: pd.DataFrame, timecourse_label: str, focus: Focus) -> pd.DataFrame:
    """Return the clusters of the test between the levels of the focus; none where it found none."""
    contrast = focus.contrast
    inside = contrast.factor in INSIDE or len(contrast.levels) < 2
    name = contrast.name if inside else course_test(contrast, timecourse_label)
    return clusters[(clusters["contrast"].map(csv_plain) == name) & (clusters["cells"] > 0)]
