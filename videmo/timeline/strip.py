"""Summarise a recording in one line: what its persons together showed most, in equal parts of its time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

PARTS: Final = 60
PARTS_OF_PERSON: Final = 120
MOST_PERSONS: Final = 4
UNKNOWN: Final = ".0"
_LONGEST_CELL: Final = 10_000
"""A cell counts as at most this many times as long as its recording."""


def strips(timeline: pd.DataFrame, summary: pd.DataFrame, end_s: float, words: Sequence[str]) -> dict[int, str]:
    """Sum up the persons who are seen longest, at most `MOST_PERSONS`, each in `PARTS_OF_PERSON` parts, by number.

    Args:
        timeline: the table ``timeline.csv``.
        summary: the table ``summary.csv``.
        end_s: end of the recording.
        words: the emotions.
    """
    longest = summary.sort_values("seen_s", ascending=False, kind="stable")["person"].head(MOST_PERSONS)
    return {
        int(person): strip(timeline[timeline["person"] == person], end_s, words, PARTS_OF_PERSON) for person in longest
    }


def strip(timeline: pd.DataFrame, end_s: float, words: Sequence[str], parts: int = PARTS) -> str:
    """Sum a timeline up in a short text.

    Args:
        timeline: the table ``timeline.csv``.
        end_s: end of the recording.
        words: the emotions, columns of the timeline; at most ten.
        parts: number of equal parts of the time from 0 to ``end_s``.

    Returns:
        Two characters for each part: the place of the emotion with the largest mean probability over all persons
        (weighted by coverage), from 0, and that probability in tenths, 0 to 9; `UNKNOWN` where nobody was seen.
    """
    known = timeline[timeline["confidence"].notna()]
    starts, ends = known["start_s"].to_numpy(np.float64), known["end_s"].to_numpy(np.float64)
    longest_s = float((ends - starts).max(initial=0.0))
    # A single picture may have no length; without a limit, its cell would be cut into billions of points.
    end_s = max(end_s, float(starts.max(initial=0.0)), longest_s / _LONGEST_CELL, 1e-9)
    # Points in each cell, close enough together that one falls into every part that the cell reaches into.
    points = max(1, math.ceil(2 * parts * longest_s / end_s))
    moments = starts[:, None] + (ends - starts)[:, None] * (np.arange(points) + 0.5) / points
    place = np.clip((moments / end_s * parts).astype(np.int64), 0, parts - 1).ravel()
    weights = np.repeat(np.maximum(known["coverage"].to_numpy(np.float64), 1e-6), points)
    total = np.bincount(place, weights, parts)
    values = [np.repeat(known[name].to_numpy(np.float64), points) for name in words]
    sums = np.stack([np.bincount(place, weights * value, parts) for value in values])
    # Rounded, so that no platform's last digit decides between two emotions.
    means = np.round(sums / np.where(total > 0, total, 1.0), 6)
    pairs = zip(means.argmax(axis=0).tolist(), means.max(axis=0).tolist(), total.tolist())
    return "".join(f"{best}{min(9, int(most * 10))}" if seen else UNKNOWN for best, most, seen in pairs)
