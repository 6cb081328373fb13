"""Define the units of work for workers: each is a `Task` with all that it needs, so that any engine can run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from videmo.batch.engines.protocol import Reference
from videmo.persons.cast import Role
from videmo.pipeline.plan import plan_analysis, plan_video
from videmo.pipeline.run import phases_of, run_chunk, run_whole, update_of
from videmo.pipeline.work import Work
from videmo.records import Outcome, Source
from videmo.results.damaged import DamagedResults
from videmo.results.failures import Failure
from videmo.results.folder import ResultsFolder
from videmo.results.manifest import Manifest
from videmo.results.recording import RecordingResults
from videmo.settings import Settings


@dataclass(frozen=True, slots=True)
class PlanAnalysis:
    """Probe a recording and plan what is missing; returns its `Work`."""

    source: Source
    folder: Path
    settings: Settings
    networks: Mapping[str, str]
    afresh: bool
    cast: tuple[Role, ...] = ()
    rank: ClassVar[int] = 0
    weight: ClassVar[float] = 0.0

    def run(self) -> Work:
        results = RecordingResults(self.folder, lambda: self.cast)
        return plan_analysis(self.source, results, self.settings, self.networks, afresh=self.afresh)


@dataclass(frozen=True, slots=True)
class PlanVideo:
    """Plan to write a recording's annotated video again; returns its `Work`."""

    source: Source
    folder: Path
    settings: Settings
    networks: Mapping[str, str]
    cast: tuple[Role, ...] = ()
    rank: ClassVar[int] = 0
    weight: ClassVar[float] = 0.0

    def run(self) -> Work:
        return plan_video(RecordingResults(self.folder, lambda: self.cast), self.settings, self.networks)


@dataclass(frozen=True, slots=True)
class _OfWork:
    work: Reference[Work]
    """Shared: it travels to each worker once, not with each chunk."""
    phase: int

    @property
    def source(self) -> Source:
        return self.work.get().source

    @property
    def weight(self) -> float:
        return self.work.get().weight


def rank_of(work: Work, phase: int) -> int:
    """Return in which order the tasks of a phase go out: first those that finish what has begun."""
    if phases_of(work)[phase].chunked:
        return _rank_of_chunks(phase)
    return _rank_of_rest(work, phase)


def _rank_of_chunks(phase: int) -> int:
    return 4 if phase == 0 else 3


def _rank_of_rest(work: Work, phase: int) -> int:
    return 1 if phases_of(work)[phase].last else 2


@dataclass(frozen=True, slots=True)
class Chunk(_OfWork):
    """Run a phase of the work for a chunk, or for several in a row; returns the number of frames."""

    index: int
    count: int = 1

    @property
    def rank(self) -> int:
        return _rank_of_chunks(self.phase)

    def run(self) -> int:
        work = self.work.get()
        phase = phases_of(work)[self.phase]
        return sum(run_chunk(work, phase, index) for index in range(self.index, self.index + self.count))


@dataclass(frozen=True, slots=True)
class Whole(_OfWork):
    """Run the rest of a phase, when all its chunks are done; returns the manifest."""

    @property
    def rank(self) -> int:
        return _rank_of_rest(self.work.get(), self.phase)

    def run(self) -> Manifest:
        work = self.work.get()
        return run_whole(update_of(work), phases_of(work)[self.phase])


@dataclass(frozen=True, slots=True)
class UpdateFolder:
    """Bring the tables, the plot and the page of the whole folder up to date; returns an outcome for each recording
    whose tables are damaged.

    In a worker, because one has imported what it takes by the end of a run, and the run itself never need.
    """

    folder: Path
    failures: Sequence[Failure]
    settings: Settings
    noted: Settings | None
    afresh: bool = False
    rank: ClassVar[int] = 0
    weight: ClassVar[float] = 0.0

    @property
    def source(self) -> Source:
        return Source(self.folder, "")

    def run(self) -> tuple[Outcome, ...]:
        from videmo.pipeline.folder import update_folder

        folder = ResultsFolder(self.folder)
        try:
            update_folder(folder, self.failures, self.settings, noted=self.noted, afresh=self.afresh)
        except DamagedResults as exc:
            return tuple(
                Outcome(Source(folder.recording(key).source, key), "failed", str(error))
                for key, error in exc.errors.items()
            )
        return ()
