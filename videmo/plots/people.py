"""Draw a row for each participant: when they were seen, and what they showed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.plots.levels import headline, one_label
from videmo.plots.style import FAINT, HATCH, SOFT, Width, figure, plain, styled

LEFT: Final = "#B3261E"
"""Of those who don't count."""
_NAMED: Final = 40
"""Up to so many participants are named at the side."""


def plot_people(
    tables: Mapping[str, pd.DataFrame], *, title: str, what: str, colours: str = "viridis",
    limits: tuple[float, float] | None = None, left_out: int = 0, note: str = "",
    width: Width = "page",
) -> Any:  # fmt: skip
    """Draw participants × time, a panel for each table side by side; grey where a value is missing.

    Args:
        tables: by the title of its panel: participants as the index, seconds as the columns.
        title: of the figure.
        what: the values, for the scale.
        colours: a colour map of matplotlib.
        limits: of the scale; those of the values by default.
        left_out: so many rows at the bottom are of participants who don't count: a line parts them from the others.
        note: below the figure.
        width: ``page`` (183 mm) or ``column`` (89 mm).

    Returns:
        A matplotlib figure.
    """
    import matplotlib as mpl
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    rows = max(len(table) for table in tables.values())
    created = figure(width, min(7.0, max(1.6, 0.9 + 0.14 * rows)))
    low, high = limits or _limits(tables)
    shades = mpl.colormaps[colours].with_extremes(bad=HATCH)
    scaled = ScalarMappable(Normalize(low, high), shades)
    with styled():
        lengths = [max(1, table.shape[1]) for table in tables.values()]
        panels = created.subplots(1, len(tables), squeeze=False, width_ratios=lengths)[0]
        for place, (axis, (name, table)) in enumerate(zip(panels, tables.items())):
            values = np.ma.masked_invalid(table.to_numpy(np.float64))
            times = [float(time) for time in table.columns]
            step = times[1] - times[0] if len(times) > 1 else 1.0
            # As colours of four bytes: of numbers, matplotlib makes several copies as large as the figure, of 8 bytes.
            axis.imshow(
                scaled.to_rgba(values, bytes=True), aspect="auto", interpolation="nearest",
                extent=(times[0], times[-1] + step, len(table), 0),
            )  # fmt: skip
            _beside(axis, table, first=place == 0)
            if left_out:
                _parted(axis, len(table) - left_out)
            one_label(axis, name)
            axis.set_xlabel("seconds since onset")
        scale = created.colorbar(scaled, ax=list(panels), shrink=0.8, pad=0.01, aspect=30)
        scale.set_label(plain(what, 40), color=SOFT)
        scale.outline.set_visible(False)
        headline(created, title)
        if note:
            created.supxlabel(plain(note, 120), x=0.01, ha="left", fontsize=6.5, color=SOFT)
    return created


def _beside(axis: Any, table: pd.DataFrame, *, first: bool) -> None:
    names = [plain(str(name), 16) for name in table.index]
    shown = first and len(names) <= _NAMED
    axis.set_yticks(np.arange(len(names)) + 0.5 if shown else [], names if shown else [])
    axis.tick_params(axis="y", length=0, labelsize=6)
    for side in axis.spines.values():
        side.set_color(FAINT)


def _parted(axis: Any, row: int) -> None:
    """Draw a line above a row, and the names from there on in its colour."""
    axis.axhline(row, color=LEFT, linewidth=1.6)
    for text in axis.get_yticklabels()[row:]:
        text.set_color(LEFT)


def _limits(tables: Mapping[str, pd.DataFrame]) -> tuple[float, float]:
    values = np.concatenate([table.to_numpy(np.float64).ravel() for table in tables.values()])
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
