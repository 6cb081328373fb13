"""Notice what is lost while a recording is read: FFmpeg goes on behind damage, and says so in its log at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import av
from av.packet import Packet

from videmo.records import DECODING, PRESENTATION, Chunk, Recording
from videmo.video.packets import is_edited

RHYTHM: Final = ("even", "odd", "gaps", "missing")
"""What a `Rhythm` counts."""
_TOLERANCE_S: Final = 0.0015
"""Steps may differ by this much from the usual one: Matroska and FLV round to milliseconds."""
_EVEN_FOR_A_GAP: Final = 3
_EVEN_FOR_AN_ODD: Final = 20
"""Steps that are even for each that is not, in a recording with a steady rate."""


def belongs(stamp: int | None, chunk: Chunk) -> bool:
    """Check whether a time stamp lies in a chunk; an unknown one is assumed to."""
    if stamp is None:
        return True
    return (chunk.start_pts is None or stamp >= chunk.start_pts) and (chunk.end_pts is None or stamp < chunk.end_pts)


def stamp_of(packet: Packet) -> int | None:
    """Return when a packet is shown, or decoded where that is not known."""
    return packet.pts if packet.pts is not None else packet.dts


class Ear:
    """Hears FFmpeg complain while a chunk is read and decoded.

    Args:
        chunk: whose packets count.
    """

    def __init__(self, chunk: Chunk) -> None:
        self.holes = 0
        """Places at which packets may be missing."""
        self._chunk = chunk
        # What lies before the keyframe that a seek leads to belongs to the chunk before.
        self._inside = chunk.seek_to is None

    def packets(self, found: Iterator[Packet]) -> Iterator[Packet]:
        """Pass on packets; what is missing between two of them is missing in the chunk of the first.

        Raises:
            FFmpegError: reading stopped.
        """
        while True:
            with av.logging.Capture() as said:
                packet = next(found, None)
            hole = bool(said) and self._inside
            if packet is None or not packet.size:
                self.holes += hole
                if packet is None:
                    return
            else:
                self._inside = belongs(stamp_of(packet), self._chunk)
                self.holes += hole or (packet.is_corrupt and self._inside)
            yield packet


def decoded(packet: Packet) -> tuple[list[av.VideoFrame], bool]:
    """Decode a packet; returns the pictures that came out, and whether the decoder complained.

    Raises:
        FFmpegError: it can't be decoded.
    """
    with av.logging.Capture() as said:
        pictures = packet.decode()
    return pictures, bool(said)


@dataclass(slots=True)
class Rhythm:
    """Count the steps from frame to frame: where all others are even, a longer one tells of missing frames."""

    even: int = 0
    """Steps of the usual length."""
    odd: int = 0
    """Steps of any other length."""
    gaps: int = 0
    """Steps of two, three or more times the usual length."""
    missing: int = 0
    """Frames that would fill the gaps."""

    def add(self, step: int, usual: int, tolerance: float) -> None:
        """Count a step; all in ticks."""
        times = max(1, round(step / usual))
        if abs(step - times * usual) > times * tolerance:
            self.odd += 1
        elif times == 1:
            self.even += 1
        else:
            self.gaps, self.missing = self.gaps + 1, self.missing + times - 1


def is_steady(even: int, odd: int, gaps: int) -> bool:
    """Tell whether frames come at a steady rate, apart from the gaps."""
    return even >= _EVEN_FOR_A_GAP * gaps and even >= _EVEN_FOR_AN_ODD * odd


def keeping_time(rhythm: Rhythm, usual: int, recording: Recording) -> Callable[[int], None]:
    """Return what counts steps in ticks, if steps say anything.

    MP4 lists every frame with its length: a long one is no gap. Where times are made up, there are none.
    """
    if recording.timing not in (PRESENTATION, DECODING) or is_edited(recording.container):
        return lambda step: None
    tolerance = max(1.0, _TOLERANCE_S / float(recording.time_base))
    return lambda step: rhythm.add(step, max(1, usual), tolerance)
