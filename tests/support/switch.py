"""A switch between network namespaces that takes its time, where the kernel has no ``netem``: run it inside of one.

``python switch.py SECONDS INTERFACE …`` hands each frame that comes in at one interface on to where its receiver was
seen, or to all, so many seconds later. Interfaces may go down and come up meanwhile.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from collections import deque
from contextlib import suppress

_SOL_PACKET, _PACKET_VNET_HDR, _PACKET_OUTGOING = 263, 15, 4
_ALL = 3
_HEAD = 10
"""Bytes before each frame: what the sender left to its card, sums and cutting into packets. They go on with it."""
_MOST = 2**17


def opened(interface: str) -> socket.socket:
    """A socket that sees and sends whole frames."""
    found = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
    found.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
    found.bind((interface, _ALL))
    found.setblocking(False)
    return found


def switch(delay_s: float, *interfaces: str) -> None:
    """Hand on frames for ever."""
    ends = [opened(name) for name in interfaces]
    seen: dict[bytes, socket.socket] = {}
    waiting: deque[tuple[float, bytes, list[socket.socket]]] = deque()
    print("ready", flush=True)
    while True:
        patience_s = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        for end in select.select(ends, [], [], patience_s)[0]:
            with suppress(OSError):  # the interface went down
                while True:
                    frame, (_, _, kind, *_) = end.recvfrom(_MOST)
                    if kind == _PACKET_OUTGOING:
                        continue
                    receiver, sender = frame[_HEAD : _HEAD + 6], frame[_HEAD + 6 : _HEAD + 12]
                    seen[sender] = end
                    others = [seen[receiver]] if receiver in seen else [each for each in ends if each is not end]
                    waiting.append((time.monotonic() + delay_s, frame, others))
        while waiting and waiting[0][0] <= time.monotonic():
            _, frame, others = waiting.popleft()
            for end in others:
                with suppress(OSError):  # it is down, or has no room: frames get lost
                    end.send(frame)


if __name__ == "__main__":
    switch(float(sys.argv[1]), *sys.argv[2:])
