"""Join the H.264 segments of a recording, with its sound, into an MP4 that browsers play."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
from av.audio.resampler import AudioResampler
from av.container import OutputContainer
from av.packet import Packet

from videmo.errors import RecordingError
from videmo.files import replacing
from videmo.records import Recording
from videmo.video.packets import PartsClock, is_indexed, on_one_clock, packets_of, sound_of_parts
from videmo.video.probe import open_video
from videmo.video.streams import main_stream
from videmo.video.write import translated

_COPIED_AUDIO = {"aac", "mp3", "ac3", "eac3", "opus", "flac", "alac", "mp2"}
"""Audio codecs that an MP4 may carry; others are encoded as AAC."""

NoteEnd = Callable[[av.error.FFmpegError], None]
"""Takes down why a stream of audio ends early."""
Keep = Callable[[Iterator[Any], Any, float, OutputContainer, NoteEnd], Iterator[tuple[float, Packet]]]
"""Makes the packets of a stream of sound that are written."""


def join_segments(
    segments: Sequence[Path], recording: Recording, target: Path, *, audio: bool, restarts: int = 0
) -> tuple[str, ...]:
    """Join encoded segments and the recording's audio into one MP4.

    Audio packets are copied where MP4 can carry their codec, else encoded as AAC. Times count from the container's
    start, as everywhere.

    Args:
        segments: in order.
        recording: that they are of.
        target: the file to write.
        audio: whether to keep the sound.
        restarts: how often the recording's clock began anew.

    Returns:
        Warnings, for example about audio that could not be kept.

    Raises:
        OutputError: the file can't be written.
    """
    # A chunk without a single readable picture leaves an empty segment.
    filled = [segment for segment in segments if segment.stat().st_size]
    if not filled:
        advice = "Copy the recording again from its source."
        raise RecordingError(recording.path, "no frame could be decoded for the annotated video", advice=advice)
    for keep in (_kept, _encoded) if audio and recording.audio else ():
        # Sound that is damaged may be such that MP4 can't hold it, which shows when the file is written.
        with suppress(av.error.InvalidDataError, av.error.ArgumentError):
            return _joined(filled, recording, target, keep, restarts)
    left_out = ("audio left out: it is damaged",) if audio and recording.audio else ()
    with translated(target):
        return (*left_out, *_joined(filled, recording, target, None, restarts))


def _joined(
    segments: Sequence[Path], recording: Recording, target: Path, keep: Keep | None, restarts: int
) -> tuple[str, ...]:
    """Join segments and the sound, which is kept in some way or not at all; returns warnings.

    Raises:
        FFmpegError: the file can't be written.
    """
    warnings: list[str] = []
    ticks = str(recording.time_base.denominator)  # so that every time stamp is a whole number of them
    options = {"movflags": "faststart", "video_track_timescale": ticks, "movie_timescale": ticks}
    with replacing(target) as partial, ExitStack() as stack:
        output = stack.enter_context(av.open(str(partial.absolute()), "w", format="mp4", options=options))
        first = stack.enter_context(av.open(str(segments[0].absolute())))
        video = output.add_stream_from_template(first.streams.video[0])
        lanes: list[Iterator[tuple[float, Packet]]] = [_video_packets(segments, recording, video)]
        if keep is not None:
            try:
                lanes += _audio_lanes(recording, output, stack, warnings, restarts, keep)
            except av.error.FFmpegError as exc:
                warnings.append(f"audio left out: it cannot be read ({exc.strerror})")
        for _, packet in heapq.merge(*lanes, key=lambda timed: timed[0]):
            output.mux(packet)
    return tuple(warnings)


def _video_packets(segments: Sequence[Path], recording: Recording, stream: Any) -> Iterator[tuple[float, Packet]]:
    """Yield all video packets in order, timed from the container's start."""
    start = round(recording.start_s / float(recording.time_base))
    for segment in segments:
        with av.open(str(segment.absolute())) as container:
            for packet in container.demux(container.streams.video[0]):
                if packet.size == 0 or packet.pts is None:
                    continue
                # The segment's own time base divides the recording's: whole numbers stay whole.
                factor = Fraction(packet.time_base) / recording.time_base
                packet.pts = packet.dts = round(packet.pts * factor) - start
                packet.duration = round((packet.duration or 0) * factor)
                packet.time_base = recording.time_base
                packet.stream = stream
                yield float(packet.pts * recording.time_base), packet


def _audio_lanes(
    recording: Recording, output: OutputContainer, stack: ExitStack, warnings: list[str], restarts: int, keep: Keep
) -> list[Iterator[tuple[float, Packet]]]:
    lanes = []
    shifts_s = _part_shifts(recording) if restarts and not is_indexed(recording.container) else ()
    for index, place in enumerate(recording.audio_streams):
        source = stack.enter_context(av.open(str(recording.path.absolute()), metadata_errors="replace"))
        original: Any = source.streams[place]
        if original.codec_context is None:
            warnings.append(f"audio stream {index + 1} left out: unknown codec")
            continue
        note = partial(_note_end, warnings, index + 1)
        lanes.append(keep(_sound(source, original, recording, shifts_s), original, recording.start_s, output, note))
    return lanes


def _note_end(warnings: list[str], number: int, error: av.error.FFmpegError) -> None:
    warnings.append(f"audio stream {number} ends early: {error.strerror}")


def _part_shifts(recording: Recording) -> tuple[float, ...]:
    """Return the seconds that are added to the times of each part of a recording that was put together."""
    with open_video(recording.path, recording.stream) as (container, video):
        clock = PartsClock(container, video, alone=not recording.audio_streams)
        for _ in on_one_clock(container, video, clock):
            pass
        return tuple(shift * float(recording.time_base) for shift in clock.shifts)


def _sound(source: Any, sound: Any, recording: Recording, shifts_s: Sequence[float]) -> Iterator[Any]:
    if not shifts_s:
        return packets_of(source, sound)
    return sound_of_parts(source, main_stream(source, recording.path, recording.stream), sound, shifts_s)


def _kept(
    sound: Iterator[Any], original: Any, start_s: float, output: OutputContainer, note: NoteEnd
) -> Iterator[tuple[float, Packet]]:
    """Copy the sound if MP4 can carry its codec, else encode it."""
    make = _copied if original.codec_context.codec.canonical_name in _COPIED_AUDIO else _encoded
    return make(sound, original, start_s, output, note)


def _copied(
    sound: Iterator[Any], original: Any, start_s: float, output: OutputContainer, note: NoteEnd
) -> Iterator[tuple[float, Packet]]:
    stream = output.add_stream_from_template(original)
    start = round(start_s / float(original.time_base))

    def packets() -> Iterator[tuple[float, Packet]]:
        last = None
        try:
            for packet in sound:
                if packet.size == 0 or packet.dts is None:
                    continue
                packet.dts -= start
                packet.pts = packet.dts if packet.pts is None else packet.pts - start
                if last is not None and packet.dts <= last:
                    continue
                last = packet.dts
                time_s = float(packet.dts * packet.time_base)
                packet.stream = stream
                yield time_s, packet
        except av.error.FFmpegError as exc:
            note(exc)

    return packets()


def _encoded(
    sound: Iterator[Any], original: Any, start_s: float, output: OutputContainer, note: NoteEnd
) -> Iterator[tuple[float, Packet]]:
    rate = original.rate if original.rate in (8000, 16000, 22050, 32000, 44100, 48000) else 48000
    layout = "mono" if original.channels == 1 else "stereo"
    stream = output.add_stream("aac", rate=rate, layout=layout)
    resampler = AudioResampler(format="fltp", layout=layout, rate=rate, frame_size=1024)

    def encode(frame: Any) -> Iterator[tuple[float, Packet]]:
        for packet in stream.encode(frame):
            yield float((packet.dts or 0) * packet.time_base), packet

    def packets() -> Iterator[tuple[float, Packet]]:
        try:
            for packet in sound:
                for frame in packet.decode():
                    if frame.pts is not None:
                        frame.pts -= round(start_s / float(frame.time_base))
                    for part in resampler.resample(frame):
                        yield from encode(part)
        except av.error.EOFError:
            pass
        except av.error.FFmpegError as exc:
            note(exc)
        for part in resampler.resample(None):
            yield from encode(part)
        yield from encode(None)

    return packets()
