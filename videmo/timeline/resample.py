"""Put the observations of each person on a regular grid, weighted by time and smoothed."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.errors import Given, UsageError
from videmo.machine import SCIPY_BYTES, need_memory
from videmo.records import Carried
from videmo.settings import TimelineSettings
from videmo.timeline.quality import rows_by_person, usable
from videmo.timeline.sampling import lasts_until, sampling_of

Floats = npt.NDArray[np.float64]
_FWHM = 2 * math.sqrt(2 * math.log(2))
_SIGMAS = 4.0
_PEAK = 1 / math.sqrt(2 * math.pi)
"""Of the standard normal curve."""
_MOST_CELLS = 20_000_000
"""Of one person: some 46 days at the usual step, and 4 GB of memory."""
_BLOCK = 4096
"""Cells that are weighed at a time: each may have dozens of observations in reach."""


def timeline_columns(carried: Carried) -> tuple[str, ...]:
    """Name the columns of a timeline."""
    cell = ("start_s", "end_s", "person", "frames", "coverage")
    return (*cell, *carried.words, "emotion", "confidence", *carried.means)


def build_timeline(
    observations: pd.DataFrame, settings: TimelineSettings, carried: Carried, end_s: float | None = None
) -> pd.DataFrame:
    """Resample the probabilities of each person.

    Each observation holds from its frame to the next sampled frame: a picture lasts until the next one. A cell's
    probabilities are the mean over it of the observations smoothed with a Gaussian kernel;
    so neither a variable frame rate nor frames without a face bias them. Nothing is carried over sampled frames without
    the face that together last longer than `TimelineSettings.max_gap_s` (or one and a half sampling steps, if those are
    longer). Cells without an observation have no probabilities.

    Args:
        observations: table with ``time_s, status, person, left_out`` and the carried columns; at least one row for
            each sampled frame. Faces that are left out leave a gap.
        settings: grid, kernel and largest gap.
        carried: the columns that are carried onto the timeline.
        end_s: end of the recording; by default a typical step after the last sampled frame.

    Returns:
        Table with `timeline_columns`: for each person the cells from first to last appearance; ``coverage`` is the
        share of the cell in which the person was seen, ``frames`` the number of observations in it.
    """
    moments = np.unique(observations["time_s"].to_numpy(np.float64))
    sampling = sampling_of(moments)
    longest = sampling.longest_hold_s(settings.max_gap_s)
    holds = np.diff(np.append(moments, lasts_until(moments, end_s))) if len(moments) else moments
    times = observations["time_s"].to_numpy(np.float64)
    tables = []
    for person, rows in rows_by_person(observations, usable(observations)):
        starts, ends = _shared(times[rows], holds[np.searchsorted(moments, times[rows])])
        names = (*carried.words, *carried.means)
        values = np.stack([observations[name].to_numpy(np.float64)[rows] for name in names], axis=1)
        stretches = _stretches(starts, longest, sampling.idle_s(ends - starts))
        tables.append(_one_person(person, starts, ends, values, settings, stretches, carried))
    if not tables:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in timeline_columns(carried)})
    return pd.concat(tables, ignore_index=True)


def _shared(times: Floats, holds: Floats) -> tuple[Floats, Floats]:
    """Return starts and ends of observations; those with the same time (damaged stamps) share it in turn."""
    _, first, counts = np.unique(times, return_index=True, return_counts=True)
    place = np.arange(len(times)) - np.repeat(first, counts)
    share = holds / np.repeat(counts, counts)
    starts = times + place * share
    return starts, starts + share


def _one_person(
    person: int,
    starts: Floats,
    ends: Floats,
    values: Floats,
    settings: TimelineSettings,
    stretches: Sequence[slice],
    carried: Carried,
) -> pd.DataFrame:
    step = settings.step_s
    first = math.floor(starts[0] / step + 1e-9)
    last = max(first + 1, math.ceil(ends[-1] / step - 1e-9))
    if last - first > _MOST_CELLS:
        length_s = (last - first) * step
        found = f"person {person} would have {last - first:,} cells, for {length_s:,.0f} s"
        raise UsageError(Given("timeline.step_s", step), found, f"at most {_MOST_CELLS:,}", "Choose longer ones.")
    cells = np.arange(first, last)
    total, weight = np.zeros((len(cells), values.shape[1])), np.zeros(len(cells))
    covered, frames = np.zeros(len(cells)), np.zeros(len(cells), dtype=np.int64)
    np.add.at(frames, np.clip(np.floor(starts / step + 1e-9).astype(int) - first, 0, len(cells) - 1), 1)
    for rows in stretches:
        inside = slice(
            max(0, math.floor(starts[rows.start] / step + 1e-9) - first),
            max(1, math.ceil(ends[rows.stop - 1] / step - 1e-9) - first),
        )
        edges = cells[inside] * step
        covered[inside] += _overlaps(starts[rows], ends[rows], edges, edges + step)
        sums, weights = _weigh(starts[rows], ends[rows], values[rows], edges + step / 2, settings)
        total[inside] += sums
        weight[inside] += weights
    known = (covered > 1e-9) & (weight > 0)
    means = np.full_like(total, np.nan)
    means[known] = total[known] / weight[known, None]
    return _table(person, cells * step, step, frames, covered / step, means, known, carried)


def _stretches(starts: Floats, longest: float, idle: Floats) -> list[slice]:
    """Find runs of observations with no gap longer than ``longest`` between them, apart from idle time."""
    breaks = np.flatnonzero(np.diff(starts) - idle[:-1] > longest + 1e-9) + 1
    bounds = [0, *breaks.tolist(), len(starts)]
    return [slice(begin, end) for begin, end in itertools.pairwise(bounds)]


def _overlaps(starts: Floats, ends: Floats, lefts: Floats, rights: Floats) -> Floats:
    """Return the seconds of each cell that the disjoint, ordered intervals cover."""
    lengths = np.concatenate([[0.0], np.cumsum(ends - starts)])

    def covered_until(time: Floats) -> Floats:
        index = np.searchsorted(starts, time, "right")
        before = np.maximum(index - 1, 0)
        part = np.where(index > 0, np.minimum(time, ends[before]) - starts[before], 0.0)
        return np.asarray(lengths[before] + part)

    return covered_until(rights) - covered_until(lefts)


def _weigh(
    starts: Floats, ends: Floats, values: Floats, centres: Floats, settings: TimelineSettings
) -> tuple[Floats, Floats]:
    """Compute kernel-weighted sums of the values and sums of the weights for each cell."""
    if "scipy.special" not in sys.modules:
        need_memory(SCIPY_BYTES)
    from scipy.special import ndtr

    sigma, half = settings.smoothing_s / _FWHM, settings.step_s / 2
    reach = half + _SIGMAS * sigma

    def smoothed(offsets: Floats) -> Floats:
        """Integral of the normal distribution function."""
        scaled = offsets / sigma
        return np.asarray(offsets * ndtr(scaled) + sigma * _PEAK * np.exp(-0.5 * scaled**2))

    sums, totals = np.zeros((len(centres), values.shape[1])), np.zeros(len(centres))
    for first in range(0, len(centres), _BLOCK):
        block = slice(first, first + _BLOCK)
        middles = centres[block]
        low, high = np.searchsorted(ends, middles - reach, "right"), np.searchsorted(starts, middles + reach, "left")
        counts = np.maximum(high - low, 0)
        cell = np.repeat(np.arange(len(middles)), counts)
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        row = np.repeat(low, counts) + offsets
        left, right = starts[row] - middles[cell], ends[row] - middles[cell]
        if sigma:
            # The kernel, averaged over the cell, between both ends of an observation.
            weights = smoothed(right + half) - smoothed(right - half) - smoothed(left + half) + smoothed(left - half)
        else:
            weights = np.clip(right, -half, half) - np.clip(left, -half, half)
        totals[block] = np.bincount(cell, weights, len(middles))
        for column in range(values.shape[1]):
            sums[block, column] = np.bincount(cell, weights * values[row, column], len(middles))
    return sums, totals


def _table(
    person: int,
    starts: Floats,
    step: float,
    frames: npt.NDArray[np.int64],
    coverage: Floats,
    means: Floats,
    known: npt.NDArray[np.bool_],
    carried: Carried,
) -> pd.DataFrame:
    words = len(carried.words)
    shares = means[:, :words]
    table = pd.DataFrame({"start_s": starts, "end_s": starts + step, "person": person, "frames": frames})
    table["coverage"] = np.clip(coverage, 0, 1)
    table[list(carried.words)] = shares
    best = np.where(known, np.nan_to_num(shares).argmax(axis=1), 0)
    names: npt.NDArray[np.object_] = np.array(carried.words, dtype=object)[best]
    names[~known] = None
    table["emotion"] = names
    table["confidence"] = np.where(known, shares[np.arange(len(shares)), best], np.nan)
    table[list(carried.means)] = means[:, words:]
    return table
