"""Start a worker process and talk with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from videmo.batch.engines import channel
from videmo.batch.engines.protocol import WorkerLost
from videmo.machine import ONE_THREAD
from videmo.store.kept import PLACE

BOOT: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from videmo.batch.engines.worker import serve; serve(*sys.argv[2:])"
)
"""What the interpreter of a worker runs; its arguments are the import path, as JSON, and those of `worker.serve`."""
_OPENBLAS: Final = "OPENBLAS_NUM_THREADS"


class WorkerProcess:
    """A worker, as who starts it sees it. It ends with the thread that starts it, at the latest."""

    def __init__(
        self,
        guard: Path | None,
        *,
        folder: Path | None = None,
        kept: Path | None = None,
        mark: str = "",
        threads: int = 1,
    ) -> None:
        """Start it.

        Args:
            guard: what it holds for its whole life, see `guard`; None where tasks write nothing.
            folder: to work in; None for that of this process.
            kept: where it keeps what it reads of recordings in object storage, see `store.kept`; None for nowhere.
            mark: path of a file without which it writes nothing, see `files.write_only_beside`; empty for none.
            threads: for which OpenBLAS is prepared.
        """
        # Not through `multiprocessing`: that runs the user's script again in each worker, and a script that calls us
        # without a guard around its main part would start itself for ever.
        path = [os.path.abspath(place) for place in sys.path]  # noqa: PTH100 (it works in another folder)
        command = [sys.executable, "-X", f"utf8={sys.flags.utf8_mode}", "-c", BOOT, json.dumps(path)]
        self._process = subprocess.Popen(
            [*command, str(guard.absolute()) if guard else "", *([mark] if mark else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            # They would only get into each other's way: workers fill the cores. The user's word counts.
            env={**ONE_THREAD, _OPENBLAS: str(threads), **os.environ, **({PLACE: str(kept)} if kept else {})},
        )
        self._ready = False

    @property
    def alive(self) -> bool:
        """Tell whether it has not ended."""
        return self._process.poll() is None

    def ask(self, kind: bytes, body: bytes) -> tuple[bytes, bytes]:
        """Send a message and wait for the answer.

        Raises:
            WorkerLost: the worker ended before it answered.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            if not self._ready:
                # A task must not lie in the pipe of a worker that isn't set up: a kill of the run in that moment would
                # leave a worker with work to do that holds no guard yet.
                channel.receive(self._process.stdout)
                self._ready = True
            channel.send(self._process.stdin, kind, body)
            return channel.receive(self._process.stdout)
        except (EOFError, OSError, ValueError) as exc:  # ValueError: the engine was closed meanwhile
            self.kill()
            raise WorkerLost(f"worker process ended ({self._process.returncode})") from exc

    def kill(self) -> None:
        """End the process at once, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # of what was written and not read any more
                    pipe.close()


@contextmanager
def interrupt_held_back() -> Iterator[None]:
    """Block Ctrl-C for processes that start in the block.

    It reaches all processes of a terminal, and one that is still starting would answer with a traceback.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
