"""Draw differences with their intervals: of all emotions, and of one under other rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from videmo.plots.levels import headline, one_label
from videmo.plots.style import COLOURS, FAINT, INK, SOFT, Width, figure, plain, styled
from videmo.plots.words import p_words


def plot_effects(comparisons: pd.DataFrame, *, title: str, width: Width = "page") -> Any:
    """Draw a row for each emotion, a panel for each measure: the difference and its 95 % interval.

    Args:
        comparisons: rows of ``comparisons.csv`` of one contrast of two levels.
        title: of the figure.
        width: ``page`` (183 mm) or ``column`` (89 mm).

    Returns:
        A matplotlib figure.
    """
    measures = list(dict.fromkeys(comparisons["measure"]))
    emotions = list(dict.fromkeys(comparisons["emotion"]))
    created = figure(width, 0.9 + 0.24 * len(emotions))
    with styled():
        panels = created.subplots(1, max(1, len(measures)), squeeze=False, sharey=True)[0]
        for axis, measure in zip(panels, measures):
            _panel(axis, comparisons[comparisons["measure"] == measure], emotions)
            one_label(axis, measure)
        panels[0].set_yticks(range(len(emotions)), [plain(name, 20) for name in emotions])
        panels[0].set_ylim(len(emotions) - 0.4, -0.6)
        headline(created, title)
    return created


def _panel(axis: Any, rows: pd.DataFrame, emotions: Sequence[str]) -> None:
    axis.axvline(0, color=FAINT, linewidth=1, zorder=0)
    for row in rows.to_dict("records"):
        place, colour = emotions.index(row["emotion"]), COLOURS.get(row["emotion"], INK)
        if np.isfinite([row["ci_low"], row["ci_high"]]).all():
            axis.plot([row["ci_low"], row["ci_high"]], [place, place], color=colour, linewidth=1.6)
        marker = "D" if row["primary"] == "yes" else "o"
        axis.plot(row["difference"], place, marker, color=colour, markersize=5 if marker == "D" else 4,
                  markeredgecolor=INK, markeredgewidth=0.5)  # fmt: skip
    axis.set_xlabel("difference")
    axis.tick_params(axis="y", length=0, labelcolor=INK)


def plot_sensitivity(sensitivity: pd.DataFrame, *, title: str, width: Width = "page") -> Any:
    """Draw the primary comparison under three validity rules times three corrections.

    Standardised values have another scale than probabilities, so the effect sizes are drawn.

    Args:
        sensitivity: as in ``sensitivity.csv``.
        title: of the figure.
        width: ``page`` (183 mm) or ``column`` (89 mm).

    Returns:
        A matplotlib figure.
    """
    created = figure(width, 2.0)
    corrections = list(dict.fromkeys(sensitivity["correction"]))
    with styled():
        panels = created.subplots(1, max(1, len(corrections)), squeeze=False, sharey=True)[0]
        for axis, correction in zip(panels, corrections):
            rows = sensitivity[sensitivity["correction"] == correction]
            axis.axvline(0, color=FAINT, linewidth=1, zorder=0)
            for place, row in enumerate(rows.to_dict("records")):
                if np.isfinite([row["effect_low"], row["effect_high"]]).all():
                    axis.plot([row["effect_low"], row["effect_high"]], [place, place], color=INK, linewidth=1.4)
                axis.plot(row["effect_value"], place, "o", color=INK, markersize=4)
                if np.isfinite(row["p_permutation"]):
                    axis.annotate(p_words(row["p_permutation"]), (row["effect_value"], place), (0, 4), fontsize=6,
                                  textcoords="offset points", ha="center", color=SOFT)  # fmt: skip
            one_label(axis, f"baseline: {correction}")
            axis.set_xlabel(str(next(iter(rows["effect"].dropna()), "effect")))
        shares = list(dict.fromkeys(sensitivity["min_share"]))
        panels[0].set_yticks(range(len(shares)), [f"valid ≥ {share:g}" for share in shares])
        panels[0].set_ylim(len(shares) - 0.3, -0.7)
        headline(created, title)
    return created
