"""Run a session: one thread captures frames, another analyses the latest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from videmo.errors import SourceLost, VidemoError
from videmo.live.board import Board, State, View
from videmo.live.history import Meter
from videmo.live.jpeg import LazyJpeg
from videmo.live.persons import LivePersons
from videmo.live.record import Recorder
from videmo.live.slot import Slot
from videmo.pipeline.observer import LiveObserver
from videmo.settings import Settings
from videmo.video.capture import Input
from videmo.video.cells import FirstInCell
from videmo.video.read import Frame

_BEHIND_S: Final = 1.0
"""A file that has fallen behind by more than this, because the machine slept, is not hurried through."""
_HOLD_S: Final = 0.5
"""Boxes stay this long on frames that are not analysed, or for one and a half steps between those that are."""


@dataclass(frozen=True, slots=True)
class Captured:
    """Hold a frame and the time of its arrival, by a clock that only goes forward."""

    frame: Frame
    at_s: float


@dataclass(frozen=True, slots=True)
class Ending:
    """Tell how a session ended."""

    state: State
    message: str = ""


class Session:
    """Analyse a source until it ends, goes away or is stopped.

    Args:
        source: opened; the session closes it.
        settings: which detector, classifier and so on.
        board: where views are shown.
        recorder: keeps what is seen; None to keep nothing.
        every_frame: whether the source waits until each frame has been analysed.
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
        """What went wrong apart from the source: for the caller to raise."""
        self._source, self._settings, self._board, self._recorder = source, settings, board, recorder
        self._every_frame = every_frame
        self._observer, self.persons = LiveObserver(settings), LivePersons(settings)
        self._ending = Ending("ended")
        self._stopped = threading.Event()
        self._sampling = FirstInCell(settings.reading.fps)
        self._seen_s = float("-inf")
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=f"videmo-{name}", daemon=True)
            for name, work in (("capture", self._capture), ("analysis", self._analyse))
        ]

    def start(self) -> None:
        """Start capturing and analysing."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop at the next frame."""
        self._stopped.set()
        self.slot.close(discard=True)

    def join(self, timeout_s: float) -> Ending:
        """Wait for both threads and say how it ended. A source that does not respond is abandoned after a while."""
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
        analysed = self._sampling.is_sample(frame.time_s)
        if analysed:
            observed = self._observer.observe(frame, recording)
            shown = self.persons.see(frame.time_s, frame.luma, observed)
            self._board.history.add(frame.time_s, shown)
            if self._recorder is not None:
                self._recorder.add(frame, observed)
            self._seen_s = frame.time_s
        else:
            held_s = max(_HOLD_S, 1.5 / (self._settings.reading.fps or 1.0))
            shown = self.persons.latest if frame.time_s - self._seen_s <= held_s else ()
        done_s = time.monotonic()
        if analysed:
            self.meter.note(captured.at_s, done_s)
        how = self._settings.anonymize.how
        if how != "none" and not analysed:
            return  # who appears between two pictures that are searched must not be shown
        hidden = self.persons.hidden(frame.time_s) if how != "none" else ()
        self._board.show(
            View(
                number=0,
                state="playing" if self._source.paced else "live",
                message="",
                picture=LazyJpeg(frame, recording, hidden, how),
                time_s=frame.time_s,
                captured_at=time.time() - (done_s - captured.at_s),
                people=shown,
                rate=self.meter.rate(done_s),
                missed=self.slot.missed,
            )
        )
