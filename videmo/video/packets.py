"""Take the packets of a stream from its container, on a clock that goes on where it began anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

INDEXED: Final = frozenset({"mov", "mp4", "matroska", "webm", "avi"})
"""Containers with an index of their own, in which one clock holds from beginning to end."""
_BACK_S: Final = 0.1
"""A clock that goes back by more than this began anew, and with a keyframe one that goes back at all."""
_AHEAD_S: Final = 10.0
"""A clock that leaps by more than this, while the sound leaps too or there is none, began anew."""
_FITS_S: Final = 1.0
"""How far from where it is expected a stamp may be, to belong to an earlier clock."""


def is_indexed(container_format: str) -> bool:
    """Tell whether a format of FFmpeg, as it is named in `Recording.container`, has an index of its own."""
    return bool(INDEXED & set(container_format.split(",")))


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
        stream: whose packets it times.
        alone: True if the recording has no sound.
    """

    def __init__(self, stream: VideoStream, *, alone: bool) -> None:
        self._tick_s = float(stream.time_base or 1)
        usual = stream.guessed_rate or stream.average_rate
        self._usual = round(1 / (float(usual) * self._tick_s)) if usual else 1
        self._alone = alone
        self._shifts = [0]
        self._last: int | None = None
        self._end = 0
        self._heard_s: float | None = None
        self._heard_leap = False
        self.strays = 0
        """Stamps that were off for a moment."""

    @property
    def shifts(self) -> tuple[int, ...]:
        """Return the ticks that were added to the stamps of each part; nothing to those of the first."""
        return tuple(self._shifts)

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
        shown = (packet.pts if packet.pts is not None else stamp) + shift
        self._end = max(self._end, shown + (packet.duration or self._usual))
        self._heard_leap = False
        if shift:
            packet.dts = None if packet.dts is None else packet.dts + shift
            packet.pts = None if packet.pts is None else packet.pts + shift

    def _follow(self, stamp: int, packet: Packet) -> None:
        """Begin a part where the clock began anew, and go back to the part before where only a stamp was off."""
        assert self._last is not None
        step_s = (stamp + self._shifts[-1] - self._last) * self._tick_s
        anew = step_s < (0 if packet.is_keyframe else -_BACK_S) or (step_s > _AHEAD_S and self._leapt(stamp))
        if len(self._shifts) > 1 and self._fits(stamp, self._shifts[-2]) and not self._fits(stamp, self._shifts[-1]):
            self._shifts.pop()
            self.strays += 1
        elif anew:
            self._shifts.append(self._end - (packet.pts if packet.pts is not None else stamp))

    def _fits(self, stamp: int, shift: int) -> bool:
        assert self._last is not None
        return abs(stamp + shift - self._last) * self._tick_s < _FITS_S

    def _leapt(self, stamp: int) -> bool:
        """Tell whether the clock leapt ahead, instead of a picture that stood still while the sound went on."""
        if self._alone or self._heard_s is None or self._heard_leap:
            return True
        assert self._last is not None
        before_s = (self._last - self._shifts[-1]) * self._tick_s
        return self._heard_s < (before_s + stamp * self._tick_s) / 2
