"""Word results that chance alone explains as well, so that they don't read like a finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from videmo.plots.words import LIMIT, p_words
from videmo.spreadsheet import csv_plain

CORRECTED: Final = "corrected over emotions and pairs"


def corrected_p(row: Mapping[str, Any]) -> float:
    """Return the p value that counts: of what was named beforehand its own, else that of Holm's method where known."""
    holm = row.get("p_holm")
    if row.get("primary") == "yes" or holm is None or holm != holm:
        return float(row["p_permutation"])
    return float(holm)


def doubtful(row: Mapping[str, Any], alpha: float = LIMIT) -> bool:
    """Tell whether a row of ``comparisons.csv`` has a p value, and it is too large to speak of a difference."""
    return row["p_permutation"] == row["p_permutation"] and corrected_p(row) > alpha


def undone(row: Mapping[str, Any], alpha: float = LIMIT) -> bool:
    """Tell whether a p value is small by itself alone, and not among all those that were computed."""
    return doubtful(row, alpha) and row["p_permutation"] <= alpha


def all_p_words(row: Mapping[str, Any]) -> str:
    """Write the p value of a row, and the corrected one where that alone is too large."""
    said = p_words(row["p_permutation"])
    return f"{said}, {p_words(corrected_p(row))} {CORRECTED}" if undone(row) else said


def no_difference(row: Mapping[str, Any]) -> str:
    """Say of two levels that they did not differ reliably."""
    return f"did not differ reliably between {csv_plain(row['level_a'])} and {csv_plain(row['level_b'])}"
