"""Find with what a segment is compared within its participant, and correct its measures by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from videmo.study.measures import moments
from videmo.study.plan import BaselineSection
from videmo.study.track import Floats, Track

NO_BASELINE: Final = "no_baseline"
LEVELS: Final = ("mean", "median", "peak", "top10_mean", "auc_s")
"""Measures that a baseline is subtracted from; the others are times, shares and counts."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Hold what a participant shows when nothing is shown to them."""

    source: str
    """``event``, ``before``, ``none`` where none is wanted, or `NO_BASELINE`."""
    valid_s: float
    mean: Floats
    """Of each emotion; NaN without a baseline."""


def baseline_of_events(
    found: Sequence[tuple[Track, Sequence[tuple[float, float]]]], settings: BaselineSection, count: int
) -> Baseline | None:
    """Average over all events of the kind baseline of one participant and session, weighted by valid time.

    Args:
        found: for each recording the track, and begin and end of the events.
        settings: of baselines.
        count: number of emotions.

    Returns:
        None where there are none, or with too little valid time.
    """
    if settings.source not in ("auto", "event"):
        return None
    parts = [moments(track, list(stretches))[:2] for track, stretches in found if stretches]
    parts = [part for part in parts if part[0] > 0]
    valid = sum(part[0] for part in parts)
    if not parts or valid < settings.min_valid_s - 1e-9:
        return None
    return Baseline("event", valid, sum((part[0] * part[1] for part in parts), np.zeros(count)) / valid)


def baseline_of(track: Track, onset: float, events: Baseline | None, settings: BaselineSection, count: int) -> Baseline:
    """Choose the baseline of a segment: that of events, else the time before its onset, else none."""
    nothing = np.full(count, np.nan)
    if settings.source == "none":
        return Baseline("none", 0.0, nothing)
    if events is not None:
        return events
    if settings.source in ("auto", "before"):
        valid, mean, _ = moments(track, [(onset - settings.before_s, onset)])
        if valid >= settings.min_valid_s - 1e-9:
            return Baseline("before", valid, mean)
    return Baseline(NO_BASELINE, 0.0, nothing)


def corrected(
    measure: str, value: Floats, correction: str, baseline: Floats, mean: Floats, sd: Floats, duration: Floats
) -> Floats:
    """Correct a measure: subtract the baseline, or standardise it within the participant.

    Args:
        measure: its name.
        value: ``(n,)`` as measured.
        correction: ``subtract``, ``none`` or ``zscore``.
        baseline: means of the baselines.
        mean: of all valid cells of the participant, for ``zscore``.
        sd: likewise.
        duration: of the segments in seconds, for areas.

    Returns:
        ``(n,)``, not clipped; NaN where there is no baseline to subtract.
    """
    if measure not in LEVELS or correction == "none":
        return value
    time = duration if measure == "auc_s" else np.ones_like(duration)
    if correction == "subtract":
        return value - baseline * time
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sd > 0, (value - mean * time) / sd, np.nan)
