"""Take the packets of a stream from its container, on a clock that goes on where it began anew."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Final

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from videmo.video.streams import sounds_of

INDEXED: Final = frozenset({"mov", "mp4", "matroska", "webm", "avi"})
"""Containers with an index of their own, in which one clock holds from beginning to end."""
_LEAPING: Final = frozenset({"mpegts", "mpeg"})
"""Containers whose clock may leap ahead; in others, a picture then stood still. FFmpeg counts Ogg among them too."""
_BACK_S: Final = 0.1
"""A clock that goes back by more than this began anew, and with a keyframe one that goes back at all."""
_AHEAD_S: Final = 10.0
"""A clock that may leap and does so by more than this, while the sound leaps too or there is none, began anew."""
_FITS_S: Final = 1.0
"""How far from where it is expected a stamp may be, to belong to the clock of the part before ..."""
_APART_S: Final = 5.0
"""How far decode and presentation times of a frame may be apart."""
_MOMENT: Final = 8
"""... up to this many packets behind the first of a part, which then was none: the stamps were off."""

# FFmpeg complains by the thousand about damaged files: that is listened to (`video.losses`), and nobody has to read it.
av.logging.set_level(av.logging.ERROR)
av.logging.set_skip_repeated(False)
logging.getLogger("libav").setLevel(logging.CRITICAL + 1)


def is_indexed(container_format: str) -> bool:
    """Tell whether a format of FFmpeg, as it is named in `Recording.container`, has an index of its own."""
    return bool(INDEXED & set(container_format.split(",")))


def is_edited(container_format: str) -> bool:
    """Tell whether a format of FFmpeg has edit lists, which may leave out what lies before the beginning."""
    return "mov" in container_format.split(",")


def packets_of(container: InputContainer, *streams: av.stream.Stream) -> Iterator[Packet]:
    """Yield the packets of some streams, and then empty ones, for which decoders give out what they hold back.

    Raises:
        FFmpegError: reading stopped.
    """
    try:
        yield from container.demux(*streams)
    except IndexError:
        # A stream that appeared on the way, as in damaged files and in parts put together: PyAV fails over it once
        # the empty packets of the streams before it are out.
        return


class PartsClock:
    """The clock of a stream of parts that were put together: it goes on where a part began anew.

    Args:
        container: that it is in; whether a clock may leap ahead is a matter of its format.
        stream: whose packets it times.
        alone: True if the recording has no sound.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, *, alone: bool) -> None:
        self._leaping = container.format.name in _LEAPING
        self._tick_s = float(stream.time_base or 1)
        usual = stream.guessed_rate or stream.average_rate
        self._usual = round(1 / (float(usual) * self._tick_s)) if usual else 1
        self._alone = alone
        self._shifts = [0]
        self._last: int | None = None
        self._end = 0
        self._heard_s: float | None = None
        self._heard_leap = False
        self._strays, self._noted = 0, 1
        self._lasted = self._known = self._gone = _MOMENT
        self._left = (0, 0)

    @property
    def shifts(self) -> tuple[int, ...]:
        """Return the ticks that were added to the stamps of each part; nothing to those of the first."""
        return tuple(self._shifts)

    def take_notes(self) -> tuple[int, int]:
        """Return how many parts began since the last call, and how many stamps were off for a moment."""
        begun, strays = len(self._shifts) - self._noted, self._strays
        self._noted, self._strays = len(self._shifts), 0
        return begun, strays

    def hear(self, packet: Packet) -> None:
        """Note the time of a packet of sound: it tells a still picture from a clock that leapt."""
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is None:
            return
        heard_s = float(stamp * packet.time_base)
        if self._heard_s is not None and abs(heard_s - self._heard_s) > _AHEAD_S / 2:
            self._heard_leap = True
        self._heard_s = heard_s

    def set(self, packet: Packet) -> None:
        """Put a packet of the stream onto the clock that goes on."""
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is None:
            return
        if self._last is not None:
            self._follow(stamp, packet)
        shift = self._shifts[-1]
        self._last = stamp + shift
        self._forget_doubtful(packet)
        shown = (packet.pts if packet.pts is not None else stamp) + shift
        self._end = max(self._end, shown + (packet.duration or self._usual))
        self._heard_leap = False
        if shift:
            shifted(packet, shift)

    def _forget_doubtful(self, packet: Packet) -> None:
        """Forget a presentation time that is far from the decode time.

        Where a clock may leap, FFmpeg makes up that of the last keyframe or predicted frame of a part from the first
        one of the next part. Elsewhere a picture may well stand still between the two times.
        """
        self._known += 1
        if not self._leaping or packet.dts is None or packet.pts is None:
            return
        if abs(packet.pts - packet.dts) * self._tick_s < _APART_S:
            return
        packet.pts = None
        self._known = 0
        self._strays += 1

    def _follow(self, stamp: int, packet: Packet) -> None:
        """Begin a part where the clock began anew, and go back to the part before where only a stamp was off."""
        assert self._last is not None
        step_s = (stamp + self._shifts[-1] - self._last) * self._tick_s
        anew = step_s < (0 if packet.is_keyframe else -_BACK_S) or (step_s > _AHEAD_S and self._leapt(stamp))
        self._lasted, self._gone = self._lasted + 1, self._gone + 1
        if self._lasted <= _MOMENT and self._fits(stamp, self._shifts[-2]) and not self._fits(stamp, self._shifts[-1]):
            self._shifts.pop()
            self._strays, self._lasted = self._strays + self._lasted, _MOMENT
        elif anew and self._returns(stamp):
            self._end, self._gone = self._left[1], _MOMENT
        elif anew:
            stray = self._known < _MOMENT  # it was the last one of its part, and none
            end = self._end + self._usual * stray
            shift = end - (packet.pts if packet.pts is not None else stamp)
            if shift == self._shifts[-1]:  # the file says that a picture is shown for so long
                return
            self._lasted, self._end, self._strays = 0, end, self._strays - stray
            self._shifts.append(shift)
        elif step_s > _FITS_S and self._gone >= _MOMENT:
            self._left, self._gone = (self._last, self._end), 0

    def _returns(self, stamp: int) -> bool:
        """Tell whether stamps were off for a moment, and go on where they were before; they are mended later."""
        return self._gone <= _MOMENT and 0 < (stamp + self._shifts[-1] - self._left[0]) * self._tick_s < _FITS_S

    def _fits(self, stamp: int, shift: int) -> bool:
        assert self._last is not None
        return abs(stamp + shift - self._last) * self._tick_s < _FITS_S

    def _leapt(self, stamp: int) -> bool:
        """Tell whether the clock leapt ahead, instead of a picture that stood still while the sound went on."""
        if not self._leaping:
            return False
        if self._alone or self._heard_s is None or self._heard_leap:
            return True
        assert self._last is not None
        before_s = (self._last - self._shifts[-1]) * self._tick_s
        return self._heard_s < (before_s + stamp * self._tick_s) / 2


def on_one_clock(container: InputContainer, video: VideoStream, clock: PartsClock) -> Iterator[Packet]:
    """Yield the packets of a video, put onto a clock that goes on, and those of its sound as they are.

    Raises:
        FFmpegError: reading stopped.
    """
    for packet in packets_of(container, video, *sounds_of(container, video)):
        if packet.stream_index == video.index:
            clock.set(packet)
        else:
            clock.hear(packet)
        yield packet


def sound_of_parts(
    container: InputContainer, video: VideoStream, sound: AudioStream, shifts_s: Sequence[float]
) -> Iterator[Packet]:
    """Yield the packets of a stream of sound, put onto the one clock of the video beside it.

    Args:
        container: freshly opened.
        video: its video.
        sound: its sound.
        shifts_s: seconds that are added to the stamps of each part of the video.

    Raises:
        FFmpegError: reading stopped.
    """
    clock, now_s, last = PartsClock(container, video, alone=False), 0.0, None
    for packet in on_one_clock(container, video, clock):
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is None:
            if packet.stream_index == sound.index:
                yield packet
        elif packet.stream_index == video.index:
            now_s = float(stamp * packet.time_base)
        elif packet.stream_index == sound.index:
            # Of the parts around here, the one on whose clock the sound is nearest to the picture.
            here, heard_s = len(clock.shifts) - 1, float(stamp * packet.time_base)
            off_s = min((heard_s + shift_s - now_s for shift_s in shifts_s[max(0, here - 1) : here + 2]), key=abs)
            shift = round((now_s + off_s) / float(packet.time_base)) - stamp
            if last is None or stamp + shift > last:
                last = stamp + shift
                shifted(packet, shift)
                yield packet


def shifted(packet: Packet, ticks: int) -> None:
    """Move the stamps of a packet."""
    packet.dts = None if packet.dts is None else packet.dts + ticks
    packet.pts = None if packet.pts is None else packet.pts + ticks
