"""Loaded into a worker of Dask by ``--preload``: notes which tasks of videmo it begins and how they end."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

from distributed import WorkerPlugin


class Notes(WorkerPlugin):
    """Writes a line when a task begins and when it is over: time, machine, process, name of the task, what happened."""

    def __init__(self) -> None:
        # All workers write to the end of the same one.
        self._file = os.open(os.environ["VIDEMO_TEST_NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def transition(self, key: Any, start: str, finish: str, **more: Any) -> None:
        if str(key).startswith("videmo-") and "executing" in (start, finish):
            what = "begun" if finish == "executing" else finish
            os.write(self._file, f"{time.time():.3f} {socket.gethostname()} {os.getpid()} {key} {what}\n".encode())


async def dask_setup(worker: Any) -> None:
    """Called by Dask."""
    await worker.plugin_add(Notes())
