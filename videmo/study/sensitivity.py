"""Try other rules for the comparison that comes first."""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np
import pandas as pd

from videmo.study.baseline import NO_BASELINE
from videmo.study.comparing import compare_all
from videmo.study.focus import Focus
from videmo.study.participants import Participants
from videmo.study.plan import CORRECTIONS, Plan, PrimarySection
from videmo.study.unit_values import columns_of

SHARES: Final = (0.3, 0.5, 0.7)
"""Valid shares that are tried beside the study's own."""
_UNCORRECTED: Final = (NO_BASELINE, "none")
"""Sources of a baseline that leave nothing to subtract."""


def sensitivity(segments: pd.DataFrame, focus: Focus, participants: Participants, plan: Plan) -> pd.DataFrame:
    """Repeat a comparison under three validity rules times three corrections.

    Args:
        segments: the rows of its emotion, of every segment, used or not.
        focus: the comparison: the primary one, or the first that was planned where none was named.
        participants: with their variables.
        plan: the settings of the study.

    Returns:
        Nine rows: ``min_share, correction, primary``, columns of ``comparisons.csv``, and the ``reason`` of a row
        without numbers.
    """
    named = PrimarySection(measure=focus.measure, emotion=focus.emotion, contrast=focus.contrast.name)
    rows = []
    for share in SHARES:
        for correction in CORRECTIONS:
            other = dataclasses.replace(
                plan,
                primary=named,
                validity=dataclasses.replace(plan.validity, min_share=share),
                baseline=dataclasses.replace(plan.baseline, correction=correction),
                compare=dataclasses.replace(plan.compare, measures=(focus.measure,), emotions=(focus.emotion,)),
            )
            tried = judged(segments, other)
            one = columns_of(tried, [focus.emotion], [focus.measure], correction)
            table = compare_all(one, [focus.contrast], focus.contrast, participants, other).table
            row = table[table["primary"] == "yes"].drop(columns=["p_holm", "q_bh", "primary"])
            reason = ""
            if not len(row):
                reason = _why_nothing(tried, other)
                row = pd.DataFrame([dict.fromkeys(row.columns)]).assign(
                    contrast=focus.contrast.name, emotion=focus.emotion, measure=focus.measure
                )
            rows.append(row.assign(min_share=share, correction=correction, reason=reason))
    whole = pd.concat(rows, ignore_index=True).assign(primary="yes" if focus.primary else "no")
    first = ["min_share", "correction", "primary"]
    return whole[[*first, *(name for name in whole.columns if name not in (*first, "reason")), "reason"]]


def judged(segments: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Decide anew which segments are used, by the rules of another plan."""
    enough = (segments["valid_share"] >= plan.validity.min_share - 1e-9) & (segments["valid_s"] > 0)
    if plan.baseline.correction == "subtract":
        enough &= ~_without_baseline(segments)
    return segments.assign(used=np.where(enough, "yes", "no"))


def _without_baseline(segments: pd.DataFrame) -> pd.Series:
    return segments["baseline"].astype(str).isin(_UNCORRECTED)


def _why_nothing(tried: pd.DataFrame, plan: Plan) -> str:
    """Say why there is no comparison under some rules."""
    if plan.baseline.correction == "subtract" and (without := int(_without_baseline(tried).sum())):
        of = f"{without} of {len(tried)} segments have no baseline to subtract"
        return f'{of}: source = "none" in [baseline]' if plan.baseline.source == "none" else of
    return "too few participants with used segments of each level"
