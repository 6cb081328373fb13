"""Be a worker: a process that runs one task after another until its run ends, and never longer.

A worker ends with its run, however that ends. The pipe on which tasks come is the lifeline: the system closes it when
the run's process is gone, `kill -9` included, and a thread that waits for it ends the worker in the middle of its
task. On Linux the kernel kills it besides, for the thread has to wait its turn while foreign code holds the
interpreter's lock.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from socket import gethostname
from typing import IO, Any, NoReturn

from videmo.batch.engines import channel, guard
from videmo.batch.engines.channel import PROTOCOL
from videmo.batch.engines.execute import describe, execute
from videmo.files import write_only_beside

KEPT = 8
"""Shared values that a worker keeps: it is rarely at work on more recordings at a time."""

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class SharedValue:
    """A `protocol.Reference`, in a worker."""

    key: str

    def get(self) -> Any:
        """Return the value; the first time, it is requested from the run."""
        if _Worker.running is None:
            raise RuntimeError("a shared value can be read in a worker or where it was shared, nowhere else")
        return _Worker.running.value(self.key)


def serve(held: str, mark: str = "") -> NoReturn:
    """Run the tasks that come on standard input until it is closed.

    Args:
        held: path of the guard to hold, or empty for none.
        mark: path of a file without which nothing is written, see `files.write_only_beside`; empty for none.
    """
    _die_with_run()
    if mark:
        write_only_beside(Path(mark))
    # An interrupt from the keyboard reaches all processes of a terminal. The run decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks, results = _claim_pipes()
    holding = guard.hold(Path(held)) if held else None
    _Worker.running = _Worker(tasks, results)
    _Worker.running.work()
    raise AssertionError(holding)  # never reached: kept open for as long as the process lives


def _die_with_run() -> None:
    # The kernel ties this to the thread that started us: `LocalEngine.submit` starts workers in the thread that waits
    # for them, not in one of those that talk to them.
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _claim_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take the pipes from standard input and output, so that nothing that prints or asks can disturb them."""
    tasks, results = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return tasks, results


class _Worker:
    running: _Worker | None = None
    """The one of this process."""

    def __init__(self, tasks: IO[bytes], results: IO[bytes]) -> None:
        self._results = results
        self._inbox: SimpleQueue[tuple[bytes, bytes]] = SimpleQueue()
        self._values: OrderedDict[str, Any] = OrderedDict()
        self._asking = threading.Lock()
        threading.Thread(target=self._listen, args=(tasks,), daemon=True).start()

    def _listen(self, tasks: IO[bytes]) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._inbox.put(channel.receive(tasks))
        os._exit(0)  # at once, in the middle of whatever the task does: its run is gone

    def work(self) -> NoReturn:
        self._send(channel.READY)
        while True:
            _, body = self._inbox.get()
            self._send(*_outcome(body))

    def _send(self, kind: bytes, body: bytes = b"") -> None:
        try:
            channel.send(self._results, kind, body)
        except OSError:  # nobody reads any more: the run is gone, and has said itself why
            os._exit(0)

    def value(self, key: str) -> Any:
        """Return a shared value from those that are kept, else from the run."""
        with self._asking:
            if key not in self._values:
                self._send(channel.NEED, key.encode())
                self._values[key] = pickle.loads(self._inbox.get()[1])
            self._values.move_to_end(key)
            while len(self._values) > KEPT:
                self._values.popitem(last=False)
            return self._values[key]


def _outcome(body: bytes) -> tuple[bytes, bytes]:
    """Run a pickled task; returns a message with its result."""
    try:
        finished = execute(pickle.loads(body))
        content = finished.value, finished.failure, finished.details, finished.took_s, gethostname()
        return channel.FAILED if finished.failure else channel.DONE, pickle.dumps(content, PROTOCOL)
    except Exception as exc:  # a task that can't be read, or a result that can't be sent
        return channel.BROKEN, pickle.dumps((describe(exc), traceback.format_exc()), PROTOCOL)
