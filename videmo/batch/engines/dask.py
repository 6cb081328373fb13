"""Run tasks on a cluster of Dask, whose workers come and go.

Dask decides where a task runs and tries again elsewhere when a worker is lost; the queue and its order stay ours. What
runs on a worker is in `host`.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import os
import pickle
import uuid
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from videmo.batch.engines import channel, host
from videmo.batch.engines.channel import PROTOCOL
from videmo.batch.engines.cluster import PATIENCE_S, Cluster, connected, dashboard_of, silence
from videmo.batch.engines.execute import failed, unexpected
from videmo.batch.engines.fitness import demands_of
from videmo.batch.engines.host import Answer, Order
from videmo.batch.engines.protocol import Finished, Reference, Task, WorkerLost
from videmo.batch.engines.sharing import Shared, SharedValues
from videmo.batch.engines.staff import ADVICE, Staff
from videmo.batch.progress import COUNTLESS
from videmo.errors import EngineLost, Given, RecordingError, UsageError
from videmo.store.marks import Mark
from videmo.store.stores import kind_of

T = TypeVar("T")
MANY: Final = COUNTLESS
_LOOK_S: Final = 1.0
"""How often it is looked which workers have come and gone."""
_LONELY_S: Final = 10.0
"""After how long without a worker the user is told."""
_AGAIN: Final = "Run the same command again to resume."
_RATE: Final = 150.0
"""Tasks per second that a scheduler of Dask surely hands out, whatever else it does."""
_MOST: Final = 20
"""How often a task may find a worker that can't do it before the cluster is given up."""


class DaskEngine:
    """A cluster of Dask. It exists before and after the run."""

    def __init__(
        self,
        slots: int,
        *,
        guard: Path | None = None,
        files: Collection[str] = (),
        out: Path | None = None,
        sources: Collection[Path] = (),
        cluster: Cluster,
        note: Callable[[str], None],
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            slots: number of tasks at a time that the user asked for, however many the cluster can do.
            guard: what each worker process holds for its whole life, see `guard`; None where tasks write nothing.
            files: that tasks read besides their recordings, see `weights.named`.
            out: location of the folder of results; None where that is the folder of the guard.
            sources: locations of the recordings.
            cluster: where it is.
            note: tells the user what happens there, in a sentence.
        """
        self._most, self._guard, self._cluster, self._note = slots, guard, cluster, note
        self._files, self._sources = files, sources
        self._out = out or (guard.parent if guard else None)
        self._run = uuid.uuid4().hex[:12]
        self._numbers = itertools.count()
        self._shared = SharedValues()
        self._under_way: set[Future[Finished]] = set()
        self._client: Any = None
        self._staff: Staff
        self._mark: Mark | None = None
        self._quiet = ExitStack()

    @property
    def slots(self) -> int:
        """Number of tasks at a time: what the workers can do now, and a few that wait there."""
        threads = self._staff.threads
        return max(1, min(self._most, threads + threads // 4 + 2))

    @property
    def worthwhile_s(self) -> float:
        """All workers together may end no more tasks per second than the scheduler hands out."""
        return self.slots / _RATE

    def submit(self, task: Task) -> Future[Finished]:
        """Hand out a task."""
        try:
            order = Order(self._run, *_pickled(task), file=_file_of(task))
        except Exception as exc:
            future: Future[Finished] = Future()
            future.set_result(failed(task, exc))
            return future
        future = self._in_loop(self._converse(task, order))
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    def share(self, value: T) -> Reference[T]:
        """Make a value available to tasks without sending it with each of them."""
        return self._shared.share(value)

    def __enter__(self) -> Self:
        try:
            self._open()
            self._quiet.enter_context(silence())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Withdraw all tasks, end what the workers do for this run, and leave the cluster."""
        for future in list(self._under_way):
            future.cancel()
        if self._client is not None:
            with suppress(Exception):  # of a cluster that is gone
                self._in_loop(asyncio.wait_for(self._leave(), PATIENCE_S)).result()
            with suppress(Exception), silence():
                self._client.close(timeout=PATIENCE_S)
            self._client = None
        if self._mark is not None:
            self._mark.remove()
        self._quiet.close()

    # In the thread of the run.

    def _open(self) -> None:
        if self._guard is not None and self._out is not None:
            self._mark = Mark.leave(self._out, f"{self._guard.name}-marks", self._run)
        self._client = connected(self._cluster)
        demands = demands_of(self._files, self._sources, self._guard, self._out, self._mark)
        self._staff = Staff(self._client, self._run, demands, self._note)
        self._in_loop(self._first_look()).result()
        if self._staff.unfit:
            raise UsageError(Given("engine", self._cluster), self._staff.unfit[0], advice=ADVICE)
        self._watching = self._in_loop(self._watch())

    def _in_loop(self, coroutine: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._client.loop.asyncio_loop)

    # In the loop of Dask's client.

    async def _first_look(self) -> None:
        await self._staff.look()
        await self._staff.settle()

    async def _watch(self) -> None:
        """Keep knowing the workers, until the run ends."""
        if dashboard := await asyncio.to_thread(dashboard_of, self._client):
            self._note(f"Dask's dashboard: {dashboard}")
        lonely_s = 0.0
        while True:
            lonely_s = 0.0 if self._staff.threads else lonely_s + _LOOK_S
            if lonely_s == _LONELY_S:
                self._note(f"waiting for workers of {self._cluster}")
            with suppress(OSError):  # tasks notice that the scheduler is gone
                await self._staff.look()
            await asyncio.sleep(_LOOK_S)

    async def _leave(self) -> None:
        self._watching.cancel()
        await self._staff.release()

    async def _converse(self, task: Task, order: Order) -> Finished:
        """Send a task to a worker, send what it needs, return the result of the task."""
        values: Mapping[str, bytes] = {}
        for _ in range(_MOST):
            try:
                kind, content = await self._answer(task, order.packed(values), first=not values)
            except _Killed as killed:
                return _lost(task, killed.times)
            except (ImportError, AttributeError):  # a worker can't read it; which one, looking around will tell
                await self._staff.look()
                await self._staff.settle()
                continue
            if kind == host.NEEDS:
                try:
                    values = {key: self._shared.pickled(key) for key in content}
                except Exception as exc:
                    return failed(task, exc)
            elif kind == host.STRANGER:
                await self._staff.again(content)
            elif kind == host.UNFIT:
                self._staff.dismiss(*content)
            else:
                return _outcome(task, kind, content)
        raise EngineLost(self._cluster, "its workers do not take a task", advice="Look at their logs.")

    async def _answer(self, task: Task, packed: bytes, *, first: bool) -> Answer:
        """Have a task done by whichever worker the scheduler chooses.

        Args:
            task: which.
            packed: the order.
            first: whether it waits with others of its rank; it has done so if it comes with values.

        Raises:
            EngineLost: the scheduler is gone.
            _Killed: too many workers of Dask ended while they had the task.
        """
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError, FuturesCancelledError

        future = self._client.submit(
            host.perform,
            packed,
            key=f"videmo-{self._run}-{next(self._numbers)}",
            pure=False,
            retries=0,
            priority=-task.rank if first else 0,
            workers=self._staff.chosen,
        )
        try:
            return await future
        except KilledWorker as exc:
            raise _Killed(exc.allowed_failures + 1) from exc
        except (FutureCancelledError, FuturesCancelledError, OSError) as exc:
            raise EngineLost(self._cluster, "the scheduler is gone, or has dropped the tasks", advice=_AGAIN) from exc
        finally:
            future.release()


class _Killed(Exception):
    """Dask gave a task up because so many workers ended while they had it."""

    def __init__(self, times: int) -> None:
        super().__init__(times)
        self.times = times


class _Pickler(pickle.Pickler):
    """Notes the keys of shared values that it meets."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, PROTOCOL)
        self.keys: list[str] = []

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, Shared):
            self.keys.append(value.key)
        return NotImplemented


def _pickled(task: Task) -> tuple[bytes, tuple[str, ...]]:
    """Pickle a task; returns the keys of the shared values that it refers to as well."""
    stream = io.BytesIO()
    pickler = _Pickler(stream)
    pickler.dump(task)
    return stream.getvalue(), tuple(pickler.keys)


def _file_of(task: Task) -> str:
    """Return the absolute path of what a task is for, if it is a file of this machine."""
    path = task.source.path
    return "" if kind_of(path) or not path.exists() else os.path.abspath(path)  # noqa: PTH100


def _outcome(task: Task, kind: bytes, content: Any) -> Finished:
    """Make of a worker's answer what came of the task.

    Raises:
        WorkerLost: it crashed its process twice.
    """
    if kind == host.LOST:
        raise WorkerLost(content, tried_alone=True)
    try:
        said = pickle.loads(content)
    except Exception as exc:
        return failed(task, exc)
    return unexpected(task, *said) if kind == channel.BROKEN else Finished(task, *said)


def _lost(task: Task, times: int) -> Finished:
    found = f"{times} workers of Dask ended while they had it"
    advice = "Either it takes more memory than they have, or they are ended from outside. Their logs may say."
    return Finished(task, failure=str(RecordingError(task.source.path, found, advice=advice)))
