"""A cluster that is only computed: our own queue hands out tasks, and a clock is moved on instead of waiting."""

from __future__ import annotations

import heapq
import itertools
import math
import pickle
import random
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace as changed
from fractions import Fraction
from pathlib import Path
from queue import Empty
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from results import build_manifest
from videmo.batch.engines.dask import MANY, DaskEngine
from videmo.batch.engines.protocol import Finished, Task
from videmo.batch.engines.sharing import SharedValues
from videmo.batch.following import RunResult, follow
from videmo.batch.progress import Silent
from videmo.batch.tasks import Chunk, PlanAnalysis, Whole
from videmo.pipeline.work import Work
from videmo.records import Chunk as Stretch
from videmo.records import Source
from videmo.results.folder import ResultsFolder
from videmo.settings import Settings

CUT_S: Final = 10.5
"""Length of a chunk: ``reading.chunk_s`` and the way to the next keyframe."""
DUE: Final = frozenset({"observe", "persons", "tables", "plots", "report", "annotation"})


@dataclass(frozen=True, slots=True)
class Times:
    """What tasks take, in seconds, on one thread."""

    plan: float
    observe: float
    """For each second of a recording."""
    annotate: float
    """For each second of a recording."""
    whole: tuple[float, float]
    """The rest after the first phase: once, and for each second of a recording."""
    last: tuple[float, float]
    """The rest after the last phase, likewise."""
    folder: float
    """Bringing the folder up to date, for each recording."""


class World:
    """A clock, a scheduler that does one thing at a time, and slots.

    Args:
        slots: number of tasks that are done at once.
        took: how long a task takes.
        service_s: least and most time that the scheduler has to do with a task, half of it before and half after.
        loss: share of tasks whose worker is lost in their middle, and that are done again.
        replaced_s: how long it takes until another worker has the place of one that was lost.
    """

    def __init__(
        self,
        slots: int,
        took: Callable[[Task], float],
        *,
        service_s: tuple[float, float] = (0.002, 0.006),
        loss: float = 0.02,
        replaced_s: float = 5.0,
        seed: int = 1,
    ) -> None:
        self.now = self.useful_s = 0.0
        self.tasks = 0
        self._took, self._service_s, self._loss, self._replaced_s = took, service_s, loss, replaced_s
        self._random = random.Random(seed)
        self._free, self._scheduler_s = slots, 0.0
        self._ready: deque[tuple[Any, float, float]] = deque()
        self._events: list[tuple[float, int, str, Any, float, float]] = []
        self._order = itertools.count()

    def submit(self, future: Any, task: Task) -> None:
        took_s = self._took(task)
        self.useful_s += took_s
        self.tasks += 1
        busy_s = took_s
        if self._random.random() < self._loss:
            busy_s += self._random.random() * took_s + self._replaced_s
        self._add(self._served(), "ready", future, busy_s, took_s)

    def next(self) -> Any:
        """Move on to the next task that has ended."""
        while self._events:
            self.now, _, kind, future, busy_s, took_s = heapq.heappop(self._events)
            if kind == "told":
                future.took_s = took_s
                return future
            if kind == "done":
                self._free += 1
                self._add(self._served(), "told", future, busy_s, took_s)
            else:
                self._ready.append((future, busy_s, took_s))
            if self._ready and self._free:
                self._free -= 1
                future, busy_s, took_s = self._ready.popleft()
                self._add(self.now + busy_s, "done", future, busy_s, took_s)
        raise Empty

    def _served(self) -> float:
        self._scheduler_s = max(self.now, self._scheduler_s) + self._random.uniform(*self._service_s) / 2
        return self._scheduler_s

    def _add(self, at: float, *what: Any) -> None:
        heapq.heappush(self._events, (at, next(self._order), *what))


class _Future:
    """What a task that is under way will give."""

    def __init__(self, task: Task, value: Any) -> None:
        self._task, self._value, self.took_s = task, value, 0.0

    def add_done_callback(self, call: Any) -> None: ...

    def result(self) -> Finished:
        return Finished(self._task, self._value, took_s=self.took_s)


class SimulatedEngine(DaskEngine):
    """A cluster as our engine sees it: its rules for how much is handed out, on a world that is computed."""

    def __init__(self, slots: int, world: World, answer: Callable[[Task], Any]) -> None:
        self._most, self._staff = MANY, SimpleNamespace(threads=slots)  # type: ignore[assignment]
        self._shared, self._world, self._answer = SharedValues(), world, answer

    def submit(self, task: Task) -> Any:
        future = _Future(task, self._answer(task))
        self._world.submit(future, task)
        return future


@contextmanager
def computing(world: World) -> Iterator[None]:
    """Let the queue move the clock of a world on where it would wait."""

    class Inbox:
        def put(self, future: Any) -> None: ...

        def get(self, timeout: float) -> Any:
            return world.next()

        def get_nowait(self) -> Any:
            raise Empty

    with patch("videmo.batch.queue.SimpleQueue", Inbox):
        yield


def simulated(plans: list[PlanAnalysis], engine: SimulatedEngine, world: World) -> RunResult:
    """Run a batch as a run does, but for the time."""
    with computing(world):
        return follow(plans, ResultsFolder(Path("/nowhere")), engine, progress=Silent(), keep_finished=False)


@dataclass(frozen=True, slots=True)
class Film:
    """A recording that isn't there."""

    key: str
    seconds: float
    speed: float = 1.0
    """How much longer than usual each of its seconds takes."""


def films(hours: float, *, seed: int = 1) -> Iterator[Film]:
    """Make up recordings of so many hours in all, half of them under 21 minutes, one in a hundred over 5 hours."""
    source, left = random.Random(seed), hours * 3600
    for number in itertools.count():
        seconds = min(left, max(20.0, source.lognormvariate(math.log(1260), 1.15)), 12 * 3600)
        yield Film(f"{number:06}.mp4", seconds, source.lognormvariate(0.0, 0.35))
        left -= seconds
        if left < 1:
            return


def work_of(film: Film, settings: Settings) -> Work:
    """What a worker that has planned a recording sends back, as it arrives."""
    pieces = max(1, int(film.seconds / CUT_S))
    length, tick = film.seconds / pieces, 90_000
    cuts = [round(index * length * tick) for index in range(pieces)]
    stretches = tuple(
        Stretch(index, start or None, start or None, end, length)
        for index, (start, end) in enumerate(itertools.zip_longest(cuts, cuts[1:]))
    )
    recording = changed(
        build_manifest(Path("/recordings", film.key), film.key, film.seconds).recording, time_base=Fraction(1, tick)
    )
    hashes = {name: f"{number:064}" for number, name in enumerate(sorted(DUE))}
    source = Source(recording.path, film.key)
    work = Work(source, recording, stretches, Path("/results", film.key), settings, hashes, DUE)
    copy: Work = pickle.loads(pickle.dumps(work))
    return copy


@dataclass(frozen=True, slots=True)
class Simulation:
    """What came of a simulated run."""

    efficiency: float
    """Work that was useful over what all slots could have done until the end."""
    hours: float
    tasks: int
    recordings: int


def simulate(listing: list[Film], slots: int, times: Times, **world_options: Any) -> Simulation:
    """Analyse recordings that aren't there, to the end."""
    known, settings = {film.key: film for film in listing}, Settings()
    manifest = build_manifest(Path("/recordings/x"), "x")

    def took(task: Task) -> float:
        film = known[task.source.key]
        if isinstance(task, Chunk):
            pace = times.annotate if task.phase else times.observe
            stretches = task.work.get().chunks[task.index : task.index + task.count]
            return film.speed * pace * sum(each.duration_s for each in stretches)
        if isinstance(task, Whole):
            once, each = times.last if task.phase else times.whole
            return once + each * film.seconds
        return times.plan

    def answer(task: Task) -> Any:
        if isinstance(task, PlanAnalysis):
            return work_of(known[task.source.key], settings)
        return manifest if isinstance(task, Whole) else 1

    world = World(slots, took, **world_options)
    plans = [
        PlanAnalysis(Source(Path("/recordings", film.key), film.key), Path("/results"), settings, {}, False)
        for film in listing
    ]
    result = simulated(plans, SimulatedEngine(slots, world, answer), world)
    if len(result.outcomes) != len(listing):
        raise AssertionError(f"{len(result.outcomes)} of {len(listing)} recordings came to an end")
    folder_s = times.folder * len(listing)
    useful, end = world.useful_s + folder_s, world.now + folder_s
    return Simulation(useful / (slots * end), end / 3600, world.tasks, len(listing))
