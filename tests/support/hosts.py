"""Three machines that this one plays: a desk and two hosts, each with a network and a name of its own, and a cluster.

Each is a network namespace; a switch between them takes its time (`switch`). They share this machine's files, as
machines share a file system.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psutil

import switch
from clusters import environment, until
from runs import command

DESK, HOSTS, SWITCH = "desk", ("left", "right"), "switch"
_ADDRESSES = {DESK: "10.77.0.1", "left": "10.77.0.2", "right": "10.77.0.3"}
_PORT = 8786
_NOTING = Path(__file__).with_name("noting.py")
DELAY_S = 0.02
"""One way."""
_NAMED = 'echo "$0" > /proc/sys/kernel/hostname && exec "$@"'
Process = subprocess.Popen[bytes]


@lru_cache(maxsize=1)
def impossible() -> str:
    """Say why machines can't be played here; empty if they can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces are made by root on Linux"
    if not shutil.which("ip") or not shutil.which("unshare"):
        return "there is no ip (iproute2) or no unshare (util-linux)"
    try:
        with _namespaces("probe"):
            pass
    except (subprocess.CalledProcessError, OSError) as exc:
        return f"network namespaces can't be made ({getattr(exc, 'stderr', '') or exc})".strip()
    return ""


@dataclass
class Worker:
    """A worker of Dask with its log."""

    host: str
    process: Process
    log: Path

    @property
    def registered(self) -> bool:
        """Tell whether the scheduler knows it."""
        return b"Registered to" in self.log.read_bytes()

    def family(self) -> list[psutil.Process]:
        """Return it and all that it has started."""
        with suppress(psutil.Error):
            first = psutil.Process(self.process.pid)
            return [first, *first.children(recursive=True)]
        return []

    def kill(self) -> None:
        """Kill all of it, as a machine that loses its power does."""
        for each in self.family():
            with suppress(psutil.Error):
                each.kill()
        self.process.wait()

    def stop(self) -> None:
        """Stop all of it."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Have it go on after `stop`."""
        os.killpg(self.process.pid, signal.SIGCONT)


@dataclass(frozen=True)
class Note:
    """What a worker noted, see `noting`."""

    time_s: float
    host: str
    process: int
    key: str
    what: str


class Machines:
    """The three machines with a scheduler on the desk, and the workers that are added."""

    def __init__(self, place: Path, namespaces: Mapping[str, str], dask: Mapping[str, str]) -> None:
        """Start the scheduler; ``place`` is for logs, ``dask`` are settings by the name of their variable."""
        self.place, self._namespaces = place, namespaces
        self._noted, self._count = place / "notes", 0
        self._environment = {**environment(), **dask, "VIDEMO_TEST_NOTES": str(self._noted)}
        self.workers: list[Worker] = []
        self.others: list[Process] = []
        scheduler, log = self._dask(DESK, "scheduler", "--port", str(_PORT))
        self.others.append(scheduler)
        until(lambda: b"Scheduler at" in log.read_bytes())

    @property
    def engine(self) -> str:
        """Return what ``--engine`` takes."""
        return f"dask://{_ADDRESSES[DESK]}:{_PORT}"

    def add(self, host: str, *options: str) -> Worker:
        """Start a worker with one thread; it is not waited for."""
        more = ("--nthreads", "1", "--no-nanny", "--local-directory", str(self.place), "--preload", str(_NOTING))
        scheduler = f"tcp://{_ADDRESSES[DESK]}:{_PORT}"
        worker = Worker(host, *self._dask(host, "worker", scheduler, *more, *options))
        self.workers.append(worker)
        return worker

    def kill(self, worker: Worker) -> None:
        """Kill a worker with all of its processes."""
        worker.kill()
        self.workers.remove(worker)

    def run(self, *arguments: str | Path) -> Process:
        """Start ``videmo …`` at the desk; what it says is in `said`."""
        process, log = self._started(DESK, command(*arguments), "run")
        self.others.append(process)
        self._said = log
        return process

    @property
    def said(self) -> str:
        """Return what the last run has said."""
        return self._said.read_text(encoding="utf-8", errors="replace")

    def link(self, host: str, state: str) -> None:
        """Set the network of a host ``up`` or ``down``."""
        _ip("-n", self._namespaces[host], "link", "set", "eth0", state)

    def show_late(self) -> Path:
        """Have what is started from now on see late what other machines have written, see `late`; returns the notes."""
        ledger = self.place / "ledger"
        ledger.touch()
        places = os.pathsep.join([str(Path(__file__).parent / "late"), self._environment["PYTHONPATH"]])
        self._environment |= {"PYTHONPATH": places, "VIDEMO_TEST_LEDGER": str(ledger)}
        return ledger

    def notes(self) -> list[Note]:
        """Return what the workers noted so far."""
        if not self._noted.exists():
            return []
        fields = [line.split() for line in self._noted.read_text().splitlines()]
        return [Note(float(at), host, int(process), key, what) for at, host, process, key, what in fields]

    def at_work(self, worker: Worker) -> bool:
        """Tell whether a worker has a task under way."""
        mine = self._of(worker)
        return bool(mine) and mine[-1].what == "begun"

    def begun(self, worker: Worker) -> int:
        """Return how many tasks a worker has begun."""
        return sum(note.what == "begun" for note in self._of(worker))

    def end(self) -> None:
        """End all of it at once."""
        for worker in self.workers:
            worker.kill()
        for process in self.others:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _of(self, worker: Worker) -> list[Note]:
        return [note for note in self.notes() if note.process == worker.process.pid]

    def _dask(self, host: str, what: str, *options: str) -> tuple[Process, Path]:
        line = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--host", _ADDRESSES[host], "--no-dashboard"]
        return self._started(host, [*line, *options], f"{host}-{what}")

    def _started(self, host: str, line: list[str], name: str) -> tuple[Process, Path]:
        self._count += 1
        log = self.place / f"{name}-{self._count}.log"
        inside = ["ip", "netns", "exec", self._namespaces[host], "unshare", "--uts", "sh", "-c", _NAMED, host]
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [*inside, *line], env=self._environment, stdout=stream, stderr=stream, start_new_session=True
            )
        return process, log


def begun_again(notes: list[Note]) -> tuple[Counter[str], Counter[str]]:
    """Count how often each task was begun again: before it had been done, and after that, when its answer was lost."""
    begun, done = set(), set()
    undone: Counter[str] = Counter()
    unheard: Counter[str] = Counter()
    for note in notes:
        if note.what == "begun":
            if note.key in begun:
                (unheard if note.key in done else undone)[note.key] += 1
            begun.add(note.key)
        elif note.what == "memory":
            done.add(note.key)
    return undone, unheard


@contextmanager
def machines(place: Path, **dask: str) -> Iterator[Machines]:
    """The machines for a while; ``dask`` are settings, as in ``SCHEDULER__WORKER_TTL="5s"``."""
    place.mkdir(parents=True, exist_ok=True)
    settings = {f"DASK_DISTRIBUTED__{name}": value for name, value in dask.items()}
    with _namespaces(DESK, *HOSTS) as known, _joined(known):
        started = Machines(place, known, settings)
        try:
            yield started
        finally:
            started.end()


@contextmanager
def _namespaces(*names: str) -> Iterator[dict[str, str]]:
    """Namespaces for a while, and those of killed processes no more."""
    _clear(alive=True)
    known = {name: f"videmo-{os.getpid()}-{name}" for name in (SWITCH, *names)}
    try:
        for name, space in known.items():
            _ip("netns", "add", space)
            _ip("-n", space, "link", "set", "lo", "up")
            if name == SWITCH:
                continue
            _ip("-n", space, "link", "add", "eth0", "type", "veth", "peer", "name", name, "netns", known[SWITCH])
            _ip("-n", known[SWITCH], "link", "set", name, "up")
            _ip("-n", space, "addr", "add", f"{_ADDRESSES.get(name, '10.77.0.9')}/24", "dev", "eth0")
            _ip("-n", space, "link", "set", "eth0", "up")
        yield known
    finally:
        _clear(alive=False)


def _clear(*, alive: bool) -> None:
    """Remove the namespaces of processes that are gone or, unless they are to stay, of this one."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    for space in (line.split()[0] for line in listed.splitlines() if line.startswith("videmo-")):
        owner = int(space.split("-")[1])
        if (owner == os.getpid() and alive) or (owner != os.getpid() and psutil.pid_exists(owner)):
            continue
        for left in subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True).stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(left), signal.SIGKILL)
        subprocess.run(["ip", "netns", "delete", space], capture_output=True, check=False)


@contextmanager
def _joined(namespaces: Mapping[str, str]) -> Iterator[None]:
    line = [sys.executable, switch.__file__, str(DELAY_S), DESK, *HOSTS]
    with subprocess.Popen(
        ["ip", "netns", "exec", namespaces[SWITCH], *line], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.kill()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
