"""The units of work that go to workers. Each is picklable and says what it needs, so any joblib backend can run it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from videmo.errors import VidemoError
from videmo.pipeline import stages
from videmo.pipeline.identity import Stages
from videmo.pipeline.job import Job
from videmo.records import Source
from videmo.settings import Settings


class Task(Protocol):
    """Something a worker can do for one recording."""

    rank: ClassVar[int]
    """Tasks with a lower rank go first: what finishes a recording before what begins one."""

    @property
    def source(self) -> Source:
        """The recording that it is for."""
        ...

    @property
    def weight(self) -> float:
        """Larger goes first among equals."""
        ...

    def run(self) -> Any:
        """Do the work, in a worker."""
        ...


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


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a task."""

    task: Task
    value: Any = None
    failure: str = ""
    """One sentence if it failed, else empty."""
    details: str = ""
    """The traceback of a failure, for --debug."""


def execute(task: Task) -> Finished:
    """Run a task in a worker; no error leaves it."""
    try:
        return Finished(task, value=task.run())
    except VidemoError as exc:
        return Finished(task, failure=str(exc), details=traceback.format_exc())
    except Exception as exc:
        sentence = (
            f"{task.source.path}: unexpected {type(exc).__name__}: {exc}. Run with --debug to see where, and report it."
        )
        return Finished(task, failure=sentence, details=traceback.format_exc())
