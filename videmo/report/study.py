"""Build the page of a study: one file, offline, whose numbers are those of the tables."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from videmo.plots.words import p_words
from videmo.report.html import MISSING, render

STYLES: Final = ("base.css", "study.css")
SCRIPTS: Final = ("study.js",)
ON_PAPER: Final = 10
"""So many columns fit on paper, whatever they are."""
_ON_SCREEN: Final = frozenset(
    (
        "design", "primary", "n_pairs", "mean_a", "sd_a", "mean_b", "sd_b", "test", "statistic", "df", "p_parametric",
        "permutations", "effect_low", "effect_high", "effect_2", "effect_2_value", "effect_2_low", "effect_2_high",
        "threshold_t", "recording", "surrogates", "null_mean", "a", "b", "d_z_low", "d_z_high", "prevalence",
        "recordings", "level_a", "level_b",
    )
)  # fmt: skip
"""Columns of wide tables that are left out on paper."""
_NAMES: Final = frozenset(
    (
        "contrast", "emotion", "measure", "level_a", "level_b", "level", "participant_id", "recording", "session",
        "dyad", "role", "label", "event", "stimulus", "a", "b", "coder_a", "coder_b", "code", "reason", "test",
        "effect", "effect_2",
    )
)  # fmt: skip
"""Columns of words, whatever these look like."""
_LONG: Final = re.compile(r"-?\d+\.\d{2,}(?:e[+-]?\d+)?|-?\d+(?:\.\d+)?e[+-]?\d+")
_SMALL: Final = 0.1
"""Smaller numbers have three digits that count, not three decimals."""
_TINY: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure, and what to say of it."""

    name: str
    title: str
    words: str
    svg: bytes

    @property
    def address(self) -> str:
        """Return the figure as an address that contains it."""
        return f"data:image/svg+xml;base64,{base64.b64encode(self.svg).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Listing:
    """A table to show, its cells as they are in its file, but for what keeps spreadsheets from calculating."""

    name: str
    """Of the file."""
    title: str
    words: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0
    """Rows of the file that are not shown."""

    @property
    def is_rounded(self) -> bool:
        """Tell whether the page shows any number with fewer digits than its file has."""
        return any(rounded(name, cell) != cell for row in self.rows for name, cell in zip(self.columns, row))

    @property
    def beside(self) -> frozenset[int]:
        """Return the places of columns that don't fit on paper; the file has them."""
        if len(self.columns) <= ON_PAPER:
            return frozenset()
        return frozenset(place for place, name in enumerate(self.columns) if name in _ON_SCREEN)


@dataclass(frozen=True, slots=True)
class StudyPage:
    """All that the page says."""

    title: str
    answer: str
    """The first sentence: what was found."""
    verdict: str
    left_out: str
    steps: tuple[tuple[str, int], ...]
    """Participants at each step: listed, recorded, analysed, compared."""
    primary: bool
    """Whether the comparison was named beforehand."""
    focus: str = ""
    """The comparison that figures are about."""
    others: tuple[str, ...] = ()
    """The other comparisons."""
    together: str = ""
    """How dyads go together, where there are any."""
    unit: str = "participant"
    """What each point of a figure stands for."""
    card: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """By set of unseen faces: recalls of the emotions."""
    card_columns: tuple[str, ...] = ()
    card_about: str = ""
    """That the card is about fewer words than the study; empty if it isn't."""
    recognised: str = ""
    """What the card says of the emotion in the first sentence."""
    recognised_all: str = ""
    """What it says of all."""
    pictures: Mapping[str, Sequence[Picture]] = field(default_factory=dict)
    """By section."""
    listings: Mapping[str, Sequence[Listing]] = field(default_factory=dict)
    """By section."""
    remarks: tuple[str, ...] = ()
    methods: str = ""
    tables: tuple[str, ...] = ()
    """Names of the files beside the page."""
    version: str = ""


def rounded(column: str, cell: str) -> str:
    """Write a number of a table as journals do: p with three decimals, others with three digits or decimals.

    Args:
        column: its name; codes and names of people may look like numbers, and stay.
        cell: as it is in the file.
    """
    if column in _NAMES or not _LONG.fullmatch(cell):
        return cell
    value = float(cell)
    if column == "p" or column.startswith(("p_", "q_")):
        return p_words(value).removeprefix("p ").removeprefix("= ")
    if abs(value) < _TINY:
        return "0.000"
    short = f"{value:.3f}" if abs(value) >= _SMALL else f"{value:#.3g}"
    return short if len(short) < len(cell) else cell


def render_study(page: StudyPage) -> str:
    """Fill in the page."""
    return render(
        "study.html.j2",
        styles=STYLES,
        scripts=SCRIPTS,
        page=page,
        pictures={name: list(each) for name, each in page.pictures.items()},
        listings={name: list(each) for name, each in page.listings.items()},
        missing=MISSING,
        rounded=rounded,
    )
