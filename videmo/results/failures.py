"""Note why recordings failed, in words that mean the same on every machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videmo.store.places import absolute, home_folder, located, spelled


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording that failed."""

    key: str
    source: str
    """Where the file lies, as `store.places.spelled` spells it."""
    reason: str
    """In words, without the name of the recording: what was found, and what to do."""

    def location(self, out: Path) -> Path:
        """Return the location of the file, seen from a folder of results; nothing need be there."""
        return located(self.source, out)


def failure_of(key: str, location: Path, reason: str, out: Path) -> Failure:
    """Note a failure.

    Args:
        key: of the recording.
        location: of its file.
        reason: as an error says it, with the path that was given.
        out: the folder of results. What lies in it is named from there.
    """
    words = reason.removeprefix(f"{location}: ").removeprefix(f"{out}{os.sep}")
    for folder, short in ((absolute(out), ""), (home_folder(), "~/")):
        if len(folder) > 1:
            words = words.replace(f"{folder}{os.sep}", short)
    return Failure(key, spelled(location, out), words)


def failures_in(listed: Any) -> Iterator[Failure]:
    """Read the failures that are listed in a manifest, without those that are damaged."""
    for each in listed if isinstance(listed, list) else ():
        parts = [each.get(name) for name in ("key", "source", "reason")] if isinstance(each, dict) else [None]
        if all(isinstance(part, str) for part in parts):
            yield Failure(*parts)
