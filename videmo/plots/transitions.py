"""Draw which emotion follows which."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from videmo.plots.style import COLOURS, FAINT, INK, SOFT, figure, plain, styled


def plot_transitions(transitions: pd.DataFrame, *, title: str) -> Any:
    """Draw which emotion each one turns into.

    Args:
        transitions: as `timeline.transitions.count_transitions` makes it, from the timeline of one person or several.
        title: of the figure.

    Returns:
        A matplotlib figure of one column's width: from (rows) to (columns), as the share of the changes out of a row
        and their number; the shade shows the share, in the colour of the emotion that follows.
    """
    words = [str(name) for name in transitions.columns]
    counts = transitions.loc[words, words].to_numpy(float).copy()
    np.fill_diagonal(counts, 0)
    leaving = counts.sum(axis=1)
    created = figure("column", 3.2)
    with styled():
        axis = created.subplots()
        created.suptitle(plain(title, 40), x=0.01, ha="left", fontsize=9, fontweight="bold")
        for row in range(len(words)):
            for column, after in enumerate(words):
                share = counts[row, column] / leaving[row] if leaving[row] else 0.0
                _cell(axis, row, column, share, int(counts[row, column]), COLOURS[after])
        axis.set_xlim(-0.5, len(words) - 0.5)
        axis.set_ylim(len(words) - 0.5, -0.5)
        axis.set_aspect("equal")
        axis.set_xticks(range(len(words)), words)
        axis.set_yticks(range(len(words)), [f"from {name} ({int(n)})" for name, n in zip(words, leaving)])
        axis.xaxis.tick_top()
        axis.xaxis.set_label_position("top")
        axis.set_xlabel("to …", labelpad=4)
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
    return created


def _cell(axis: Any, row: int, column: int, share: float, count: int, colour: str) -> None:
    from matplotlib.patches import Rectangle

    corner = (column - 0.47, row - 0.47)
    axis.add_patch(Rectangle(corner, 0.94, 0.94, facecolor="white" if row != column else FAINT, linewidth=0))
    if row == column:
        return
    axis.add_patch(Rectangle(corner, 0.94, 0.94, facecolor=colour, alpha=0.08 + 0.72 * share if count else 0.04))
    if count:
        axis.text(column, row - 0.08, f"{share:.0%}", ha="center", va="center", fontsize=7.5, color=INK)
        axis.text(column, row + 0.25, str(count), ha="center", va="center", fontsize=6, color=SOFT)
