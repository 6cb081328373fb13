"""Decode the frames of one chunk, in presentation order, each with its true time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from videmo.errors import RecordingError
from videmo.records import ASSUMED, Chunk, Recording
from videmo.video.cells import FirstInCell
from videmo.video.clock import Mender
from videmo.video.display import SQUARE, FirstShape, PixelShape
from videmo.video.losses import RHYTHM, Ear, Rhythm, belongs, decoded, keeping_time, stamp_of
from videmo.video.luma import Luma, displayed_luma
from videmo.video.packets import PartsClock, is_edited, is_indexed, on_one_clock, packets_of
from videmo.video.probe import open_video
from videmo.video.stamps import Stamps
from videmo.video.streams import sounds_of

Shown = tuple[av.VideoFrame, float]
"""A decoded picture, and the width of its pixels over their height."""


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
    aspect: float = SQUARE
    """Width of the picture's pixels over their height."""


@dataclass(slots=True)
class ReadCounts:
    """Count what happens while a chunk is read; filled by `read_frames`."""

    frames: int = 0
    """Decoded frames in the chunk, sampled or not."""
    damaged: int = 0
    """Packets that could not be decoded, or that the decoder complained of, and pictures that it marked as damaged."""
    unordered: int = 0
    """Frames whose time stamp was not later than that of the frame before, and could not be mended."""
    mended: int = 0
    """Frames whose time stamp was far off, and was mended."""
    restarts: int = 0
    """How often the clock began anew, as in parts put together; it was made to go on."""
    early: int = 0
    """Frames before the beginning, which are left out."""
    resized: int = 0
    """Frames that are displayed in another size than the recording's first."""
    holes: int = 0
    """Places at which the file is damaged, where packets may be missing."""
    rhythm: Rhythm = field(default_factory=Rhythm)
    """How steadily the frames follow each other."""
    complaints: int = 0
    """Of the decoder, over packets whose pictures may still come out marked as damaged."""
    last_s: float = 0.0
    """Presentation time of the last frame."""
    end_s: float = 0.0
    """Where the last frame ends, as far as is known."""

    @property
    def numbers(self) -> dict[str, int]:
        """Return the irregularities, and how steadily the frames follow each other: `COUNTED` and `RHYTHM` by name."""
        steps = {name: getattr(self.rhythm, name) for name in RHYTHM}
        return {name: getattr(self, name) for name in COUNTED} | steps


COUNTED: Final = ("damaged", "unordered", "mended", "restarts", "early", "resized", "holes")
"""The irregularities among the counts."""


def read_frames(
    recording: Recording, chunk: Chunk, *, fps: float | None, counts: ReadCounts, beyond: bool = False
) -> Iterator[Frame]:
    """Yield the sampled frames of a chunk.

    With ``fps``, the first frame in each cell ``[k / fps, (k + 1) / fps)`` is yielded. A chunk can't know whether
    the cell that it begins in was sampled by the chunk before: whoever joins chunks drops such a second sample.

    With ``beyond``, reading goes on behind the chunk's end for as long as frames are asked for; these are numbered on,
    and not counted.

    Packets that can't be decoded are skipped and counted. Pictures with no time stamp get the one that follows from
    the frame before; one that does not fit between those around it is mended (`video.clock`), and counted.

    Raises:
        RecordingError: the file can no longer be opened or read, or it changed since it was probed, up to the last
            frame. Who stops earlier asks by `check_unchanged`.
    """
    tick = float(recording.time_base)
    last_pts: int | None = None
    sampling = FirstInCell(fps)
    past = False
    check_unchanged(recording)
    with ExitStack() as opened:
        with av.logging.Capture() as said:  # of what is read already to know the streams
            container, stream = opened.enter_context(open_video(recording.path, recording.stream))
        counts.holes += bool(said) and chunk.seek_to is None
        stream.codec_context.thread_count = 1  # parallel over chunks; and a decoder's threads cost memory each
        shape, ends_s = FirstShape(recording), announced_end(stream, recording)
        keep_time = keeping_time(counts.rhythm, usual_step(recording), recording)
        for pts, mended, (picture, aspect) in _timed(container, stream, recording, chunk, counts):
            if chunk.start_pts is not None and pts < chunk.start_pts:
                continue
            if last_pts is not None and not past:
                keep_time(pts - last_pts)
            if chunk.end_pts is not None and pts >= chunk.end_pts:
                if not beyond:
                    break
                counts = counts if past else dataclasses.replace(counts)  # what follows is the next chunk's to count
                past = True
            elif past:
                continue  # out of order: its chunk has ended
            time_s = pts * tick - recording.start_s
            if time_s < -tick / 2 and is_edited(recording.container):
                counts.early += 1
                continue
            counts.unordered += last_pts is not None and pts <= last_pts
            step = own_step(picture, recording) or (pts - last_pts if last_pts is not None else 0)
            last_pts = pts
            index, counts.frames = counts.frames, counts.frames + 1
            counts.last_s = max(counts.last_s, time_s)
            counts.end_s = end_of(time_s, max(0, step) * tick, ends_s)
            counts.mended += mended
            if picture.is_corrupt:
                counts.damaged += not counts.complaints
                counts.complaints = max(0, counts.complaints - 1)
            counts.resized += shape.is_other(picture, aspect)
            if sampling.is_sample(time_s):
                yield Frame(index, pts, time_s, displayed_luma(picture, recording, aspect), picture, aspect)
    check_unchanged(recording)


def own_step(picture: av.VideoFrame, recording: Recording) -> int:
    """Return the ticks for which a picture is shown, as the file says or as is assumed; 0 if that is not known."""
    return usual_step(recording) if recording.timing == ASSUMED else picture.duration or 0


def announced_end(stream: VideoStream, recording: Recording) -> float | None:
    """Return where the video ends as its header says, in seconds from the container's start."""
    if stream.duration is None or stream.start_time is None:
        return None
    return (stream.start_time + stream.duration) * float(recording.time_base) - recording.start_s


def end_of(time_s: float, step_s: float, ends_s: float | None) -> float:
    """Return where a frame ends if no other follows, in seconds.

    Where frames are not stored in the order in which they are shown, the length that a frame has in the file is that
    of another one; the header then knows better.

    Args:
        time_s: of the frame.
        step_s: its length, as far as is known.
        ends_s: where the recording ends as its header says.
    """
    if ends_s is not None and time_s < ends_s < time_s + step_s / 2:
        return ends_s
    return time_s + step_s


def _timed(
    container: InputContainer, stream: VideoStream, recording: Recording, chunk: Chunk, counts: ReadCounts
) -> Iterator[tuple[int, bool, Shown]]:
    """Decode a chunk and what follows it, and mend the time stamps."""
    whole = not is_indexed(recording.container)  # it is read in one go
    begins = chunk.start_pts is None and not is_edited(recording.container)
    floor = round(recording.start_s / float(recording.time_base)) if begins else None
    mender: Mender[Shown] = Mender(usual_step(recording), 1 / float(recording.time_base), floor=floor, whole=whole)
    known = counts.restarts
    for timed in mender.mended(_stamped(_pictures(container, stream, recording, chunk, counts), recording, chunk)):
        if mender.restarts:
            counts.restarts = known + mender.restarts
        yield timed


def _stamped(
    pictures: Iterator[tuple[int | None, Shown]], recording: Recording, chunk: Chunk
) -> Iterator[tuple[int, Shown]]:
    """Yield pictures with the time stamps that they have, from the one on with which the chunk begins."""
    last: int | None = None
    begun = chunk.start_pts is None
    for stamp, shown in pictures:
        last = stamp if stamp is not None else _next_stamp(shown[0], last, recording)
        if not begun:
            assert chunk.start_pts is not None
            begun = chunk.start_pts <= last and (chunk.end_pts is None or last < chunk.end_pts)
        if begun:
            yield last, shown


def _next_stamp(picture: av.VideoFrame, last_pts: int | None, recording: Recording) -> int:
    """Return the time stamp of a picture that has none."""
    if picture.dts is not None and (last_pts is None or picture.dts > last_pts):
        return picture.dts
    if last_pts is None:
        return round(recording.start_s / float(recording.time_base))
    return last_pts + max(1, picture.duration or usual_step(recording))


def usual_step(recording: Recording) -> int:
    """Return the ticks from frame to frame at the average rate."""
    return round(1 / ((recording.average_fps or 25.0) * float(recording.time_base)))


def _pictures(
    container: InputContainer, stream: VideoStream, recording: Recording, chunk: Chunk, counts: ReadCounts
) -> Iterator[tuple[int | None, Shown]]:
    """Decode from the chunk's keyframe on, past what is damaged; with the time stamp of each picture, if it has one."""
    if chunk.seek_to is not None:
        container.seek(chunk.seek_to, stream=stream)
    shape, stamps = PixelShape(stream, recording), Stamps(recording)
    for packet in _packets(container, stream, recording, chunk, counts):
        inside = belongs(stamp_of(packet), chunk)
        try:
            pictures, complained = decoded(packet)
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            counts.damaged += inside
            continue
        counts.damaged += complained and inside
        counts.complaints += complained and inside
        shape.watch(packet)
        stamps.add(packet)
        for picture in pictures:
            yield stamps.of(picture), (picture, shape.of(picture))


def _packets(
    container: InputContainer, stream: VideoStream, recording: Recording, chunk: Chunk, counts: ReadCounts
) -> Iterator[Packet]:
    """Read the packets of the video, on one clock from beginning to end.

    Raises:
        RecordingError: reading stopped.
    """
    found = packets_of(container, stream)
    if not is_indexed(recording.container):
        found = _on_one_clock(container, stream, counts)
    ear = Ear(chunk)
    try:
        for packet in ear.packets(found):
            counts.holes, ear.holes = counts.holes + ear.holes, 0
            yield packet
    except av.error.FFmpegError as exc:
        words = f"reading stopped at {counts.last_s:.1f} s ({exc.strerror})"
        raise RecordingError(container.name, words, advice="Check the disk, or copy the file again.") from exc
    counts.holes += ear.holes


def _on_one_clock(container: InputContainer, stream: VideoStream, counts: ReadCounts) -> Iterator[Packet]:
    clock = PartsClock(container, stream, alone=not sounds_of(container, stream))
    for packet in on_one_clock(container, stream, clock):
        if packet.stream_index == stream.index:
            begun, strays = clock.take_notes()
            counts.restarts, counts.mended = counts.restarts + begun, counts.mended + strays
            yield packet


def check_unchanged(recording: Recording) -> None:
    """Refuse a file that is another one than when it was probed.

    Raises:
        RecordingError: it is gone, or size or time are others.
    """
    try:
        stat = recording.path.stat()
    except OSError as exc:
        advice = "Check whether it was moved or deleted."
        raise RecordingError(recording.path, "the file is gone", advice=advice) from exc
    if (stat.st_size, stat.st_mtime_ns) != (recording.size_bytes, recording.modified_ns):
        advice = "Run again when it is complete."
        raise RecordingError(recording.path, "it changed while it was being analysed", advice=advice)
