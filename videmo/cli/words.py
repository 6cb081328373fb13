"""Word numbers of things for the terminal."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

from videmo.cli.console import printable
from videmo.terminal import some as some_of


def counted(count: int, noun: str) -> str:
    """Count things whose plural ends in -s: ``1 recording``, ``2 recordings``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def some(names: Sequence[str]) -> str:
    """List the first few names, and say if there are more."""
    return some_of([printable(name) for name in names])


def quoted(path: object) -> str:
    """Write a path as it is pasted into a shell."""
    text = printable(str(path))
    if os.name == "nt":
        return f'"{text}"' if " " in text else text
    return shlex.quote(text)


def no_results_of(recordings: Sequence[str]) -> str:
    """Tell of recordings that are in the user's cast, but not in the folder."""
    return (
        f"There are no results of {counted(len(recordings), 'recording')} in cast.csv ({some(recordings)}): these "
        "lines are kept, but name nobody. Write the paths of recordings as in recordings.csv."
    )
