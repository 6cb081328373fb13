"""Recognise recordings that there are results of already, however they are given and wherever they lie now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from videmo.errors import RecordingError
from videmo.records import Source
from videmo.results.folder import ResultsFolder
from videmo.store.identity import InputIdentity
from videmo.store.places import place_of
from videmo.store.recordings import identity_of, may_exist, same_content

_SOME = 3


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
        return self.input is not None and bool(self.input.sha256 or self.input.sample_sha256)


@dataclass(frozen=True, slots=True)
class Recognised:
    """Recordings under the names that they had when they were analysed, new ones under their own."""

    sources: list[Source]
    renamed: list[Source] = field(default_factory=list)
    """Those that would be called otherwise today."""
    moved: list[Source] = field(default_factory=list)
    """Those that lay elsewhere, and were recognised by their content."""

    def notes(self) -> Iterator[str]:
        """Say in words what was recognised."""
        if self.renamed:
            said = _counted(self.renamed, "keeps its name", "keep their names")
            yield f"{said} from an earlier run: {_some(self.renamed)}."
        if self.moved:
            said = _counted(self.moved, "was recognised by its", "were recognised by their")
            yield f"{said} content, though moved or renamed since: {_some(self.moved)}."


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


def recognise(sources: Iterable[Source], known: Sequence[Known]) -> Recognised:
    """Find recordings among those that there are results of: by where they lie, else by their content.

    Content counts only where the recording that was analysed is gone: a copy beside it is a recording of its own.
    """
    by_place: dict[str, list[Known]] = defaultdict(list)
    for each in known:
        by_place[each.place].append(each)
    found = Recognised([])
    strangers, claimed = [], set()
    for source in sources:
        there = by_place.get(place_of(source.path))
        if not there:
            strangers.append(source)
            continue
        key = min(there, key=lambda each: (each.key != source.key, each.input is None, each.key)).key
        claimed.add(key)
        found.sources.append(replace(source, key=key))
        if key != source.key:
            found.renamed.append(found.sources[-1])
    lost = [each for each in known if strangers and each.has_content and each.key not in claimed]
    _recognise_content(strangers, [each for each in lost if not may_exist(each.location)], found)
    return found


def _recognise_content(sources: Iterable[Source], lost: Sequence[Known], found: Recognised) -> None:
    by_size: dict[int, list[Known]] = defaultdict(list)
    for each in lost:
        assert each.input is not None
        by_size[each.input.size_bytes].append(each)
    for source in sorted(sources, key=lambda source: source.key):
        match = _same(source, by_size) if by_size else None
        if match is not None:
            source = replace(source, key=match.key)
            found.moved.append(source)
        found.sources.append(source)


def _same(source: Source, by_size: dict[int, list[Known]]) -> Known | None:
    """Return what is the same recording, and take it out; None where nothing is, or the file can't be read."""
    name = PurePosixPath(source.key).name
    try:
        candidates = by_size.get(identity_of(source.path).size_bytes, [])
        for each in sorted(
            candidates, key=lambda each: (each.key != source.key, Path(each.key).name != name, each.key)
        ):
            if each.input is not None and same_content(each.input, source.path):
                candidates.remove(each)
                return each
    except RecordingError:
        pass  # who analyses it says why
    return None


def _counted(sources: Sequence[Source], one: str, several: str) -> str:
    return f"1 recording {one}" if len(sources) == 1 else f"{len(sources):,} recordings {several}"


def _some(sources: Sequence[Source]) -> str:
    shown = ", ".join(f"{source.path} is {source.key}" for source in sources[:_SOME])
    return f"{shown}, …" if len(sources) > _SOME else shown
