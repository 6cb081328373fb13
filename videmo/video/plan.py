"""Cut recordings into chunks at keyframes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from videmo.records import DECODING, Chunk, Recording
from videmo.video.packets import packets_of
from videmo.video.probe import open_video

_STRAY_S = 2.0
"""A keyframe whose presentation time is further from its time in the index than usual is no place to cut ..."""
_LOOKED_AT = 16
"""... unless that is as long as this many frames, as many as a decoder may hold back."""
_ALONE_S, _ALONE_FRAMES = 0.25, 4
"""Nor is one that is this long before the next frame, if its distance from its time in the index is unusual."""


def plan_chunks(recording: Recording, *, chunk_s: float) -> tuple[Chunk, ...]:
    """Cut a recording into chunks of at least ``chunk_s`` seconds that begin at keyframes.

    The cut depends on the file and ``chunk_s`` alone. Each candidate keyframe is visited once, to learn its
    presentation time, that a seek really arrives there, and that the decoder takes it for a keyframe too; one of which
    that isn't true is not used. A recording whose container has no keyframe index is one chunk.

    Raises:
        RecordingError: the file can no longer be opened.
    """
    tick = float(recording.time_base)
    candidates: list[int] = []
    last = recording.keyframes[0] if recording.keyframes else 0
    for stamp in recording.keyframes[1:]:
        if (stamp - last) * tick >= chunk_s:
            candidates.append(stamp)
            last = stamp
    starts: list[tuple[int, int]] = []
    if candidates:
        with open_video(recording.path, recording.stream) as (container, stream):
            stream.codec_context.thread_count = 1
            # MP4 indexes decode times, but its seeks count from the first presentation time.
            shift = (stream.start_time or 0) - recording.keyframes[0]
            for stamp in candidates:
                for seek_to in dict.fromkeys((stamp + shift, stamp)):
                    arrival = _arrive(container, stream, seek_to, stamp, recording.timing)
                    if arrival is not None:
                        later = not starts or arrival.pts > starts[-1][1]
                        if later and not _is_stray(arrival, stamp, shift, recording):
                            starts.append((seek_to, arrival.pts))
                        break
    return _chunks(starts, recording)


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Where a seek ended."""

    pts: int
    """Presentation time stamp of the keyframe."""
    by_decoding: bool
    """True if the index has decode times."""
    next_pts: int | None
    """Of the frame that is shown after it."""


def _is_stray(arrival: _Arrival, stamp: int, shift: int, recording: Recording) -> bool:
    """Tell whether a keyframe's presentation time may be off: there is no harm in cutting less often.

    Args:
        arrival: the keyframe.
        stamp: its time in the index.
        shift: how much later than that the first frame is shown.
        recording: that it is in.
    """
    usual_s = 1 / (recording.average_fps or 25.0)
    late_s = abs(float((arrival.pts - stamp - shift) * recording.time_base)) if arrival.by_decoding else math.inf
    next_s = 0.0 if arrival.next_pts is None else float((arrival.next_pts - arrival.pts) * recording.time_base)
    alone = next_s > max(_ALONE_S, _ALONE_FRAMES * usual_s) and late_s > 2 * usual_s
    return alone or math.inf > late_s > max(_STRAY_S, _LOOKED_AT * usual_s)


def _chunks(starts: list[tuple[int, int]], recording: Recording) -> tuple[Chunk, ...]:
    tick = float(recording.time_base)
    total = recording.duration_s or 0.0
    bounds: list[tuple[int | None, int | None]] = [(None, None), *starts]
    chunks = []
    for index, (seek, start) in enumerate(bounds):
        end = bounds[index + 1][1] if index + 1 < len(bounds) else None
        begins = 0.0 if start is None else start * tick - recording.start_s
        ends = total if end is None else end * tick - recording.start_s
        chunks.append(Chunk(index, seek, start, end, max(0.0, ends - begins)))
    return tuple(chunks)


def _arrive(container: InputContainer, stream: VideoStream, seek_to: int, stamp: int, timing: str) -> _Arrival | None:
    """Seek, and tell about the keyframe ``stamp``; None if there is no keyframe."""
    try:
        container.seek(seek_to, stream=stream)
        packets = packets_of(container, stream)
        first = next(packets, None)
        if first is None or first.size == 0 or not first.is_keyframe:
            return None
        # Matroska indexes presentation times, MP4 and AVI decode times.
        pts = first.pts if first.pts is not None and timing != DECODING else first.dts
        if stamp not in (first.dts, first.pts) or pts is None or not _is_keyframe(stream, first):
            return None
        behind = [packet.pts for packet in islice(packets, _LOOKED_AT) if packet.pts is not None and packet.pts > pts]
        return _Arrival(pts, stamp != pts, min(behind, default=None))
    except av.error.FFmpegError:
        return None


def _is_keyframe(stream: VideoStream, packet: av.Packet) -> bool:
    """Tell whether the decoder takes a packet for a keyframe: some containers call other frames so.

    One that can't be decoded counts: what follows it is better left out than made up from what came before.
    """
    context = stream.codec_context
    try:
        pictures = [*context.decode(packet), *context.decode(None)]
    except av.error.FFmpegError:
        pictures = []
    context.flush_buffers()
    return not pictures or bool(pictures[0].key_frame)
