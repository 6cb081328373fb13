"""Clusters of Dask as users start them: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
Process = subprocess.Popen[bytes]


class Cluster:
    """A scheduler, and the workers that are started."""

    def __init__(self, place: Path) -> None:
        """Start the scheduler; ``place`` is for its files."""
        self.place = place
        self._logs: dict[int, Path] = {}
        self.workers: list[Process] = []
        self.file = place / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(self.file))
        until(lambda: self.file.exists() and bool(self.address))

    @property
    def address(self) -> str:
        """Of the scheduler, as Dask writes it; empty while the file is being written."""
        try:
            return str(json.loads(self.file.read_text())["address"])
        except ValueError:
            return ""

    def add(
        self,
        threads: int = 1,
        *,
        cwd: Path = ROOT,
        env: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> Process:
        """Start a worker without a nanny, and wait for it; ``prefix`` is a command that starts it."""
        more = ("--nthreads", str(threads), "--no-nanny", "--local-directory", str(self.place))
        worker = self._start("worker", self.address, *more, cwd=cwd, env=env, prefix=prefix)
        self.workers.append(worker)
        until(lambda: b"Registered to" in self._log(worker).read_bytes())
        return worker

    def remove(self, worker: Process) -> None:
        """Kill a worker, and wait until the scheduler knows."""
        log = self._log(self.scheduler)
        before = log.read_bytes().count(b"Remove worker")
        worker.kill()
        worker.wait()
        self.workers.remove(worker)
        until(lambda: log.read_bytes().count(b"Remove worker") > before)

    def end(self) -> None:
        """End all of it at once."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _start(
        self,
        what: str,
        *options: str,
        cwd: Path = ROOT,
        env: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> Process:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--host", "127.0.0.1", "--no-dashboard"]
        log, found = self.place / f"{what}-{len(self._logs)}.log", {**environment(), **(env or {})}
        with log.open("wb") as stream:
            process = subprocess.Popen([*prefix, *command, *options], cwd=cwd, env=found, stderr=stream, stdout=stream)
        self._logs[process.pid] = log
        return process

    def _log(self, process: Process) -> Path:
        return self._logs[process.pid]


@contextmanager
def cluster(place: Path, *workers: int) -> Iterator[Cluster]:
    """A cluster for a while, with workers that have so many threads each."""
    place.mkdir(parents=True, exist_ok=True)
    started = Cluster(place)
    try:
        for threads in workers:
            started.add(threads)
        yield started
    finally:
        started.end()


def environment() -> dict[str, str]:
    """The environment of a worker that finds the package and the tests."""
    places = [str(ROOT), *(str(ROOT / "tests" / name) for name in ("support", "promises", "unit"))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*places, *filter(None, sys.path)])}


def until(holds, patience_s: float = 120.0):  # type: ignore[no-untyped-def]
    """Wait until something holds, and return it."""
    deadline = time.monotonic() + patience_s
    while not (found := holds()):
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.05)
    return found
