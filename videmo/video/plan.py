"""Cut recordings into chunks at keyframes."""

from __future__ import annotations

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from videmo.records import Chunk, Recording
from videmo.video.probe import open_video


def plan_chunks(recording: Recording, *, chunk_s: float) -> tuple[Chunk, ...]:
    """Cut a recording into chunks of at least ``chunk_s`` seconds that begin at keyframes.

    The cut depends on the file and ``chunk_s`` alone. Each candidate keyframe is visited once, to learn its
    presentation time and that a seek really arrives there; one that can't be reached is not used. A recording whose
    container has no keyframe index is one chunk.

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
            # MP4 indexes decode times, but its seeks count from the first presentation time.
            shift = (stream.start_time or 0) - recording.keyframes[0]
            for stamp in candidates:
                for seek_to in dict.fromkeys((stamp + shift, stamp)):
                    pts = _arrive(container, stream, seek_to, stamp)
                    if pts is not None:
                        if not starts or pts > starts[-1][1]:
                            starts.append((seek_to, pts))
                        break
    return _chunks(starts, recording)


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


def _arrive(container: InputContainer, stream: VideoStream, seek_to: int, stamp: int) -> int | None:
    """Seek, and return the presentation time of the keyframe ``stamp``, or None if the seek ends elsewhere."""
    try:
        container.seek(seek_to, stream=stream)
        for packet in container.demux(stream):
            if packet.size == 0:
                return None
            if not packet.is_keyframe:
                return None
            # Matroska indexes presentation times, MP4 and AVI decode times.
            if stamp not in (packet.dts, packet.pts):
                return None
            return packet.pts if packet.pts is not None else packet.dts
    except av.error.FFmpegError:
        pass
    return None
