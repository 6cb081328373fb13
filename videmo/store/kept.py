"""Keep on this machine what was fetched of recordings, for as long as a run lives: they are read more than once.

A recording is probed, planned, looked at chunk by chunk, hashed, and read again for its annotated video. Whoever does
so on one machine shares a folder of blocks. Who starts the processes of a run makes it and hands on its path in the
environment (`PLACE`); where nobody has, nothing is kept. What is kept is a copy that nobody relies on: a block that is
missing is fetched again.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from videmo.files import lives, unique_name, writer_of
from videmo.store import ranges
from videmo.store.identity import InputIdentity
from videmo.store.ranges import Fetch

PLACE: Final = "VIDEMO_KEPT_BLOCKS"
"""Variable of the environment with the path of the folder; unset where nothing is kept."""
MOST_BYTES: Final = 4 * 2**30
"""What is kept at most on a machine; the blocks that were not asked for longest go first."""
SPARED: Final = 0.1
"""Share of the disk that is left free."""
_PREFIX: Final = "videmo-blocks-"
_LOOK_EVERY: Final = 64
"""Blocks after which a process looks how much is kept."""
_ENOUGH: Final = 0.8
"""Share of the most that stays when there is too much."""


class Kept:
    """The folder of blocks of a run on this machine, for as long as who makes it keeps it open.

    Args:
        wanted: whether there is anything to keep.
    """

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._place: Path | None = None
        self._lock = threading.Lock()

    @property
    def place(self) -> Path | None:
        """Return the folder, made when it is asked for first; None where nothing is kept."""
        with self._lock:
            if self._wanted and self._place is None:
                try:
                    self._place = _new_place()
                except OSError:  # who copies a recording there says so
                    self._wanted = False
            return self._place

    def close(self) -> None:
        """Remove the folder. Nobody may be at work in it any more."""
        with self._lock:
            self._wanted = False
            if self._place is not None:
                shutil.rmtree(self._place, ignore_errors=True)
                self._place = None


def _new_place() -> Path:
    """Make a folder for blocks; remove those whose makers were killed.

    Raises:
        OSError: the folder for temporary files can't be written to.
    """
    scratch = Path(tempfile.gettempdir())
    for other in scratch.glob(f"{_PREFIX}*"):
        maker = writer_of(other.name, _PREFIX)
        if maker is not None and lives(maker) is False:
            shutil.rmtree(other, ignore_errors=True)
    place = scratch / unique_name(_PREFIX, "")
    place.mkdir(mode=0o700)
    return place


def keeping(fetch: Fetch, name: str, known: InputIdentity) -> Fetch:
    """Keep what is fetched of a recording, if this process was told where.

    Args:
        fetch: fetches ranges of it.
        name: of the recording.
        known: its identity; another version is another recording.
    """
    place = os.environ.get(PLACE)
    if not place or not (known.etag or known.modified_ns):
        return fetch
    told = f"{name}\n{known.size_bytes}\n{known.etag or known.modified_ns}"
    return _Keeping(fetch, known.size_bytes, Path(place), hashlib.sha256(told.encode()).hexdigest()[:24])


class _Keeping:
    """Fetches ranges, of which whole blocks are kept."""

    def __init__(self, fetch: Fetch, size: int, place: Path, name: str) -> None:
        self._fetch, self._size, self._place, self._folder = fetch, size, place, place / name
        self._block = ranges.BLOCK_BYTES
        self._written = 0

    def __call__(self, begin: int, end: int) -> bytes:
        content = self._found(begin, end)
        if content is None:
            content = self._fetch(begin, end)
            with suppress(OSError):  # of a disk that is full, or a run that has just ended
                self._keep(content, begin)
        return content

    def _found(self, begin: int, end: int) -> bytes | None:
        """Return a range all of whose blocks are kept."""
        first = begin // self._block
        blocks = []
        for index in range(first, (end - 1) // self._block + 1):
            block = self._read(index)
            if block is None:
                return None
            blocks.append(block)
        return b"".join(blocks)[begin - first * self._block : end - first * self._block]

    def _read(self, index: int) -> bytes | None:
        path = self._folder / str(index)
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return content if len(content) == min(self._block, self._size - index * self._block) else None

    def _keep(self, content: bytes, begin: int) -> None:
        """Keep the blocks that lie in a range as a whole.

        Raises:
            OSError: they can't be.
        """
        end = begin + len(content)
        for index in range(-(-begin // self._block), -(-end // self._block)):
            start = index * self._block
            stop = min(start + self._block, self._size)
            if stop > end:
                return
            if self._written % _LOOK_EVERY == 0:
                _make_room(self._place)
            self._written += 1
            self._folder.mkdir(exist_ok=True)
            partial = self._folder / unique_name("", "")
            try:
                partial.write_bytes(content[start - begin : stop - begin])
                partial.replace(self._folder / str(index))
            finally:
                partial.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, order=True)
class _Block:
    asked_ns: int
    size: int
    path: str


def _make_room(place: Path) -> None:
    """Remove the blocks that were not asked for longest, where there are too many for the disk.

    Raises:
        OSError: the folder is gone, or the disk nearly full: nothing is kept any more then.
    """
    blocks = []
    for folder in place.iterdir():
        for path in folder.iterdir():
            with suppress(FileNotFoundError):  # somebody else makes room
                stat = path.stat()
                blocks.append(_Block(stat.st_mtime_ns, stat.st_size, str(path)))
    disk = shutil.disk_usage(place)
    kept = sum(block.size for block in blocks)
    most = min(MOST_BYTES, kept + disk.free - int(SPARED * disk.total))
    if kept < most:
        return
    if most <= 0:
        shutil.rmtree(place, ignore_errors=True)
        raise OSError(errno.ENOSPC, "the disk is nearly full")
    for block in sorted(blocks):
        if kept <= _ENOUGH * most:
            return
        Path(block.path).unlink(missing_ok=True)
        kept -= block.size
