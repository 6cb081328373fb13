"""Measure what is shown in a stretch of time. Gaps are never filled in: every cell counts by its valid time."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.study.track import TINY, Floats, Track

TOP: Final = 0.1
"""Share of the valid time that the highest values are taken from."""
CLEAR: Final = 0.5
"""Coverage that a cell needs for its value to be a peak."""
STEADY: Final = 1e-9
"""Standard deviations up to this are errors of rounding: what never varies has none."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The measures of one stretch; arrays have one value for each emotion, NaN where there is none."""

    valid_s: float
    valid_share: float
    """Of the time that counts; NaN where all of it is excluded."""
    mean: Floats
    sd: Floats
    median: Floats
    peak: Floats
    peak_s: Floats
    """Since the onset, in seconds."""
    top10_mean: Floats
    time_above: Floats
    latency_s: Floats
    """Since the onset, in seconds."""
    auc_s: Floats
    dominant_share: Floats


def measure(
    track: Track, onset: float, duration: float, *, threshold: float, min_shown_s: float, words: int,
    excluded_s: float = 0.0,
) -> Measured:  # fmt: skip
    """Measure one stretch of time.

    With the overlap w of each cell with the stretch, its coverage c and v = w·c, all means are weighted by v. What a
    formula makes of the emotions has no measures where it has no value in a cell that counts, as a quotient by 0.

    Args:
        track: of the person.
        onset: of the stretch, on the clock of the events, in seconds.
        duration: its length in seconds.
        threshold: probability from which an emotion counts as shown.
        min_shown_s: for so long, in seconds.
        words: number of emotions; what is made of them comes behind and is never the strongest.
        excluded_s: how much of the stretch counts nowhere; the track has no cells there.
    """
    counted = duration - excluded_s
    cells = track.span(onset, onset + duration)
    widths = track.overlaps(onset, onset + duration, cells)
    coverage, values = track.coverage[cells], track.values[cells]
    weights = widths * coverage
    valid = float(weights.sum())
    count = values.shape[1]
    nothing = np.full(count, np.nan)
    if valid <= TINY:
        return Measured(0.0, 0.0 if counted > TINY else np.nan, *([nothing] * 10))
    unknown = np.asarray(np.isnan(values[weights > 0]).any(axis=0))
    values = np.where(unknown, 0.0, values)
    mean = weights @ values / valid
    begins = np.maximum(track.starts[cells], onset) - onset
    peak, peak_s = _peak(values, coverage, widths, begins)
    above = values >= threshold
    ordered = [_ordered(values[:, place], weights) for place in range(count)]
    found = Measured(
        valid_s=valid,
        valid_share=valid / counted,
        mean=mean,
        sd=spread(weights @ (values - mean) ** 2 / valid),
        median=np.array([_median(*each) for each in ordered]),
        peak=peak,
        peak_s=peak_s,
        top10_mean=np.array([_top(*each, TOP * valid) for each in ordered]),
        time_above=weights @ above / valid,
        latency_s=np.array([_latency(above[:, place] & (weights > 0), begins, widths, min_shown_s)
                            for place in range(count)]),
        auc_s=mean * duration,
        dominant_share=_dominant(track.strongest[cells], weights, words, count) / valid,
    )  # fmt: skip
    return _without(found, unknown) if unknown.any() else found


def _without(found: Measured, unknown: npt.NDArray[np.bool_]) -> Measured:
    """Leave out the measures of some columns."""
    levels: dict[str, Any] = {
        each.name: np.where(unknown, np.nan, getattr(found, each.name))
        for each in dataclasses.fields(found)
        if each.name not in ("valid_s", "valid_share")
    }
    return dataclasses.replace(found, **levels)


def _peak(values: Floats, coverage: Floats, widths: Floats, begins: Floats) -> tuple[Floats, Floats]:
    """Find the highest value of a cell that is mostly covered, and the middle of what of that cell counts."""
    clear = (widths > 0) & (coverage >= CLEAR)
    if not clear.any():
        nothing = np.full(values.shape[1], np.nan)
        return nothing, nothing
    place = np.where(clear[:, None], values, -np.inf).argmax(axis=0)
    return values[place, np.arange(values.shape[1])], begins[place] + widths[place] / 2


def _ordered(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the values that count from the least on, and their weights."""
    there = np.flatnonzero(weights > 0)
    order = there[np.argsort(values[there], kind="stable")]
    return values[order], weights[order]


def _median(values: Floats, weights: Floats) -> float:
    reached = np.cumsum(weights)
    half = reached[-1] / 2
    place = int(np.searchsorted(reached, half - TINY))
    if abs(reached[place] - half) <= TINY and place + 1 < len(values):
        return float(values[place] + values[place + 1]) / 2
    return float(values[place])


def _top(values: Floats, weights: Floats, wanted: float) -> float:
    """Average the highest values until so much valid time is used; the last cell counts in part."""
    used = np.diff(np.minimum(np.cumsum(weights[::-1]), wanted), prepend=0.0)
    return float(used @ values[::-1] / wanted)


def _latency(shown: npt.NDArray[np.bool_], begins: Floats, widths: Floats, least: float) -> float:
    """Find the start of the first unbroken run that is long enough; NaN if there is none."""
    length, start = 0.0, np.nan
    end = -np.inf
    for place in np.flatnonzero(shown):
        if begins[place] > end + TINY:
            length, start = 0.0, begins[place]
        length += widths[place]
        end = begins[place] + widths[place]
        if length >= least - TINY:
            return float(start)
    return np.nan


def _dominant(strongest: npt.NDArray[np.int64], weights: Floats, words: int, count: int) -> Floats:
    """Add up the valid time in which each emotion was the strongest."""
    times = np.full(count, np.nan)
    seen = strongest >= 0
    times[:words] = np.bincount(strongest[seen], weights[seen], minlength=words)[:words]
    return times


def moments(track: Track, stretches: Sequence[tuple[float, float]] | None = None) -> tuple[float, Floats, Floats]:
    """Return the valid time in seconds, and mean and standard deviation over it, weighted by valid time.

    They are NaN for a formula that has no value in a cell that counts.

    Args:
        track: of the person.
        stretches: begin and end of what counts, time that is in several of them once; None for all there is.
    """
    widths = track.ends - track.starts
    if stretches is not None:
        widths = np.zeros_like(widths)
        for begin, end in united(stretches):
            cells = track.span(begin, end)
            widths[cells] += track.overlaps(begin, end, cells)
    weights = widths * track.coverage
    valid = float(weights.sum())
    if valid <= TINY:
        nothing = np.full(track.values.shape[1], np.nan)
        return 0.0, nothing, nothing
    values = np.where((weights > 0)[:, None], track.values, 0.0)  # NaN where nothing counts would count
    mean = weights @ values / valid
    return valid, mean, spread(weights @ (values - mean) ** 2 / valid)


def spread(variance: Floats) -> Floats:
    """Return standard deviations; 0 of what varies by errors of rounding alone."""
    return steadied(np.sqrt(variance))


def steadied(deviations: Floats) -> Floats:
    """Return standard deviations with 0 for those that are errors of rounding."""
    return np.where(deviations <= STEADY, 0.0, deviations)


def united(stretches: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join stretches of time that overlap or touch each other; in order."""
    found: list[tuple[float, float]] = []
    for begin, end in sorted(stretches):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found


def on_grid(
    track: Track, onset: float, duration: float, step: float, excluded: Sequence[tuple[float, float]] = ()
) -> tuple[Floats, Floats]:
    """Put a stretch on a grid that begins at its onset.

    Args:
        track: of the person, without cells in what is excluded.
        onset: of the stretch, on the clock of the events, in seconds.
        duration: its length in seconds.
        step: width of a cell of the grid.
        excluded: begin and end of time that counts nowhere.

    Returns:
        ``(k, e)`` means weighted by valid time, NaN where nothing is valid, and where a formula has no value in what
        is; ``(k,)`` valid share of what of each cell counts, NaN where nothing does.
    """
    count = max(1, int(np.ceil(duration / step - 1e-6)))
    edges = onset + np.minimum(np.arange(count + 1) * step, duration)
    counted = _counted(edges, excluded)
    cells = track.span(onset, float(edges[-1]))
    starts, ends = track.starts[cells], track.ends[cells]
    weights = (ends - starts) * track.coverage[cells]
    times = np.column_stack([starts, ends]).ravel()
    if not len(times):
        return np.full((count, track.values.shape[1]), np.nan), 0 / counted
    valid = _integrated(weights[:, None], times, edges)[:, 0]
    unknown = ~np.isfinite(track.values[cells])
    totals = _integrated(weights[:, None] * np.where(unknown, 0.0, track.values[cells]), times, edges)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.where(valid[:, None] > TINY, totals / valid[:, None], np.nan)
    if unknown.any():
        means[_integrated(weights[:, None] * unknown, times, edges) > TINY] = np.nan
    return means, valid / counted


def _counted(edges: Floats, excluded: Sequence[tuple[float, float]]) -> Floats:
    """Return how much of each cell of a grid is not excluded; NaN where nothing is left."""
    left = np.diff(edges)
    for begin, end in united(excluded):
        left = left - np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], begin), 0, None)
    return np.where(left > TINY, left, np.nan)


def _integrated(amounts: Floats, times: Floats, edges: Floats) -> Floats:
    """Share amounts that lie evenly in cells out to the cells of another grid."""
    reached = np.zeros((len(times), amounts.shape[1]))
    reached[1::2] = np.cumsum(amounts, axis=0)
    reached[2::2] = reached[1:-1:2]
    columns = [np.diff(np.interp(edges, times, reached[:, place])) for place in range(amounts.shape[1])]
    return np.column_stack(columns)
