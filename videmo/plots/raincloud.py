"""Draw the values of all participants: half a violin, a box, and a point for each, joined where they are one's own."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.plots.levels import MOST, colours_of, headline, one_label
from videmo.plots.style import FAINT, INK, SOFT, Width, figure, plain, styled

_LONGEST: Final = 26
"""Letters of the name of a level."""
_ROOM: Final = {"page": 110, "column": 48}
"""Letters that fit side by side below the panels of a row."""
_DRAWN: Final = 500
"""Of more participants, points and lines are pictures in the SVG and PDF, which would be too large otherwise."""


def plot_raincloud(
    values: pd.DataFrame, *, emotions: Sequence[str], measure: str, title: str, width: Width = "page"
) -> Any:
    """Draw one panel per emotion with the values of each level.

    Args:
        values: ``unit, level, emotion, value``: one row per participant (or dyad), level and emotion.
        emotions: one panel each.
        measure: for the axis.
        title: of the figure.
        width: ``page`` (183 mm) or ``column`` (89 mm).

    Returns:
        A matplotlib figure.
    """
    known = list(dict.fromkeys(values["level"]))
    levels = known[:MOST]
    columns = min(len(emotions), 2 if width == "column" else 3) or 1
    rows = max(1, -(-len(emotions) // columns))
    created = figure(width, 0.6 + 2.1 * rows)
    with styled():
        panels = created.subplots(rows, columns, squeeze=False)
        for place, axis in enumerate(panels.flat):
            if place >= len(emotions):
                axis.remove()
                continue
            _panel(axis, values[values["emotion"] == emotions[place]], levels)
            one_label(axis, emotions[place])
            _name_levels(axis, levels, _ROOM[width] / columns)
        # One for all rows: beside each, a long one would run into the next.
        created.supylabel(plain(measure, 60), fontsize=7.5, color=SOFT)
        headline(created, title, of=len(known))
    return created


def _panel(axis: Any, values: pd.DataFrame, levels: Sequence[str]) -> None:
    colours = colours_of(levels)
    table = values.pivot_table(index="unit", columns="level", values="value", aggfunc="mean").reindex(columns=levels)
    spots = {unit: _jitter(str(unit)) for unit in table.index}
    points = np.array([[place + 0.13 + spots[unit] for place in range(len(levels))] for unit in table.index])
    found = table.to_numpy(np.float64)
    many = len(found) > _DRAWN
    if (np.isfinite(found).sum(axis=1) > 1).any():
        _join(axis, points, found, many)
    for place, level in enumerate(levels):
        own = found[:, place][np.isfinite(found[:, place])]
        if not len(own):
            continue
        there = np.isfinite(found[:, place])
        axis.scatter(points[there, place], own, s=9, color=colours[level], linewidth=0, alpha=0.75, zorder=3,
                     rasterized=many)  # fmt: skip
        _cloud(axis, place - 0.1, own, colours[level])
        axis.boxplot(own, positions=[place], widths=0.1, showfliers=False, patch_artist=True, manage_ticks=False,
                     boxprops={"facecolor": "white", "edgecolor": INK, "linewidth": 0.8},
                     medianprops={"color": INK, "linewidth": 1.2}, whiskerprops={"color": INK, "linewidth": 0.8},
                     capprops={"linewidth": 0})  # fmt: skip
    axis.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    axis.tick_params(axis="x", length=0, labelcolor=SOFT)
    axis.set_xlim(-0.55, len(levels) - 0.4)


def _name_levels(axis: Any, levels: Sequence[str], room: float) -> None:
    """Write the names of levels below them; at a slant where they would run into each other.

    Args:
        axis: of a panel.
        levels: from left to right.
        room: letters that fit below the panel.
    """
    words = [plain(level, _LONGEST) for level in levels]
    if max(map(len, words), default=0) * len(words) <= room:
        axis.set_xticks(range(len(levels)), words)
    else:
        axis.set_xticks(range(len(levels)), words, rotation=30, ha="right", rotation_mode="anchor")


def _join(axis: Any, points: np.ndarray, found: np.ndarray, many: bool) -> None:
    """Join the points of each participant; a line ends where one is missing."""
    from matplotlib.collections import LineCollection

    pairs = [np.stack([points[:, place : place + 2], found[:, place : place + 2]], axis=2)
             for place in range(found.shape[1] - 1)]  # fmt: skip
    lines = np.concatenate(pairs)
    whole = lines[np.isfinite(lines).all(axis=(1, 2))]
    axis.add_collection(LineCollection(list(whole), colors="#C9CDD2", linewidths=0.5, zorder=1, rasterized=many))


def _cloud(axis: Any, place: float, values: np.ndarray, colour: str) -> None:
    """Draw half a violin, from a Gaussian kernel (Silverman's width); none of equal values."""
    spread = values.std(ddof=1) if len(values) > 2 else 0.0
    if spread <= 1e-12:
        return
    width = 0.9 * spread * len(values) ** -0.2
    grid = np.linspace(values.min() - 2 * width, values.max() + 2 * width, 120)
    density = np.exp(-0.5 * ((grid[:, None] - values[None]) / width) ** 2).sum(axis=1)
    axis.fill_betweenx(grid, place - 0.33 * density / density.max(), place, color=colour, alpha=0.35, linewidth=0)


def _jitter(unit: str) -> float:
    """Move a participant's points sideways, always by the same amount."""
    return 0.14 * (zlib.crc32(unit.encode()) % 1000) / 1000
