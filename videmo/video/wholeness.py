"""Look at the bytes of a file for signs that it was cut or has holes, of which FFmpeg says nothing."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Final

from videmo.errors import RecordingError
from videmo.records import Recording
from videmo.video.announced import cut_off
from videmo.video.joined import boxes
from videmo.video.packets import packets_of
from videmo.video.probe import open_video

_TAIL: Final = 2**17
"""Bytes at the end of a file that are looked at: more than a page of Ogg may have."""
_ASF_PROPERTIES: Final = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
"""Begins the part of the header of an ASF file that has its size."""
_TS_PACKET: Final = 188
_TS_SYNC: Final = 0x47
_TS_STRIDES: Final = (188, 192, 204)
"""From packet to packet: plain, with a time stamp before each, with a checksum behind each."""
_TS_LOOKED_AT: Final = 5
_RARE: Final = 4
"""Holes are no habit of whatever wrote the file if there are this many packets for each."""
_RAW: Final = frozenset({"h264", "hevc", "mjpeg", "m4v", "mpegvideo", "mp3"})
_CONTAINED: Final = frozenset({".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".3gp", ".ogv", ".wmv", ".asf", ".flv"})
"""Suffixes of files that are no raw streams."""


def ends_in(recording: Recording) -> str:
    """Say that a file ends too early; empty if it does not, or its kind does not show that."""
    look = _ENDS.get(recording.container)
    try:
        if recording.container == "asf" and _size_in_asf(recording.path) > recording.size_bytes:
            return cut_off(f"its header announces more than the {recording.size_bytes:,} bytes that there are")
        what = look(recording) if look else ""
    except (OSError, RecordingError):
        return ""
    return cut_off(f"it ends in the middle of {what}") if what else ""


def doubts(recording: Recording) -> list[str]:
    """Word the signs that frames are missing."""
    found = []
    if recording.container in _RAW and recording.path.suffix.lower() in _CONTAINED:
        found.append(
            f"the file is named {recording.path.suffix}, but only a raw {recording.codec} stream was found in it: its "
            "beginning is missing or damaged, and frames may be missing"
        )
    look = _DOUBTS.get(recording.container)
    try:
        return [*found, *look(recording.path)] if look else found
    except (OSError, ValueError):  # an empty file can't be mapped
        return found


# Ends.


def _frame_of_one_size(recording: Recording) -> str:
    """Where all frames take the same number of bytes, what is left behind the last is a part of one."""
    with open_video(recording.path, recording.stream) as (container, stream):
        first, second = [*islice(packets_of(container, stream), 2)]
        if first.pos is None or second.pos is None or not second.size or second.pos <= first.pos:
            return ""
        behind = (recording.size_bytes - first.pos - first.size) % (second.pos - first.pos)
    return "a frame" if behind else ""


def _page_of_ogg(recording: Recording) -> str:
    tail = _tail(recording.path)
    page = tail.rfind(b"OggS")
    if page < 0 or len(tail) < page + 27:
        return "a page" if page >= 0 else ""
    sizes = tail[page + 27 : page + 27 + tail[page + 26]]
    whole = len(sizes) == tail[page + 26] and page + 27 + len(sizes) + sum(sizes) <= len(tail)
    return "" if whole else "a page"


def _packet_of_ts(recording: Recording) -> str:
    tail = _tail(recording.path)
    last = _last_in_ts(tail)
    return "a packet" if last is not None and len(tail) - last < _TS_PACKET else ""


def _last_in_ts(tail: bytes) -> int | None:
    """Return where the last packet begins, if there are some in a row at the end."""
    for stride in _TS_STRIDES:
        for last in range(len(tail) - 1, max(-1, len(tail) - 1 - stride), -1):
            places = range(last, last - _TS_LOOKED_AT * stride, -stride)
            if places[-1] >= 0 and all(tail[place] == _TS_SYNC for place in places):
                return last
    return None


def _size_in_asf(path: Path) -> int:
    """Return the size in bytes that the header of an ASF file announces; 0 where it says none."""
    with path.open("rb") as stream:
        _, _, properties = stream.read(_TAIL).partition(_ASF_PROPERTIES)
    return int.from_bytes(properties[24:32], "little")


_ENDS: Final[dict[str, Callable[[Recording], str]]] = {
    "dv": _frame_of_one_size,
    "yuv4mpegpipe": _frame_of_one_size,
    "ogg": _page_of_ogg,
    "mpegts": _packet_of_ts,
}


# Doubts.


def _end_of_ogg(path: Path) -> Iterator[str]:
    tail = _tail(path)
    page = tail.rfind(b"OggS")
    if page >= 0 and len(tail) > page + 5 and not tail[page + 5] & 4:
        yield "the file has no mark at its end: it may be cut off"


def _end_of_ts(path: Path) -> Iterator[str]:
    if _last_in_ts(tail := _tail(path)) is None and len(tail) > _TS_LOOKED_AT * _TS_STRIDES[-1]:
        yield "the end of the file is damaged, or does not belong to it: frames may be missing there"


def _end_of_gif(path: Path) -> Iterator[str]:
    if b"\0;" not in _tail(path)[-64:]:
        yield "the file has no mark at its end: it may be cut off"


def _holes_in_ps(path: Path) -> Iterator[str]:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        packets, holes = _walked(content)
    if holes and packets >= _RARE * holes:
        yield f"packets do not follow each other in {_places(holes)} of the file, where frames may be missing"


def _walked(content: mmap.mmap) -> tuple[int, int]:
    """Go from packet to packet through an MPEG program stream; returns how many there are, and holes between them."""
    place, packets, size = content.find(_PACK), 0, len(content)
    holes = int(content[: max(0, place)].strip(b"\0") != b"")
    while 0 <= place <= size - 4:
        if content[place : place + 3] != _START or content[place + 3] < _END_CODE:
            if content.find(_START, place) < 0:
                return packets, holes  # padding
            place, holes = content.find(_PACK, place), holes + 1
            continue
        packets += 1
        place += _length(content, place)
    return packets, holes + (place > size)


_START: Final = b"\0\0\1"
_PACK: Final = b"\0\0\1\xba"
_END_CODE: Final = 0xB9


def _length(content: mmap.mmap, place: int) -> int:
    """Return the bytes that a packet, or the header of a pack, takes."""
    if content[place + 3] == _END_CODE:
        return 4
    if content[place + 3] != _PACK[3]:
        return 6 + int.from_bytes(content[place + 4 : place + 6], "big")
    header = content[place + 4 : place + 14]
    return 14 + (header[9] & 7) if len(header) == 10 and header[0] >> 6 == 1 else 12


def _fragments(path: Path) -> Iterator[str]:
    """Look for fragments of MP4 that are missing: they are numbered, and each ends where the next box begins."""
    numbers, end = [], 0
    with path.open("rb") as stream:
        for place, kind, size in boxes(stream):
            if not kind.isalnum():
                break
            end = place + size
            if kind == b"moof":
                stream.seek(place + 8)
                numbers.append(int.from_bytes(stream.read(16)[12:], "big"))
    holes = sum(after != before + 1 for before, after in pairwise(numbers)) + (end != path.stat().st_size)
    if holes and len(numbers) >= 2 * holes:
        yield f"fragments do not follow each other in {_places(holes)} of the file, where frames may be missing"


def _begins_with(*marks: bytes) -> Callable[[Path], Iterator[str]]:
    def look(path: Path) -> Iterator[str]:
        with path.open("rb") as stream:
            begin = stream.read(16).lstrip(b"\0")
        if not begin.startswith(marks):
            yield "the file does not begin with a frame: its beginning is missing or damaged, and frames may be missing"

    return look


_DOUBTS: Final[dict[str, Callable[[Path], Iterator[str]]]] = {
    "ogg": _end_of_ogg,
    "gif": _end_of_gif,
    "mpegts": _end_of_ts,
    "mpeg": _holes_in_ps,
    "mov,mp4,m4a,3gp,3g2,mj2": _fragments,
    "dv": _begins_with(b"\x1f\x07"),
    "mjpeg": _begins_with(b"\xff\xd8"),
    "mpegvideo": _begins_with(b"\1\xb3"),
    "h264": _begins_with(b"\1"),
    "hevc": _begins_with(b"\1"),
}


def _places(count: int) -> str:
    return f"{count} place" if count == 1 else f"{count} places"


def _tail(path: Path) -> bytes:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL))
        return stream.read()
