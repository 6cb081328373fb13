"""Choose colours for what a study compares, and share what its figures have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from videmo.plots.style import INK, SOFT, plain

LEVEL_COLOURS: Final = ("#0B6B72", "#D55E00", "#6A51A3", "#56B4E9", "#8C6D1F", "#222222")
"""Of the levels that are compared: told apart in print and by the colour-blind, and none is an emotion's."""
DASHES: Final = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1)))
MOST: Final = len(LEVEL_COLOURS)
"""Levels in one figure."""


def colours_of(levels: Sequence[str]) -> dict[str, str]:
    """Return the colour of each level."""
    return {level: LEVEL_COLOURS[place % MOST] for place, level in enumerate(levels)}


def level_legend(created: Any, levels: Sequence[str], *, note: Sequence[str] = ()) -> None:
    """Draw one legend of the levels below the whole figure, with lines of a note above it."""
    from matplotlib.patches import Patch

    colours = colours_of(levels)
    most = 30 if len(levels) > 3 else 44
    handles = [Patch(facecolor=colours[level], label=plain(level, most)) for level in levels]
    legend = created.legend(
        handles=handles, loc="outside lower center", ncols=min(4, len(handles)), frameon=False, fontsize=7,
        handlelength=1.4, handleheight=0.9, columnspacing=1.4,
        title="\n".join(plain(line, 200) for line in note) or None, title_fontsize=6.5,
    )  # fmt: skip
    legend.get_title().set_color(SOFT)


def headline(created: Any, title: str, *, of: int = 0) -> None:
    """Write the title of a figure, and that it shows the first levels alone where there are more than it can tell."""
    more = f" (the first {MOST} of {of})" if of > MOST else ""
    created.suptitle(plain(title, 90 - len(more)) + more, x=0.01, ha="left", fontsize=9, fontweight="bold", color=INK)


def one_label(axis: Any, text: str) -> None:
    """Name a panel at its left, above."""
    axis.set_title(plain(text, 40), loc="left", fontsize=8, color=INK)
