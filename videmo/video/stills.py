"""Read single pictures of a recording, as displayed, at chosen times."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.stream import VideoStream

from videmo.records import ASSUMED, DECODING, ORDER, Chunk, Recording
from videmo.video.display import displayed_size, fitted, stream_aspect, turned
from videmo.video.packets import packets_of
from videmo.video.probe import inconvertible, open_video
from videmo.video.read import ReadCounts, read_frames

Picture = npt.NDArray[np.uint8]
"""``(height, width, 3)``, red, green, blue, as displayed."""
_TOLERANCE_S = 1e-4
_AHEAD_S = 4.0
"""A picture this close behind the last one is reached by decoding on; from there on seeking is faster."""
_PARSED = frozenset({"h264", "hevc"})
"""Codecs of which FFmpeg itself finds the keyframes, whatever the container says."""
_STEPS_BACK_S = (0.0, 2.0, 20.0)
"""A seek may land behind the time that was asked for; then an earlier time is tried."""


def read_stills(
    recording: Recording, times: Sequence[float], *, steady: bool = True, exact: bool = True
) -> Iterator[tuple[float, Picture]]:
    """Yield, in order of time, the first picture at or after each time, in seconds from the container's start.

    Times at which nothing can be decoded are left out.

    Args:
        recording: as probed.
        times: in any order.
        steady: False if its clock began anew or had to be mended: it is then read from its beginning.
        exact: False where any picture near each time will do.

    Raises:
        RecordingError: the file can't be opened.
    """
    if not _can_seek(recording, steady=steady, exact=exact):
        yield from _read_through(recording, sorted(set(times)))
        return
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
                yield time_s, _displayed(reached[1], recording, stream_aspect(stream))


def read_between(
    recording: Recording, begin_s: float, end_s: float, *, steady: bool = True
) -> Iterator[tuple[float, Picture]]:
    """Yield every picture from one time up to another, as `read_stills` does.

    Raises:
        RecordingError: the file can't be opened.
    """
    if not _can_seek(recording, steady=steady, exact=True):
        whole = Chunk(0, None, None, None, 0.0)
        for frame in read_frames(recording, whole, fps=None, counts=ReadCounts()):
            if frame.time_s >= end_s - _TOLERANCE_S:
                return
            if frame.time_s >= begin_s - _TOLERANCE_S:
                yield frame.time_s, _displayed(frame.picture, recording, frame.aspect)
        return
    with open_video(recording.path, recording.stream) as (container, stream):
        stream.codec_context.thread_count = 1
        frames, reached = _jump(container, stream, recording, begin_s)
        while reached is not None and reached[0] < end_s - _TOLERANCE_S:
            if reached[0] >= begin_s - _TOLERANCE_S:
                yield reached[0], _displayed(reached[1], recording, stream_aspect(stream))
            reached = next(frames, None)


def _can_seek(recording: Recording, *, steady: bool, exact: bool) -> bool:
    """Tell whether pictures have the times that they were analysed with if they are read from the middle on.

    A packet of an MPEG program stream may hold several pictures and one time stamp: what FFmpeg makes of it for the
    others is different after a seek.
    """
    return steady and recording.timing not in (ORDER, ASSUMED) and not (exact and recording.container == "mpeg")


def _read_through(recording: Recording, times: Sequence[float]) -> Iterator[tuple[float, Picture]]:
    """Yield the same by decoding everything up to the last time."""
    whole, waiting = Chunk(0, None, None, None, 0.0), deque(times)
    for frame in read_frames(recording, whole, fps=None, counts=ReadCounts()):
        while waiting and frame.time_s >= waiting[0] - _TOLERANCE_S:
            yield waiting.popleft(), _displayed(frame.picture, recording, frame.aspect)
        if not waiting:
            return


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
        if first is None:
            continue
        if back_s is None or (first[0] <= time_s + _TOLERANCE_S and _is_whole(first[1], stream)):
            return frames, first
    return iter(()), None


def _is_whole(picture: av.VideoFrame, stream: VideoStream) -> bool:
    """Tell whether a picture after a seek is made from nothing else; what a container calls a keyframe may not be."""
    return bool(picture.key_frame) or stream.codec_context.name in _PARSED


def _decoded(
    container: InputContainer, stream: VideoStream, recording: Recording
) -> Iterator[tuple[float, av.VideoFrame]]:
    tick = float(recording.time_base)
    packets = packets_of(container, stream)
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
            stamp = picture.dts if recording.timing == DECODING else picture.pts
            if stamp is not None:
                yield stamp * tick - recording.start_s, picture


def _displayed(frame: av.VideoFrame, recording: Recording, aspect: float) -> Picture:
    try:
        stored = frame.to_ndarray(format="rgb24", threads=1)
    except (av.error.FFmpegError, ValueError) as exc:
        raise inconvertible(frame, recording.path) from exc
    whole = (recording.width, recording.height)
    pixels = turned(np.asarray(stored, np.uint8), recording.rotation, recording.mirrored)
    own = displayed_size(frame.width, frame.height, aspect, recording.rotation)
    place = fitted(own, whole)
    size = (round(place.width), round(place.height))
    if pixels.shape[1::-1] != size:
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    if size == whole:
        return pixels
    left, top = round(place.left), round(place.top)  # some streams change their size on the way
    right, bottom = whole[0] - size[0] - left, whole[1] - size[1] - top
    return np.asarray(cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_CONSTANT), np.uint8)
