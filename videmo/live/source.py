"""Tell what the user means by SOURCE: a camera, a stream or a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from videmo.errors import Given, UsageError
from videmo.settings import ReadingSettings

if TYPE_CHECKING:
    from videmo.video.capture import Input

Kind = Literal["camera", "stream", "file"]
SCHEMES: Final = ("http", "https", "rtmp", "rtmps", "rtp", "rtsp", "rtsps", "srt", "tcp", "udp")
_CAMERA = re.compile(r"(?:/dev/video)?(\d{1,3})")
_ADDRESS = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://")
_EXPECTED: Final = "a file, a camera's number (0, 1 …) or an address (rtsp://…)"


@dataclass(frozen=True, slots=True)
class LiveSource:
    """Name a source that is not open yet."""

    kind: Kind
    given: str
    """As the user wrote it: an address may hold a password."""

    @property
    def name(self) -> str:
        """Return its name for pages, tables and errors: an address without user, password and query."""
        if self.kind == "camera":
            return f"camera {self.number}"
        if self.kind == "file":
            return Path(self.given).name
        parts = urlsplit(self.given)
        try:
            place = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
        except ValueError:
            raise UsageError(
                f"{parts.scheme}://{parts.hostname}", "the port is not a number from 0 to 65535", advice="Correct it."
            ) from None
        return f"{parts.scheme}://{place}{parts.path}"

    @property
    def number(self) -> int:
        """Return the number of a camera; -1 for anything else."""
        found = _CAMERA.fullmatch(self.given)
        return int(found[1]) if found else -1


def parse_source(text: str) -> LiveSource:
    """Tell a camera's number (``0``, ``/dev/video0``), an address (``rtsp://…``) and a file apart.

    Raises:
        UsageError: it is none of these.
    """
    if _CAMERA.fullmatch(text) and not Path(text).is_file():
        return LiveSource("camera", text)
    scheme = _ADDRESS.match(text)
    if scheme:
        if scheme[1].lower() not in SCHEMES:
            raise UsageError(f"{scheme[0]}…", "streams of this kind can't be read", f"one of {', '.join(SCHEMES)}")
        source = LiveSource("stream", text)
        if not urlsplit(text).hostname:
            raise UsageError(source.name, "the address has no host", "an address like rtsp://192.168.1.20/stream")
        return source
    path = Path(text)
    if not text:
        raise UsageError("source", "nothing is named", _EXPECTED)
    if path.is_dir():
        raise UsageError(text, "this is a folder", _EXPECTED, "For folders there is 'videmo analyze'.")
    if not path.exists():
        raise UsageError(text, "no such file", _EXPECTED)
    return LiveSource("file", text)


def open_source(
    source: LiveSource,
    *,
    loop: bool = False,
    size: tuple[int, int] | None = None,
    reading: ReadingSettings | None = None,
) -> Input:
    """Open a source.

    Args:
        source: what to open.
        loop: whether a file begins again at its end.
        size: of the pictures to ask a camera for.
        reading: which stream of video to take, how to turn pictures, and the rate of a file that does not say it.

    Raises:
        RecordingError: there is no such camera or stream, or it has no video.
    """
    from videmo.video.capture import CameraInput, FileInput, StreamInput
    from videmo.video.turn import turned

    reading = reading or ReadingSettings()
    if reading.rotate == "auto":
        advice = "Choose from none, 90, 180 and 270."
        raise UsageError(Given("reading.rotate", "auto"), "it takes a recording to find out", advice=advice)
    opened: CameraInput | StreamInput | FileInput
    if source.kind == "camera":
        opened = CameraInput(source.number, size=size)
    elif source.kind == "stream":
        opened = StreamInput(source.given, source.name, number=reading.stream)
    else:
        opened = FileInput(Path(source.given), loop=loop, number=reading.stream, assume_fps=reading.assume_fps)
    if reading.rotate != "none":
        opened.recording = turned(opened.recording, int(reading.rotate))
    return opened
