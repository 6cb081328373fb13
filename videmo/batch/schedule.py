"""Run tasks in worker processes, so that not even a crash of one of them costs more than its recording."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool

from joblib import Parallel, delayed

from videmo.batch.tasks import Finished, Task, execute

_PAUSE_S = 0.05


def run_tasks(first: Iterable[Task], follow: Callable[[Finished], Iterable[Task]], *, jobs: int) -> None:
    """Run tasks and those that follow from them.

    Tasks go out by rank, then by weight, largest first. If a worker dies, every task that was under way is tried
    again alone in a fresh worker; one that kills that too is reported as failed, and the rest goes on.

    Args:
        first: what to begin with.
        follow: called in this process with each finished task; returns the tasks that it makes possible.
        jobs: number of tasks at a time.
    """
    queue = _Queue(first)
    while queue:
        try:
            for finished in _parallel(queue.draw(), jobs):
                if finished is not None:
                    queue.settle(finished.task)
                    queue.add(follow(finished))
        except BrokenProcessPool:
            for task in queue.under_way():
                queue.settle(task)
                queue.add(follow(_alone(task)))


def _parallel(tasks: Iterator[Task | None], jobs: int) -> Iterator[Finished | None]:
    # joblib runs a single job inside this process, where a crash would take all with it. So there are always two
    # workers or more, and the number of tasks that are handed out at a time does the limiting.
    run = Parallel(n_jobs=max(2, jobs), pre_dispatch=jobs, batch_size=1, return_as="generator_unordered")
    results: Iterator[Finished | None] = run(delayed(_execute_or_wait)(task) for task in tasks)
    return results


def _execute_or_wait(task: Task | None) -> Finished | None:
    if task is None:
        time.sleep(_PAUSE_S)
        return None
    return execute(task)


def _alone(task: Task) -> Finished:
    try:
        [finished] = list(_parallel(iter([task]), 1))
        assert finished is not None
        return finished
    except BrokenProcessPool:
        sentence = (
            f"{task.source.path}: it crashed the worker process, twice. Either the file is damaged in a way that its "
            "decoder does not survive (convert or remove it), or memory ran out."
        )
        return Finished(task, failure=sentence)


class _Queue:
    """Tasks that wait and tasks that are under way. joblib draws from one thread while results arrive in another."""

    def __init__(self, first: Iterable[Task]) -> None:
        self._waiting: list[tuple[int, float, int, Task]] = []
        self._running: list[Task] = []
        self._lock = threading.Lock()
        self._order = itertools.count()
        self.add(first)

    def __bool__(self) -> bool:
        return bool(self._waiting or self._running)

    def add(self, tasks: Iterable[Task]) -> None:
        with self._lock:
            for task in tasks:
                heapq.heappush(self._waiting, (task.rank, -task.weight, next(self._order), task))

    def draw(self) -> Iterator[Task | None]:
        """Hand out tasks until all are done; None, a short pause, while tasks that are under way may bring more.

        joblib asks once for each task that ends, and forgets an iterator that has nothing to give at that moment:
        without the pauses, what follows from a short recording would wait for the longest one.
        """
        while True:
            with self._lock:
                task = heapq.heappop(self._waiting)[-1] if self._waiting else None
                if task is not None:
                    self._running.append(task)
                elif not self._running:
                    return
            yield task

    def settle(self, task: Task) -> None:
        with self._lock:
            self._running.remove(task)

    def under_way(self) -> list[Task]:
        with self._lock:
            return list(self._running)
