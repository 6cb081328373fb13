"""Make texts fit for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def printable(text: str) -> str:
    """Make any file name fit on one line of any terminal: control characters are escaped."""
    spelled = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    encoding = sys.stdout.encoding or "utf-8"
    return spelled.encode(encoding, "backslashreplace").decode(encoding)


def some(names: Sequence[str], most: int = 3) -> str:
    """List the first few names, and say if there are more."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
