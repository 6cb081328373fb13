"""The timeline of a recording: for each person the emotions over time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from videmo.plots.style import COLOURS, FAINT, INK, called, clock, figure, plain, styled
from videmo.records import EMOTIONS

MOST_PERSONS = 12
_MOST_CELLS = 2400
_LABELLED = 0.03
"""Episodes shorter than this share of the recording get no label: there is no room."""


def plot_timeline(
    timeline: pd.DataFrame, episodes: pd.DataFrame, summary: pd.DataFrame, *, duration_s: float, title: str
) -> Any:
    """Draw one panel for each person: stacked probabilities over time, episodes above, gaps hatched.

    Args:
        timeline: as `timeline.resample.build_timeline` makes it.
        episodes: as `timeline.episodes.find_episodes` makes them.
        summary: as `timeline.summary.summarise` makes it.
        duration_s: length of the recording.
        title: what to call it.

    Returns:
        A matplotlib figure. At most `MOST_PERSONS` persons are shown, those seen longest; the title says so.
    """
    longest = summary.sort_values("seen_s", ascending=False, kind="stable")
    chosen = sorted(longest["person"].head(MOST_PERSONS).tolist())
    panels = max(1, len(chosen))
    created = figure(10, 1.1 + 1.6 * panels)
    with styled():
        axes = created.subplots(panels, 1, sharex=True, squeeze=False)[:, 0]
        hidden = len(summary) - len(chosen)
        created.suptitle(
            plain(title) + (f"   (the {len(chosen)} persons seen longest of {len(summary)})" if hidden else ""),
            x=0.01,
            ha="left",
            fontsize=11,
            fontweight="bold",
        )
        for axis, person in zip(axes, chosen):
            _panel(axis, timeline[timeline["person"] == person], episodes[episodes["person"] == person], duration_s)
            row = summary[summary["person"] == person].iloc[0]
            axis.set_title(f"{called(row)} · seen {row['seen_s']:.1f} s · mostly {row['dominant']}", loc="left", pad=21)
        if not chosen:
            _nothing(axes[0], duration_s)
        _time_axis(axes[-1], duration_s)
        _legend(created)
    return created


def _panel(axis: Any, cells: pd.DataFrame, episodes: pd.DataFrame, duration_s: float) -> None:
    axis.set_facecolor("white")
    axis.axvspan(0, duration_s, facecolor=FAINT, edgecolor="#C9CDD2", hatch="////", linewidth=0, zorder=0)
    cells = _thinned(cells)
    starts, ends = cells["start_s"].to_numpy(float), cells["end_s"].to_numpy(float)
    values = cells[list(EMOTIONS)].to_numpy(float)
    # Each cell as a step of its own, so that a gap stays a gap instead of a slope.
    times = np.column_stack([starts, np.minimum(ends, max(duration_s, starts[-1] if len(starts) else 0))]).ravel()
    stacked = np.repeat(np.cumsum(values, axis=1), 2, axis=0)
    below = np.zeros(len(times))
    for index, emotion in enumerate(EMOTIONS):
        axis.fill_between(
            times,
            below,
            stacked[:, index],
            color=COLOURS[emotion],
            linewidth=0,
            zorder=2,
            where=~np.isnan(stacked[:, index]),
        )
        below = stacked[:, index]
    for row in episodes.itertuples():
        axis.plot(
            [row.start_s, row.end_s],
            [1.07, 1.07],
            color=COLOURS[row.emotion],
            linewidth=4,
            solid_capstyle="butt",
            clip_on=False,
            zorder=3,
        )
        if row.emotion != "neutral" and row.duration_s > _LABELLED * duration_s:
            axis.text(
                (row.start_s + row.end_s) / 2,
                1.13,
                row.emotion,
                ha="center",
                va="bottom",
                fontsize=7,
                color=INK,
                clip_on=False,
            )
    axis.set_ylim(0, 1)
    axis.set_yticks([0, 0.5, 1])
    axis.set_ylabel("probability")


def _thinned(cells: pd.DataFrame) -> pd.DataFrame:
    """Average neighbouring cells where there are more of them than the picture has columns for."""
    group = len(cells) // _MOST_CELLS + 1
    if group == 1:
        return cells
    key = np.arange(len(cells)) // group
    merged = cells[list(EMOTIONS)].groupby(key).mean()
    merged.insert(0, "start_s", cells["start_s"].groupby(key).first().to_numpy())
    merged.insert(1, "end_s", cells["end_s"].groupby(key).last().to_numpy())
    return merged


def _nothing(axis: Any, duration_s: float) -> None:
    axis.axvspan(0, duration_s, facecolor=FAINT, edgecolor="#C9CDD2", hatch="////", linewidth=0)
    axis.text(
        0.5,
        0.5,
        "no face found",
        ha="center",
        va="center",
        transform=axis.transAxes,
        fontsize=12,
        bbox={"facecolor": "white", "edgecolor": "none"},
    )
    axis.set_ylim(0, 1)
    axis.set_yticks([])


def _time_axis(axis: Any, duration_s: float) -> None:
    axis.set_xlim(0, max(duration_s, 1e-3))
    if duration_s > 120:
        axis.xaxis.set_major_formatter(lambda seconds, _: clock(seconds))
        axis.set_xlabel("time from the start of the recording (m:ss)" if duration_s < 3600 else "time (h:mm:ss)")
    else:
        axis.set_xlabel("time from the start of the recording (s)")


def _legend(created: Any) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=COLOURS[emotion], label=emotion) for emotion in EMOTIONS]
    handles.append(Patch(facecolor=FAINT, edgecolor="#C9CDD2", hatch="////", label="not seen", linewidth=0))
    created.legend(handles=handles, loc="outside lower right", ncols=len(handles), frameon=False, fontsize=8)
