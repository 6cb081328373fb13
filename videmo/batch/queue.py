"""Hand out tasks in the right order until there are none left."""

from __future__ import annotations

import heapq
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue

from videmo.batch.engines.protocol import Engine, Finished, Task, WorkerLost
from videmo.errors import RecordingError

_PATIENCE_S = 0.5
"""How soon slots that were added get a task. Besides, no interrupt from the keyboard ends a longer wait on Windows."""


class Supply(ABC):
    """Tasks of the same rank and weight, each of which is made when it is handed out."""

    rank: int
    weight: float

    @abstractmethod
    def draw(self) -> Task:
        """Make the next task, while there is one."""

    @abstractmethod
    def __bool__(self) -> bool:
        """Tell whether there is one more."""


def run_tasks(
    first: Iterable[Task | Supply], follow: Callable[[Finished], Iterable[Task | Supply]], engine: Engine
) -> None:
    """Run tasks and those that follow from them.

    Tasks go out by rank, then by weight, largest first, then in order of arrival. A task that crashed its worker is
    tried again while no other is under way, for another may have used up the memory; one that crashes that worker too
    is reported as failed, and the rest goes on.

    Args:
        first: what to begin with: tasks, or supplies that make some.
        follow: called in this thread with each finished task; returns the tasks that it makes possible.
        engine: what runs them.
    """
    queue = _Queue(first)
    suspects: list[Task] = []
    under_way = _UnderWay(engine)
    while queue or suspects or under_way:
        if suspects and not under_way:
            queue.add(follow(_alone(suspects.pop(0), under_way)))
        while queue and not suspects and len(under_way) < engine.slots:
            under_way.add(queue.draw())
        for task, future in under_way.ended():
            try:
                finished = future.result()
            except WorkerLost as lost:
                if not lost.tried_alone:
                    suspects.append(task)
                    continue
                finished = _crashed(task)
            queue.add(follow(finished))


def _alone(task: Task, under_way: _UnderWay) -> Finished:
    under_way.add(task)
    while under_way:
        for _, future in under_way.ended():
            try:
                return future.result()
            except WorkerLost:
                break
    return _crashed(task)


def _crashed(task: Task) -> Finished:
    advice = "Either the file is damaged such that its decoder crashes (convert or remove it), or memory ran out."
    failure = RecordingError(task.source.path, "it crashed the worker process twice", advice=advice)
    return Finished(task, failure=str(failure))


class _UnderWay:
    """Tasks that an engine runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tasks: dict[Future[Finished], Task] = {}
        self._ended: SimpleQueue[Future[Finished]] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._tasks)

    def add(self, task: Task) -> None:
        future = self._engine.submit(task)
        self._tasks[future] = task
        future.add_done_callback(self._ended.put)

    def ended(self) -> Iterator[tuple[Task, Future[Finished]]]:
        """Wait for a moment until one or more have ended, and yield those."""
        if not self._tasks:
            return
        with suppress(Empty):
            future = self._ended.get(timeout=_PATIENCE_S)
            while True:
                yield self._tasks.pop(future), future
                future = self._ended.get_nowait()


class _Queue:
    """Tasks that wait."""

    def __init__(self, first: Iterable[Task | Supply]) -> None:
        self._waiting: list[tuple[int, float, int, Task | Supply]] = []
        self._order = itertools.count()
        self.add(first)

    def __bool__(self) -> bool:
        while self._waiting and isinstance(first := self._waiting[0][-1], Supply) and not first:
            heapq.heappop(self._waiting)
        return bool(self._waiting)

    def add(self, tasks: Iterable[Task | Supply]) -> None:
        for task in tasks:
            heapq.heappush(self._waiting, (task.rank, -task.weight, next(self._order), task))

    def draw(self) -> Task:
        """Take the first task; call it only while there is one."""
        first = self._waiting[0][-1]
        if isinstance(first, Supply):
            return first.draw()  # it stays where it is, before all that came later, until it is empty
        heapq.heappop(self._waiting)
        return first
