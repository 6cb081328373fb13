"""Find out which recordings are meant by a name, by its end, or by a pattern."""

from __future__ import annotations

import dataclasses
import glob
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from videmo.errors import StudyError
from videmo.records import keys_called
from videmo.study.events import Event
from videmo.study.sheet import did_you_mean, nearest


def whole_key(name: str, keys: Iterable[str]) -> str:
    """Return the key of a recording by its end, which does where no other ends so: ``anna.mp4``; else the name."""
    found = keys_called(name, keys)
    return found[0] if len(found) == 1 else name


def fits(name: str, key: str) -> bool:
    """Tell whether a name may mean a recording: its key, the end of that from a folder on, or a pattern.

    Brackets are signs of patterns, and stand in names of files as well: a name is always itself.
    """
    return key == name or key.endswith(f"/{name}") or fnmatchcase(key, name)


def is_of(pattern: str, key: str) -> bool:
    """Tell whether a recording is meant by what `with_whole_key` put in place of a name: the end of a key is none."""
    return key == pattern or fnmatchcase(key, pattern)


def means(name: str, key: str, keys: Collection[str]) -> bool:
    """Tell whether a name means a recording, where all of them are known: one that there is is no pattern."""
    return key in meant(name, keys)


def meant(name: str, keys: Collection[str]) -> list[str]:
    """List the recordings, of all that are known, that a name means: the one that it names, else those that it fits."""
    found = keys_called(name, keys)
    return found if len(found) == 1 else [key for key in keys if fnmatchcase(key, name)]


def pattern_of(name: str) -> str:
    """Return the pattern that fits a name alone, whatever signs of patterns are in it."""
    return glob.escape(name)


def with_whole_key(event: Event, keys: Collection[str]) -> Event:
    """Put a pattern of whole keys in place of the name or the end of the name of an event's recording.

    Raises:
        StudyError: no recording is called so, or several are and nothing else says whose event it is.
    """
    name = event.scope.get("recording")
    if name is None:
        return event
    found = keys_called(name, keys)
    if len(found) == 1:
        return dataclasses.replace(event, scope={**event.scope, "recording": pattern_of(found[0])})
    if found and len(event.scope) == 1:
        said = f"{len(found)} recordings are called {name!r}: {', '.join(sorted(found)[:4])}"
        raise StudyError(event.where, said, advice="Write more of its name, or say whose event it is.")
    if found:
        return dataclasses.replace(event, scope={**event.scope, "recording": f"*/{pattern_of(name)}"})
    if not found and not any(sign in name for sign in "*?["):
        ends = {PurePosixPath(key).name for key in keys}
        advice = did_you_mean(name, ends if nearest(name, ends) and not nearest(name, keys) else keys, "recordings")
        raise StudyError(event.where, f"no recording {name!r} in the results", advice=advice)
    return event
