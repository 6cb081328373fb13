"""Leave out recordings that the user knows and does not want analysed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations
from pathlib import Path, PurePosixPath

from videmo.errors import Given, UsageError
from videmo.records import Source


@dataclass(frozen=True, slots=True)
class Sorted:
    """Recordings, and those of them that are to be ignored."""

    wanted: list[Source]
    ignored: tuple[str, ...] = ()
    """Their keys."""
    idle: tuple[str, ...] = ()
    """What was to be ignored and is not there."""


def sort_out(sources: Sequence[Source], given: Iterable[str]) -> Sorted:
    """Sort out the recordings that are to be ignored.

    Args:
        sources: the recordings that were found.
        given: what to ignore: the name of a file or folder, several of them (``day1/anna.mp4``), a path, or a pattern
            of these, in which ``*`` stands for anything within a name; ``@FILE`` for a file with one on each line. What
            names a recording as it stands is no pattern.

    Raises:
        UsageError: such a file can't be read, or no recording is left.
    """
    patterns = list(dict.fromkeys(_read(given)))
    found = {pattern: _named(sources, pattern) for pattern in patterns}
    ignored = set().union(*found.values())
    wanted = [source for source in sources if source.key not in ignored]
    if not wanted:
        raise UsageError(Given("ignore"), "no recording is left to analyse", advice="Ignore fewer of them.")
    idle = tuple(pattern for pattern, keys in found.items() if not keys)
    return Sorted(wanted, tuple(sorted(ignored)), idle)


def _read(given: Iterable[str]) -> Iterator[str]:
    for each in given:
        if not each.startswith("@"):
            yield each
            continue
        try:
            lines = Path(each[1:]).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as exc:
            found = f"cannot be read ({getattr(exc, 'strerror', None) or exc})"
            raise UsageError(Given("ignore", each), found, "a file with a name or pattern on each line") from exc
        yield from (line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _named(sources: Sequence[Source], pattern: str) -> set[str]:
    """Return the keys of what is named by the letter, as ``take[1].mp4`` may be, else of what a pattern stands for."""
    literal = {source.key for source in sources if _fits(source, pattern, str.__eq__)}
    return literal or {source.key for source in sources if _fits(source, pattern, fnmatchcase)}


def _fits(source: Source, pattern: str, same: Callable[[str, str], bool]) -> bool:
    """Tell whether a pattern names a recording, a folder in its key, or the path of one of these."""
    wanted = PurePosixPath(pattern.replace(os.sep, "/")).parts
    names = PurePosixPath(source.key).parts
    inner = (names[begin:end] for begin, end in combinations(range(len(names) + 1), 2))
    path, meant = (Path(os.path.abspath(each)).parts for each in (source.path, pattern))  # noqa: PTH100
    return any(_same(part, wanted, same) for part in inner) or _same(path[: len(meant)], meant, same)


def _same(names: Sequence[str], wanted: Sequence[str], same: Callable[[str, str], bool]) -> bool:
    return len(names) == len(wanted) and all(same(name, each) for name, each in zip(names, wanted))
