"""Name the stimuli behind the labels of a figure: a label may have several, and levels may differ in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from videmo.study.columns import ID
from videmo.study.contrasts import Contrast
from videmo.study.participants import Participants

MOST: Final = 6
"""Stimuli of a label, and labels, that are named."""
LONGEST: Final = 400
"""Letters up to which stimuli are named; where it would be more, they are counted."""


def films_told(segments: pd.DataFrame, contrast: Contrast, labels: Sequence[str], participants: Participants) -> str:
    """Say of which stimuli the courses of some labels are; empty where the labels tell as much.

    Args:
        segments: with the columns ``participant_id, session, role, label, stimulus, used``; a row for each segment.
        contrast: whose levels may have met different ones.
        labels: that a figure shows, in order.
        participants: with their variables.
    """
    used = segments[segments["used"] == "yes"]
    rows = used[["label", "stimulus"]].astype(str).assign(level=_levels(used, contrast, participants))
    rows = rows[rows["level"].notna() & (rows["stimulus"] != "")].drop_duplicates()
    named, counted = (_all_told(rows, contrast, labels, most) for most in (MOST, 0))
    return named if len(named) <= LONGEST else counted


def _all_told(rows: pd.DataFrame, contrast: Contrast, labels: Sequence[str], most: int) -> str:
    said = [words for label in labels if (words := _of_label(rows[rows["label"] == label], label, contrast, most))]
    more = f"; and {len(said) - MOST} more" if len(said) > MOST else ""
    return "; ".join(said[:MOST]) + more


def _of_label(own: pd.DataFrame, label: str, contrast: Contrast, most: int) -> str:
    levels = {level: sorted(set(rows["stimulus"])) for level, rows in own.groupby("level", sort=True)}
    films = sorted(set(own["stimulus"]))
    if films in ([], [label]):
        return ""
    if len(set(map(tuple, levels.values()))) < 2:
        return f"{label}: {_mean_of(films, most)}"
    place = {level: number for number, level in enumerate(contrast.levels)}
    each = [f"{_mean_of(own, most)} in {contrast.factor} {level}"
            for level, own in sorted(levels.items(), key=lambda item: place.get(item[0], 0))]  # fmt: skip
    return f"{label}: {', '.join(each)}"


def _mean_of(films: Sequence[str], most: int) -> str:
    """Name up to so many stimuli; of more, say how many they are."""
    if len(films) == 1:
        return films[0] if most else "1 stimulus"
    if len(films) > most:
        return f"mean of {len(films)} stimuli"
    return f"mean of {', '.join(films[:-1])} and {films[-1]}"


def _levels(rows: pd.DataFrame, contrast: Contrast, participants: Participants) -> pd.Series:
    """Return the level of each row; one for all where labels or numbers are compared, None where it has none."""
    if contrast.factor == "label" or not contrast.levels:
        return pd.Series("", rows.index, dtype=object)
    if contrast.factor in ("session", "role"):
        level = rows[contrast.factor].astype(str)
    else:
        level = rows[ID].astype(str).map(lambda name: str(participants.by_id[name].values.get(contrast.factor)))
    return level.astype(object).where(level.isin(contrast.levels), None)
