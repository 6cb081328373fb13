"""Run tasks in processes on this machine, so that not even a crash of one of them costs more than its task."""

from __future__ import annotations

import itertools
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from weakref import WeakValueDictionary

from videmo.batch.engines import channel
from videmo.batch.engines.channel import PROTOCOL
from videmo.batch.engines.execute import failed, unexpected
from videmo.batch.engines.protocol import Finished, Reference, Task, WorkerLost
from videmo.batch.engines.worker import SharedValue
from videmo.machine import ONE_THREAD

T = TypeVar("T")

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from videmo.batch.engines.worker import serve; serve(sys.argv[2])"
)


class LocalEngine:
    """Processes on this machine. Each starts when there is a task for it and no idle one."""

    def __init__(self, slots: int, *, guard: Path | None = None) -> None:
        """Prepare; nothing starts yet.

        Args:
            slots: number of tasks at a time.
            guard: what each worker holds for its whole life, see `guard`; None where tasks write nothing.
        """
        self._slots = slots
        self._guard = guard
        self._workers: list[_Process] = []
        self._idle: list[_Process] = []
        self._threads = ThreadPoolExecutor(slots, "videmo-worker")
        self._keys = map(str, itertools.count())
        self._shared: WeakValueDictionary[str, _Shared[Any]] = WeakValueDictionary()

    @property
    def slots(self) -> int:
        """Number of tasks at a time."""
        return self._slots

    def submit(self, task: Task) -> Future[Finished]:
        """Hand out a task. Call it from one thread, which has to live as long as the workers.

        Raises:
            RuntimeError: `slots` tasks are under way.
        """
        try:
            body = pickle.dumps(task, PROTOCOL)
        except Exception as exc:
            return _settled(failed(task, exc))
        return self._threads.submit(self._converse, self._free_worker(), task, body)

    def share(self, value: T) -> Reference[T]:
        """Make a value available to tasks without sending it with each of them."""
        shared = _Shared(next(self._keys), value)
        self._shared[shared.key] = shared
        return shared

    def close(self) -> None:
        """End all workers at once, in the middle of their tasks if need be."""
        for worker in self._workers:
            worker.kill()
        self._threads.shutdown()
        self._workers, self._idle = [], []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _free_worker(self) -> _Process:
        if self._idle:
            return self._idle.pop()
        self._workers = [worker for worker in self._workers if worker.alive]
        if len(self._workers) >= self._slots:
            raise RuntimeError(f"{len(self._workers)} tasks are under way; no slot is free")
        with _interrupt_held_back():  # until the worker is in the list of those that `close` ends
            worker = _Process(self._guard)
            self._workers.append(worker)
        return worker

    def _converse(self, worker: _Process, task: Task, body: bytes) -> Finished:
        """Send a task to a worker, send what it requests, return the result of the task. Runs in a thread."""
        try:
            kind, answer = worker.ask(channel.TASK, body)
            while kind == channel.NEED:
                kind, answer = worker.ask(channel.VALUE, pickle.dumps(self._shared[answer.decode()].get(), PROTOCOL))
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


class _Process:
    """A worker, as the run sees it."""

    def __init__(self, guard: Path | None) -> None:
        # Not through `multiprocessing`: that runs the user's script again in each worker, and a script that calls us
        # without a guard around its main part would start itself for ever.
        command = [sys.executable, "-X", f"utf8={sys.flags.utf8_mode}", "-c", _BOOT, json.dumps([*map(str, sys.path)])]
        self._process = subprocess.Popen(
            [*command, str(guard.absolute()) if guard else ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # They would only get into each other's way: workers fill the cores. The user's word counts.
            env={**ONE_THREAD, **os.environ},
        )
        self._ready = False

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, kind: bytes, body: bytes) -> tuple[bytes, bytes]:
        """Send a message and wait for the answer.

        Raises:
            WorkerLost: the worker ended before it answered.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            if not self._ready:
                # A task must not lie in the pipe of a worker that isn't set up: a kill of the run in that moment would
                # leave a worker with work to do that holds no guard yet.
                channel.receive(self._process.stdout)
                self._ready = True
            channel.send(self._process.stdin, kind, body)
            return channel.receive(self._process.stdout)
        except (EOFError, OSError, ValueError) as exc:  # ValueError: the engine was closed meanwhile
            self.kill()
            raise WorkerLost(f"worker process ended ({self._process.returncode})") from exc

    def kill(self) -> None:
        """End the process at once, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # of what was written and not read any more
                    pipe.close()


@contextmanager
def _interrupt_held_back() -> Iterator[None]:
    """Block Ctrl-C for processes that start in the block.

    It reaches all processes of a terminal, and one that is still starting would answer with a traceback.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Shared(Generic[T]):
    """A value and its key; the key alone travels."""

    def __init__(self, key: str, value: T) -> None:
        self.key = key
        self._value = value

    def get(self) -> T:
        return self._value

    def __reduce__(self) -> tuple[type[SharedValue], tuple[str]]:
        return SharedValue, (self.key,)


def _settled(finished: Finished) -> Future[Finished]:
    future: Future[Finished] = Future()
    future.set_result(finished)
    return future
