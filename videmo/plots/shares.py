"""Draw how much of the time each emotion was the strongest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from videmo.measures.registry import words_in
from videmo.plots.style import (
    COLOURS,
    FAINT,
    INK,
    Width,
    called,
    clock,
    emotion_legend,
    figure,
    plain,
    seen_for,
    styled,
)

Bar = tuple[str, Any, str]
"""Label on the left, row of the summary or None, note on the right (inside the bar where there is no row)."""
_LABELLED = 0.08


def plot_shares(summary: pd.DataFrame, *, title: str, width: Width = "page") -> Any:
    """Draw a bar for each person in a recording: shares of the time seen, by strongest emotion.

    Args:
        summary: as `timeline.summary.summarise` makes it; persons are called by their ``name`` there.
        title: of the figure.
        width: ``page`` (183 mm) or ``column`` (89 mm).

    Returns:
        A matplotlib figure.
    """
    bars: list[Bar] = []
    for _, row in summary.iterrows():
        counted = float(row["seen_s"]) > 0
        note = (clock(row["seen_s"]) if row["seen_s"] >= 1 else seen_for(row)) if counted else "every face was left out"
        bars.append((called(row), row if counted else None, note))
    return draw_bars(bars or [("", None, "no face found")], title=title, width=width, label=24)


def draw_bars(bars: Sequence[Bar], *, title: str, width: Width, label: int) -> Any:
    """Draw share bars; ``label`` is the longest label in characters."""
    created = figure(width, 0.85 + 0.24 * len(bars))
    least = _LABELLED * (2 if width == "column" else 1)
    with styled():
        axis = created.subplots()
        for place, (_, row, note) in enumerate(bars):
            axis.barh(place, 1.0, color=FAINT, height=0.7, zorder=1)
            if row is None:
                axis.text(0.01, place, note, va="center", fontsize=7, zorder=3)
                continue
            _bar(axis, place, row, least)
            axis.text(1.01, place, note, va="center", fontsize=7)
        axis.set_yticks(range(len(bars)), [plain(words, label) for words, _, _ in bars])
        axis.set_ylim(len(bars) - 0.4, -0.6)
        axis.set_xlim(0, 1)
        axis.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axis.set_xlabel("share of the time seen, by strongest emotion")
        axis.tick_params(axis="y", length=0, labelcolor=INK)
        axis.spines["left"].set_visible(False)
        created.suptitle(plain(title, 80), x=0.01, ha="left", fontsize=9, fontweight="bold")
        emotion_legend(created, words_told([row for _, row, _ in bars]), columns=3 if width == "column" else 7)
    return created


def words_told(rows: Iterable[Any]) -> tuple[str, ...]:
    """Return the emotions that rows of a summary tell; in a table of several recordings, not all may tell the same."""
    told = {name for row in rows if row is not None for name in row.dropna().index if name.startswith("share_")}
    return words_in(told)


def _bar(axis: Any, place: int, row: Any, least: float) -> None:
    left = 0.0
    for emotion in words_told([row]):
        share = float(row[f"share_{emotion}"])
        axis.barh(place, share, left=left, color=COLOURS[emotion], height=0.7, zorder=2)
        if share >= least:
            colour = "white" if emotion in ("sad", "angry") else INK
            axis.text(
                left + share / 2, place, f"{share:.0%}", ha="center", va="center", fontsize=6.5, zorder=3, color=colour
            )
        left += share
