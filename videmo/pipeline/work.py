"""Describe what there is to do for one recording."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from videmo.config import fingerprint
from videmo.persons.people import People
from videmo.records import Chunk, Recording, Source
from videmo.results.manifest import Manifest
from videmo.results.recording import RecordingResults, folder_of_all
from videmo.settings import Settings
from videmo.store.places import spelled
from videmo.store.recordings import reading


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that a worker, on any machine, needs to know to work on a recording. Picklable."""

    source: Source
    recording: Recording
    chunks: tuple[Chunk, ...]
    folder: Path
    """Location of the recording's results."""
    settings: Settings
    hashes: Mapping[str, str]
    """Of each stage that applies, the hash of all that it depends on."""
    due: frozenset[str]
    """The stages that are to be done."""
    people: People = field(default_factory=People)
    """The content of people.csv: read once, so that all workers use the same."""
    unfinished: bool = False
    """True if the recording has to be finished though no stage is due."""

    likely: bool = False
    """True if the file is taken for the one that was analysed because of its size and samples of its content."""

    damaged: str = ""
    """What was wrong with one of its tables, for which they are made anew; empty if nothing was."""

    manifest: Manifest | None = None
    """What is known of the recording, where that is not what its folder says."""

    @property
    def anything(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.due) or self.unfinished

    @property
    def weight(self) -> float:
        """Return how much there is to do, for the order of recordings: seconds, 0 where nobody knows."""
        return self.recording.duration_s or 0.0

    @property
    def spelled_source(self) -> str:
        """Return where the recording lies, as files of results spell it."""
        return spelled(self.source.path, folder_of_all(self.folder, self.source.key))

    @property
    def results(self) -> RecordingResults:
        """Return the recording's results, nothing of them read yet."""
        return RecordingResults(self.folder)

    def slim(self, known: dict[Settings, Settings]) -> Work:
        """Return the same in half of the memory: a run holds thousands, and what was unpickled shares nothing.

        Args:
            known: settings that were met before, by themselves.
        """
        chunks, start = [], None
        for chunk in self.chunks:
            seek_to = start if chunk.seek_to == chunk.start_pts == start else chunk.seek_to
            slimmer = replace(chunk, start_pts=start if chunk.start_pts == start else chunk.start_pts, seek_to=seek_to)
            start = slimmer.end_pts
            chunks.append(slimmer)
        hashes = {sys.intern(name): digest for name, digest in self.hashes.items()}
        settings = known.setdefault(self.settings, self.settings)
        return replace(self, chunks=tuple(chunks), hashes=hashes, settings=settings)

    @contextmanager
    def opened(self) -> Iterator[Recording]:
        """Yield the recording with a path on this machine to read it from, for as long as the block lasts.

        What was made in the block is of the file that was probed: keep it after the block, not in it.

        Raises:
            RecordingError: it is gone or can't be read, or it changed by the end of the block.
        """
        from videmo.video.read import check_unchanged

        with reading(self.recording.path) as path:
            opened = replace(self.recording, path=path)
            yield opened
            check_unchanged(opened)

    def part(self, stage: str, chunk: Chunk, suffix: str = ".npz") -> str:
        """Name the file where a stage keeps its output for a chunk until the recording is finished."""
        # Parts of an earlier run are used only if they come from the same file, seen the same way, cut and settings.
        known = {"size_bytes": self.recording.size_bytes, "modified_ns": self.recording.modified_ns}
        cut = (chunk.index, chunk.seek_to, chunk.start_pts, chunk.end_pts)
        return self.results.part(
            stage, fingerprint(self.hashes[stage], known, self.recording.view, cut), chunk.index, suffix
        )

    def seconds_of(self, chunk: Chunk) -> tuple[float, float]:
        """Return start and end of a chunk in seconds from the container's start; infinite at the recording's ends."""
        tick, start_s = float(self.recording.time_base), self.recording.start_s
        begin = -math.inf if chunk.start_pts is None else chunk.start_pts * tick - start_s
        end = math.inf if chunk.end_pts is None else chunk.end_pts * tick - start_s
        return begin, end
