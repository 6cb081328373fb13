"""Run tasks in processes on this machine, so that not even a crash of one of them costs more than its task."""

from __future__ import annotations

import pickle
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self, TypeVar

from videmo.batch.engines import channel
from videmo.batch.engines.channel import PROTOCOL
from videmo.batch.engines.execute import failed, unexpected
from videmo.batch.engines.process import WorkerProcess, interrupt_held_back
from videmo.batch.engines.protocol import Finished, Reference, Task, WorkerLost
from videmo.batch.engines.sharing import SharedValues
from videmo.store.kept import Kept
from videmo.store.stores import kind_of

T = TypeVar("T")


class LocalEngine:
    """Processes on this machine. Each starts when there is a task for it and no idle one."""

    def __init__(
        self,
        slots: int,
        *,
        guard: Path | None = None,
        files: Collection[str] = (),
        out: Path | None = None,
        sources: Collection[Path] = (),
        threads: int = 1,
    ) -> None:
        """Prepare; nothing starts yet.

        Args:
            slots: number of tasks at a time.
            guard: what each worker holds for its whole life, see `guard`; None where tasks write nothing.
            files: that tasks read besides their recordings; here they are the same for all.
            out: location of the folder of results; whoever reaches it here is the same user everywhere here.
            sources: locations of the recordings; what is read of those in object storage is kept, see `store.kept`.
            threads: for which OpenBLAS is prepared in each worker.
        """
        self._slots = slots
        self._guard = guard
        self._prepared = threads
        self._workers: list[WorkerProcess] = []
        self._idle: list[WorkerProcess] = []
        self._threads = ThreadPoolExecutor(slots, "videmo-worker")
        self._starting, self._closed = Lock(), False
        self._shared = SharedValues()
        self._kept = Kept(any(kind_of(source) for source in sources))

    @property
    def slots(self) -> int:
        """Number of tasks at a time."""
        return self._slots

    @property
    def worthwhile_s(self) -> float:
        """Handing out a task takes a pipe and a thread of its own."""
        return 0.0

    def submit(self, task: Task) -> Future[Finished]:
        """Hand out a task. Call it from one thread, which has to live as long as the workers.

        Raises:
            RuntimeError: `slots` tasks are under way.
            WorkerLost: the engine was closed.
        """
        try:
            body = pickle.dumps(task, PROTOCOL)
        except Exception as exc:
            return _settled(failed(task, exc))
        return self._threads.submit(self._converse, self._free_worker(), task, body)

    def share(self, value: T) -> Reference[T]:
        """Make a value available to tasks without sending it with each of them."""
        return self._shared.share(value)

    def close(self) -> None:
        """End all workers at once, in the middle of their tasks if need be."""
        with self._starting:  # who is just starting one is waited for, so that it is ended too
            self._closed = True
            for worker in self._workers:
                worker.kill()
        self._threads.shutdown()
        self._kept.close()
        self._workers, self._idle = [], []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _free_worker(self) -> WorkerProcess:
        with self._starting:
            if self._closed:
                raise WorkerLost("the engine was closed")
            if self._idle:
                return self._idle.pop()
            self._workers = [worker for worker in self._workers if worker.alive]
            if len(self._workers) >= self._slots:
                raise RuntimeError(f"{len(self._workers)} tasks are under way; no slot is free")
            with interrupt_held_back():  # until the worker is in the list of those that `close` ends
                worker = WorkerProcess(self._guard, kept=self._kept.place, threads=self._prepared)
                self._workers.append(worker)
            return worker

    def _converse(self, worker: WorkerProcess, task: Task, body: bytes) -> Finished:
        """Send a task to a worker, send what it requests, return the result of the task. Runs in a thread."""
        try:
            kind, answer = worker.ask(channel.TASK, body)
            while kind == channel.NEED:
                kind, answer = worker.ask(channel.VALUE, self._shared.pickled(answer.decode()))
            content = pickle.loads(answer)
        except WorkerLost:
            raise
        except Exception as exc:  # a shared value that can't be pickled, or a result that can't be unpickled
            worker.kill()
            return failed(task, exc)
        self._idle.append(worker)
        if kind == channel.BROKEN:
            return unexpected(task, *content)
        return Finished(task, *content)


def _settled(finished: Finished) -> Future[Finished]:
    future: Future[Finished] = Future()
    future.set_result(finished)
    return future
