"""An engine in the process of the run, where a test can look and interfere."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from videmo.batch.engines.execute import execute
from videmo.batch.engines.protocol import Finished, Task


@dataclass(frozen=True)
class Kept:
    """A shared value that doesn't travel."""

    value: Any

    def get(self) -> Any:
        return self.value


class InlineEngine:
    """Runs each task when it is handed out."""

    slots = 1
    worthwhile_s = 0.0

    def __init__(
        self,
        slots: int,
        *,
        guard: Path | None = None,
        files: Collection[str] = (),
        out: Path | None = None,
        sources: Collection[Path] = (),
    ) -> None: ...

    def submit(self, task: Task) -> Future[Finished]:
        future: Future[Finished] = Future()
        future.set_result(execute(task))
        return future

    def share(self, value: Any) -> Kept:
        return Kept(value)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None: ...
