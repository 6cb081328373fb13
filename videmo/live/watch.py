"""Watch a source from beginning to end: wiring of session, recorder and server."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from videmo.batch.hold import held
from videmo.errors import UsageError
from videmo.live.board import Board, State
from videmo.live.page import live_page
from videmo.live.record import Place, Recorder, finish_all, finish_session, write_folder
from videmo.live.server import LiveServer
from videmo.live.session import Ending, Session
from videmo.live.source import LiveSource, open_source
from videmo.results.folder import ResultsFolder
from videmo.settings import Settings
from videmo.video.capture import Input

_LOOK_S: Final = 0.2
_PATIENCE_S: Final = 2.0
"""So long a source may take to let go, and a page to learn that it is over."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How to watch."""

    port: int = 0
    record: Path | None = None
    """Folder of results to record into."""
    film: bool = False
    """Whether to keep the pictures too."""
    every_frame: bool = False
    loop: bool = False
    size: tuple[int, int] | None = None
    """To ask a camera for."""
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of it."""

    state: State
    message: str
    captured: int
    analysed: int
    missed: int
    people: int
    seconds: float
    """How much of the source was seen."""
    latency_ms: tuple[int, int]
    """From capture to result: the median, and what 95 % did not exceed."""
    folder: Path | None
    """Of the results."""


def watch(source: LiveSource, settings: Settings, wish: Wish, ready: Callable[[str], None]) -> Watched:
    """Watch a source until it ends, goes away, or the user interrupts.

    Args:
        source: what to watch.
        settings: as for an analysis.
        wish: how.
        ready: is given the address of the page when it can be opened.

    Raises:
        UsageError: the options contradict each other, or the port is taken.
        RecordingError: the source can't be opened.
        OutputError: the results can't be written.
    """
    _check(source, settings, wish)
    with contextlib.ExitStack() as stack:
        if wish.record is not None:
            stack.enter_context(held(ResultsFolder(wish.record)))
            finish_all(wish.record)
        opened = open_source(source, loop=wish.loop, size=wish.size)
        recorder = None
        try:
            board = Board(opened.recording.width, opened.recording.height)
            page = live_page(source.name, opened.recording, settings, recorded=wish.record is not None)
            server = LiveServer(board, page, port=wish.port)
            stack.callback(server.close)
            if wish.record is not None:
                place = _place(source, wish.record)
                kept = {"overwrite": wish.overwrite, "film": wish.film}
                recorder = Recorder(place, opened.recording, settings, opened.counts, **kept)
            session = Session(opened, settings, board, recorder=recorder, every_frame=wish.every_frame)
        except BaseException:
            opened.close()
            raise
        ready(server.address)
        ending = _run(session)
        board.conclude(ending.state, ending.message)
        folder = None
        if recorder is not None and wish.record is not None:
            folder = _finish(recorder, session, ending, opened, place, settings)
        if session.error is not None:
            raise session.error
        board.wait_until_told(_PATIENCE_S)
    return Watched(
        ending.state, ending.message, opened.counts.frames, session.meter.analysed, session.slot.missed,
        session.people.count, opened.counts.end_s, (session.meter.latency_ms(0.5), session.meter.latency_ms(0.95)),
        folder,
    )  # fmt: skip


def _check(source: LiveSource, settings: Settings, wish: Wish) -> None:
    if source.kind != "file" and (wish.every_frame or wish.loop):
        raise UsageError("--every-frame and --loop are for files: a camera or stream does not wait.")
    if source.kind != "camera" and wish.size:
        raise UsageError("--size is for cameras: files and streams have the size that they have.")
    if wish.film and (wish.record is None or source.kind == "file"):
        raise UsageError("--video goes with --record, for cameras and streams: a file is its own video.")
    if wish.film and settings.anonymize.hides_faces:
        raise UsageError("--video and --anonymize exclude each other: the video would show every face.")
    if wish.loop and wish.record is not None:
        raise UsageError("--loop and --record exclude each other: each turn would be recorded as new.")
    if wish.record is not None and source.kind == "file" and (wish.record / source.name).is_file():
        raise UsageError(f"--record {wish.record}: that is the folder of the recording. Choose another.")


def _place(source: LiveSource, out: Path) -> Place:
    if source.kind == "file":
        return Place(out, source.name, Path(source.given))
    words = re.sub(r"[^a-zA-Z0-9]+", "-", source.name).strip("-")
    return Place(out, f"{words}-{time.strftime('%Y%m%d-%H%M%S')}", Path(source.name))


def _run(session: Session) -> Ending:
    session.start()
    try:
        while not session.done.wait(_LOOK_S):  # in short steps, so that Windows tells of Ctrl-C
            pass
        return session.join(_PATIENCE_S)
    except KeyboardInterrupt:
        session.stop()
        session.join(_PATIENCE_S)
        return Ending("stopped")


def _finish(
    recorder: Recorder, session: Session, ending: Ending, opened: Input, place: Place, settings: Settings
) -> Path | None:
    """Write the tables; returns their folder, or None where not a single picture was looked at."""
    recorder.close(ending.state, ending.message, captured=opened.counts.frames, missed=session.slot.missed)
    if not session.meter.analysed:
        return None
    finish_session(place.results)
    write_folder(place.out, settings)
    return place.results.folder
