"""Make texts fit for a terminal."""

from __future__ import annotations

import sys


def printable(text: str) -> str:
    """Make any file name fit on one line of any terminal: control characters are escaped."""
    spelled = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    encoding = sys.stdout.encoding or "utf-8"
    return spelled.encode(encoding, "backslashreplace").decode(encoding)
