"""Draw figures of cascades: their features, and the faces they find against false alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.plots.style import FAINT, INK, SOFT, figure, styled

Outline = tuple[Sequence[tuple[float, float]], float]
"""Corners of an area in pixels of the window, and its weight."""
LIGHT, DARK = "#56B4E9", "#E69F00"
_COLOURS = ("#0072B2", "#E69F00", "#9AA0A6", "#CC79A7", "#009E73")
ACROSS = 10
"""Number of features drawn per stage."""


def features_figure(
    stages: Sequence[tuple[str, Sequence[Sequence[Outline]]]], picture: npt.NDArray[np.uint8], title: str
) -> Any:
    """Draw the first features of each stage over a picture of the window.

    Args:
        stages: for each a caption, and the areas of each of its features, light (weight above 0) or dark.
        picture: ``(height, width)``.
        title: of the figure.
    """
    from matplotlib.patches import Polygon

    height, width = picture.shape
    gap = 0.16 * width
    with styled():
        rows = len(stages)
        tile = 0.62
        created = figure(
            tile * (1 + gap / width) * ACROSS + 1.5, (tile * (1 + gap / width) * height / width) * rows + 0.7
        )
        axes = created.subplots()
        for row, (caption, features) in enumerate(stages):
            top = row * (height + gap)
            axes.text(-gap, top + height / 2, caption, ha="right", va="center", fontsize=7, color=INK, linespacing=1.4)
            for column, outlines in enumerate(features[:ACROSS]):
                left = column * (width + gap)
                axes.imshow(
                    picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest",
                    extent=(left, left + width, top + height, top),
                )  # fmt: skip
                for points, weight in outlines:
                    moved = [(x + left, y + top) for x, y in points]
                    colour = LIGHT if weight > 0 else DARK
                    axes.add_patch(Polygon(moved, facecolor=colour, alpha=0.62, edgecolor=colour, linewidth=0.8))
        axes.set_xlim(0, ACROSS * (width + gap))
        axes.set_ylim(rows * (height + gap), -gap)
        axes.set_aspect("equal")
        axes.axis("off")
        axes.set_title(title, loc="left", color=SOFT, fontsize=8)
    return created


def operating_figure(curves: Mapping[str, Sequence[tuple[float, float]]], target: tuple[float, float]) -> Any:
    """Draw recall over false alarms per picture, one line per cascade.

    Args:
        curves: by name: false alarms per picture and recall at each setting.
        target: the target: the most false alarms per picture and the least recall.
    """
    with styled():
        created = figure("page", 3.4)
        axes = created.subplots()
        axes.axhspan(100 * target[1], 100, xmax=1, color=FAINT, zorder=0, linewidth=0)
        axes.axvline(target[0], color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        axes.axhline(100 * target[1], color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        for (name, points), colour in zip(curves.items(), _COLOURS * 3):
            alarms, recall = np.array(points).T
            axes.plot(alarms, 100 * recall, color=colour, marker="o", markersize=3, linewidth=1.2, label=name)
        axes.set_xscale("symlog", linthresh=0.01)
        axes.set_xlim(left=0)
        axes.set_xticks([0, 0.01, 0.05, 0.1, 0.5], ["0", "0.01", "0.05", "0.1", "0.5"])
        axes.minorticks_off()
        axes.set_ylim(50, 100)
        axes.set_xlabel("false alarms per picture without people")
        axes.set_ylabel("frontal faces found, %")
        axes.grid(color=FAINT)
        axes.set_axisbelow(True)
        axes.legend(frameon=False, loc="lower right")
    return created
