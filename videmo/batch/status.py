"""Tell others how far a run has come: a small file in the folder of results, written while the run goes on."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from videmo.batch.progress import Estimate, Listener, Step
from videmo.errors import OutputError, ResultsError
from videmo.results.folder import ResultsFolder
from videmo.results.shards import ShardNotes

if TYPE_CHECKING:
    from videmo.pipeline.run import Phase
    from videmo.pipeline.work import Work
    from videmo.records import Outcome

SCHEMA: Final = 1
EVERY_S: Final = 1.0
"""The shortest time between two versions of the file."""
ALIVE_S: Final = 20.0
"""The longest, even if nothing has happened: so that others can tell a run that waits from one that is gone."""
_MOST: Final = 100
"""Failures that are told; all of them are counted."""


@dataclass(slots=True)
class HostShare:
    """Add up what a machine has done."""

    tasks: int = 0
    failed: int = 0
    frames: int = 0
    busy_s: float = 0.0
    """Sum over its workers."""


@dataclass(slots=True)
class RunStatus:
    """Tell how far a run has come; the file holds these fields."""

    state: str = "inspecting"
    """``inspecting``, ``running``; ``ended``, ``interrupted`` or ``broken off``."""
    host: str = ""
    """The machine that hands out the work."""
    process: int = 0
    """Its number there."""
    shard: str = ""
    """Such as ``3/16``; empty for a whole run."""
    started: str = ""
    """In UTC, as are all times."""
    updated: str = ""
    recordings: int = 0
    inspected: int = 0
    analysed: int = 0
    renewed: int = 0
    skipped: int = 0
    failed: int = 0
    share: float = 0.0
    """How much of the work is done, 0 to 1."""
    seconds_left: float | None = None
    """About how long the rest takes; None while there is nothing to go by."""
    frames: int = 0
    """Looked at or written."""
    frames_per_second: float = 0.0
    failures: list[dict[str, str]] = field(default_factory=list)
    """The first hundred: ``recording`` and ``reason``."""
    hosts: dict[str, HostShare] = field(default_factory=dict)
    """What each machine has done in this run, by its name."""
    schema: int = SCHEMA


class Watched:
    """Passes on what happens in a run, and keeps its status.

    Args:
        listener: receives it all as well.
        jobs: number of tasks at a time.
        shard: such as ``3/16``; empty for a whole run.
    """

    def __init__(self, listener: Listener, jobs: int, shard: str = "") -> None:
        self._listener, self._estimate = listener, Estimate(jobs)
        self._lock = threading.Lock()
        self._status = RunStatus(host=socket.gethostname(), process=os.getpid(), shard=shard, started=_now())
        self._changes = 0

    def noted(self, words: str) -> None:
        """Pass it on: it says nothing about how far the run has come."""
        self._listener.noted(words)

    def inspected(self, done: int, total: int) -> None:
        """Note how many recordings are planned."""
        self._listener.inspected(done, total)
        with self._changing() as status:
            status.inspected, status.recordings = done, total

    def planned(self, work: Work, phases: Sequence[Phase]) -> None:
        """Count what is to do."""
        self._listener.planned(work, phases)
        with self._changing() as status:
            self._estimate.plan(work, phases)
            status.state = "running"

    def advanced(self, step: Step) -> None:
        """Note a piece that is done, and where."""
        self._listener.advanced(step)
        with self._changing() as status:
            self._estimate.advance(step)
            status.frames += step.frames
            share = status.hosts.setdefault(step.host or status.host, HostShare())
            share.tasks += 1
            share.frames += step.frames
            share.busy_s += step.took_s

    def ended(self, outcome: Outcome) -> None:
        """Note how a recording ended."""
        self._listener.ended(outcome)
        with self._changing() as status:
            self._estimate.end(outcome.source.key)
            setattr(status, outcome.status, getattr(status, outcome.status) + 1)
            if outcome.status == "failed":
                status.hosts.setdefault(outcome.host or status.host, HostShare()).failed += 1
                if len(status.failures) < _MOST:
                    status.failures.append({"recording": outcome.source.key, "reason": outcome.reason})

    def close(self, state: str) -> None:
        """Note that the run is over, and how."""
        with self._changing() as status:
            status.state = state

    @property
    def changes(self) -> int:
        """Return how often something was noted."""
        return self._changes

    def content(self) -> dict[str, Any]:
        """Return the status as plain values."""
        with self._lock:
            status = self._status
            done = status.analysed + status.renewed + status.skipped + status.failed
            complete = status.recordings > 0 and done == status.recordings
            status.share = 1.0 if complete else round(self._estimate.share, 4)
            left_s = self._estimate.seconds_left
            status.seconds_left = None if left_s is None else round(left_s, 1)
            status.frames_per_second = round(self._estimate.fps, 1) if status.frames else 0.0
            status.updated = _now()
            content = asdict(status)
        for share in content["hosts"].values():
            share["busy_s"] = round(share["busy_s"], 3)
        return content

    @contextmanager
    def _changing(self) -> Iterator[RunStatus]:
        with self._lock:
            yield self._status
            self._changes += 1


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@contextmanager
def watched(folder: ResultsFolder, listener: Listener, jobs: int, shard: str = "") -> Iterator[Listener]:
    """Keep the status of a run in its folder of results for as long as the block lasts, and leave how it ended.

    Args:
        folder: of results, held.
        listener: receives what happens too.
        jobs: number of tasks at a time.
        shard: such as ``3/16``; empty for a whole run.
    """
    watching, over = Watched(listener, jobs, shard), threading.Event()

    def write() -> None:
        with suppress(OutputError):  # what is wrong there will end the run with a reason
            folder.write_status(watching.content(), shard)

    # A thread of its own: a slow disk must not keep the workers waiting.
    writer = threading.Thread(target=_keep, args=(write, watching, over), name="videmo-status", daemon=True)
    writer.start()
    state = "broken off"
    try:
        yield watching
        state = "ended"
    except KeyboardInterrupt:
        state = "interrupted"
        raise
    finally:
        watching.close(state)
        over.set()
        writer.join()
        write()


def _keep(write: Callable[[], None], watching: Watched, over: threading.Event) -> None:
    known, written_s = -1, 0.0
    while not over.wait(EVERY_S):
        if watching.changes != known or time.monotonic() - written_s >= ALIVE_S:
            known, written_s = watching.changes, time.monotonic()
            write()


@dataclass(frozen=True, slots=True)
class Told:
    """Hold what the status files of a folder of results tell."""

    statuses: tuple[RunStatus, ...]
    """Of the shards that have begun, in order; where there are none, or it told something later, of the last run."""
    absent: tuple[str, ...] = ()
    """Shards that have not begun, such as ``3/16``."""
    ungathered: int = 0
    """Shards that had begun before the last run, and still have to be gathered."""


def read_statuses(folder: ResultsFolder) -> Told:
    """Read how far the run in a folder has come, or all shards of it.

    Raises:
        ResultsError: nobody has told.
    """
    agreed = ShardNotes(folder).agreed
    count = agreed.count if agreed else 0
    shards = {name: _status(folder.status(name)) for name in (f"{index}/{count}" for index in range(1, count + 1))}
    begun, run = tuple(filter(None, shards.values())), _status(folder.status())
    # A run and shards are never at work at the same time.
    if run is not None and all(_last_told(run) >= _last_told(shard) for shard in begun):
        return Told((run,), ungathered=len(begun))
    if begun:
        return Told(begun, tuple(name for name, status in shards.items() if status is None))
    if folder.has_tables:
        advice = "How each recording ended is in recordings.csv."
        raise ResultsError(folder.path, "all shards are gathered, or an earlier version ran there", advice=advice)
    raise ResultsError(folder.path, "no run has told how far it is", advice="Check the name of the folder.")


def _last_told(status: RunStatus) -> tuple[str, bool]:
    return status.updated, status.state in ("inspecting", "running")


def _status(content: dict[str, Any]) -> RunStatus | None:
    """Read a status; None where there is none, or another version of videmo wrote another kind."""
    if content.get("schema") != SCHEMA:
        return None
    try:
        status = RunStatus(**content)
        status.hosts = {name: HostShare(**share) for name, share in content["hosts"].items()}
    except (TypeError, KeyError, AttributeError):
        return None
    return status


def age_s(status: RunStatus) -> float:
    """Return how many seconds ago a status was written, by the clock of this machine."""
    return (datetime.now(UTC) - datetime.fromisoformat(status.updated)).total_seconds()
