"""Take frames as they come: from a camera, a stream, or a file that is played."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Protocol

import av
import cv2
from av.container import InputContainer
from av.video.stream import VideoStream

from videmo.errors import RecordingError, SourceLost
from videmo.records import Chunk, Recording
from videmo.video.display import displayed_size, orientation_of, stream_aspect
from videmo.video.luma import displayed_luma
from videmo.video.packets import packets_of
from videmo.video.probe import probe
from videmo.video.read import Frame, ReadCounts, read_frames
from videmo.video.streams import main_stream

TICK: Final = Fraction(1, 90_000)
"""Time base of what is captured: that of most video, and finer than any camera's clock."""
_OPEN_S, _READ_S = 10.0, 5.0
"""Seconds without an answer, or without data, after which a stream counts as gone."""
_JUMP_S: Final = 2.0
"""Time stamps of a stream that leave its course by more than this were set anew."""


class Input(Protocol):
    """Deliver frames. Opened on construction; read and closed by one thread."""

    @property
    def recording(self) -> Recording:
        """Describe it: size, format, rate."""
        ...

    @property
    def counts(self) -> ReadCounts:
        """Count what happened so far."""
        ...

    @property
    def paced(self) -> bool:
        """True if frames can be read faster than they are shown, as from a file."""
        ...

    def frames(self) -> Iterator[Frame]:
        """Yield the frames in order, each with its place and its time from the start, until they end.

        Raises:
            SourceLost: there are no more, though there should be.
            RecordingError: the file can no longer be read.
        """
        ...

    def close(self) -> None:
        """Let go of the camera, stream or file."""
        ...


class FileInput:
    """A file, with the frames and times that it has as a recording.

    Args:
        path: the file.
        loop: whether to begin again at its end; numbers and times then go on.
        number: of the stream of video, from 1; None for the one that players show.
        assume_fps: frames per second of a file that does not say how many it has.

    Raises:
        RecordingError: it can't be read.
    """

    paced = True

    def __init__(
        self, path: Path, *, loop: bool = False, number: int | None = None, assume_fps: float | None = None
    ) -> None:
        self.recording = dataclasses.replace(probe(path, number, assume_fps=assume_fps), keyframes=())
        self.counts = ReadCounts()
        self._loop = loop

    def frames(self) -> Iterator[Frame]:
        """Yield all frames."""
        whole = Chunk(0, None, None, None, self.recording.duration_s or 0.0)
        yield from read_frames(self.recording, whole, fps=None, counts=self.counts)
        while self._loop and self.counts.frames:
            first, begin_s = self.counts.frames, self.counts.end_s
            turn = ReadCounts()
            for frame in read_frames(self.recording, whole, fps=None, counts=turn):
                self.counts.frames, self.counts.end_s = first + turn.frames, begin_s + turn.end_s
                yield dataclasses.replace(frame, index=first + frame.index, time_s=begin_s + frame.time_s)
            if not turn.frames:
                return

    def close(self) -> None:
        """Do nothing: no file stays open between frames."""


class StreamClock:
    """Times from a stream's time stamps, and from the time of arrival where those are missing or were set anew."""

    def __init__(self) -> None:
        self._shift_s: float | None = None
        self._began_s = 0.0
        self._last_s = 0.0

    def time_of(self, stamp_s: float | None, arrived_s: float) -> float:
        """Return the time of a frame in seconds from the first one, never earlier than the one before.

        Args:
            stamp_s: what the stream says, on its own clock.
            arrived_s: when the frame came, on a clock that only goes forward.
        """
        if self._shift_s is None:
            self._began_s, self._shift_s = arrived_s, stamp_s or 0.0
            return 0.0
        elapsed_s = arrived_s - self._began_s
        if stamp_s is None:
            time_s = max(elapsed_s, self._last_s)
        else:
            time_s = stamp_s - self._shift_s
            # A burst after a pause in the net is no jump: its stamps go on where the last ones ended.
            if not self._last_s - _JUMP_S < time_s < max(elapsed_s, self._last_s) + _JUMP_S:
                time_s = max(elapsed_s, self._last_s)
                self._shift_s = stamp_s - time_s
        self._last_s = max(time_s, self._last_s)
        return self._last_s


class StreamInput:
    """A stream from the network.

    Args:
        address: URL.
        name: what to call it in errors and results: an address may hold a password.
        number: of the stream of video, from 1; None for the one that players show.

    Raises:
        RecordingError: there is no such stream, or no video in it.
    """

    def __init__(self, address: str, name: str, *, number: int | None = None) -> None:
        self._name, self._clock = name, StreamClock()
        self.counts = ReadCounts()
        options = {"rtsp_transport": "tcp"} if address.lower().startswith("rtsp") else {}
        try:
            self._container = av.open(address, options=options, timeout=(_OPEN_S, _READ_S), metadata_errors="replace")
        except (av.error.FFmpegError, OSError) as exc:
            advice = "Check the address, and that the camera or server is on."
            raise RecordingError(name, f"cannot be opened ({_words(exc)})", advice=advice) from exc
        try:
            stream = main_stream(self._container, Path(name), number)
            self._pictures = self._decoded(self._container, stream)
            self._first = next(self._pictures, None)
            if self._first is None:
                raise RecordingError(name, "it can be opened, but delivers no frames")
        except RecordingError as exc:
            self.close()
            raise RecordingError(name, exc.found, advice="Check that this is the address of a video.") from exc
        self._tick_s = float(stream.time_base or TICK)
        # What has a length is a file on a server: it comes as fast as the network allows.
        self.paced = self._container.duration is not None or "hls" in self._container.format.name
        self._ends = self._container.duration is not None
        rotation, mirrored = orientation_of(self._first)
        aspect = stream_aspect(stream)
        rate = float(stream.average_rate) if stream.average_rate else None
        codec, pixels = stream.codec_context.codec.canonical_name, self._first.format.name
        size = displayed_size(self._first.width, self._first.height, aspect, rotation)
        described = live_recording(name, self._container.format.name, codec, pixels, size, rotation, rate)
        self.recording = dataclasses.replace(described, mirrored=mirrored, pixel_aspect=aspect)

    def frames(self) -> Iterator[Frame]:
        """Yield the frames as they arrive."""
        assert self._first is not None
        for picture in itertools.chain([self._first], self._pictures):
            self._first = None
            stamp = None if picture.pts is None else picture.pts * self._tick_s
            yield _frame(picture, self._clock.time_of(stamp, time.monotonic()), self.recording, self.counts)
        if not self._ends:
            raise SourceLost(self._name, "the stream ended")

    def close(self) -> None:
        """Close the connection."""
        self._container.close()

    def _decoded(self, container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
        packets = packets_of(container, stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError as exc:
                with contextlib.suppress(av.error.FFmpegError):
                    yield from stream.codec_context.decode(None)  # what it holds back for reordering
                raise SourceLost(self._name, f"the stream broke off ({_words(exc)})") from exc
            try:
                yield from packet.decode()
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                self.counts.damaged += 1


class CameraInput:
    """A camera of this machine.

    Through OpenCV: it takes the number of a camera on Linux, macOS and Windows alike. PyAV's wheels hold no
    Video4Linux, and on Windows FFmpeg needs the name that the maker gave the device.

    Args:
        number: from 0.
        size: width and height to ask for; the camera chooses the nearest that it has.

    Raises:
        RecordingError: there is no such camera, or it delivers no frames.
    """

    paced = False

    def __init__(self, number: int, *, size: tuple[int, int] | None = None) -> None:
        self._name = f"camera {number}"
        self.counts = ReadCounts()
        cv2.utils.logging.setLogLevel(
            cv2.utils.logging.LOG_LEVEL_SILENT
        )  # it writes warnings of its own; what went wrong is said below
        self._camera = cv2.VideoCapture(number)
        self._camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        if size:
            # USB carries large pictures at full rate only when they are compressed.
            self._camera.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            self._camera.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
            self._camera.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
        opened = self._camera.isOpened()
        self._first = self._read() if opened else None
        if self._first is None:
            self.close()
            raise RecordingError(self._name, *(_SILENT if opened else _MISSING))
        down, across = self._first.shape[:2]
        rate = float(self._camera.get(cv2.CAP_PROP_FPS)) or None
        self.recording = live_recording(self._name, "camera", "rawvideo", "bgr24", (across, down), 0, rate)

    def frames(self) -> Iterator[Frame]:
        """Yield the frames as they are taken; the time of a frame is that of its arrival."""
        began_s, pixels = time.monotonic(), self._first
        while pixels is not None:
            self._first = None
            time_s = time.monotonic() - began_s
            yield _frame(av.VideoFrame.from_ndarray(pixels, format="bgr24"), time_s, self.recording, self.counts)
            pixels = self._read()
        raise SourceLost(self._name, "it stopped delivering frames", advice="Check that it is still plugged in.")

    def close(self) -> None:
        """Let other programs have the camera."""
        self._camera.release()

    def _read(self) -> Any:
        done, pixels = self._camera.read()
        return pixels if done else None


_SILENT: Final = ("it delivers no frames", "", "Close other programs that use it.")
_MISSING: Final = (
    "there is no such camera, or it may not be used",
    "",
    "Plug it in, close other programs that use it, or try another number (0, 1 …).",
)
"""Parts of errors behind the subject."""


def live_recording(
    name: str, container: str, codec: str, pixels: str, size: tuple[int, int], rotation: int, rate: float | None
) -> Recording:
    """Describe a source that is not a file: it has no length, and its times count from the first frame."""
    return Recording(
        path=Path(name), container=container, codec=codec, pixel_format=pixels, width=size[0], height=size[1],
        rotation=rotation, time_base=TICK, start_s=0.0, duration_s=None, average_fps=rate, frame_count_from_header=0,
        audio=(), keyframes=(), size_bytes=0, modified_ns=0,
    )  # fmt: skip


def _frame(picture: av.VideoFrame, time_s: float, recording: Recording, counts: ReadCounts) -> Frame:
    index, counts.frames = counts.frames, counts.frames + 1
    counts.unordered += bool(index) and time_s <= counts.last_s
    counts.damaged += bool(picture.is_corrupt)
    step_s = time_s - counts.last_s if index else 0.0
    counts.last_s, counts.end_s = time_s, time_s + step_s
    aspect = recording.pixel_aspect
    return Frame(index, round(time_s / TICK), time_s, displayed_luma(picture, recording, aspect), picture, aspect)


def _words(error: Exception) -> str:
    if isinstance(error, av.error.ExitError):
        return "no response"
    return str(getattr(error, "strerror", "") or error)
