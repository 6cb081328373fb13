"""Note why recordings failed, in words that mean the same on every machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from videmo.store.places import absolute, home_folder, located, spelled


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording that failed."""

    key: str
    source: str
    """Where the file lies, as `store.places.spelled` spells it."""
    reason: str
    """In words, without the name of the recording: what was found, and what to do."""
    over: str = ""
    """The state of the finished results that it left as they were, as `Manifest.state` tells it; empty where it
    left none. They are of an earlier run, and count again once they are of another state."""

    def counts(self, states: Mapping[str, str]) -> bool:
        """Tell whether it is what is known last of its recording.

        Args:
            states: of the finished recordings, by key.
        """
        return self.key not in states or self.over == states[self.key]

    def location(self, out: Path) -> Path:
        """Return the location of the file, seen from a folder of results; nothing need be there."""
        return located(self.source, out)


_PARTS: Final = tuple(each.name for each in fields(Failure))


def failure_of(key: str, location: Path, reason: str, out: Path, over: str = "") -> Failure:
    """Note a failure.

    Args:
        key: of the recording.
        location: of its file.
        reason: as an error says it, with the path that was given.
        out: the folder of results. What lies in it is named from there.
        over: see `Failure`.
    """
    words = reason.removeprefix(f"{location}: ").removeprefix(f"{out}{os.sep}")
    for folder, short in ((absolute(out), ""), (home_folder(), "~/")):
        if len(folder) > 1:
            words = words.replace(f"{folder}{os.sep}", short)
    return Failure(key, spelled(location, out), words, over)


def failures_in(listed: Any) -> Iterator[Failure]:
    """Read the failures that are listed in a manifest, without those that are damaged."""
    for each in listed if isinstance(listed, list) else ():
        noted = {"over": "", **each} if isinstance(each, dict) else {}
        parts = [str(noted[name]) for name in _PARTS if isinstance(noted.get(name), str)]
        if len(parts) == len(_PARTS):
            yield Failure(*parts)
