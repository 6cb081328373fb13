"""Draw what groups show over time: means with their ribbons, how many are valid, and clusters."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.plots.levels import MOST, colours_of, headline, level_legend, one_label
from videmo.plots.style import FAINT, INK, SOFT, Width, figure, plain, styled
from videmo.plots.words import LIMIT, p_words

COLUMNS: Final = 3
"""Labels side by side; more go on in the next row."""
_LINES: Final = 4
"""Of a note below the figure, at most."""
_LINE: Final = 0.11
"""Height of one, in inches."""


def plot_timecourse(
    timecourse: pd.DataFrame, clusters: pd.DataFrame, *, emotions: Sequence[str], title: str, what: str = "mean",
    note: str = "", width: Width = "page",
) -> Any:  # fmt: skip
    """Draw one panel per emotion: a mean with its 95 % ribbon for each level, n below, and bars under clusters.

    Where there are courses in several labels, each emotion has a panel for each of them. Clusters are dark whose p,
    corrected for all emotions and labels, is at most .05.

    Args:
        timecourse: rows of ``timecourse.csv`` of the levels to draw, with a column ``level`` that names them.
        clusters: rows of ``clusters.csv`` of the tests between them, of several labels with a column ``label``; may be
            empty.
        emotions: one panel each, or a row of them.
        title: of the figure.
        what: for the axis.
        note: below the figure: which films the courses are of, say.
        width: ``page`` (183 mm) or ``column`` (89 mm).

    Returns:
        A matplotlib figure.
    """
    known = list(dict.fromkeys(timecourse["level"]))
    levels, found = known[:MOST], _labels(timecourse)
    labels = found[:MOST]
    cut = f" (the first {MOST} of {len(found)} labels)" if len(found) > MOST else ""
    panels_of = [(emotion, label) for emotion in emotions for label in labels or [""]]
    many = COLUMNS if len(labels) in (COLUMNS, 5, 6) else 2
    columns = 1 if width == "column" or len(panels_of) < 2 else many
    rows = max(1, -(-len(panels_of) // columns))
    lines = textwrap.wrap(note, 130 if width == "page" else 60, max_lines=_LINES, placeholder=" …")
    created = figure(width, 0.75 + 1.75 * rows + _LINE * len(lines[1:]))
    with styled():
        drawn: dict[str, list[Any]] = {emotion: [] for emotion in emotions}
        panels = created.subplots(2 * rows, columns, sharex=True, squeeze=False, height_ratios=[5, 1] * rows)
        for place in range(rows * columns):
            row, column = divmod(place, columns)
            course, count = panels[2 * row, column], panels[2 * row + 1, column]
            if place >= len(panels_of):
                course.remove()
                count.remove()
                continue
            emotion, label = panels_of[place]
            _panel(course, count, _of(timecourse, emotion, label), levels, int(timecourse["n"].max()))
            drawn[emotion].append(course)
            one_label(course, f"{emotion}, during {label}" if label else emotion)
            if column == 0:
                course.set_ylabel(plain(what, 30))
            if place + columns >= len(panels_of):
                count.set_xlabel("seconds since onset")
                count.tick_params(labelbottom=True)
        for emotion, courses in drawn.items():
            _one_scale(courses)
            for course, label in zip(courses, labels or [""]):
                _bars(course, _of(clusters, emotion, label))
        created.align_ylabels(panels[::2, 0])
        headline(created, title + cut, of=len(known))
        level_legend(created, levels, note=lines)
    return created


def _labels(timecourse: pd.DataFrame) -> list[str]:
    """List the labels that have panels of their own; none where the levels are labels, or all are of one.

    Also where each level has one course: sessions with films of their own differ in films as well.
    """
    found = list(dict.fromkeys(timecourse["label"]))
    return found if len(found) > 1 and (timecourse["label"] != timecourse["level"]).any() else []


def _of(rows: pd.DataFrame, emotion: str, label: str) -> pd.DataFrame:
    return rows[(rows["emotion"] == emotion) & (rows["label"] == label if label else True)]


def _one_scale(courses: Sequence[Any]) -> None:
    """Give the panels of one emotion the same scale: what they show is compared."""
    lows, highs = zip(*(course.get_ylim() for course in courses))
    for course in courses:
        course.set_ylim(min(lows), max(highs))


def _panel(course: Any, count: Any, timecourse: pd.DataFrame, levels: Sequence[str], most: int) -> None:
    colours = colours_of(levels)
    for level in levels:
        own = timecourse[timecourse["level"] == level]
        if own.empty:  # it did not meet this label
            continue
        times = _middles(own)
        course.fill_between(times, own["ci_low"], own["ci_high"], color=colours[level], alpha=0.18, linewidth=0)
        course.plot(times, own["mean"], color=colours[level], linewidth=1.3)
        count.plot(times, own["n"], color=colours[level], linewidth=0.9, drawstyle="steps-mid")
    course.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
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
        clear = cluster.p_holm <= LIMIT
        course.plot([cluster.start_s, cluster.end_s], [place, place], color=INK if clear else "#C9CDD2",
                    linewidth=3 if clear else 1.5, solid_capstyle="butt")  # fmt: skip
        if clear:
            course.annotate(p_words(cluster.p_holm), (cluster.end_s, place), (3, 0), textcoords="offset points",
                            ha="left", va="center", fontsize=6, color=SOFT, zorder=4,
                            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip
