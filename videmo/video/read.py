"""Decode the frames of one chunk, in presentation order, each with its true time."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from videmo.errors import RecordingError
from videmo.records import Chunk, Recording
from videmo.video.luma import Luma, luma_of
from videmo.video.probe import open_video

_TOLERANCE = 1e-6
"""Cells of the sampling grid are this much wider at their start, against rounding of time stamps."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture."""

    index: int
    """Place among the frames of its chunk in presentation order, from 0, counting frames that were not sampled."""
    pts: int
    """Presentation time stamp in ticks of the stream."""
    time_s: float
    """Presentation time in seconds from the start of the container."""
    luma: Luma
    """Brightness; valid until the next frame is asked for."""
    picture: av.VideoFrame
    """The decoded picture itself, for writing an annotated copy."""


@dataclass(slots=True)
class ReadCounts:
    """Count what happens while a chunk is read; filled by `read_frames`."""

    frames: int = 0
    """Decoded frames in the chunk, sampled or not."""
    damaged: int = 0
    """Packets that could not be decoded and pictures that the decoder marked as damaged."""
    unordered: int = 0
    """Frames whose time stamp was not later than that of the frame before."""
    last_s: float = 0.0
    """Presentation time of the last frame."""
    end_s: float = 0.0
    """Where the last frame ends, as far as is known."""


def sampling_cell(time_s: float, fps: float) -> int:
    """Return the cell of the sampling grid that a time falls into, from 0; the first frame in a cell is the sample."""
    return math.floor(time_s * fps + _TOLERANCE)


def read_frames(
    recording: Recording, chunk: Chunk, *, fps: float | None, counts: ReadCounts, beyond: bool = False
) -> Iterator[Frame]:
    """Yield the sampled frames of a chunk.

    With ``fps``, the first frame in each cell ``[k / fps, (k + 1) / fps)`` is yielded. A chunk can't know whether
    the cell that it begins in was sampled by the chunk before: whoever joins chunks drops such a second sample.

    With ``beyond``, reading goes on behind the chunk's end for as long as frames are asked for; these are numbered on,
    and not counted.

    Packets that can't be decoded are skipped and counted. Pictures with no time stamp get the one that follows from
    the frame before.

    Raises:
        RecordingError: the file can no longer be opened or read, or it changed since it was probed.
    """
    tick = float(recording.time_base)
    last_pts: int | None = None
    last_cell: int | None = None
    past = False
    _check_unchanged(recording)
    with open_video(recording.path, recording.stream) as (container, stream):
        stream.codec_context.thread_count = 1  # parallel over chunks; and a decoder's threads cost memory each
        for picture in _pictures(container, stream, chunk, counts):
            pts = _time_stamp(picture, last_pts, recording)
            if chunk.start_pts is not None and pts < chunk.start_pts:
                continue
            if chunk.end_pts is not None and pts >= chunk.end_pts:
                if not beyond:
                    break
                counts = counts if past else dataclasses.replace(counts)  # what follows is the next chunk's to count
                past = True
            elif past:
                continue  # out of order: its chunk has ended
            if last_pts is not None and pts <= last_pts:
                counts.unordered += 1
            step = picture.duration or (pts - last_pts if last_pts is not None else 0)
            last_pts = pts
            index, counts.frames = counts.frames, counts.frames + 1
            time_s = pts * tick - recording.start_s
            counts.last_s = max(counts.last_s, time_s)
            counts.end_s = max(counts.end_s, time_s + max(0, step) * tick)
            if picture.is_corrupt:
                counts.damaged += 1
            if fps is not None:
                cell = sampling_cell(time_s, fps)
                if cell == last_cell:
                    continue
                last_cell = cell
            yield Frame(index, pts, time_s, luma_of(picture, recording.rotation), picture)


def _time_stamp(picture: av.VideoFrame, last_pts: int | None, recording: Recording) -> int:
    if picture.pts is not None:
        return picture.pts
    if picture.dts is not None and (last_pts is None or picture.dts > last_pts):
        return picture.dts
    if last_pts is None:
        return round(recording.start_s / float(recording.time_base))
    step = picture.duration or round(1 / ((recording.average_fps or 25.0) * float(recording.time_base)))
    return last_pts + max(1, step)


def _pictures(
    container: InputContainer, stream: VideoStream, chunk: Chunk, counts: ReadCounts
) -> Iterator[av.VideoFrame]:
    """Decode from the chunk's keyframe on, past what is damaged."""
    if chunk.seek_to is not None:
        container.seek(chunk.seek_to, stream=stream)
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.error.FFmpegError as exc:
            found = f"reading stopped at {counts.last_s:.1f} s ({exc.strerror})"
            raise RecordingError(container.name, found, advice="Check the disk, or copy the file again.") from exc
        try:
            pictures = packet.decode()
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            counts.damaged += _belongs(packet.pts if packet.pts is not None else packet.dts, chunk)
            continue
        yield from pictures


def _belongs(pts: int | None, chunk: Chunk) -> bool:
    """Check whether a time stamp lies in a chunk; an unknown one is assumed to."""
    if pts is None:
        return True
    return (chunk.start_pts is None or pts >= chunk.start_pts) and (chunk.end_pts is None or pts < chunk.end_pts)


def _check_unchanged(recording: Recording) -> None:
    try:
        stat = recording.path.stat()
    except OSError as exc:
        advice = "Check whether it was moved or deleted."
        raise RecordingError(recording.path, "the file is gone", advice=advice) from exc
    if (stat.st_size, stat.st_mtime_ns) != (recording.size_bytes, recording.modified_ns):
        advice = "Run again when it is complete."
        raise RecordingError(recording.path, "it changed while it was being analysed", advice=advice)
