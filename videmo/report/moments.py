"""Choose the moments worth a picture: the strongest of each person and emotion, and a portrait of each person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from videmo.measures.registry import words_in
from videmo.records import Box
from videmo.timeline.quality import rows_by_person, usable

MOST_PERSONS: Final = 12
"""At most this many persons, those seen longest, get pictures."""


@dataclass(frozen=True, slots=True)
class ObservedFace:
    """Say where a face is in a sampled frame."""

    time_s: float
    box: Box
    """In displayed pixels."""


@dataclass(frozen=True, slots=True)
class StrongMoment:
    """Name a moment in which a person shows an emotion most clearly."""

    person: int
    emotion: str
    time_s: float
    """Middle of the strongest cell."""
    probability: float
    face: ObservedFace
    """The usable observation nearest to it."""


def strongest_moments(
    timeline: pd.DataFrame, episodes: pd.DataFrame, summary: pd.DataFrame, observations: pd.DataFrame
) -> list[StrongMoment]:
    """Choose the strongest episode of each person and emotion; for a person without episodes, the clearest cell.

    Neutral is left out where there is something else to show.
    """
    moments, words = [], words_in(timeline.columns)
    faces = dict(rows_by_person(observations, usable(observations)))
    for person in longest_seen(summary):
        if person not in faces:
            continue
        own = episodes[episodes["person"] == person]
        peaks = [
            (row.emotion, float(row.peak_s), float(row.peak))
            for row in own.sort_values("peak", ascending=False, kind="stable").drop_duplicates("emotion").itertuples()
        ]
        peaks = [peak for peak in peaks if peak[0] != "neutral"] or peaks or _clearest_cell(timeline, person)
        order = sorted(peaks, key=lambda peak: words.index(peak[0]))
        moments += [
            StrongMoment(person, emotion, time_s, peak, _nearest(observations, faces[person], time_s))
            for emotion, time_s, peak in order
        ]
    return moments


def portraits(summary: pd.DataFrame, observations: pd.DataFrame) -> dict[int, ObservedFace]:
    """Choose for each person the sharpest face among the larger half of the usable ones."""
    chosen = {}
    faces = dict(rows_by_person(observations, usable(observations)))
    for person in longest_seen(summary):
        if person in faces:
            chosen[person] = clearest(observations.iloc[faces[person]])
    return chosen


def clearest(rows: pd.DataFrame) -> ObservedFace:
    """Choose the sharpest face among the larger half of some observations."""
    large = rows[rows["h"] >= rows["h"].median()]
    return _observed(large.iloc[int(large["sharpness"].to_numpy().argmax())])


def longest_seen(summary: pd.DataFrame) -> list[int]:
    """List the persons seen longest, at most `MOST_PERSONS`, by number."""
    order = summary.sort_values("seen_s", ascending=False, kind="stable")
    return sorted(int(person) for person in order["person"].head(MOST_PERSONS))


def _clearest_cell(timeline: pd.DataFrame, person: int) -> list[tuple[str, float, float]]:
    cells = timeline[(timeline["person"] == person) & timeline["confidence"].notna()]
    if cells.empty:
        return []
    best = cells.iloc[int(cells["confidence"].to_numpy().argmax())]
    middle = (float(best["start_s"]) + float(best["end_s"])) / 2
    return [(str(best["emotion"]), middle, float(best["confidence"]))]


def _nearest(observations: pd.DataFrame, rows: np.ndarray, time_s: float) -> ObservedFace:
    times = observations["time_s"].to_numpy(np.float64)[rows]
    return _observed(observations.iloc[int(rows[int(np.abs(times - time_s).argmin())])])


def _observed(row: pd.Series) -> ObservedFace:
    box = Box(float(row["x"]), float(row["y"]), float(row["w"]), float(row["h"]))
    return ObservedFace(float(row["time_s"]), box)
