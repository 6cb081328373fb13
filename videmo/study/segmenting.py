"""Cut what one participant shows into the segments of the design."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from videmo.study.baseline import NO_BASELINE, Baseline, baseline_of, baseline_of_events
from videmo.study.design import Design, Placement
from videmo.study.events import Event
from videmo.study.measures import Measured, measure, moments, on_grid, spread
from videmo.study.plan import Plan
from videmo.study.track import TINY, Floats, Track


@dataclass(frozen=True, slots=True)
class Sight:
    """One participant in one recording: the track, and what became of it."""

    placement: Placement
    track: Track
    episodes: pd.DataFrame
    """``emotion, start_s, end_s`` on the clock of the recording; of this person."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Hold what one participant showed during one event."""

    placement: Placement
    event: Event
    number: int
    """Of the event among those of its participant, recording and label, from 1."""
    onset_s: float
    measured: Measured
    episodes: Floats
    baseline: Baseline
    z_mean: Floats
    """Of all valid cells of the participant."""
    z_sd: Floats
    curve: Floats
    """``(k, e)`` on the grid of time courses, as measured."""
    covered: Floats
    """``(k,)`` valid share of what counts of each of its cells, NaN where nothing does."""
    reason: str
    """Why it is not used; empty if it is."""

    def without_curve(self) -> Segment:
        """Let go of what only time courses need."""
        nothing = np.zeros((0, self.curve.shape[1]))
        return dataclasses.replace(self, curve=nothing, covered=np.zeros(0))


def segments_of(sights: Sequence[Sight], design: Design, plan: Plan) -> list[Segment]:
    """Measure all segments of one participant, in order of session, recording and time.

    Args:
        sights: all recordings of the participant.
        design: of the study.
        plan: its settings.
    """
    gone = [design.stretches(each.placement, "exclude") for each in sights]
    cut = [dataclasses.replace(each, track=each.track.without(time)) for each, time in zip(sights, gone)]
    _, mean, sd = _moments([each.track for each in cut], len(plan.emotions))
    found = []
    for sight, excluded in zip(cut, gone):
        same = [each for each in cut if each.placement.session == sight.placement.session]
        resting = baseline_of_events(
            [(each.track, design.stretches(each.placement, "baseline")) for each in same],
            plan.baseline,
            len(plan.emotions),
        )
        counted: dict[str, int] = {}
        for onset, event in design.happenings(sight.placement, "stimulus"):
            counted[event.label] = counted.get(event.label, 0) + 1
            found.append(_segment(sight, event, counted[event.label], onset, resting, (mean, sd), excluded, plan))
    return found


def _moments(tracks: Sequence[Track], count: int) -> tuple[float, Floats, Floats]:
    """Return valid time, mean and standard deviation over all of a participant's recordings."""
    parts = [part for track in tracks if (part := moments(track))[0] > 0]
    valid = sum(part[0] for part in parts)
    if not parts:
        return 0.0, np.full(count, np.nan), np.full(count, np.nan)
    mean = sum((part[0] * part[1] for part in parts), np.zeros(count)) / valid
    square = sum((part[0] * (part[2] ** 2 + (part[1] - mean) ** 2) for part in parts), np.zeros(count)) / valid
    return valid, mean, spread(square)


def _segment(
    sight: Sight,
    event: Event,
    number: int,
    onset: float,
    resting: Baseline | None,
    spread: tuple[Floats, Floats],
    excluded: Sequence[tuple[float, float]],
    plan: Plan,
) -> Segment:
    track, rules = sight.track, plan.validity
    words = len(plan.emotions) - len(plan.measures)
    left = _left_of(onset, onset + event.duration_s, excluded)
    measured = measure(
        track, onset, event.duration_s, threshold=rules.threshold, min_shown_s=rules.min_shown_s, words=words,
        excluded_s=event.duration_s - sum(end - begin for begin, end in left),
    )  # fmt: skip
    baseline = baseline_of(track, onset, resting, plan.baseline, len(plan.emotions))
    curve, covered = on_grid(track, onset, event.duration_s, plan.timecourse.step_s, excluded)
    return Segment(
        placement=sight.placement,
        event=event,
        number=number,
        onset_s=onset,
        measured=measured,
        episodes=_episodes(sight, left, plan),
        baseline=baseline,
        z_mean=spread[0],
        z_sd=spread[1],
        curve=curve,
        covered=covered,
        reason=_reason(sight, measured, baseline, plan) if left else "all of its time is excluded",
    )


def _reason(sight: Sight, measured: Measured, baseline: Baseline, plan: Plan) -> str:
    if not len(sight.track.starts):
        return "never seen"
    if measured.valid_share < plan.validity.min_share - 1e-9 or measured.valid_s <= 0:
        return f"valid share below {plan.validity.min_share:g}"
    if baseline.source in (NO_BASELINE, "none") and plan.baseline.correction == "subtract":
        return "no baseline"
    return ""


def _left_of(begin: float, end: float, excluded: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return what is left of a stretch of time without others."""
    parts = [(begin, end)]
    for first, last in excluded:
        parts = [part for low, high in parts for part in ((low, min(high, first)), (max(low, last), high))
                 if part[1] > part[0] + TINY]  # fmt: skip
    return parts


def _episodes(sight: Sight, parts: Sequence[tuple[float, float]], plan: Plan) -> Floats:
    """Count the episodes of each emotion that overlap some stretches; NaN for what is made of the emotions."""
    clock, table = sight.placement.clock, sight.episodes
    starts, ends = (table[name].to_numpy(np.float64) for name in ("start_s", "end_s"))
    during = np.zeros(len(table), bool)
    for begin, end in parts:
        during |= (starts < clock.recording(end) - 1e-6) & (ends > clock.recording(begin) + 1e-6)
    counts = Counter(table["emotion"].to_numpy()[during].tolist())
    return np.array([np.nan if name in plan.measures else float(counts[name]) for name in plan.emotions])
