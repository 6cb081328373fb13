"""Find recordings that follow another one in the same file, of which FFmpeg reads the first alone."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

_ASF_HEADER: Final = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_FLV_BEGINS: Final = b"FLV\x01"
_FLV_SIZE: Final = b"\x00\x08filesize\x00"
"""Name and type of the number in which the header of an FLV file notes its length."""
_LOOKED_AT: Final = 4096
_MOST: Final = 100_000
"""Boxes that are looked at: fragmented recordings have many."""


def next_recording_at(path: Path, container: str) -> int:
    """Return the byte at which another recording begins; 0 where none does, or FFmpeg reads that one too.

    Files that were joined byte by byte: of MP4, ASF and FLV, FFmpeg then reads the first one.

    Args:
        path: of the file, which can be read.
        container: its format, as FFmpeg calls it.
    """
    kinds = set(container.split(","))
    with path.open("rb") as stream:
        if kinds & {"mov", "mp4"}:
            return _in_mp4(stream)
        if "asf" in kinds:
            return _in_asf(stream)
        return _in_flv(stream) if "flv" in kinds else 0


def _in_mp4(stream: BinaryIO) -> int:
    found, first = 0, None
    seen: set[bytes] = set()
    for place, kind, _ in boxes(stream):
        if kind == b"moof":
            begins = _decode_time(stream, place)
            if found:  # segments of one recording may each have their header, but their time goes on
                return found if first is not None and begins is not None and begins <= first else 0
            first = begins if first is None else first
        elif found and kind not in _PLAIN:
            return 0  # what is no box says nothing
        elif kind == b"ftyp" and {b"moov", b"mdat"} <= seen:
            found = found or place
        elif found and kind == b"moov" and b"moof" not in seen:
            return found
        seen.add(kind)
    return 0


def _decode_time(stream: BinaryIO, place: int) -> int | None:
    """Read when a fragment begins, in ticks; None if it does not say."""
    stream.seek(place)
    _, found, behind = stream.read(_LOOKED_AT).partition(b"tfdt")
    size = 8 if behind[:1] == b"\x01" else 4
    return int.from_bytes(behind[4 : 4 + size], "big") if found and len(behind) >= 4 + size else None


_PLAIN: Final = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"uuid", b"meta", b"udta"})


def boxes(stream: BinaryIO) -> Iterator[tuple[int, bytes, int]]:
    """Yield place, kind and size of the boxes of an MP4 file, not of those in others."""
    place = 0
    for _ in range(_MOST):
        stream.seek(place)
        head = stream.read(16)
        if len(head) < 8:
            return
        size, kind = struct.unpack(">I4s", head[:8])
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack(">Q", head[8:])
        if size < 8 or size >= 1 << 62:
            return
        yield place, kind, size
        place += size


def _in_asf(stream: BinaryIO) -> int:
    place = 0
    for _ in range(_MOST):
        stream.seek(place)
        head = stream.read(24)
        if len(head) < 24:
            return 0
        if place and head[:16] == _ASF_HEADER:
            return place
        (size,) = struct.unpack("<Q", head[16:])
        if size < 24 or size >= 1 << 62:
            return 0
        place += size
    return 0


def _in_flv(stream: BinaryIO) -> int:
    begin = stream.read(_LOOKED_AT)
    at = begin.find(_FLV_SIZE) + len(_FLV_SIZE)
    if at < len(_FLV_SIZE) or len(begin) < at + 8:
        return 0
    (size,) = struct.unpack(">d", begin[at : at + 8])
    if not len(_FLV_BEGINS) <= size < 1 << 62:
        return 0
    stream.seek(int(size))
    return int(size) if stream.read(len(_FLV_BEGINS)) == _FLV_BEGINS else 0
