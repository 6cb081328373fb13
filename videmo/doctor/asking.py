"""Ask a worker, which may crash without harm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from videmo.batch.engines.protocol import Engine, Task, WorkerLost
from videmo.records import Source


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask; what it runs is said by those who ask it."""

    rank: ClassVar[int] = 0
    weight: ClassVar[float] = 0.0

    @property
    def source(self) -> Source:
        """Return what errors name: nothing that is a recording."""
        name = type(self).__name__
        return Source(Path(name), name)


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what came of a question."""

    value: Any = None
    trouble: str = ""
    """Why there is no value, in words."""


def asked(engine: Engine, question: Task) -> Answer:
    """Ask, and wait for the answer."""
    try:
        done = engine.submit(question).result()
    except WorkerLost as lost:
        return Answer(trouble=f"it crashes ({lost})")
    if done.failure:
        return Answer(trouble=done.details.strip().splitlines()[-1])
    return Answer(done.value)
