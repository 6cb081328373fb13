"""Hold what was found on a machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OK: Final = "ok"
WARNING: Final = "warning"
"""It works, but not well, or not for everything."""
FAULT: Final = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """Tell what was found about one thing."""

    topic: str
    """What was looked at, in a word or two."""
    status: str
    """`OK`, `WARNING` or `FAULT`."""
    says: str
    """What was found, in words, without a full stop."""
    advice: str = ""
    """What to do about it, as whole sentences."""
