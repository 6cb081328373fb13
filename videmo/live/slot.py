"""Hand the latest thing from one thread to another."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Slot(Generic[T]):
    """Hold the latest thing that was put in until it is taken. A slow taker misses some, but never lags behind."""

    def __init__(self) -> None:
        self.missed = 0
        """Number of things that were replaced before anybody took them."""
        self._changed = threading.Condition()
        self._thing: T | None = None
        self._closed = False

    def put(self, thing: T, *, wait: bool = False) -> None:
        """Put something in: in place of what was not taken or, with ``wait``, once that has been taken."""
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: self._thing is None or self._closed)
            if self._closed:
                return
            self.missed += self._thing is not None
            self._thing = thing
            self._changed.notify_all()

    def take(self) -> T | None:
        """Wait for something and take it out; None when the slot is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._thing is not None or self._closed)
            thing, self._thing = self._thing, None
            self._changed.notify_all()
            return thing

    def close(self, *, discard: bool = False) -> None:
        """Accept nothing more; what is there can still be taken, unless it is discarded."""
        with self._changed:
            self._closed = True
            if discard:
                self._thing = None
            self._changed.notify_all()
