"""Small tasks that say, wait, ask or crash; a worker anywhere can import them without anything heavy."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from videmo.batch.engines.protocol import Reference
from videmo.records import Source


@dataclass(frozen=True)
class Says:
    """Says its name, louder."""

    name: str
    rank: ClassVar[int] = 0
    weight: ClassVar[float] = 0.0

    @property
    def source(self) -> Source:
        return Source(Path(self.name), self.name)

    def run(self) -> Any:
        return self.name.upper()


class Fails(Says):
    """Raises."""

    def run(self) -> Any:
        raise ValueError("oh")


class Crashes(Says):
    """Takes its process down, as a decoder may."""

    def run(self) -> Any:
        os.kill(os.getpid(), signal.SIGSEGV)


@dataclass(frozen=True)
class CrashesOnce(Says):
    """Takes its process down the first time."""

    mark: Path = Path()

    def run(self) -> Any:
        if not self.mark.exists():
            self.mark.touch()
            os._exit(1)
        return "survived"


@dataclass(frozen=True)
class Waits(Says):
    """Says which process did it, and whose child that is."""

    seconds: float = 0.0
    begun: Path | None = None
    go: Path | None = None
    """Waits besides until there is this file."""

    def run(self) -> Any:
        if self.begun is not None:
            self.begun.write_text(str(os.getpid()))
        time.sleep(self.seconds)
        while self.go is not None and not self.go.exists():
            time.sleep(0.05)
        return os.getpid(), os.getppid()


class Value:
    """A shared value that counts how often it travels."""

    travelled: ClassVar[int] = 0

    def __init__(self, content: str) -> None:
        self.content = content

    def __getstate__(self) -> dict[str, str]:
        Value.travelled += 1
        return {"content": self.content}


@dataclass(frozen=True)
class Asks(Says):
    """Asks for a shared value."""

    reference: Reference[Value] | None = None

    def run(self) -> Any:
        assert self.reference is not None
        return self.reference.get().content


class Unreadable(Says):
    """Has a result that can't be sent."""

    def run(self) -> Any:
        return lambda: None
