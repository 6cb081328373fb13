"""The units of work that go to workers. Each is picklable and says what it needs, so that any engine can run it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from videmo.errors import VidemoError
from videmo.pipeline.plan import plan_analysis, plan_video
from videmo.pipeline.run import phases_of, run_chunk, run_whole, update_of
from videmo.pipeline.work import Work
from videmo.records import Source
from videmo.results.manifest import Manifest
from videmo.results.recording import RecordingResults
from videmo.settings import Settings


class Task(Protocol):
    """Something a worker can do for one recording."""

    @property
    def rank(self) -> int:
        """Tasks with a lower rank go first: what finishes a recording before what begins one."""
        ...

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
class PlanAnalysis:
    """Probe a recording and plan what is missing. Gives its `Work`."""

    source: Source
    folder: Path
    settings: Settings
    looked_at: Mapping[str, str]
    afresh: bool
    rank: ClassVar[int] = 0
    weight: ClassVar[float] = 0.0

    def run(self) -> Work:
        return plan_analysis(self.source, self.folder, self.settings, self.looked_at, afresh=self.afresh)


@dataclass(frozen=True, slots=True)
class PlanVideo:
    """Plan to write a recording's annotated video again. Gives its `Work`."""

    source: Source
    folder: Path
    settings: Settings
    looked_at: Mapping[str, str]
    rank: ClassVar[int] = 0
    weight: ClassVar[float] = 0.0

    def run(self) -> Work:
        return plan_video(RecordingResults(self.folder), self.settings, self.looked_at)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Do what a phase of the work does for one chunk. Gives the number of frames."""

    work: Work
    phase: int
    index: int

    @property
    def rank(self) -> int:
        return 4 if self.phase == 0 else 3

    @property
    def source(self) -> Source:
        return self.work.source

    @property
    def weight(self) -> float:
        return self.work.recording.duration_s or 0.0

    def run(self) -> int:
        return run_chunk(self.work, phases_of(self.work)[self.phase], self.index)


@dataclass(frozen=True, slots=True)
class Whole:
    """Do the rest of a phase, when all its chunks are done. Gives the manifest."""

    work: Work
    phase: int

    @property
    def rank(self) -> int:
        return 1 if phases_of(self.work)[self.phase].last else 2

    @property
    def source(self) -> Source:
        return self.work.source

    @property
    def weight(self) -> float:
        return self.work.recording.duration_s or 0.0

    def run(self) -> Manifest:
        return run_whole(update_of(self.work), phases_of(self.work)[self.phase])


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a task."""

    task: Task
    value: Any = None
    failure: str = ""
    """One sentence if it failed, else empty."""
    details: str = ""
    """The traceback of a failure."""


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
