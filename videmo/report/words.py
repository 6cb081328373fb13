"""Word what tables say in short, for the pages."""

from __future__ import annotations

from typing import Final

OUTCOME_WORDS: Final = {
    "usable": "usable", "small": "too small", "blurred": "blurred", "dark": "too dark", "border": "cut off",
    "turned": "turned away", "low_score": "uncertain", "stray": "no person", "no_face": "no face", "away": "away",
}  # fmt: skip
"""Words for the outcome of a frame."""
