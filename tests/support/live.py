"""A source that does as the test says, and asking the page of a live session as a browser does."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import numpy as np

from clips import number_picture
from runs import command
from videmo.errors import SourceLost
from videmo.live.board import Board, View
from videmo.live.jpeg import LazyJpeg
from videmo.live.page import live_page
from videmo.live.server import live_server
from videmo.settings import Settings
from videmo.video.capture import TICK, live_recording
from videmo.video.luma import luma_of
from videmo.video.read import Frame, ReadCounts

SIZE = (160, 120)


class FakeSource:
    """Gives numbered pictures, ten a second by their times and as fast as they are taken, and then ends as it is told.

    Args:
        frames: how many.
        lost: whether it then goes away like a camera that is unplugged.
        before: is called with the number of each picture before it is given.
    """

    paced = False

    def __init__(self, frames: int, *, lost: bool = False, before: Callable[[int], object] = lambda _: None) -> None:
        self.recording = live_recording("camera 7", "camera", "rawvideo", "rgb24", SIZE, 0, 10.0)
        self.counts = ReadCounts()
        self.closed = False
        self._frames, self._lost, self._before = frames, lost, before

    def frames(self) -> Iterator[Frame]:
        for index in range(self._frames):
            self._before(index)
            self.counts.frames, self.counts.end_s = index + 1, (index + 1) / 10
            yield numbered(index)
        if self._lost:
            raise SourceLost("camera 7", "it stopped delivering frames", advice="Check that it is still plugged in.")

    def close(self) -> None:
        self.closed = True


def numbered(index: int) -> Frame:
    """A picture that shows its number."""
    picture = av.VideoFrame.from_ndarray(number_picture(index, SIZE), format="rgb24")
    return Frame(index, round(index / 10 / TICK), index / 10, luma_of(picture, 0), picture)


def ask(address: str, path: str = "", *, headers: dict[str, str] | None = None, method: str = "GET") -> Any:
    """Ask for a path below the address of a page; returns the response with its body read as ``body``."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request(method, parts.path + path, headers=headers or {})
        response = connection.getresponse()
        response.body = response.read()  # type: ignore[attr-defined]
        return response
    finally:
        connection.close()


def view(address: str, after: int = 0, since: int = 0) -> tuple[dict[str, Any], bytes]:
    """The next view as a page gets it: its numbers, and its picture as JPEG."""
    body = ask(address, f"next?after={after}&since={since}").body
    length = int.from_bytes(body[:4], "big")
    return json.loads(body[4 : 4 + length]), body[4 + length :]


def decoded(jpeg: bytes) -> Any:
    """The pixels of a JPEG: ``(height, width, 3)`` blue, green, red."""
    import cv2

    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


@contextmanager
def running(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A session in a process of its own, and the address that it prints."""
    process = subprocess.Popen(
        command("live", *arguments, "--no-open"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + (process.stderr.read() if process.stderr else "")
        yield process, found[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(address: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Follow the views until one is as wanted."""
    numbers, _ = view(address)
    while not wanted(numbers):
        assert numbers["state"] in ("playing", "live"), numbers
        numbers, _ = view(address, numbers["number"])
    return numbers


def shown_view(index: int) -> View:
    """A view of a numbered picture with nobody in it."""
    picture = LazyJpeg(numbered(index), FakeSource(0).recording, (), "none")
    return View(0, "live", "", picture, index / 10, 0.0, (), 10.0, 0)


class serving:
    """A server over a board."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def __enter__(self) -> str:
        page = live_page("camera 7", FakeSource(0).recording, Settings(), recorded=False)
        self._server = live_server(self._board, page)
        return self._server.address

    def __exit__(self, *_: object) -> None:
        self._server.close()


def lasting(source: Path, target: Path, times: int = 60) -> Path:
    """A recording repeated until no machine is too slow to stop it before its end."""
    import av

    shift = 0
    with av.open(str(target), "w") as output:
        copy = None
        for _ in range(times):
            with av.open(str(source)) as container:
                video = container.streams.video[0]
                copy = copy or output.add_stream_from_template(video)
                for packet in container.demux(video):
                    if packet.pts is None or packet.dts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = copy
                    output.mux(packet)
                assert video.duration
                shift += video.duration
    return target
