"""Write shares, differences and their intervals for the page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


def share_of(category: Mapping[str, Any], rate: str) -> Sequence[float]:
    """Return a share with its interval; NaN where nothing was asked."""
    known = category["rates"].get(rate)
    return known["share"] if known else (math.nan, math.nan, math.nan)


def percent(share: float) -> str:
    """Write a share."""
    return "–" if math.isnan(share) else f"{100 * share:.1f}%"


def with_interval(share: Sequence[float]) -> str:
    """Write a share with its interval."""
    value, low, high = share
    return "–" if math.isnan(value) else f"{100 * value:.1f}% ({100 * low:.1f}–{100 * high:.1f})"


def points(difference: Sequence[float]) -> str:
    """Write a difference of shares with its interval, in points of percent."""
    value, low, high = difference
    return "–" if math.isnan(value) else f"{100 * value:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def number(value: Sequence[float]) -> str:
    """Write a number with its interval."""
    return f"{value[0]:.3f} ({value[1]:.3f} to {value[2]:.3f})"
