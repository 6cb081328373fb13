"""A time that passes when somebody waits, and a process that holds a lease as if it were on another machine."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from videmo.store.lease import LeaseFile

HOLDER = """
import sys
from pathlib import Path
from videmo import files as owner

folder, place, index = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
if place:
    owner._place, owner._host = lambda: place, lambda: "node17"
from videmo.results.locks import Locks
from videmo.store.local import LocalStore
from videmo.results import names
import videmo.store.lease as lease

held = []
claim = lease.Lease.claim
lease.Lease.claim = lambda self: (claim(self), held.append(self))[0]
locks = Locks(LocalStore(folder), folder)
with locks.shard(index, lambda: None) if index else locks.whole():
    print("held", flush=True)
    for line in sys.stdin:
        held[-1].renew()
        print("lost" if held[-1].lost else "renewed", flush=True)
"""


@dataclass
class FakeTime:
    """Passes when somebody waits, and at once."""

    meanwhile: Callable[[], None] = lambda: None
    """Happens during each wait."""
    passed_s: float = 0.0
    waits: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.passed_s

    def wait(self, seconds: float, over: threading.Event) -> bool:
        if threading.current_thread() is not threading.main_thread():
            return over.wait()  # who renews does so when the test says
        self.waits.append(seconds)
        self.passed_s += seconds
        self.meanwhile()
        return over.is_set()


@dataclass
class Holding:
    """A process that holds a folder or a shard of it."""

    process: subprocess.Popen[str]

    def renew(self) -> str:
        """Have it renew its lease; returns what came of it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("renew\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        """Kill it, as a machine that loses its power does."""
        self.process.kill()
        self.process.wait()


@contextmanager
def holding(folder: Path, *, place: str = "", shard: int = 0) -> Iterator[Holding]:
    """Start a process that holds a folder, or a shard of it.

    Args:
        folder: of results.
        place: of the process, if it is to seem to be on another machine.
        shard: its index; 0 for the whole folder.
    """
    command = [sys.executable, "-c", HOLDER, str(folder), place, str(shard)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield Holding(process)
        finally:
            process.kill()


def one_of_many_wins(lease: Callable[[], LeaseFile]) -> None:
    """Check that of several who create a lease at one moment, one alone is told that it has it, and has it.

    Args:
        lease: returns what keeps it, for each of them another one.
    """
    start, won = threading.Barrier(6), []

    def try_it(name: bytes) -> None:
        own = lease()
        start.wait()
        if own.create(name):
            won.append(name)

    threads = [threading.Thread(target=try_it, args=(b"%d" % index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = lease().look()
    assert seen is not None
    assert won == [seen.content]
