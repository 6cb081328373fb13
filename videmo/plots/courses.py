"""Draw what groups show over time: means with their ribbons, how many are valid, and clusters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.plots.levels import MOST, colours_of, headline, level_legend, one_label
from videmo.plots.style import FAINT, INK, SOFT, Width, figure, plain, styled

CLEAR: Final = 0.05
"""Clusters with a p value up to this are drawn dark."""


def plot_timecourse(
    timecourse: pd.DataFrame, clusters: pd.DataFrame, *, emotions: Sequence[str], title: str, what: str = "mean",
    width: Width = "page",
) -> Any:  # fmt: skip
    """Draw one panel per emotion: a mean with its 95 % ribbon for each level, n below, and bars under clusters.

    Args:
        timecourse: rows of ``timecourse.csv`` of the levels to draw, with a column ``level`` that names them.
        clusters: rows of ``clusters.csv`` of the test between them; may be empty.
        emotions: one panel each.
        title: of the figure.
        what: for the axis.
        width: ``page`` (183 mm) or ``column`` (89 mm).

    Returns:
        A matplotlib figure.
    """
    known = list(dict.fromkeys(timecourse["level"]))
    levels = known[:MOST]
    columns = 1 if width == "column" else 2 if len(emotions) > 1 else 1
    rows = max(1, -(-len(emotions) // columns))
    created = figure(width, 0.75 + 1.75 * rows)
    with styled():
        panels = created.subplots(2 * rows, columns, sharex=True, squeeze=False, height_ratios=[5, 1] * rows)
        for place in range(rows * columns):
            row, column = divmod(place, columns)
            course, count = panels[2 * row, column], panels[2 * row + 1, column]
            if place >= len(emotions):
                course.remove()
                count.remove()
                continue
            _panel(course, count, emotions[place], timecourse, clusters, levels)
            if column == 0:
                course.set_ylabel(plain(what, 30))
            if place + columns >= len(emotions):
                count.set_xlabel("seconds since onset")
                count.tick_params(labelbottom=True)
        headline(created, title, of=len(known))
        level_legend(created, levels)
    return created


def _panel(
    course: Any, count: Any, emotion: str, timecourse: pd.DataFrame, clusters: pd.DataFrame, levels: Sequence[str]
) -> None:
    colours = colours_of(levels)
    for level in levels:
        own = timecourse[(timecourse["emotion"] == emotion) & (timecourse["level"] == level)]
        times = _middles(own)
        course.fill_between(times, own["ci_low"], own["ci_high"], color=colours[level], alpha=0.18, linewidth=0)
        course.plot(times, own["mean"], color=colours[level], linewidth=1.3)
        count.plot(times, own["n"], color=colours[level], linewidth=0.9, drawstyle="steps-mid")
    course.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    one_label(course, emotion)
    _bars(course, clusters[clusters["emotion"] == emotion])
    most = int(timecourse["n"].max()) if len(timecourse) else 0
    count.set_ylim(0, 1.15 * max(1, most))
    count.set_ylabel("n", rotation=0, ha="right", va="center")
    count.set_yticks([0, most])


def _middles(own: pd.DataFrame) -> np.ndarray:
    times = own["time_s"].to_numpy(np.float64)
    return times + (times[1] - times[0]) / 2 if len(times) > 1 else times


def _bars(course: Any, clusters: pd.DataFrame) -> None:
    """Draw clusters as bars along the lower edge, with p above those that are clear."""
    low, high = course.get_ylim()
    course.set_ylim(low - 0.12 * (high - low), high)
    place = low - 0.05 * (high - low)
    for cluster in clusters[clusters["cells"] > 0].itertuples():
        clear = cluster.p <= CLEAR
        course.plot([cluster.start_s, cluster.end_s], [place, place], color=INK if clear else "#C9CDD2",
                    linewidth=3 if clear else 1.5, solid_capstyle="butt")  # fmt: skip
        if clear:
            course.annotate(_p(cluster.p), (cluster.end_s, place), (3, 0), textcoords="offset points", ha="left",
                            va="center", fontsize=6, color=SOFT)  # fmt: skip


def _p(p: float) -> str:
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".")
