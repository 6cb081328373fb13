"""Watch a source from beginning to end: wire session, recorder and server together."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from videmo.batch.discover import discover
from videmo.batch.hold import held
from videmo.errors import Given, UsageError
from videmo.live.board import Board, State
from videmo.live.page import live_page
from videmo.live.record import Destination, Recorder, finish_all, finish_session, write_folder
from videmo.live.server import live_server
from videmo.live.session import Ending, Session
from videmo.live.source import LiveSource, open_source
from videmo.results.folder import ResultsFolder
from videmo.settings import Settings
from videmo.video.capture import Input

_POLL_S: Final = 0.2
_PATIENCE_S: Final = 2.0
"""Time that a source may take to let go, and a page to learn that the session is over."""


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """Say how to watch a source."""

    port: int = 0
    """Port of the page; 0 for any free one."""
    record: Path | None = None
    """Folder of results to record into."""
    film: bool = False
    """Whether to keep the pictures too."""
    every_frame: bool = False
    """Whether a file waits until each frame has been analysed."""
    loop: bool = False
    """Whether to play a file again and again."""
    size: tuple[int, int] | None = None
    """Width and height to ask a camera for."""
    overwrite: bool = False
    """Whether earlier results may be replaced."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Report on a session that is over."""

    state: State
    message: str
    captured: int
    analysed: int
    missed: int
    people: int
    seconds: float
    """Time of the source that was seen."""
    latency_ms: tuple[int, int]
    """From capture to result: the median, and what 95 % did not exceed."""
    folder: Path | None
    """Of the results."""


def watch(source: LiveSource, settings: Settings, options: WatchOptions, ready: Callable[[str], None]) -> Watched:
    """Watch a source until it ends, goes away or the user interrupts.

    Args:
        source: what to watch.
        settings: as for an analysis.
        options: how to watch it.
        ready: receives the address of the page once it can be opened.

    Raises:
        UsageError: the options contradict each other, or the port is taken.
        RecordingError: the source can't be opened.
        OutputError: the results can't be written.
    """
    _check(source, settings, options)
    with contextlib.ExitStack() as stack:
        if options.record is not None:
            stack.enter_context(held(ResultsFolder(options.record)))
            finish_all(options.record)
        opened = open_source(source, loop=options.loop, size=options.size, reading=settings.reading)
        recorder = None
        try:
            board = Board(opened.recording.width, opened.recording.height)
            page = live_page(source.name, opened.recording, settings, recorded=options.record is not None)
            server = live_server(board, page, port=options.port)
            stack.callback(server.close)
            if options.record is not None:
                destination = _destination(source, options.record)
                kept = {"overwrite": options.overwrite, "film": options.film}
                recorder = Recorder(destination, opened.recording, settings, opened.counts, **kept)
            session = Session(opened, settings, board, recorder=recorder, every_frame=options.every_frame)
        except BaseException:
            opened.close()
            raise
        ready(server.address)
        ending = _run(session)
        board.conclude(ending.state, ending.message)
        folder, people = None, session.persons.count
        if recorder is not None and options.record is not None:
            folder = _finish(recorder, session, ending, opened, destination, settings)
            people = destination.results.manifest.result.people if folder else people  # whom the tables have
        if session.error is not None:
            raise session.error
        board.wait_until_told(_PATIENCE_S)
    return Watched(
        ending.state, ending.message, opened.counts.frames, session.meter.analysed, session.slot.missed,
        people, opened.counts.end_s, (session.meter.latency_ms(0.5), session.meter.latency_ms(0.95)),
        folder,
    )  # fmt: skip


def _check(source: LiveSource, settings: Settings, options: WatchOptions) -> None:
    """Refuse options that contradict the source or each other.

    Raises:
        UsageError: they do.
    """
    if options.every_frame and source.kind != "file":
        raise UsageError(Given("every_frame"), f"a {source.kind} does not wait", advice="Use it with files only.")
    if options.loop and source.kind != "file":
        raise UsageError(Given("loop"), f"a {source.kind} has no end", advice="Use it with files only.")
    if options.loop and options.record is not None:
        raise UsageError(
            Given("loop"), "every repetition would be recorded as new", advice="Loop a file without recording it."
        )
    if options.size and source.kind != "camera":
        size = "x".join(map(str, options.size))
        raise UsageError(
            Given("size", size), f"a {source.kind} has a size of its own", advice="Use it with cameras only."
        )
    if options.record is not None and source.kind == "file" and (options.record / source.name).is_file():
        raise UsageError(
            Given("record", options.record), "this is the folder that holds the file", advice="Choose another folder."
        )
    if options.overwrite and options.record is None:
        raise UsageError(Given("overwrite"), "nothing is recorded", advice="Record into a folder, or leave it out.")
    if options.film:
        _check_film(source, settings, options)


def _check_film(source: LiveSource, settings: Settings, options: WatchOptions) -> None:
    film = Given("film")
    if source.kind == "file":
        raise UsageError(film, "a file is its own video", advice="Use it with cameras and streams only.")
    if options.record is None:
        raise UsageError(film, "nothing is recorded", advice="Choose a folder to record into as well.")
    if settings.anonymize.hides_faces:
        raise UsageError(
            film, "the video would show the faces that are to be hidden", advice="Leave out one of the two."
        )


def _destination(source: LiveSource, out: Path) -> Destination:
    if source.kind == "file":
        (found,) = discover([source.given], out)
        return Destination(out, found.key, found.path)
    words = re.sub(r"[^a-zA-Z0-9]+", "-", source.name).strip("-")
    return Destination(out, f"{words}-{time.strftime('%Y%m%d-%H%M%S')}", Path(source.name))


def _run(session: Session) -> Ending:
    session.start()
    try:
        while not session.done.wait(_POLL_S):  # in short steps, so that Windows delivers Ctrl-C
            pass
        return session.join(_PATIENCE_S)
    except KeyboardInterrupt:
        session.stop()
        session.join(_PATIENCE_S)
        return Ending("stopped")


def _finish(
    recorder: Recorder, session: Session, ending: Ending, opened: Input, destination: Destination, settings: Settings
) -> Path | None:
    """Write the tables and return their folder; None if not a single frame was analysed."""
    recorder.close(ending.state, ending.message, captured=opened.counts.frames, missed=session.slot.missed)
    if not session.meter.analysed:
        return None
    finish_session(destination.results)
    write_folder(destination.out, settings)
    return destination.results.folder
