"""Exchange messages between a run and one of its workers, over a pair of pipes."""

from __future__ import annotations

import pickle
import struct
from typing import IO, Final

READY: Final = b"R"
"""Worker: I am set up and hold the guard. No task is sent before."""
TASK: Final = b"T"
"""Run: a pickled task."""
NEED: Final = b"N"
"""Worker: the key of a shared value that the task asks for."""
VALUE: Final = b"V"
"""Run: that value, pickled."""
DONE: Final = b"D"
"""Worker: the result of the task, a pickled tuple ``(value, failure, details, seconds, machine)``."""
FAILED: Final = b"F"
"""Worker: the same of a task that failed."""
BROKEN: Final = b"B"
"""Worker: the task can't be unpickled or its value not be pickled; why, a pickled tuple ``(error, details)``."""
PROTOCOL: Final = pickle.HIGHEST_PROTOCOL
"""Pickles never outlive a run, and both ends run the same Python."""

_HEAD = struct.Struct("<cQ")


def send(stream: IO[bytes], kind: bytes, body: bytes = b"") -> None:
    """Write one message.

    Raises:
        OSError: nobody reads at the other end any more.
    """
    stream.write(_HEAD.pack(kind, len(body)))
    stream.write(body)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[bytes, bytes]:
    """Wait for one message and return its kind and body.

    Raises:
        EOFError: the process at the other end is gone.
    """
    kind, size = _HEAD.unpack(_exactly(stream, _HEAD.size))
    return kind, _exactly(stream, size)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise EOFError
    return content
