"""Read a file that is elsewhere in ranges: whole blocks, the last few of which are kept."""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from videmo.errors import VidemoError

BLOCK_BYTES: Final = 2**20
"""What is fetched at once. A reader that seeks takes little of what lies around the place."""
Fetch = Callable[[int, int], bytes]
"""Returns the bytes of a file from a first one up to, and without, an end."""
_KEPT: Final = 16
"""Blocks: enough for a demuxer that goes back and forth between picture, sound and index."""


class RangedReader(io.RawIOBase):
    """Reads from a file by asking for ranges of it.

    Args:
        name: of the file; its ending may tell FFmpeg the format.
        size: of the file, in bytes.
        fetch: returns ranges of it.
        block: the size of the blocks, in bytes; 0 for the usual one.
    """

    def __init__(self, name: str, size: int, fetch: Fetch, block: int = 0) -> None:
        super().__init__()
        self.name = name
        self.failure: VidemoError | None = None
        """Why a range could not be fetched; FFmpeg takes that for the end of the file."""
        self._size, self._fetch, self._block = size, fetch, block or BLOCK_BYTES
        self._place = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, begin + offset)
        return self._place

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._size - self._place)
        wanted = left if size is None or size < 0 else min(size, left)
        content = self._range(self._place, self._place + wanted) if wanted else b""
        self._place += len(content)
        return content

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: Any) -> int:
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def _range(self, begin: int, end: int) -> bytes:
        first, last = begin // self._block, (end - 1) // self._block
        lacking = [index for index in range(first, last + 1) if index not in self._blocks]
        if len(lacking) > _KEPT // 2:  # as of a whole file: nothing of it is worth keeping
            return self._fetched(begin, end)
        if lacking:
            self._keep(lacking[0], lacking[-1])
        found = []
        for index in range(first, last + 1):
            self._blocks.move_to_end(index)
            found.append(self._blocks[index])
        start = first * self._block
        content = b"".join(found)[begin - start : end - start]
        while len(self._blocks) > _KEPT:
            self._blocks.popitem(last=False)
        return content

    def _keep(self, first: int, last: int) -> None:
        content = self._fetched(first * self._block, min(self._size, (last + 1) * self._block))
        for index in range(first, last + 1):
            place = (index - first) * self._block
            self._blocks[index] = content[place : place + self._block]

    def _fetched(self, begin: int, end: int) -> bytes:
        try:
            return self._fetch(begin, end)
        except VidemoError as exc:
            self.failure = exc
            raise
