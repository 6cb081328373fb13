"""Recognise recordings that there are results of already, however they are given and wherever they lie now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path, PurePosixPath

from videmo.errors import RecordingError
from videmo.records import Source
from videmo.results.folder import ResultsFolder
from videmo.store.identity import InputIdentity
from videmo.store.places import absolute, place_of
from videmo.store.recordings import identity_of, may_exist, may_fail_again, same_content
from videmo.terminal import some


@dataclass(frozen=True, slots=True)
class Known:
    """A recording that there are results of, or that failed."""

    key: str
    location: Path
    """Where it lay when it was analysed."""
    place: str
    """The same for all spellings of the location."""
    input: InputIdentity | None = None
    """None if it failed."""

    @property
    def has_content(self) -> bool:
        """Tell whether another file can be compared with it."""
        return self.input is not None and bool(self.input.content)


@dataclass(frozen=True, slots=True)
class Recognised:
    """Recordings under the names that they had when they were analysed."""

    sources: list[Source]
    moved: list[Source] = field(default_factory=list)
    """Those of them that lay elsewhere, and were recognised by their content."""
    strangers: list[Path] = field(default_factory=list)
    """Recordings that there are no results of."""

    def notes(self) -> Iterator[str]:
        """Say in words what was recognised."""
        if self.moved:
            said = counted(self.moved, "was recognised by its", "were recognised by their")
            yield f"{said} content, though moved or renamed since: {called(self.moved)}."


def known_in(folder: ResultsFolder) -> list[Known]:
    """List the recordings that there are results of, finished or not, and those that failed.

    What a session kept of a camera is not among them: whoever analyses that wants it beside what was seen live.
    """
    found = [
        Known(results.manifest.key, results.source, place_of(results.source), results.manifest.input)
        for results in folder.known()
        if results.manifest.is_of_file and not results.has_film
    ]
    failed = [(failure.key, failure.location(folder.path)) for failure in folder.manifest.failed]
    return found + [Known(key, location, place_of(location)) for key, location in failed]


def taken(known: Iterable[Known]) -> set[str]:
    """Return the names that no other recording may have: all but those of failures that can't be there any more."""
    return {each.key for each in known if each.input is not None or may_fail_again(each.location)}


def recognise(paths: Iterable[Path], known: Sequence[Known]) -> Recognised:
    """Find recordings among those that there are results of: by where they lie, else by their content.

    Content counts only where the recording that was analysed is gone: a copy beside it is a recording of its own.
    """
    by_place: dict[str, list[Known]] = defaultdict(list)
    for each in known:
        by_place[each.place].append(each)
    found = Recognised([])
    elsewhere, claimed = [], set()
    for path in paths:
        if there := by_place.get(place_of(path)):
            key = min(there, key=lambda each: (each.input is None, -_alike(path, each), each.key)).key
            claimed.add(key)
            found.sources.append(Source(path, key))
        else:
            elsewhere.append(path)
    lost = [each for each in known if elsewhere and each.has_content and each.key not in claimed]
    _recognise_content(elsewhere, [each for each in lost if not may_exist(each.location)], found)
    return found


def _recognise_content(paths: Iterable[Path], lost: Sequence[Known], found: Recognised) -> None:
    by_size: dict[int, list[Known]] = defaultdict(list)
    for each in lost:
        assert each.input is not None
        by_size[each.input.size_bytes].append(each)
    for path in sorted(paths):
        match = _same(path, by_size) if by_size else None
        if match is None:
            found.strangers.append(path)
        else:
            found.moved.append(Source(path, match.key))
            found.sources.append(found.moved[-1])


def _same(path: Path, by_size: dict[int, list[Known]]) -> Known | None:
    """Return what is the same recording, and take it out; None where nothing is, or the file can't be read."""
    try:
        candidates = by_size.get(identity_of(path).size_bytes, [])
        for each in sorted(candidates, key=lambda each: (-_alike(path, each), each.key)):
            if each.input is not None and same_content(each.input, path):
                candidates.remove(each)
                return each
    except RecordingError:
        pass  # who analyses it says why
    return None


def _alike(path: Path, known: Known) -> int:
    return alike(Path(absolute(path)), known.key)


def alike(path: Path, key: str) -> int:
    """Count the last parts of a path that a name has too."""
    pairs = zip(path.parts[::-1], PurePosixPath(key).parts[::-1])
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def counted(sources: Sequence[Source], one: str, several: str) -> str:
    """Say how many recordings do something."""
    return f"1 recording {one}" if len(sources) == 1 else f"{len(sources):,} recordings {several}"


def called(sources: Sequence[Source]) -> str:
    """List the first few recordings with their names."""
    return some(
        [source.key if str(source.path) == source.key else f"{source.path} is {source.key}" for source in sources]
    )
