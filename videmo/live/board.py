"""Keep the latest view where everybody who watches can find it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from videmo.live.history import History, plain
from videmo.live.jpeg import LazyJpeg
from videmo.live.persons import Shown

State = Literal["playing", "live", "ended", "lost", "stopped"]
OVER: Final = ("ended", "lost", "stopped")


@dataclass(frozen=True, slots=True)
class View:
    """Hold what there is to see at one moment."""

    number: int
    """Counts up; a page asks for what is newer than what it has."""
    state: State
    message: str
    """For a state that needs words."""
    picture: LazyJpeg | None
    time_s: float
    """Of the picture, from the start of the source."""
    captured_at: float
    """Time at which the picture arrived, in seconds since 1970."""
    people: tuple[Shown, ...]
    rate: float
    """Frames analysed per second."""
    missed: int
    """Frames that were replaced by later ones before they could be analysed."""


class Board:
    """Keep the latest view and wake those who wait for it. Whoever is slow then gets the latest one.

    Args:
        width: of the pictures as displayed.
        height: of the pictures as displayed.
    """

    def __init__(self, width: int, height: int) -> None:
        self.history = History()
        self._size = width, height
        self._changed = threading.Condition()
        self._view: View | None = None
        self._final_seen = False
        self._asked_s = float("-inf")

    def show(self, view: View) -> None:
        """Put up a view and number it."""
        with self._changed:
            number = self._view.number + 1 if self._view else 1
            self._view = replace(view, number=number)
            self._changed.notify_all()

    def conclude(self, state: State, message: str) -> None:
        """Say on the last view that the session is over."""
        with self._changed:
            last = self._view or View(0, state, message, None, 0.0, 0.0, (), 0.0, 0)
            self._view = replace(last, number=last.number + 1, state=state, message=message, rate=0.0)
            self._changed.notify_all()

    def newer(self, than: int, timeout_s: float) -> View | None:
        """Wait for a view that is newer than a number; None if none comes in time."""
        with self._changed:
            self._asked_s = time.monotonic()
            self._changed.wait_for(lambda: self._view is not None and self._view.number > than, timeout_s)
            view = self._view if self._view is not None and self._view.number > than else None
            self._final_seen |= view is not None and view.state in OVER
            self._changed.notify_all()
            return view

    def wait_until_told(self, timeout_s: float) -> None:
        """Give pages that are watching time to learn that the session is over."""
        with self._changed:
            if time.monotonic() - self._asked_s < timeout_s + 3.0:
                self._changed.wait_for(lambda: self._final_seen, timeout_s)

    def as_json(self, view: View, since: int) -> dict[str, Any]:
        """Return a view as plain values, with the timeline's cells from a number on; boxes as shares of the picture."""
        width, height = self._size
        return {
            "number": view.number,
            "state": view.state,
            "message": view.message,
            "time": round(view.time_s, 3),
            "captured": round(1000 * view.captured_at, 1),
            "rate": round(view.rate, 1),
            "missed": view.missed,
            "people": [
                {
                    "person": shown.person,
                    "box": [round(edge / side, 4) for edge, side in zip(shown.box, (width, height) * 2)],
                    "p": [round(value, 3) for value in shown.probabilities],
                    "other": plain(shown.other),
                }
                for shown in view.people
            ],
            "cells": self.history.since(since),
        }
