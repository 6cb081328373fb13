"""Draw what is found, left out and said of the faces of different groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from videmo.plots.style import COLOURS, FAINT, INK, figure, styled

_SHOWN: Final = {
    "found for sure": "found for sure",
    "left out": "left out",
    "neutral": "says neutral, agreed",
    "happy": "says happy, agreed",
    "sad": "says sad, agreed",
    "surprise": "says surprise, agreed",
    "angry": "says angry, agreed",
}
"""Rates, by the title of their panel."""


def fairness_figure(groups: Mapping[str, Any], classifier: str) -> Any:
    """Draw a panel for each rate, a row for each category: the share with its interval, in percent.

    Args:
        groups: by dimension: ``categories``, each with ``rates`` (``share``: value, low, high), as
            `training.fairness.measure.evaluate_fairness` returns them.
        classifier: its name.
    """
    rows = [
        (f"{dimension}: {name}" if dimension != "age" else f"age {name}", one)
        for dimension, part in groups.items()
        for name, one in part["categories"].items()
        if name != "all"
    ]
    with styled():
        created = figure(11.0, 1.1 + 0.22 * len(rows))
        panels = created.subplots(1, len(_SHOWN), sharey=True)
        for axes, (title, rate) in zip(panels, _SHOWN.items(), strict=True):
            _panel(axes, rows, title, rate)
        panels[0].set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=7.5)
        panels[0].set_ylim(len(rows) - 0.4, -0.6)
        created.suptitle(
            f"{classifier}: faces found and left out, and words on faces on which the committee agrees, in percent",
            fontsize=9,
        )
    return created


def _panel(axes: Any, rows: list[tuple[str, Any]], title: str, rate: str) -> None:
    colour = COLOURS.get(title, INK)
    for place, (_, one) in enumerate(rows):
        if rate in one["rates"]:
            value, low, high = (100 * np.array(one["rates"][rate]["share"])).tolist()
            axes.plot([low, high], [place, place], color=colour, linewidth=1.6)
            axes.plot(value, place, "o", color=colour, markersize=4, markeredgecolor=INK, markeredgewidth=0.5)
    axes.grid(axis="x", color=FAINT)
    axes.set_axisbelow(True)
    axes.set_title(title)
    axes.tick_params(axis="y", length=0)
