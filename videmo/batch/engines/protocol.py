"""Define what an engine is: it runs tasks elsewhere and returns their results."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from videmo.records import Source

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Task(Protocol):
    """Something that a worker can do for one recording. Picklable, and small: see `Engine.share`."""

    @property
    def rank(self) -> int:
        """Order tasks, lower first: what finishes a recording before what begins one."""
        ...

    @property
    def weight(self) -> float:
        """Order tasks of the same rank, larger first."""
        ...

    @property
    def source(self) -> Source:
        """Return the recording that it is for; failures name it."""
        ...

    def run(self) -> Any:
        """Do the work, in a worker. The result has to be picklable."""
        ...


@dataclass(frozen=True, slots=True)
class Finished:
    """The result of a task."""

    task: Task
    value: Any = None
    failure: str = ""
    """The error in words if it failed, else empty."""
    details: str = ""
    """The traceback of a failure."""
    took_s: float = 0.0
    """How long it took; 0 for one that failed."""
    host: str = ""
    """The machine that did it, where that is known."""


class WorkerLost(Exception):
    """The worker ended before the task did: it crashed, was killed, or its machine went away."""

    def __init__(self, reason: str, *, tried_alone: bool = False) -> None:
        """Keep the reason.

        Args:
            reason: in technical terms, such as ``signal 9``.
            tried_alone: True if the engine has tried the task again by itself, so that nobody else need.
        """
        super().__init__(reason)
        self.tried_alone = tried_alone


class Reference(Protocol[T_co]):
    """A stand-in for a shared value that travels with tasks. Picklable, a few bytes."""

    def get(self) -> T_co:
        """Return the value, in the process that shared it and in any worker."""
        ...


class Engine(Protocol):
    """Runs tasks in workers. Used in a ``with`` block, at whose end no worker is left."""

    @property
    def slots(self) -> int:
        """Return the number of tasks that can be under way at once, 1 or more. May change while tasks run."""
        ...

    @property
    def worthwhile_s(self) -> float:
        """Return how long a task should take at least, lest handing out holds up the workers; 0 if it costs nothing."""
        ...

    def submit(self, task: Task) -> Future[Finished]:
        """Hand out a task; never call it with `slots` tasks under way.

        The future's result includes any error of the task. Its exception is `WorkerLost` if the task crashed its
        worker; any other means that the engine itself can't go on.
        """
        ...

    def share(self, value: T) -> Reference[T]:
        """Make a value available to tasks without sending it with each of them.

        It travels to a worker only if a task there asks for it, and is kept there. It lives as long as its reference.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class EngineKind(Protocol):
    """Makes an engine for one run: the class of an engine is one."""

    def __call__(
        self,
        slots: int,
        *,
        guard: Path | None = None,
        files: Collection[str] = (),
        out: Path | None = None,
        sources: Collection[Path] = (),
    ) -> Engine:
        """Make an engine.

        Args:
            slots: number of tasks at a time that the user asked for.
            guard: file that each worker holds for its whole life, see `guard`; None where tasks write nothing.
            files: that tasks read besides their recordings, see `weights.named`: on other machines they have to be the
                same.
            out: location of the folder of results that tasks write to; None where that is the folder of the guard.
            sources: locations of the recordings.
        """
        ...
