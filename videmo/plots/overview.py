"""The overview of a folder: what each recording's persons mostly showed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from videmo.plots.style import COLOURS, FAINT, INK, called, clock, figure, plain, styled
from videmo.records import EMOTIONS

MOST_BARS = 60


def plot_overview(recordings: pd.DataFrame, summary: pd.DataFrame) -> Any:
    """Draw a bar for each person of each recording: shares of the seen time by strongest emotion.

    Args:
        recordings: the table ``recordings.csv``: ``recording, status, duration_s``.
        summary: the table ``summary.csv``: one row a recording and person.

    Returns:
        A matplotlib figure with at most `MOST_BARS` bars; recordings without a person or that failed get an empty
        one that says so.
    """
    bars = _bars(recordings, summary)
    shown = bars[:MOST_BARS]
    created = figure(10, 1.3 + 0.3 * max(1, len(shown)))
    with styled():
        axis = created.subplots()
        for place, (_, row, note) in enumerate(shown):
            axis.barh(place, 1.0, color=FAINT, height=0.72, zorder=1)
            if row is None:
                axis.text(0.01, place, note, va="center", fontsize=8, zorder=3)
                continue
            left = 0.0
            for emotion in EMOTIONS:
                share = float(row[f"share_{emotion}"])
                axis.barh(place, share, left=left, color=COLOURS[emotion], height=0.72, zorder=2)
                if share >= 0.08:
                    axis.text(
                        left + share / 2,
                        place,
                        f"{share:.0%}",
                        ha="center",
                        va="center",
                        fontsize=7,
                        zorder=3,
                        color="white" if emotion in ("sad", "angry") else INK,
                    )
                left += share
            axis.text(1.01, place, note, va="center", fontsize=8)
        axis.set_yticks(range(len(shown)), [plain(label, 48) for label, _, _ in shown])
        axis.set_ylim(len(shown) - 0.4, -0.6)
        axis.set_xlim(0, 1)
        axis.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axis.set_xlabel("share of the time seen, by strongest emotion")
        axis.tick_params(axis="y", length=0)
        more = f" (the first {len(shown)} of {len(bars)} lines)" if len(bars) > len(shown) else ""
        axis.set_title(f"{len(recordings)} recordings{more}", loc="left", fontsize=11, fontweight="bold")
        _legend(created)
    return created


def _bars(recordings: pd.DataFrame, summary: pd.DataFrame) -> list[tuple[str, Any, str]]:
    """Label, row of the summary or None, and note of each bar."""
    bars: list[tuple[str, Any, str]] = []
    for row in recordings.itertuples():
        persons = summary[summary["recording"] == row.recording]
        if row.status == "failed":
            bars.append((str(row.recording), None, "failed: see recordings.csv"))
        elif persons.empty:
            bars.append((str(row.recording), None, "no face found"))
        for place, (_, person) in enumerate(persons.iterrows()):
            label = str(row.recording) if place == 0 else ""
            bars.append((label, person, f"{called(person)} · {clock(person['seen_s'])}"))
    return bars


def _legend(created: Any) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=COLOURS[emotion], label=emotion) for emotion in EMOTIONS]
    created.legend(handles=handles, loc="outside lower right", ncols=len(handles), frameon=False, fontsize=8)
