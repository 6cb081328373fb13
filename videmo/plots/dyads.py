"""Draw how two people go together: their courses, the correlation of windows at each lag, and its profile."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from videmo.plots.levels import LEVEL_COLOURS, headline
from videmo.plots.style import FAINT, HATCH, INK, SOFT, Width, figure, plain, styled


def plot_synchrony(
    courses: pd.DataFrame, windows: pd.DataFrame, profile: pd.DataFrame, *, names: tuple[str, str], title: str,
    width: Width = "page",
) -> Any:  # fmt: skip
    """Draw one dyad: two courses, a map of windows and lags, and the lag profile against its null band.

    Args:
        courses: ``time_s, a, b``.
        windows: ``window_start_s, lag_s, r``, as in ``synchrony_windows.csv``.
        profile: ``lag_s, z, low, high``: the mean of Fisher's z, and 95 % of the shifted copies.
        names: of the two.
        title: of the figure.
        width: ``page`` (183 mm) or ``column`` (89 mm).

    Returns:
        A matplotlib figure.
    """
    import matplotlib as mpl

    created = figure(width, 3.6)
    with styled():
        grid = created.add_gridspec(2, 2, width_ratios=[3, 1], height_ratios=[1, 1.2])
        course, chart, line = (created.add_subplot(grid[place]) for place in ((0, slice(None)), (1, 0), (1, 1)))
        for name, column, colour in zip(names, ("a", "b"), LEVEL_COLOURS):
            course.plot(courses["time_s"], courses[column], color=colour, linewidth=1, label=plain(name, 24))
        course.legend(frameon=False, fontsize=6.5, ncols=2, loc="upper right")
        course.set_xlabel("time (s)")
        table = windows.pivot_table(index="lag_s", columns="window_start_s", values="r", dropna=False).sort_index()
        shades = mpl.colormaps["RdBu_r"].with_extremes(bad=HATCH)
        if table.size:
            picture = chart.pcolormesh(
                [float(name) for name in table.columns], [float(lag) for lag in table.index],
                np.ma.masked_invalid(table.to_numpy(np.float64)), cmap=shades, vmin=-1, vmax=1, shading="nearest",
            )  # fmt: skip
            created.colorbar(picture, ax=chart, shrink=0.8, pad=0.01).set_label("r", color=SOFT)
        chart.set_xlabel("start of the window (s)")
        chart.set_ylabel(f"lag (s; {plain(names[0], 10)} leads above 0)")
        line.fill_betweenx(profile["lag_s"], profile["low"], profile["high"], color=HATCH, alpha=0.6, linewidth=0)
        line.plot(profile["z"], profile["lag_s"], color=INK, linewidth=1.3)
        line.axvline(0, color=FAINT, linewidth=0.8)
        line.set_xlabel("mean z")
        headline(created, title)
    return created
