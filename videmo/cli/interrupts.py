"""End well when asked to: Ctrl-C, SIGTERM (service managers, job schedulers, containers), SIGHUP (a lost terminal)."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

INTERRUPTED: Final = 130
"""Exit code of a program that was asked to stop."""
_REQUESTS: Final = ("SIGINT", "SIGTERM", "SIGHUP")
_SOON_S: Final = 0.01
"""After which a request is raised again that was lost."""
_FINAL: Final = ("SIGTERM", "SIGHUP")
"""Those that nobody repeats out of impatience: schedulers send several at once, as does a terminal that is lost."""


def end_at_once_on_request() -> None:
    """Answer requests to stop by ending the program: until a command has begun, there is nothing to clean up.

    An exception would end it too, but libraries that are being imported may catch it, or print its traceback.
    """
    for name in _heeded(_REQUESTS):
        signal.signal(getattr(signal, name), _end)


@contextmanager
def requests_raise() -> Iterator[None]:
    """Inside the block, a request to stop raises `KeyboardInterrupt` in the main thread.

    Ctrl-C always does; of the others only the first, so that the cleaning up that it begins comes to its end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _raise) for number in map(_number, _heeded(_REQUESTS))}
    hook, sys.unraisablehook = sys.unraisablehook, _unraisable
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, answer in before.items():
            signal.signal(number, answer)


def leave(code: int) -> None:
    """End the program with an exit code, at once: nothing may wait for threads that were interrupted."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _heeded(names: tuple[str, ...]) -> list[str]:
    """Leave out what the system lacks, and what was to be ignored from the start: by nohup, or in a script's jobs."""
    known = [name for name in names if hasattr(signal, name)]
    return [name for name in known if signal.getsignal(_number(name)) is not signal.SIG_IGN]


def _number(name: str) -> int:
    return int(getattr(signal, name))


def _end(*_: Any) -> None:
    with suppress(OSError):
        os.write(2, b"videmo: interrupted.\n")
    os._exit(INTERRUPTED)


def _unraisable(unraisable: Any) -> None:
    """Raise a request once more that came while foreign code ran which cannot pass on an exception."""
    if unraisable.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(unraisable)
        return
    number = int(getattr(signal, str(unraisable.exc_value), signal.SIGINT))
    signal.signal(number, _raise)
    # Not from here: what a handler raises in this hook is lost too.
    threading.Timer(_SOON_S, _thread.interrupt_main, (number,)).start()


def _raise(number: int, _: Any) -> None:
    for name in _heeded(_FINAL):
        signal.signal(_number(name), signal.SIG_IGN)
    raise KeyboardInterrupt(signal.Signals(number).name)
