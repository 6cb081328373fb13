"""One sitting: a thread that takes pictures, a thread that looks at the latest, and how it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from videmo.errors import SourceLost, VidemoError
from videmo.live.board import Board, State, View
from videmo.live.history import Meter
from videmo.live.people import People
from videmo.live.picture import Picture
from videmo.live.record import Recorder
from videmo.live.slot import Slot
from videmo.pipeline.observe import Observer
from videmo.settings import Settings
from videmo.video.capture import Input
from videmo.video.read import Frame, sampling_cell

_BEHIND_S: Final = 1.0
"""A file that is played later than this, after the machine slept, is not hurried through."""
_HOLD_S: Final = 0.5
"""Boxes stay so long on pictures that are not looked at, or one and a half times from one that is to the next."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A frame and when it came, by a clock that only goes forward."""

    frame: Frame
    at_s: float


@dataclass(frozen=True, slots=True)
class Ending:
    """How a sitting ended."""

    state: State
    message: str = ""


class Session:
    """Looks at a source until it ends, goes away or is stopped.

    Args:
        source: opened; the session closes it.
        settings: which detector, classifier and so on.
        board: where views are shown.
        recorder: keeps what is seen; None to keep nothing.
        every_frame: whether the source waits for each frame to be looked at.
    """

    def __init__(
        self,
        source: Input,
        settings: Settings,
        board: Board,
        *,
        recorder: Recorder | None = None,
        every_frame: bool = False,
    ) -> None:
        self.meter = Meter()
        self.slot: Slot[Captured] = Slot()
        self.done = threading.Event()
        self.error: BaseException | None = None
        """What went wrong besides the source: it is for the caller to raise."""
        self._source, self._settings, self._board, self._recorder = source, settings, board, recorder
        self._every_frame = every_frame
        self._observer, self.people = Observer(settings), People(settings)
        self._ending = Ending("ended")
        self._stopped = threading.Event()
        self._last_cell: int | None = None
        self._seen_s = float("-inf")
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=f"videmo-{name}", daemon=True)
            for name, work in (("capture", self._capture), ("analysis", self._analyse))
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End at the next picture."""
        self._stopped.set()
        self.slot.close(discard=True)

    def join(self, timeout_s: float) -> Ending:
        """Wait for both threads and say how it ended. A source that does not answer is left behind after a while."""
        self._threads[1].join()
        self._threads[0].join(timeout_s)
        return self._ending

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as exc:
            self.error = exc
            self._ending = Ending("lost", str(exc) if isinstance(exc, VidemoError) else f"unexpected {exc!r}")
            self.stop()

    def _capture(self) -> None:
        began_s: float | None = None
        try:
            for frame in self._source.frames():
                if self._source.paced:
                    now_s = time.monotonic()
                    if began_s is None or now_s - (began_s + frame.time_s) > _BEHIND_S:
                        began_s = now_s - frame.time_s
                    self._stopped.wait(max(0.0, began_s + frame.time_s - now_s))
                if self._stopped.is_set():
                    self._ending = Ending("stopped")
                    return
                if self._recorder is not None:
                    self._recorder.keep(frame)
                self.slot.put(Captured(frame, time.monotonic()), wait=self._every_frame)
        except SourceLost as exc:
            self._ending = Ending("stopped") if self._stopped.is_set() else Ending("lost", str(exc))
        finally:
            self.slot.close()
            self._source.close()

    def _analyse(self) -> None:
        try:
            while (captured := self.slot.take()) is not None:
                self._step(captured)
                if self._stopped.is_set():
                    break
        finally:
            self.done.set()

    def _step(self, captured: Captured) -> None:
        frame, recording = captured.frame, self._source.recording
        looked_at = self._is_sample(frame.time_s)
        if looked_at:
            sights = self._observer.look(frame.luma, recording)
            people = self.people.see(frame.time_s, frame.luma, sights)
            self._board.history.add(frame.time_s, people)
            if self._recorder is not None:
                self._recorder.add(frame, sights)
            self._seen_s = frame.time_s
        else:
            held_s = max(_HOLD_S, 1.5 / (self._settings.reading.fps or 1.0))
            people = self.people.latest if frame.time_s - self._seen_s <= held_s else ()
        done_s = time.monotonic()
        if looked_at:
            self.meter.note(captured.at_s, done_s)
        how = self._settings.anonymize.how
        hidden = self.people.hidden(frame.time_s) if how != "none" else ()
        self._board.show(
            View(
                number=0,
                state="playing" if self._source.paced else "live",
                message="",
                picture=Picture(frame, recording, hidden, how),
                time_s=frame.time_s,
                captured_at=time.time() - (done_s - captured.at_s),
                people=people,
                rate=self.meter.rate(done_s),
                missed=self.slot.missed,
            )
        )

    def _is_sample(self, time_s: float) -> bool:
        """Whether a frame is the first in its cell of the sampling grid, as for recordings."""
        if self._settings.reading.fps is None:
            return True
        cell, last = sampling_cell(time_s, self._settings.reading.fps), self._last_cell
        self._last_cell = cell
        return cell != last
