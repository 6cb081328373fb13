"""Give pictures their time stamps: their own, or those that files without presentation times leave to be found."""

from __future__ import annotations

import heapq
from typing import Final

import av
from av.packet import Packet

from videmo.records import ASSUMED, DECODING, ORDER, Recording

_HELD_BACK: Final = 17
"""Pictures that a decoder may hold back, and the one that it gives out."""


class Stamps:
    """The time stamps of the pictures that a decoder gives out, in their order.

    Args:
        recording: says where its times come from.
    """

    def __init__(self, recording: Recording) -> None:
        self._timing = recording.timing
        self._waiting: list[int] = []
        self._start = round(recording.start_s / float(recording.time_base))
        self._step, self._given = 1 / (recording.nominal_rate * recording.time_base), 0

    def add(self, packet: Packet) -> None:
        """Note the time of a packet that was decoded."""
        if self._timing == ORDER and packet.size and packet.dts is not None:
            heapq.heappush(self._waiting, packet.dts)

    def of(self, picture: av.VideoFrame) -> int | None:
        """Return the time stamp of the next picture, None if it has none."""
        if self._timing == DECODING:
            return picture.dts
        if self._timing == ASSUMED:
            self._given += 1
            return self._start + round((self._given - 1) * self._step)
        if self._timing != ORDER:
            return picture.pts
        while len(self._waiting) > _HELD_BACK:  # of frames that the decoder left out
            heapq.heappop(self._waiting)
        return heapq.heappop(self._waiting) if self._waiting else None
