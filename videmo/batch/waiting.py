"""Hold the work that waits in little memory: a long run has planned a million chunks before it hands out the first."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Iterable

from videmo.batch.engines.protocol import Task
from videmo.batch.queue import Supply
from videmo.batch.tasks import rank_of
from videmo.pipeline.work import Work
from videmo.settings import Settings

_EFFORT = 1
"""Of the compression: the least takes chunks to a tenth."""


class Packed:
    """Hold the work on a recording in a tenth of its memory.

    Args:
        work: what is packed.
        known: settings that were met before, by themselves; those of all works that are unpacked are shared.
    """

    __slots__ = ("_content", "_known")

    def __init__(self, work: Work, known: dict[Settings, Settings]) -> None:
        self._content, self._known = zlib.compress(pickle.dumps(work), _EFFORT), known

    def unpack(self) -> Work:
        """Return the work."""
        work: Work = pickle.loads(zlib.decompress(self._content))
        return work.slim(self._known)


class Waiting(Supply):
    """Make the tasks of a recording's first phase; only when its turn comes is its work unpacked.

    Args:
        work: on the recording, to know its turn by.
        packed: the same.
        begin: returns the phase's task, or the supply of its tasks.
    """

    def __init__(self, work: Work, packed: Packed, begin: Callable[[Work], Iterable[Task | Supply]]) -> None:
        self.rank, self.weight = rank_of(work, 0), work.weight
        self._packed: Packed | None = packed
        self._begin = begin
        self._begun: list[Task | Supply] = []

    def draw(self) -> Task:
        """Make the next task."""
        if self._packed is not None:
            self._begun, self._packed = list(self._begin(self._packed.unpack())), None
        first = self._begun[0]  # a phase begins with one or the other
        if isinstance(first, Supply):
            return first.draw()
        self._begun.clear()
        return first

    def __bool__(self) -> bool:
        return self._packed is not None or any(not isinstance(each, Supply) or bool(each) for each in self._begun)
