"""Hand out the chunks of recordings: one by one, or several at a time where handing out would hold up the workers.

A chunk is what results are made of and what is kept when a run breaks off; how many of them go into one task changes
neither. So it can be decided at the last moment, by how long they took so far and how much is left.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from videmo.batch.engines.protocol import Engine, Reference
from videmo.batch.queue import Supply
from videmo.batch.tasks import Chunk
from videmo.pipeline.run import phases_of
from videmo.pipeline.work import Work

_USUAL: Final = 0.1
"""How long a second of a recording takes, in seconds, until that has been measured."""
_LONG_S: Final = 5.0
"""How long a task should take where short ones cost anything. What is lost with a worker is not much more."""
_ROUNDS: Final = 4
"""So many tasks per slot should be left to come: towards the end tasks get shorter, so that all slots end together."""


class Portions:
    """Divide what has not been handed out yet of all recordings."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting_s = 0.0
        self._open: dict[str, list[Portion]] = defaultdict(list)
        self._seconds: dict[int, float] = defaultdict(float)
        self._took_s: dict[int, float] = defaultdict(float)

    def expect(self, work: Work) -> None:
        """Count a recording in whose turn has not come."""
        self._waiting_s += _first_s(work)

    def expected(self, work: Work) -> None:
        """Count out a recording whose turn comes: what it begins with counts itself."""
        self._waiting_s -= _first_s(work)

    def begin(self, shared: Reference[Work], phase: int) -> Portion:
        """Add the chunks of a phase of the work on a recording."""
        work = shared.get()
        self._waiting_s += sum(chunk.duration_s for chunk in work.chunks)
        portion = Portion(self, shared, phase)
        self._open[work.source.key].append(portion)
        return portion

    def note(self, phase: int, seconds: float, took_s: float) -> None:
        """Note how long a worker took for some seconds of a recording."""
        self._seconds[phase] += seconds
        self._took_s[phase] += took_s

    def take(self, work: Work, phase: int, first: int) -> int:
        """Decide how many chunks go into the next task: 1 or more."""
        pace = self._took_s[phase] / self._seconds[phase] if self._took_s[phase] else _USUAL
        wanted_s, found_s, count = self._length_s(pace), 0.0, 0
        while first + count < len(work.chunks):
            took_s = work.chunks[first + count].duration_s * pace
            if count and found_s + took_s > wanted_s:
                break
            found_s += took_s
            count += 1
        self._waiting_s -= found_s / pace
        return count

    def drop(self, key: str) -> None:
        """Hand out no more of a recording: it failed."""
        for portion in self._open.pop(key, ()):
            self._waiting_s -= portion.withdraw()

    def done(self, key: str) -> None:
        """Forget a recording that is finished."""
        self._open.pop(key, None)

    def _length_s(self, pace: float) -> float:
        """Return how long the next task should take."""
        least_s = self._engine.worthwhile_s
        if not least_s:
            return 0.0
        left_s = self._waiting_s * pace / self._engine.slots
        return max(least_s, min(_LONG_S, left_s / _ROUNDS))


def _first_s(work: Work) -> float:
    """Return how many seconds of a recording are handed out in chunks first."""
    return sum(chunk.duration_s for chunk in work.chunks) if phases_of(work)[0].chunked else 0.0


class Portion(Supply):
    """Hold the chunks of a phase of one recording that have not been handed out."""

    def __init__(self, portions: Portions, shared: Reference[Work], phase: int) -> None:
        self._portions, self._shared, self._phase = portions, shared, phase
        first = Chunk(shared, phase, 0)
        self.rank, self.weight = first.rank, first.weight
        self._next, self._end = 0, len(shared.get().chunks)

    def draw(self) -> Chunk:
        """Make the next task."""
        work, first = self._shared.get(), self._next
        count = self._portions.take(work, self._phase, first)
        self._next += count
        return Chunk(self._shared, self._phase, first, count)

    def __bool__(self) -> bool:
        return self._next < self._end

    def withdraw(self) -> float:
        """Hand out nothing more; returns how many seconds of the recording that leaves out."""
        left_s = sum(chunk.duration_s for chunk in self._shared.get().chunks[self._next : self._end])
        self._end = self._next
        return left_s
