"""One recording's work: what is to be done, and where its files lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from videmo.config import fingerprint
from videmo.pipeline.identity import Stages
from videmo.records import Chunk, Recording, Source
from videmo.settings import Settings
from videmo.tables.manifest import WORK, input_identity
from videmo.video.write import SEGMENT_SUFFIX


@dataclass(frozen=True, slots=True)
class Todo:
    """Which stages of a recording are still to be done."""

    observe: bool
    tables: bool
    plots: bool
    report: bool
    annotation: bool

    @property
    def anything(self) -> bool:
        """True unless all is done."""
        return self.observe or self.tables or self.plots or self.report or self.annotation


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that a worker, on any machine, needs to know to work on a recording. Picklable."""

    source: Source
    recording: Recording
    chunks: tuple[Chunk, ...]
    folder: Path
    """Folder of the recording's results."""
    settings: Settings
    stages: Stages
    todo: Todo

    def observation_part(self, chunk: Chunk) -> Path:
        """Where the observations of a chunk lie until the recording is complete."""
        return self.folder / WORK / f"observe-{self._chunk_id(self.stages.observe, chunk)}-{chunk.index:04}.npz"

    @property
    def searches(self) -> bool:
        """True if every frame has to be searched for faces to hide."""
        return self.todo.annotation and self.settings.anonymize.hides_faces

    @property
    def looks(self) -> bool:
        """True if the chunks have to be looked at before the recording's tables are made."""
        return self.todo.observe or self.searches

    def search_part(self, chunk: Chunk) -> Path:
        """Where what may be a face in a chunk lies until the recording is complete."""
        return self.folder / WORK / f"search-{self._chunk_id(self.stages.annotation, chunk)}-{chunk.index:04}.npz"

    def cover_part(self, chunk: Chunk) -> Path:
        """Where what a chunk's annotated video has to hide lies until the recording is complete."""
        return self.folder / WORK / f"cover-{self._chunk_id(self.stages.annotation, chunk)}-{chunk.index:04}.npz"

    def video_segment(self, chunk: Chunk) -> Path:
        """Where the annotated video of a chunk lies until the recording is complete."""
        return (
            self.folder
            / WORK
            / f"video-{self._chunk_id(self.stages.annotation, chunk)}-{chunk.index:04}{SEGMENT_SUFFIX}"
        )

    def labels_part(self, chunk: Chunk) -> Path:
        """Where the observations that a chunk's annotated video needs lie until the recording is complete."""
        return self.folder / WORK / f"labels-{self._chunk_id(self.stages.annotation, chunk)}-{chunk.index:04}.csv"

    def seconds_of(self, chunk: Chunk) -> tuple[float, float]:
        """Start and end of a chunk in seconds from the container's start; infinite at the ends of the recording."""
        tick, start_s = float(self.recording.time_base), self.recording.start_s
        begin = -math.inf if chunk.start_pts is None else chunk.start_pts * tick - start_s
        end = math.inf if chunk.end_pts is None else chunk.end_pts * tick - start_s
        return begin, end

    def _chunk_id(self, stage: str, chunk: Chunk) -> str:
        # Parts of an earlier run are taken up only if they come from the same file, cut and settings.
        cut = (chunk.index, chunk.seek_to, chunk.start_pts, chunk.end_pts)
        return fingerprint(stage, input_identity(self.recording), cut)

    def file(self, name: str) -> Path:
        """Path of one of the recording's results."""
        return self.folder / name
