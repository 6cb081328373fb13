"""Read single pictures of a recording, as displayed, at chosen times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.stream import VideoStream

from videmo.records import Recording
from videmo.video.probe import inconvertible, open_video

Picture = npt.NDArray[np.uint8]
"""``(height, width, 3)``, red, green, blue, as displayed."""
_TOLERANCE_S = 1e-4
_AHEAD_S = 4.0
"""A picture this close behind the last one is reached by decoding on; from there on seeking is faster."""
_STEPS_BACK_S = (0.0, 2.0, 20.0)
"""A seek may land behind the time that was asked for; then an earlier time is tried."""
_ROTATE = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}


def read_stills(recording: Recording, times: Sequence[float]) -> Iterator[tuple[float, Picture]]:
    """Yield, in order of time, the first picture at or after each time, in seconds from the container's start.

    Times at which nothing can be decoded are left out.

    Raises:
        RecordingError: the file can't be opened.
    """
    with open_video(recording.path, recording.stream) as (container, stream):
        stream.codec_context.thread_count = 1
        frames: Iterator[tuple[float, av.VideoFrame]] = iter(())
        reached: tuple[float, av.VideoFrame] | None = None
        for time_s in sorted(set(times)):
            near = reached is not None and reached[0] - _TOLERANCE_S <= time_s <= reached[0] + _AHEAD_S
            if not near:
                frames, reached = _jump(container, stream, recording, time_s)
            while reached is not None and reached[0] < time_s - _TOLERANCE_S:
                reached = next(frames, None)
            if reached is not None:
                yield time_s, _displayed(reached[1], recording)


def _jump(
    container: InputContainer, stream: VideoStream, recording: Recording, time_s: float
) -> tuple[Iterator[tuple[float, av.VideoFrame]], tuple[float, av.VideoFrame] | None]:
    """Seek to before a time, and return the frames from there on, and the first of them."""
    tick = float(recording.time_base)
    for back_s in (*_STEPS_BACK_S, None):
        target_s = 0.0 if back_s is None else time_s - back_s
        try:
            container.seek(round((target_s + recording.start_s) / tick), stream=stream, backward=True)
        except av.error.FFmpegError:
            continue
        frames = _decoded(container, stream, recording)
        first = next(frames, None)
        if first is not None and (first[0] <= time_s + _TOLERANCE_S or back_s is None):
            return frames, first
    return iter(()), None


def _decoded(
    container: InputContainer, stream: VideoStream, recording: Recording
) -> Iterator[tuple[float, av.VideoFrame]]:
    tick = float(recording.time_base)
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            return
        try:
            pictures = packet.decode()
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            continue
        for picture in pictures:
            if picture.pts is not None:
                yield picture.pts * tick - recording.start_s, picture


def _displayed(frame: av.VideoFrame, recording: Recording) -> Picture:
    try:
        stored = frame.to_ndarray(format="rgb24")
    except (av.error.FFmpegError, ValueError) as exc:
        raise inconvertible(frame, recording.path) from exc
    turned = cv2.rotate(stored, _ROTATE[recording.rotation]) if recording.rotation else stored
    if turned.shape[:2] != (recording.height, recording.width):  # some streams change their size on the way
        turned = cv2.resize(turned, (recording.width, recording.height), interpolation=cv2.INTER_AREA)
    return np.asarray(turned, np.uint8)
