"""The units of work that go to workers. Each is a `Task` that says what it needs, so any engine can run it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from videmo.batch.engines.execute import execute
from videmo.batch.engines.protocol import Finished, Task
from videmo.pipeline import stages
from videmo.pipeline.identity import Stages
from videmo.pipeline.job import Job
from videmo.records import Source
from videmo.settings import Settings

__all__ = ["Annotate", "Complete", "Finished", "Inspect", "Look", "Tabulate", "Task", "execute"]


@dataclass(frozen=True, slots=True)
class Inspect:
    """Probe and plan a recording. Gives a `Job`."""

    source: Source
    folder: Path
    settings: Settings
    wanted: Stages
    redo: stages.Redo
    rank: ClassVar[int] = 0
    weight: ClassVar[float] = 0.0

    def run(self) -> Job:
        return stages.inspect(self.source, self.folder, self.settings, self.wanted, self.redo)


@dataclass(frozen=True, slots=True)
class _OfJob:
    job: Job

    @property
    def source(self) -> Source:
        return self.job.source

    @property
    def weight(self) -> float:
        return self.job.recording.duration_s or 0.0


@dataclass(frozen=True, slots=True)
class Look(_OfJob):
    """Observe or search one chunk. Gives the number of frames that were looked at."""

    index: int
    rank: ClassVar[int] = 4

    def run(self) -> int:
        return stages.look(self.job, self.job.chunks[self.index])


@dataclass(frozen=True, slots=True)
class Tabulate(_OfJob):
    """Join a recording's chunks and write its tables and plot."""

    rank: ClassVar[int] = 2

    def run(self) -> None:
        stages.tabulate(self.job)


@dataclass(frozen=True, slots=True)
class Annotate(_OfJob):
    """Encode one chunk of the annotated video. Gives the number of frames."""

    index: int
    rank: ClassVar[int] = 3

    def run(self) -> int:
        return stages.segment(self.job, self.job.chunks[self.index])


@dataclass(frozen=True, slots=True)
class Complete(_OfJob):
    """Join the annotated video and finish the recording. Gives its manifest."""

    rank: ClassVar[int] = 1

    def run(self) -> dict[str, Any]:
        return stages.complete(self.job)
