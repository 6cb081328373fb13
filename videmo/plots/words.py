"""Write numbers as journals do, alike in figures and in sentences."""

from __future__ import annotations

from typing import Any, Final

LIMIT: Final = 0.05
"""A p value up to this is called rare by chance."""
_MOST: Final = 10
"""Decimals at most: tables have no more digits that mean something."""


def p_words(p: Any, limit: float = LIMIT) -> str:
    """Write a p value with three decimals; with more, where three would hide on which side of the limit it lies."""
    if p is None or p != p:
        return "p unknown"
    if p < 0.001:
        return "p < .001"
    digits = 3
    while digits < _MOST and p != limit and round(p, digits) == limit:
        digits += 1
    return f"p = {p:.{digits}f}".replace("0.", ".", 1)
