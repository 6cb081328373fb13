"""Find out what a file is, without decoding it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from videmo.errors import RecordingError
from videmo.records import Recording
from videmo.video.streams import audio_of, main_stream, others_described, video_streams

av.logging.set_level(av.logging.PANIC)  # decoders print to stderr by the thousand on damaged files; we count instead


@contextmanager
def open_video(path: Path, number: int | None = None) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a file and its main video stream, or that of a number (`streams.main_stream`); close it at the end.

    Library errors inside the block are translated.

    Raises:
        RecordingError: the file is missing, unreadable, not media, or has no video stream.
    """
    try:
        if path.is_dir():
            advice = "Change its permissions (chmod u+rx)."
            raise RecordingError(path, "a folder that cannot be listed", advice=advice)
        if path.is_file() and path.stat().st_size == 0:
            raise RecordingError(path, "the file is empty (0 bytes)", advice="Copy it again from its source.")
        with av.open(str(path.absolute()), metadata_errors="replace") as container:
            yield container, main_stream(container, path, number)
    except av.error.FFmpegError as exc:
        raise _translated(exc, path) from exc
    except OSError as exc:
        advice = "Check the disk and the permissions."
        raise RecordingError(path, f"cannot be read ({exc.strerror or exc})", advice=advice) from exc


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


def probe(path: Path, number: int | None = None) -> Recording:
    """Read a file's headers, its keyframe index, and one frame for its rotation.

    Args:
        path: the file.
        number: of the stream of video, from 1; None for the one that players show.

    Raises:
        RecordingError: it can't be analysed; the message says why.
    """
    with open_video(path, number) as (container, stream):
        start_s = container_start(container, stream)
        keyframes = keyframe_index(container, stream)
        rotation, first = _first_picture(container, stream, path)
        width, height = first
        if rotation % 180:
            width, height = height, width
        stat = path.stat()
        audio = [container.streams.audio[place] for place in audio_of(container, stream)]
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
            duration_s=_duration(container, stream),
            average_fps=float(stream.average_rate) if stream.average_rate else None,
            frame_count_from_header=stream.frames,
            audio=tuple(
                track.codec_context.codec.canonical_name if track.codec_context else "unknown" for track in audio
            ),
            keyframes=keyframes,
            size_bytes=stat.st_size,
            modified_ns=stat.st_mtime_ns,
            stream=[each.index for each in video_streams(container)].index(stream.index) + 1,
            other_streams=others_described(container, stream),
            audio_streams=tuple(track.index for track in audio),
        )


def container_start(container: InputContainer, stream: VideoStream) -> float:
    """Return the start of the container in seconds: the zero of all times that videmo writes."""
    if container.start_time is not None:
        return container.start_time / av.time_base
    if stream.start_time is not None and stream.time_base is not None:
        return float(stream.start_time * stream.time_base)
    return 0.0


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
    stamps = {entry.timestamp for entry in stream.index_entries if entry.is_keyframe and not entry.is_discard}
    return tuple(sorted(stamps))


def _first_picture(container: InputContainer, stream: VideoStream, path: Path) -> tuple[int, tuple[int, int]]:
    """Decode until one picture comes out: some files open without any, and the rotation comes with the pictures."""
    try:
        for packet in container.demux(stream):
            try:
                for frame in packet.decode():
                    return rotation_of(frame), (frame.width, frame.height)
            except av.error.InvalidDataError:
                continue
    except av.error.FFmpegError:
        pass
    found = f"it opens as {container.format.name} with {stream.codec_context.name} video, but no frame can be decoded"
    raise RecordingError(path, found, advice="It is damaged or cut off: copy it again from its source.")


def rotation_of(frame: av.VideoFrame) -> int:
    """Return the rotation for display, in degrees (0, 90, 180, 270) anticlockwise."""
    return round(frame.rotation / 90) * 90 % 360


def _duration(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        seconds = container.duration / av.time_base
    else:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def ends_early(recording: Recording, read_s: float) -> str:
    """Check whether a file was cut off: its header announces more than it contains.

    Args:
        recording: the probed file.
        read_s: how far its video could be read, in seconds from the start.

    Returns:
        Sentences that say so, or an empty text. Video that ends before the audio is not cut off.
    """
    announced = recording.duration_s or 0.0
    if recording.container == "avi" and recording.average_fps:  # FFmpeg shortens the duration, not the count
        announced = max(announced, recording.frame_count_from_header / recording.average_fps)
    if announced - read_s <= max(1.0, 0.02 * announced):
        return ""
    latest = read_s
    try:
        with open_video(recording.path) as (container, _):
            for packet in container.demux():
                if packet.pts is not None and packet.size:
                    latest = max(latest, float(packet.pts * packet.time_base) - recording.start_s)
    except RecordingError:
        pass
    if announced - latest <= max(1.0, 0.02 * announced):
        return ""
    return (
        f"the file is cut off: its header announces {announced:.1f} s, but it ends at {read_s:.1f} s. "
        "The results cover what is there; for the rest, copy it again from its source."
    )
