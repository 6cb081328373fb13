"""Hold the tables of one recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

TABLES: Final = ("observations", "timeline", "episodes", "summary", "quality")


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one recording; `results.schema` has their columns."""

    observations: pd.DataFrame
    """One row per sampled frame and face; ``status`` is ``no_face`` where there was none."""
    timeline: pd.DataFrame
    """One row per person and cell of the regular grid."""
    episodes: pd.DataFrame
    """One row per episode."""
    summary: pd.DataFrame
    """One row per person."""
    quality: pd.DataFrame
    """Counts of the sampled frames by outcome: one row for the recording, without a person, and one per person."""

    def __repr__(self) -> str:
        rows = ", ".join(f"{name} ({len(getattr(self, name)):,})" for name in TABLES)
        return f"<Tables, with their rows: {rows}>"
