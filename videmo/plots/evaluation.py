"""Draw figures of how good classifiers are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from videmo.plots.style import FAINT, INK, figure, styled

_COLOURS = ("#0072B2", "#56B4E9", "#E69F00", "#9AA0A6", "#CC79A7", "#009E73")


def reliability_figure(scores: Mapping[str, Mapping[str, Any]]) -> Any:
    """Draw accuracy over confidence for each classifier, with the distribution of the confidence below.

    Args:
        scores: by classifier: ``reliability`` (for each bin: faces, mean confidence, accuracy) and ``ece``.
    """
    with styled():
        created = figure(3.0 * len(scores), 3.8)
        grid = created.subplots(2, len(scores), height_ratios=(3, 1), sharex=True, squeeze=False)
        for column, (name, score) in enumerate(scores.items()):
            curve, amounts = grid[0][column], grid[1][column]
            bins = np.array(score["reliability"], dtype=float)
            full = bins[:, 0] > 0
            curve.plot((0, 1), (0, 1), color="#8A9096", linewidth=1, linestyle=(0, (4, 3)))
            sizes = 8 + 90 * np.sqrt(bins[full, 0] / bins[:, 0].max())
            curve.plot(bins[full, 1], bins[full, 2], color=_COLOURS[0], linewidth=1.2)
            curve.scatter(bins[full, 1], bins[full, 2], s=sizes, color=_COLOURS[0], alpha=0.75, linewidths=0)
            curve.set_xlim(0.15, 1.02)
            curve.set_ylim(0, 1.02)
            curve.grid(color=FAINT)
            curve.set_axisbelow(True)
            curve.set_title(f"{name}\nECE {score['ece']:.3f}")
            width = 1 / len(bins)
            amounts.bar(
                (np.arange(len(bins)) + 0.5) * width, bins[:, 0] / bins[:, 0].sum(), width * 0.9, color="#9AA0A6"
            )
            amounts.set_xlabel("confidence")
        grid[0][0].set_ylabel("accuracy")
        grid[1][0].set_ylabel("share of faces")
    return created


def verification_figure(curves: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]]) -> Any:
    """Draw true over false accepts (ROC), one panel per set of faces, one line per network.

    Args:
        curves: by set and network: shares of false and true accepts.
    """
    with styled():
        created = figure(3.4 * len(curves), 3.4)
        grid = created.subplots(1, len(curves), sharey=True, squeeze=False)[0]
        for axes, (title, lines) in zip(grid, curves.items(), strict=True):
            for (name, points), colour in zip(lines.items(), _COLOURS):
                false, true = np.array(points, dtype=float).T
                axes.plot(100 * false, 100 * true, color=colour, linewidth=1.6, label=name)
            axes.set_xscale("log")
            axes.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
            axes.minorticks_off()
            axes.set_xlim(0.1, 100)
            axes.set_ylim(0, 101)
            axes.grid(color=FAINT)
            axes.set_axisbelow(True)
            axes.set_title(title)
            axes.set_xlabel("pairs of two people accepted, %")
        grid[0].set_ylabel("pairs of one person accepted, %")
        grid[0].legend(frameon=False, loc="lower right")
    return created


def confusion_figure(confusions: Mapping[str, Sequence[Sequence[int]]], classes: Sequence[str]) -> Any:
    """Draw confusion matrices side by side, each row in percent of the faces of that class.

    Args:
        confusions: by classifier: one row per class that annotators saw, one column per class that it named.
        classes: names of rows and columns, in their order.
    """
    with styled():
        created = figure(3.1 * len(confusions), 3.3)
        grid = created.subplots(1, len(confusions), squeeze=False)[0]
        for axes, (name, counts) in zip(grid, confusions.items(), strict=True):
            table = np.array(counts, dtype=float)
            shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
            axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
            for row, values in enumerate(shares):
                for column, value in enumerate(values):
                    axes.text(
                        column,
                        row,
                        f"{100 * value:.0f}",
                        ha="center",
                        va="center",
                        color="white" if value > 0.5 else INK,
                        fontsize=8,
                    )
            axes.set_xticks(range(len(classes)), classes, rotation=40, ha="right")
            axes.set_yticks(range(len(classes)), classes)
            axes.tick_params(length=0)
            axes.spines[:].set_visible(False)
            axes.set_title(f"{name}, %")
            axes.set_xlabel("predicted by the network")
        grid[0].set_ylabel("top vote of the annotators")
    return created


def robustness_figure(records: Sequence[Mapping[str, Any]]) -> Any:
    """Draw the balanced accuracy of each classifier under each change, one row per change.

    Args:
        records: as `training.classifier.measure.robustness` returns them.
    """
    names = list(records[0]["scores"])
    labels = [f"{record['group']} {record['name']}".strip() for record in records]
    with styled():
        created = figure(7.0, 0.7 + 0.19 * len(records))
        axes = created.subplots()
        for name, colour in zip(names, _COLOURS, strict=False):
            values = [100 * record["scores"][name][1] for record in records]
            axes.plot(values, range(len(records)), "o", color=colour, markersize=4.5, label=name)
            axes.axvline(values[0], color=colour, linewidth=0.8, alpha=0.6)
        starts = [row for row in range(1, len(records)) if records[row]["group"] != records[row - 1]["group"]]
        for row in starts:
            axes.axhline(row - 0.5, color=FAINT, linewidth=0.8)
        axes.set_yticks(range(len(records)), labels, fontsize=7.5)
        axes.set_ylim(len(records) - 0.5, -0.5)
        axes.grid(axis="x", color=FAINT)
        axes.set_axisbelow(True)
        axes.set_xlabel("balanced accuracy, %")
        axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 1.06), ncols=len(names))
    return created
