"""Choose among the streams of a file: the video that players show, or another one, and the audio that belongs to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from videmo.errors import RecordingError

_NO_VIDEO: Final = Disposition.attached_pic | Disposition.timed_thumbnails
"""Covers and previews: containers hold them as streams of video, but players don't play them."""
_DRAWN: Final = frozenset({"ansi", "bintext", "cdgraphics", "idf", "xbin"})
"""Codecs that draw pictures from characters or commands: FFmpeg takes texts, and now and then noise, for such video."""


def video_streams(container: InputContainer) -> list[VideoStream]:
    """List the streams of video, in the order of the file, without cover pictures and thumbnails."""
    return [stream for stream in container.streams.video if not stream.disposition & _NO_VIDEO]


def main_stream(container: InputContainer, path: Path, number: int | None = None) -> VideoStream:
    """Choose the stream to analyse.

    Players show the first one that is marked as default, or the first one where none is. One that can't be decoded is
    passed over.

    Args:
        container: the open file.
        path: for errors.
        number: which of the `video_streams` to take, from 1; None for the one that players show.

    Raises:
        RecordingError: there is none, none of this number, or one that FFmpeg does not know or would draw itself.
    """
    streams = video_streams(container)
    if not streams:
        audio = len(container.streams.audio)
        has = f"it has {audio} audio stream{'s' * (audio != 1)}" if audio else "nor any audio"
        raise RecordingError(path, f"no video stream ({has})", advice="Remove it, or choose a file with video.")
    if number is not None:
        if number <= len(streams):
            return _decodable(streams[number - 1], path)
        found = f"no video stream {number} (it has {len(streams)})"
        raise RecordingError(path, found, advice="Choose one that it has, or leave the choice to videmo.")
    known = [stream for stream in streams if stream.codec_context is not None] or streams
    return _decodable(next((stream for stream in known if stream.disposition & Disposition.default), known[0]), path)


def _decodable(stream: VideoStream, path: Path) -> VideoStream:
    """Return a stream of pictures if its codec is known; PyAV says otherwise, but may have no codec for it.

    Raises:
        RecordingError: FFmpeg does not know it, or it draws text or graphics.
    """
    if stream.codec_context is None:
        advice = "Convert it to H.264 in MP4 with the program that it comes from."
        raise RecordingError(path, "its video has a codec that FFmpeg does not know", advice=advice)
    codec = stream.codec_context.codec.canonical_name
    if codec in _DRAWN:
        found = f"not a recording: FFmpeg would draw it from characters or commands ({codec})"
        raise RecordingError(path, found, "pictures", "Remove it, or check it in a video player.")
    return stream


def others_described(container: InputContainer, chosen: VideoStream) -> tuple[str, ...]:
    """Describe the streams of video that were not chosen, each with its number, from 1: ``2 (h264, 640×360)``."""
    return tuple(
        f"{number} ({', '.join(_facts(stream))})"
        for number, stream in enumerate(video_streams(container), 1)
        if stream.index != chosen.index
    )


def _facts(stream: VideoStream) -> list[str]:
    context = stream.codec_context
    if context is None:
        return ["unknown codec"]
    title = stream.metadata.get("title", "").strip()
    size = [f"{context.width}×{context.height}"] if context.width and context.height else []
    return [context.codec.canonical_name, *size, *([f"“{title}”"] if title else [])]


def sounds_of(container: InputContainer, video: VideoStream) -> list[AudioStream]:
    """Choose the audio streams that belong to a stream of video.

    With one stream of video, all do. Of several, that of its own programme in a broadcast; else the audio that follows
    it in the file before the next video does, as where two recordings lie in one file; else all of it.
    """
    sounds, videos = list(container.streams.audio), video_streams(container)
    if len(videos) > 1:
        ends = min((other.index for other in videos if other.index > video.index), default=len(container.streams))
        follows = [sound for sound in sounds if video.index < sound.index < ends]
        if len(follows) < len(sounds) and all(_followed(other, container) for other in videos):
            return follows
        own = [_related(container, other) for other in videos]
        if len(set(own)) == len(own):  # each has its own, so there are programmes
            return [sound for sound in sounds if sound.index == _related(container, video)]
    return sounds


def _followed(video: VideoStream, container: InputContainer) -> bool:
    """Tell whether audio comes next to a stream of video in the file."""
    behind = [stream for stream in container.streams if stream.index > video.index]
    return bool(behind) and behind[0].type == "audio"


def _related(container: InputContainer, video: VideoStream) -> Any:
    best = container.streams.best("audio", related=video)
    return None if best is None else best.index
