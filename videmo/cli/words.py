"""Word numbers of things for the terminal."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Count things whose plural ends in -s: ``1 recording``, ``2 recordings``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
