"""Be the part of a run on a worker of Dask: have its tasks done by worker processes like those of a local run.

Dask's worker itself only hands them on. So a crash costs no more than a task, every task has a process of its own with
one thread however many threads the worker has, what a task imports is gone when it ends, and a task that nobody wants
any more can be ended in its middle. This module imports nothing of Dask but what the worker has imported already.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from videmo.batch.engines import channel, guard
from videmo.batch.engines.channel import PROTOCOL
from videmo.batch.engines.fitness import Demands
from videmo.batch.engines.process import WorkerProcess, interrupt_held_back
from videmo.batch.engines.protocol import WorkerLost
from videmo.batch.engines.turns import Turns
from videmo.store.kept import Kept

STRANGER: Final = b"S"
"""Worker: it was not prepared for the run; its address."""
NEEDS: Final = b"N"
"""Worker: the keys of shared values that are not here."""
UNFIT: Final = b"U"
"""Worker: it can't reach recording or results, or start processes; its address, and why in words."""
LOST: Final = b"L"
"""Worker: the task crashed its process, and again when it ran alone; why."""

Answer = tuple[bytes, Any]
"""One of these, or `channel.DONE`, `channel.FAILED` or `channel.BROKEN` with what comes with it."""

KEPT: Final = 64
"""Shared values that are kept for a run: one for each recording that is worked on here."""
LINGER_S: Final = 60.0
"""How long a process without a task stays."""
_FORGET_S: Final = 600.0
"""How long a run is remembered from which no task comes any more."""
_LOOK_S: Final = 0.5
"""How often it is looked whether tasks are still wanted."""


@dataclass(frozen=True, slots=True)
class Order:
    """A task on its way to a worker of Dask."""

    run: str
    task: bytes
    """Pickled."""
    keys: tuple[str, ...]
    """Of the shared values that it may ask for."""
    file: str = ""
    """Path of the recording if it is one that every worker should see."""
    values: Mapping[str, bytes] = field(default_factory=dict)
    """Shared values, pickled, that the worker asked for."""

    def packed(self, values: Mapping[str, bytes]) -> bytes:
        """Pack it with shared values, so that Dask doesn't look into it."""
        return pickle.dumps(replace(self, values=values), PROTOCOL)


@dataclass(frozen=True, slots=True)
class Reception:
    """A worker's answer to what is demanded of it."""

    machine: str
    trouble: str
    """Why it can't take part; empty if it can."""


async def prepare(run: str, demands: Demands, dask_worker: Any) -> Reception:
    """Check what a run demands, and take part in it if that holds. Runs on a worker of Dask.

    What an earlier run with the same results still does here is ended: it was killed, else this one would not have got
    so far. Where results lie in no folder, nothing else keeps the two apart.
    """
    trouble = await asyncio.to_thread(demands.trouble)
    for (other, address), host in [*_HOSTS.items()]:
        if other != run and address == dask_worker.address and host.works_for(demands):
            await leave(other, dask_worker)
    if not trouble and (run, dask_worker.address) not in _HOSTS:
        _HOSTS[run, dask_worker.address] = Host(run, demands, dask_worker)
    return Reception(socket.gethostname(), trouble)


async def leave(run: str, dask_worker: Any) -> None:
    """End all that a run does on a worker of Dask, in the middle of tasks if need be."""
    host = _HOSTS.pop((run, dask_worker.address), None)
    if host is not None:
        await asyncio.to_thread(host.close)


def perform(packed: bytes) -> Answer:
    """Do a task. Runs in a thread of a worker of Dask."""
    from distributed import get_worker
    from distributed.worker import thread_state

    order: Order = pickle.loads(packed)
    worker, key = get_worker(), thread_state.key
    host = _HOSTS.get((order.run, worker.address))
    if host is None:
        return STRANGER, worker.address
    if order.file and not os.path.exists(order.file):  # noqa: PTH110
        return UNFIT, (worker.address, f"{order.file} is not there, or not for it to see")
    try:
        answer = host.perform(order, lambda: _wanted(worker, key))
    except OSError as exc:
        return UNFIT, (worker.address, f"it cannot start processes ({exc.strerror or exc})")
    # One whose credentials have expired would else fail one recording after the other, faster than others finish them.
    if answer[0] == channel.FAILED and (trouble := host.cut_off()):
        return UNFIT, (worker.address, trouble)
    return answer


def _wanted(worker: Any, key: str) -> bool:
    """Tell whether somebody still waits for a task: not if it was cancelled, or run and scheduler are gone."""
    task = worker.state.tasks.get(key)
    return task is not None and task.state != "cancelled" and worker.status.name not in ("closing", "closed", "failed")


class Host:
    """The worker processes of a run that belong to one worker of Dask."""

    def __init__(self, run: str, demands: Demands, worker: Any) -> None:
        self._place = run, worker.address
        self._guard = Path(demands.guard) if demands.guard else None
        self._demands = demands
        self._mark = demands.mark.location if demands.mark and not demands.mark.is_far else ""
        self._folder = Path(demands.folder) if demands.folder else None
        self._kept = Kept(bool(demands.far))
        self._values: OrderedDict[str, bytes] = OrderedDict()
        self._turns = Turns()
        self._lock = threading.Lock()
        self._idle: list[tuple[WorkerProcess, float]] = []
        self._busy: dict[WorkerProcess, Callable[[], bool]] = {}
        self._holding: BinaryIO | None = None
        self._used = time.monotonic()
        self._open = True
        # The kernel ties a process to the thread that starts it; those of Dask may come and go.
        self._starter = ThreadPoolExecutor(1, "videmo-start")
        threading.Thread(target=self._watch, name="videmo-watch", daemon=True).start()

    def perform(self, order: Order, wanted: Callable[[], bool]) -> Answer:
        """Have a task done.

        Args:
            order: what to do.
            wanted: tells whether anybody still waits for it; if not, it is ended.
        """
        values, missing = self._keep(order)
        if missing:
            return NEEDS, missing
        with self._turns.together():
            answer = self._converse(order.task, values, wanted)
        if answer[0] == LOST and wanted():
            with self._turns.alone():  # another may have used up the memory
                answer = self._converse(order.task, values, wanted)
        return answer

    def works_for(self, demands: Demands) -> bool:
        """Tell whether a run that makes such demands writes the same results as the one of these processes."""
        mine, theirs = self._demands.mark, demands.mark
        return mine is not None and theirs is not None and mine.work == theirs.work

    def cut_off(self) -> str:
        """Word why nothing can be read or written from here any more; empty if it can."""
        return self._demands.cut_off()

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            self._open = False
            processes = [*self._busy, *(process for process, _ in self._idle)]
            self._idle.clear()
        for process in processes:
            process.kill()
        with self._lock:
            self._busy.clear()
        self._let_go()
        self._kept.close()
        self._starter.shutdown(wait=False)

    def _keep(self, order: Order) -> tuple[Mapping[str, bytes], Sequence[str]]:
        """Keep the values that came with a task; return those that it may ask for, and which of them are not here."""
        with self._lock:
            self._values.update(order.values)
            values = {key: self._values[key] for key in order.keys if key in self._values}
            for key in values:
                self._values.move_to_end(key)
            while len(self._values) > KEPT:
                self._values.popitem(last=False)
        return values, [key for key in order.keys if key not in values]

    def _converse(self, task: bytes, values: Mapping[str, bytes], wanted: Callable[[], bool]) -> Answer:
        try:
            process = self._take(wanted)
        except RuntimeError:  # closed meanwhile: nobody waits for the answer
            return LOST, "its run has ended"
        try:
            kind, content = process.ask(channel.TASK, task)
            while kind == channel.NEED:
                kind, content = process.ask(channel.VALUE, values[content.decode()])
        except WorkerLost as lost:
            process.kill()
            self._give_back(process, alive=False)
            return LOST, str(lost)
        self._give_back(process, alive=True)
        return kind, content

    def _take(self, wanted: Callable[[], bool]) -> WorkerProcess:
        """Take a process that has nothing to do, or start one.

        Raises:
            RuntimeError: the host was closed.
            OSError: none can be started.
        """
        process = self._idle_one() or self._starter.submit(self._start).result()
        with self._lock:
            if self._open and self._held():
                self._busy[process] = wanted
                return process
        process.kill()
        if self._open:
            raise OSError(f"{self._guard} cannot be held")
        raise RuntimeError("closed")

    def _held(self) -> bool:
        """Hold the guard; the processes don't, for the next run need not wait for those that have nothing to do."""
        try:
            self._holding = self._holding or (guard.hold(self._guard) if self._guard else None)
        except OSError:
            return False
        return True

    def _idle_one(self) -> WorkerProcess | None:
        with self._lock:
            while self._idle:
                process = self._idle.pop()[0]
                if process.alive:
                    return process
        return None

    def _start(self) -> WorkerProcess:
        with interrupt_held_back():
            return WorkerProcess(None, folder=self._folder, kept=self._kept.place, mark=self._mark)

    def _give_back(self, process: WorkerProcess, *, alive: bool) -> None:
        with self._lock:
            self._busy.pop(process, None)
            self._used = time.monotonic()
            if alive and self._open:
                self._idle.append((process, self._used))
                return
        process.kill()

    def _watch(self) -> None:
        """End processes whose task nobody wants any more, those without a task for a while, and at last itself."""
        while self._open:
            time.sleep(_LOOK_S)
            for process in self._useless():
                process.kill()
            self._let_go()
            if not self._busy and time.monotonic() - self._used > _FORGET_S:
                _HOSTS.pop(self._place, None)
                self.close()

    def _let_go(self) -> None:
        """Hold the guard no longer while there is nothing to do."""
        with self._lock:
            if self._holding and not self._busy:
                self._holding.close()
                self._holding = None

    def _useless(self) -> list[WorkerProcess]:
        since = time.monotonic() - LINGER_S
        with self._lock:
            unwanted = [process for process, wanted in self._busy.items() if not wanted()]
            unused = [process for process, at in self._idle if at < since]
            self._idle = [(process, at) for process, at in self._idle if at >= since]
        return [*unwanted, *unused]


_HOSTS: dict[tuple[str, str], Host] = {}
"""By run, and by the address of the worker of Dask: several of those may share this process."""
