"""Hand out tasks in the right order until there are none left."""

from __future__ import annotations

import heapq
import itertools
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait

from videmo.batch.engines.protocol import Engine, Finished, Task, WorkerLost
from videmo.errors import RecordingError

# Elsewhere an interrupt from the keyboard ends a wait by itself.
_PATIENCE_S = 0.5 if sys.platform == "win32" else None


def run_tasks(first: Iterable[Task], follow: Callable[[Finished], Iterable[Task]], engine: Engine) -> None:
    """Run tasks and those that follow from them.

    Tasks go out by rank, then by weight, largest first, then in order of arrival. A task that crashed its worker is
    tried again while no other is under way, for another may have used up the memory; one that crashes that worker too
    is reported as failed, and the rest goes on.

    Args:
        first: what to begin with.
        follow: called in this thread with each finished task; returns the tasks that it makes possible.
        engine: what runs them.
    """
    queue = _Queue(first)
    suspects: list[Task] = []
    under_way: dict[Future[Finished], Task] = {}
    while queue or suspects or under_way:
        if suspects and not under_way:
            queue.add(follow(_alone(suspects.pop(0), engine)))
        while queue and not suspects and len(under_way) < engine.slots:
            task = queue.draw()
            under_way[engine.submit(task)] = task
        for future in _ended(under_way):
            task = under_way.pop(future)
            try:
                finished = future.result()
            except WorkerLost as lost:
                if not lost.tried_alone:
                    suspects.append(task)
                    continue
                finished = _crashed(task)
            queue.add(follow(finished))


def _ended(futures: Iterable[Future[Finished]]) -> list[Future[Finished]]:
    """Wait until one or more have ended, and return those."""
    futures = list(futures)
    ended = wait(futures, timeout=_PATIENCE_S, return_when=FIRST_COMPLETED).done
    return [future for future in futures if future in ended]


def _alone(task: Task, engine: Engine) -> Finished:
    future = engine.submit(task)
    while not _ended([future]):
        pass
    try:
        return future.result()
    except WorkerLost:
        return _crashed(task)


def _crashed(task: Task) -> Finished:
    advice = "Either the file is damaged such that its decoder crashes (convert or remove it), or memory ran out."
    failure = RecordingError(task.source.path, "it crashed the worker process twice", advice=advice)
    return Finished(task, failure=str(failure))


class _Queue:
    """Tasks that wait."""

    def __init__(self, first: Iterable[Task]) -> None:
        self._waiting: list[tuple[int, float, int, Task]] = []
        self._order = itertools.count()
        self.add(first)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            heapq.heappush(self._waiting, (task.rank, -task.weight, next(self._order), task))

    def draw(self) -> Task:
        return heapq.heappop(self._waiting)[-1]
