"""Draw the timeline of a recording: each person's emotions over time."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.measures.emotions import OTHER, VALENCE
from videmo.measures.registry import words_in
from videmo.plots.style import (
    COLOURS,
    FAINT,
    HATCH,
    INK,
    LEFT_OUT_HATCH,
    OTHER_HATCH,
    SOFT,
    VALENCE_MAP,
    WARN,
    Width,
    called,
    clock,
    emotion_legend,
    figure,
    plain,
    seen_for,
    styled,
)  # fmt: skip
from videmo.timeline.runs import runs_of
from videmo.timeline.summary import MORE_LIKELY

MOST_PERSONS: Final = 12
SPREAD: Final = (0.1, 0.9)
"""The bands show the middle of the single frames: between these quantiles."""
SPREAD_S: Final = 1.0
"""They are taken over at least this time; with fewer than `_FEWEST` frames there is no band."""
_FEWEST: Final = 3
_KNOWN: Final = "confidence"
"""A column that has a value in every cell with an observation."""
_MOST_POINTS: Final = 900
_STRIP: Final = 1.10
"""Height of the strip of episodes, in units of the axis."""
_RIBBON: Final = (-0.2, -0.06)
"""Lower and upper edge of the ribbon of valence, in the same units."""
_BELOW: Final = -0.22


def plot_timeline(
    timeline: pd.DataFrame,
    episodes: pd.DataFrame,
    summary: pd.DataFrame,
    *,
    duration_s: float,
    title: str,
    observations: pd.DataFrame | None = None,
    width: Width = "page",
) -> Any:
    """Draw one panel per person: probabilities over time as lines, episodes above, valence below, gaps hatched.

    Cells whose ``other`` says that the face more likely shows an emotion beyond five words are hatched the other way.

    Args:
        timeline: as `timeline.resample.build_timeline` makes it.
        episodes: as `timeline.episodes.find_episodes` makes them.
        summary: as `timeline.summary.summarise` makes it; persons are called by their ``name`` there.
        duration_s: length of the recording.
        title: of the figure.
        observations: the observation table; with it, a band around each line shows the middle 80 % of the single
            frames around that time, and stretches whose faces were left out are hatched differently from gaps.
        width: ``page`` (183 mm) or ``column`` (89 mm): text has the same size in both.

    Returns:
        A matplotlib figure. At most `MOST_PERSONS` persons are shown, those seen longest; the title says so.
    """
    seen = summary[summary["seen_s"] > 0].sort_values("seen_s", ascending=False, kind="stable")
    chosen = sorted(int(person) for person in seen["person"].head(MOST_PERSONS))
    panels = max(1, len(chosen))
    created = figure(width, 0.75 + 1.15 * panels)
    with styled():
        axes = created.subplots(panels, 1, sharex=True, squeeze=False)[:, 0]
        hidden = len(seen) - len(chosen)
        note = f" (the {len(chosen)} persons seen longest of {len(seen)})" if hidden else ""
        longest = 34 if width == "column" else 80
        created.suptitle(plain(title, longest) + note, x=0.01, ha="left", fontsize=9, fontweight="bold")
        other = left_out = False
        for axis, person in zip(axes, chosen):
            cells = timeline[timeline["person"] == person]
            if observations is not None:
                own = observations[(observations["person"] == person).to_numpy(bool, na_value=False)]
                left_out |= _left_out(axis, cells, own)
                _bands(axis, own[own["left_out"] == ""], cells)
            other |= _panel(axis, cells, episodes[episodes["person"] == person], duration_s)
            row = summary[summary["person"] == person].iloc[0]
            told = f" · seen {seen_for(row)} · mostly {row['dominant']}"
            axis.set_title(called(row) + told, loc="left", pad=11, fontsize=8)
        if not chosen:
            _nothing(axes[0], duration_s, "no face found" if summary.empty else "every face was left out")
        _time_axis(axes[-1], duration_s)
        valence = VALENCE in timeline.columns and bool(timeline[VALENCE].notna().any())
        words = words_in(timeline.columns)
        columns = 3 if width == "column" else 5 if other or left_out or len(words) > 5 else 8
        emotion_legend(
            created, words, gaps=True, valence=valence, left_out=left_out, other=other, columns=columns
        )  # fmt: skip
    return created


def _panel(axis: Any, cells: pd.DataFrame, episodes: pd.DataFrame, duration_s: float) -> bool:
    """Draw a person's lines; returns whether anything is marked as more likely another emotion than the words."""
    axis.set_facecolor("white")
    thinned = _thinned(cells)
    starts, ends = thinned["start_s"].to_numpy(float), thinned["end_s"].to_numpy(float)
    for begin, end in _gaps(thinned, duration_s):
        axis.axvspan(begin, end, facecolor=FAINT, edgecolor=HATCH, hatch="//////", linewidth=0, zorder=0)
    other = _others(axis, thinned)
    middles = (starts + ends) / 2
    for emotion in words_in(cells.columns):
        times, values = _line(starts, middles, ends, thinned[emotion].to_numpy(float))
        axis.plot(times, values, color=COLOURS[emotion], linewidth=1.1, zorder=3, solid_joinstyle="round")
    for row in episodes.itertuples():
        axis.plot(
            [row.start_s, row.end_s], [_STRIP, _STRIP], color=COLOURS[row.emotion], linewidth=3.2,
            solid_capstyle="butt", clip_on=False, zorder=4,
        )  # fmt: skip
    drawn = VALENCE in thinned.columns and bool(thinned[VALENCE].notna().any())
    if drawn:
        _valence(axis, starts[0], ends[-1], thinned[VALENCE].to_numpy(float))
    axis.set_ylim(_BELOW if drawn else 0, 1)
    axis.set_yticks([0, 0.5, 1], ["0", "", "1"])
    axis.grid(axis="y", color=FAINT, linewidth=0.6, zorder=1)
    axis.set_ylabel("probability")
    return other


def _others(axis: Any, cells: pd.DataFrame) -> bool:
    """Hatch the cells that more likely show an emotion that the words leave out; tell whether there are any."""
    if OTHER not in cells.columns:
        return False
    flagged = cells[OTHER].to_numpy(float) > MORE_LIKELY
    starts, ends = cells["start_s"].to_numpy(float), cells["end_s"].to_numpy(float)
    spans = [(starts[a], ends[b - 1] - starts[a]) for a, b in runs_of(flagged)]
    axis.broken_barh(spans, (0, 1), facecolor="white", edgecolor=SOFT, hatch=OTHER_HATCH, linewidth=0, zorder=0.4)
    return bool(spans)


def _valence(axis: Any, start_s: float, end_s: float, values: npt.NDArray[np.float64]) -> None:
    """Draw valence as a ribbon below the probabilities; nothing where nobody was seen."""
    low, high = _RIBBON
    axis.imshow(
        np.ma.masked_invalid(values)[None], extent=(start_s, end_s, low, high), cmap=VALENCE_MAP, vmin=-1, vmax=1,
        aspect="auto", interpolation="nearest", zorder=2,
    )  # fmt: skip
    axis.plot([start_s, end_s], [high, high], color=HATCH, linewidth=0.4, zorder=3)


def _line(
    starts: npt.NDArray[np.float64],
    middles: npt.NDArray[np.float64],
    ends: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
) -> tuple[list[float], list[float]]:
    """Lay a line through the middles of the cells, up to the edges of gaps and broken there."""
    known = ~np.isnan(values)
    times, heights = [], []
    for place in np.flatnonzero(known):
        if place == 0 or not known[place - 1]:
            times.append(starts[place])
            heights.append(values[place])
        times.append(middles[place])
        heights.append(values[place])
        if place + 1 == len(values) or not known[place + 1]:
            times += [ends[place], ends[place]]
            heights += [values[place], np.nan]
    return times, heights


def _gaps(cells: pd.DataFrame, duration_s: float) -> list[tuple[float, float]]:
    """List the gaps in which the person was not seen, including before the first and after the last sight."""
    known = cells[_KNOWN].notna().to_numpy()
    starts, ends = cells["start_s"].to_numpy(float), cells["end_s"].to_numpy(float)
    stretches = [(starts[a], ends[b - 1]) for a, b in runs_of(known)]
    bounds = [0.0, *(time for stretch in stretches for time in stretch), duration_s]
    return [(a, b) for a, b in zip(bounds[::2], bounds[1::2]) if b > a]


def _left_out(axis: Any, cells: pd.DataFrame, own: pd.DataFrame) -> bool:
    """Mark where the person was seen, but not well enough: cells without a value, and those before and after them.

    Returns whether anything is marked.
    """
    moments = own.loc[own["left_out"] != "", "time_s"].to_numpy(float)
    if not len(moments):
        return False
    begin_s = float(cells["start_s"].iloc[0])
    step_s = (float(cells["end_s"].iloc[-1]) - begin_s) / len(cells)  # times are rounded: a single cell is not exact
    place = np.floor((moments - begin_s) / step_s + 1e-6).astype(int)
    first, last = min(0, int(place.min())), max(len(cells), int(place.max()) + 1)
    bad = np.zeros(last - first, dtype=bool)
    bad[place - first] = True
    bad[-first : len(cells) - first] &= cells[_KNOWN].isna().to_numpy()
    hatch = {"facecolor": "white", "edgecolor": WARN, "hatch": LEFT_OUT_HATCH, "linewidth": 0}
    for a, b in runs_of(bad):
        begin, end = (begin_s + (first + at) * step_s for at in (a, b))
        axis.axvspan(max(begin, 0.0), end, **hatch, zorder=0.5)
    return bool(bad.any())


def _bands(axis: Any, counted: pd.DataFrame, cells: pd.DataFrame) -> None:
    """Draw the spread of the single frames around each time, as a band for each emotion, broken at gaps."""
    times = counted["time_s"].to_numpy(float)
    words = words_in(cells.columns)
    values = counted[list(words)].to_numpy(float)
    thinned = _thinned(cells)
    starts, ends = thinned["start_s"].to_numpy(float), thinned["end_s"].to_numpy(float)
    middles, half = (starts + ends) / 2, max(SPREAD_S, float(ends[0] - starts[0])) / 2
    first, last = np.searchsorted(times, middles - half), np.searchsorted(times, middles + half, "right")
    spread = np.full((2, len(middles), len(words)), np.nan)
    for place in np.flatnonzero((last - first >= _FEWEST) & thinned[_KNOWN].notna().to_numpy()):
        spread[:, place] = np.quantile(values[first[place] : last[place]], SPREAD, axis=0)
    for index, emotion in enumerate(words):
        low, high = spread[0, :, index], spread[1, :, index]
        axis.fill_between(middles, low, high, color=COLOURS[emotion], alpha=0.2, linewidth=0, zorder=2)


def _thinned(cells: pd.DataFrame) -> pd.DataFrame:
    """Average neighbouring cells, by the time seen, if there are more of them than the figure has room for."""
    group = len(cells) // _MOST_POINTS + 1
    if group == 1:
        return cells
    key = np.arange(len(cells)) // group
    carried = [name for name in (*words_in(cells.columns), _KNOWN, VALENCE, OTHER) if name in cells.columns]
    seen = cells["coverage"].where(cells[_KNOWN].notna(), 0.0)
    merged = cells[carried].mul(seen, axis=0).groupby(key).sum(min_count=1).div(seen.groupby(key).sum(), axis=0)
    merged.insert(0, "start_s", cells["start_s"].groupby(key).first().to_numpy())
    merged.insert(1, "end_s", cells["end_s"].groupby(key).last().to_numpy())
    return merged


def _nothing(axis: Any, duration_s: float, why: str) -> None:
    axis.axvspan(0, duration_s, facecolor=FAINT, edgecolor=HATCH, hatch="//////", linewidth=0)
    axis.text(
        0.5, 0.5, why, ha="center", va="center", transform=axis.transAxes,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 3}, color=INK,
    )  # fmt: skip
    axis.set_ylim(0, 1)
    axis.set_yticks([])


def _time_axis(axis: Any, duration_s: float) -> None:
    from matplotlib.ticker import MultipleLocator

    axis.set_xlim(0, max(duration_s, 1e-3))
    axis.tick_params(axis="x", colors=SOFT)
    if duration_s <= 120:
        axis.set_xlabel("time (s)")
        return
    steps = (30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
    far = 14400 * math.ceil(duration_s / 14400 / 9)
    axis.xaxis.set_major_locator(MultipleLocator(next((step for step in steps if duration_s / step <= 9), far)))
    axis.xaxis.set_major_formatter(lambda seconds, _: clock(seconds))
    axis.set_xlabel("time (m:ss)" if duration_s < 3600 else "time (h:mm:ss)")
