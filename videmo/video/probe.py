"""Find out what a file is, without decoding it."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.format import Flags
from av.video.stream import VideoStream

from videmo.errors import RecordingError
from videmo.far import FarFile
from videmo.records import ASSUMED, DECODING, ORDER, PRESENTATION, Recording
from videmo.video.clock import ABSURD_S, rising
from videmo.video.display import displayed_size, orientation_of, stream_aspect
from videmo.video.joined import next_recording_at
from videmo.video.packets import is_edited, packets_of
from videmo.video.streams import main_stream, others_described, sounds_of, video_streams

_REORDERED_UNSEEN = frozenset({"h264", "hevc", "vvc"})
"""Codecs of which FFmpeg makes up wrong presentation times where a container has none."""
_NO_TIMES: int = Flags.no_timestamps.value  # type: ignore[assignment]
_FAR_BUFFER = 2**18
"""Bytes that FFmpeg asks for at once of a file that is read in ranges; each time it waits for Python."""
_ASSUMED_FPS = 25.0
_TICKING_FPS = 5000
"""No camera takes as many frames per second."""
_TO_LAST_STAMP = frozenset({"matroska", "webm", "asf", "nut"})
"""Containers whose length in the header may be the last time stamp."""
_MOST_STRAYS = 4
"""Keyframes that may stand at a wrong time in an index that is used."""


@contextmanager
def open_video(path: Path, number: int | None = None) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a file and its main video stream, or that of a number (`streams.main_stream`); close it at the end.

    Library errors inside the block are translated.

    Raises:
        RecordingError: the file is missing, unreadable, not media, or has no video stream.
    """
    try:
        if path.is_dir():
            raise _no_file(path)
        if path.is_file() and path.stat().st_size == 0:
            raise RecordingError(path, "the file is empty (0 bytes)", advice="Copy it again from its source.")
        with _opened(path) as container:
            yield container, main_stream(container, path, number)
    except av.error.FFmpegError as exc:
        raise _translated(exc, path) from exc
    except OSError as exc:
        advice = "Check the disk and the permissions."
        raise RecordingError(path, f"cannot be read ({exc.strerror or exc})", advice=advice) from exc


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    """Open a file, or one that is read in ranges: what could not be fetched is said, whatever FFmpeg made of it."""
    if not isinstance(path, FarFile):
        with av.open(str(path.absolute()), metadata_errors="replace") as container:
            yield container
        return
    with path.open("rb") as stream:
        try:
            with av.open(stream, metadata_errors="replace", buffer_size=_FAR_BUFFER) as container:
                yield container
        except Exception as exc:
            raise (stream.failure or exc) from exc
        if stream.failure:
            raise stream.failure


def _no_file(folder: Path) -> RecordingError:
    if os.access(folder, os.R_OK | os.X_OK):
        return RecordingError(folder, "a folder", "a recording", "Name a file in it.")
    advice = "Change its permissions (chmod u+rx)."
    return RecordingError(folder, "a folder that cannot be listed", advice=advice)


def _translated(error: av.error.FFmpegError, path: Path) -> RecordingError:
    if isinstance(error, av.error.FileNotFoundError):
        return RecordingError(path, "the file is gone", advice="Check whether it was moved or deleted.")
    if isinstance(error, av.error.PermissionError):
        return RecordingError(path, "no permission to read it", advice="Change its permissions (chmod u+r).")
    found = f"cannot be read ({error.strerror})"
    if isinstance(error, av.error.InvalidDataError):
        found = "not a readable video (damaged, cut off, or another kind of file)"
    return RecordingError(path, found, advice="Check it in a video player.")


def inconvertible(picture: av.VideoFrame, path: Path) -> RecordingError:
    """Make the error that says that FFmpeg can't convert the pixel format of a picture."""
    found = f"frames in the pixel format {picture.format.name} cannot be converted"
    return RecordingError(path, found, advice="Convert it to another format, such as H.264 in MP4.")


def probe(path: Path, number: int | None = None, *, assume_fps: float | None = None) -> Recording:
    """Read a file's headers, its keyframe index, and one frame to see how it is displayed.

    Args:
        path: the file.
        number: of the stream of video, from 1; None for the one that players show.
        assume_fps: frames per second of a file that does not say how many it has; 25 by default.

    Raises:
        RecordingError: it can't be analysed; the message says why.
    """
    with open_video(path, number) as (container, stream):
        keyframes = keyframe_index(container, stream)
        first = _first_picture(container, stream, path)
        rotation, mirrored = orientation_of(first)
        aspect, timing = stream_aspect(stream), timing_of(container, stream, first)
        start_s = _start(container, stream, first, timing)
        width, height = displayed_size(first.width, first.height, aspect, rotation)
        stat = path.stat()
        audio = sounds_of(container, stream)
        return Recording(
            path=path,
            container=container.format.name,
            codec=stream.codec_context.codec.canonical_name,
            pixel_format=stream.codec_context.pix_fmt or "",
            width=width,
            height=height,
            rotation=rotation,
            time_base=Fraction(stream.time_base or Fraction(1, av.time_base)),
            start_s=start_s,
            duration_s=_duration(container, stream, start_s, keyframes),
            average_fps=_average_fps(container, stream) if timing != ASSUMED else assume_fps or _ASSUMED_FPS,
            frame_count_from_header=_announced_frames(container, stream),
            audio=tuple(
                track.codec_context.codec.canonical_name if track.codec_context else "unknown" for track in audio
            ),
            keyframes=() if timing in (ORDER, ASSUMED) else keyframes,
            size_bytes=stat.st_size,
            modified_ns=stat.st_mtime_ns,
            mirrored=mirrored,
            pixel_aspect=aspect,
            timing=timing,
            stream=[each.index for each in video_streams(container)].index(stream.index) + 1,
            other_streams=others_described(container, stream),
            audio_streams=tuple(track.index for track in audio),
            next_at_byte=next_recording_at(path, container.format.name),
        )


def timing_of(container: InputContainer, stream: VideoStream, first: av.VideoFrame) -> str:
    """Tell where the times of a video's frames come from, once the first was decoded."""
    context = stream.codec_context
    if _has_no_times(container):
        if not context.framerate:
            return ASSUMED
        return PRESENTATION if first.pts is not None else ORDER
    if container.format.name == "avi" and context.name in _REORDERED_UNSEEN:
        return ORDER if context.has_b_frames or context.reorder_depth else DECODING
    return PRESENTATION


def _has_no_times(container: InputContainer) -> bool:
    return bool(container.format.flags & _NO_TIMES)


def _average_fps(container: InputContainer, stream: VideoStream) -> float | None:
    """Return the average rate, as the header says or the encoded stream itself."""
    said = stream.average_rate
    if _has_no_times(container) and stream.codec_context.framerate:
        said = stream.codec_context.framerate
    if said and said > _TICKING_FPS:  # some containers name the ticks of their clock instead
        said = stream.guessed_rate
    return float(said) if said and said <= _TICKING_FPS else None


def _announced_frames(container: InputContainer, stream: VideoStream) -> int:
    """Return how many frames the header announces, 0 if it doesn't; MXF counts them in its length."""
    if container.format.name == "mxf" and stream.duration and stream.time_base and stream.average_rate:
        return round(stream.duration * stream.time_base * stream.average_rate)
    return stream.frames


def _start(container: InputContainer, stream: VideoStream, first: av.VideoFrame, timing: str) -> float:
    """Return the start of the container in seconds: the zero of all times that videmo writes.

    Where a container names none, or its first picture is shown before that, it is when this is shown. Only where there
    are edit lists may pictures lie before the start.
    """
    start_s = _named_start(container, stream)
    if timing != PRESENTATION or first.pts is None or is_edited(container.format.name):
        return start_s or 0.0
    first_s, named_s = float(first.pts * (stream.time_base or 0)), start_s or 0.0
    if abs(first_s - named_s) > ABSURD_S:  # its stamp is off
        return named_s
    return first_s if start_s is None else min(start_s, first_s)


def _named_start(container: InputContainer, stream: VideoStream) -> float | None:
    if container.start_time is not None:
        return container.start_time / av.time_base
    if stream.start_time is not None and stream.time_base is not None:
        return float(stream.start_time * stream.time_base)
    return None


def keyframe_index(container: InputContainer, stream: VideoStream) -> tuple[int, ...]:
    """Return the decode time stamps of the keyframes in the container's index, ascending; empty without an index.

    Matroska reads its cues only when it seeks, so a container that seems to have no index is asked to seek once.
    Streams without an index of their own (MPEG program and transport streams) collect entries while they are probed:
    those say nothing about the rest of the file and are not used.
    """
    indexed = {"mov", "mp4", "matroska", "webm", "avi"} & set(container.format.name.split(","))
    if not indexed:
        return ()
    if len(stream.index_entries) <= 1 and container.duration:
        try:
            container.seek(container.duration + (container.start_time or 0))
            container.seek(container.start_time or 0)
        except av.error.FFmpegError:
            return ()
    places: dict[int, int] = {}
    for entry in stream.index_entries:
        if entry.is_keyframe and not entry.is_discard:
            places.setdefault(entry.timestamp, entry.pos)
    stamps = [stamp for stamp, _ in sorted(places.items(), key=lambda found: found[1])]
    steady = rising(stamps)
    # Stamps that are off lie elsewhere in the file than in time. Many of them are a clock that began anew.
    return tuple(stamps[place] for place in steady) if len(stamps) - len(steady) <= _MOST_STRAYS else ()


def _first_picture(container: InputContainer, stream: VideoStream, path: Path) -> av.VideoFrame:
    """Decode until one picture comes out: some files open without any, and the rotation comes with the pictures."""
    try:
        for packet in packets_of(container, stream):
            try:
                for frame in packet.decode():
                    return frame
            except av.error.InvalidDataError:
                continue
    except av.error.FFmpegError:
        pass
    if _is_animated_webp(path):
        advice = "Convert it to a video, such as H.264 in MP4, or to a GIF."
        raise RecordingError(path, "an animated WebP, which FFmpeg cannot decode", advice=advice)
    found = f"it opens as {container.format.name} with {stream.codec_context.name} video, but no frame can be decoded"
    raise RecordingError(path, found, advice="It is damaged or cut off: copy it again from its source.")


def _is_animated_webp(path: Path) -> bool:
    with path.open("rb") as stream:
        begin = stream.read(21)
    return begin[:4] == b"RIFF" and begin[8:16] == b"WEBPVP8X" and len(begin) == 21 and bool(begin[20] & 2)


def length_in_header(container: InputContainer, stream: VideoStream) -> float | None:
    """Return the length in seconds as the header says it, which may count from 0 though the clock begins later."""
    if stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        seconds = container.duration / av.time_base
    else:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _duration(
    container: InputContainer, stream: VideoStream, start_s: float, keyframes: tuple[int, ...]
) -> float | None:
    """Return the length in seconds from the start, as the header says.

    Of Matroska, ASF and NUT, FFmpeg writes the last time stamp as the length, but mkvmerge the time from the first one
    to the last: then keyframes may lie behind it.
    """
    length_s = length_in_header(container, stream)
    if length_s is None or not _TO_LAST_STAMP & set(container.format.name.split(",")):
        return length_s
    latest_s = max(keyframes, default=0) * float(stream.time_base or 0)
    return length_s - start_s if 0 < start_s < length_s >= latest_s else length_s
