"""Draw the overview of a folder: what the persons in each recording mostly showed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from videmo.plots.shares import Bar, draw_bars
from videmo.plots.style import called, clock, seen_for

MOST_BARS = 60


def plot_overview(recordings: pd.DataFrame, summary: pd.DataFrame) -> Any:
    """Draw a bar for each person of each recording: shares of the seen time by strongest emotion.

    Args:
        recordings: the table ``recordings.csv``: ``recording, status``.
        summary: the table ``summary.csv``: one row per recording and person.

    Returns:
        A matplotlib figure with at most `MOST_BARS` bars; recordings that failed or have no person get an empty bar
        that says so.
    """
    bars = _bars(recordings, summary)
    shown = bars[:MOST_BARS]
    more = f" (the first {len(shown)} of {len(bars)} lines)" if len(bars) > len(shown) else ""
    count = "1 recording" if len(recordings) == 1 else f"{len(recordings)} recordings"
    return draw_bars(shown or [("", None, "nothing")], title=f"{count}{more}", width="page", label=40)


def _bars(recordings: pd.DataFrame, summary: pd.DataFrame) -> list[Bar]:
    bars: list[Bar] = []
    for row in recordings.itertuples():
        persons = summary[summary["recording"] == row.recording]
        if row.status == "failed":
            bars.append((str(row.recording), None, "failed: see recordings.csv"))
        elif persons.empty:
            bars.append((str(row.recording), None, "no face found"))
        for place, (_, person) in enumerate(persons.iterrows()):
            label = str(row.recording) if place == 0 else ""
            counted = float(person["seen_s"]) > 0
            name = called(person)
            note = (
                f"{name} · {clock(person['seen_s']) if person['seen_s'] >= 1 else seen_for(person)}"
                if counted
                else f"{name}: every face was left out"
            )
            bars.append((label, person if counted else None, note))
    return bars
