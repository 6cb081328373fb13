"""Use the brightness plane of a frame where the decoder left it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange

from videmo.records import Recording
from videmo.video.display import SQUARE, displayed_size, turned
from videmo.video.probe import inconvertible

Plane = npt.NDArray[np.uint8]

_IN_PLACE = {
    "yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p", "yuva420p", "yuva422p", "yuva444p",
    "yuvj420p", "yuvj422p", "yuvj444p", "yuvj440p", "yuvj411p", "nv12", "nv21", "nv16", "nv24", "gray",
}  # fmt: skip
_HIGH_BITS = re.compile(r"p\d{3}")
"""Formats like p010, whose levels stand in the high bits of their words."""
_SAMPLES = 4
_BYTES = np.dtype(np.uint8)


@dataclass(frozen=True, slots=True)
class Luma:
    """An 8-bit brightness plane of square pixels as stored, and how to display it.

    Nothing is copied until a part is asked for: `scaled` and `patch` first reduce, then turn the small result and
    expand its range, so that their cost does not grow with the size of the frame.
    """

    plane: Plane
    """``(stored height, stored width)``, possibly a view into the decoder's memory."""
    limited: bool
    """True if black is 16 and white is 235, as in most video; they are then expanded to 0–255."""
    rotation: int
    """Degrees (0, 90, 180, 270) anticlockwise from the stored to the displayed picture."""

    @property
    def width(self) -> int:
        """Return the displayed width in pixels."""
        return int(self.plane.shape[self.rotation % 180 == 0])

    @property
    def height(self) -> int:
        """Return the displayed height in pixels."""
        return int(self.plane.shape[self.rotation % 180 != 0])

    def scaled(self, width: int, height: int) -> Plane:
        """Return the displayed picture at another size: ``(height, width)``, full range, contiguous."""
        return self._finish(_resized(self.plane, (height, width) if self.rotation % 180 else (width, height)))

    def thumbnail(self, width: int, height: int) -> Plane:
        """Return the displayed picture at a size much smaller than its own, from a part of its pixels.

        At least `_SAMPLES` pixels in each direction make one of the result, so that its cost hardly grows with the
        size of the frame. Good for comparing frames, not for details.
        """
        across, down = (height, width) if self.rotation % 180 else (width, height)
        rows, columns = self.plane.shape
        step = max(1, min(columns // (across * _SAMPLES), rows // (down * _SAMPLES)))
        return self._finish(_resized(self.plane[::step, ::step], (across, down)))

    def patch(self, x: float, y: float, side: float, size: int) -> Plane:
        """Return a square part of the displayed picture, scaled to ``(size, size)``, full range.

        Args:
            x: left edge in displayed pixels.
            y: top edge in displayed pixels.
            side: length of its edges in displayed pixels.
            size: length of its edges in the result.

        What lies outside of the frame repeats the frame's edge.
        """
        rows, columns = self.plane.shape
        across, down, length = self.square(x, y, side)
        left, top = self._stored_corner(across, down, length)
        right, bottom = left + length, top + length
        inside = self.plane[
            _clamp(top, rows - 1) : _clamp(bottom, rows, 1), _clamp(left, columns - 1) : _clamp(right, columns, 1)
        ]
        overhang = (max(0, -top), max(0, bottom - rows), max(0, -left), max(0, right - columns))
        if any(overhang):
            above, below, before, behind = (min(amount, length - 1) for amount in overhang)
            inside = np.asarray(
                cv2.copyMakeBorder(inside, above, below, before, behind, cv2.BORDER_REPLICATE), np.uint8
            )
        return self._finish(_resized(inside, (size, size)))

    @staticmethod
    def square(x: float, y: float, side: float) -> tuple[int, int, int]:
        """Return left, top and side of what `patch` cuts: it cuts whole pixels."""
        return round(x), round(y), max(1, round(side))

    def region(self, left: int, top: int, width: int, height: int, across: int, down: int) -> Plane:
        """Cut a rectangle that lies inside of the displayed picture, scaled to ``(down, across)``, full range.

        Args:
            left: edge in displayed pixels.
            top: edge in displayed pixels.
            width: in displayed pixels.
            height: in displayed pixels.
            across: width of the result.
            down: height of the result.
        """
        rows, columns = self.plane.shape
        if self.rotation == 90:
            left, top, width, height = columns - top - height, left, height, width
        elif self.rotation == 180:
            left, top = columns - left - width, rows - top - height
        elif self.rotation == 270:
            left, top, width, height = top, rows - left - width, height, width
        part = self.plane[top : top + height, left : left + width]
        return self._finish(_resized(part, (down, across) if self.rotation % 180 else (across, down)))

    def full(self) -> Plane:
        """Return the whole displayed picture at its own size, full range: a copy, for display."""
        return self.scaled(self.width, self.height)

    def _stored_corner(self, x: int, y: int, side: int) -> tuple[int, int]:
        """Return the top left corner in the stored picture of a square in the displayed one."""
        rows, columns = self.plane.shape
        if self.rotation == 90:
            return columns - y - side, x
        if self.rotation == 180:
            return columns - x - side, rows - y - side
        if self.rotation == 270:
            return y, rows - x - side
        return x, y

    def _finish(self, part: Plane) -> Plane:
        part = turned(part, self.rotation)
        if self.limited:
            part = np.asarray(cv2.LUT(part, _expansion()), np.uint8)
        return part.copy() if np.may_share_memory(part, self.plane) else np.ascontiguousarray(part)


def _resized(plane: Plane, size: tuple[int, int]) -> Plane:
    """Scale to ``size`` (width, height): by means over whole blocks first, then between neighbours.

    OpenCV's mean over areas is several times slower where the factor is no whole number. What is left over at the
    edges, less than half a block at each, is left out.
    """
    rows, columns = plane.shape
    if (columns, rows) == size:
        return plane
    block = min(columns // size[0], rows // size[1])
    if block >= 2:
        across, down = columns // block, rows // block
        top, left = (rows - down * block) // 2, (columns - across * block) // 2
        whole = plane[top : top + down * block, left : left + across * block]
        plane = np.asarray(cv2.resize(whole, (across, down), interpolation=cv2.INTER_AREA), np.uint8)
        if (across, down) == size:
            return plane
    shrinks_one_way = plane.shape[1] > 2 * size[0] or plane.shape[0] > 2 * size[1]
    return np.asarray(
        cv2.resize(plane, size, interpolation=cv2.INTER_AREA if shrinks_one_way else cv2.INTER_LINEAR), np.uint8
    )


def _clamp(value: int, highest: int, lowest: int = 0) -> int:
    return min(max(value, lowest), highest)


@lru_cache(maxsize=1)
def _expansion() -> Plane:
    """Return the table from limited range (16–235) to full range (0–255), as ITU-R BT.601 defines them."""
    levels = (np.arange(256) - 16.0) * 255.0 / 219.0
    return np.asarray(np.clip(np.round(levels), 0, 255), np.uint8)


def displayed_luma(frame: av.VideoFrame, recording: Recording, aspect: float) -> Luma:
    """Take the brightness of a decoded frame as `luma_of` does, in the proportions of its display, and not mirrored.

    Both cost a copy of the plane, so that nothing behind it has to know of them; ordinary frames stay in place.

    Args:
        frame: as decoded.
        recording: says how it is mirrored and rotated.
        aspect: width of the frame's pixels over their height.

    Raises:
        RecordingError: FFmpeg can't convert the pixel format.
    """
    try:
        luma = luma_of(frame, recording.rotation)
    except (av.error.FFmpegError, ValueError) as exc:
        raise inconvertible(frame, recording.path) from exc
    return _shown(luma, recording, aspect)


def displayed_colours(frame: av.VideoFrame, recording: Recording, aspect: float) -> tuple[Luma, Luma, Luma]:
    """Take red, green and blue of a decoded frame, full range, displayed as `displayed_luma` displays it.

    That is a conversion of the whole frame. Arguments and errors are those of `displayed_luma`.
    """
    try:
        pixels = np.asarray(frame.to_ndarray(format="rgb24", threads=1), np.uint8)
    except (av.error.FFmpegError, ValueError) as exc:
        raise inconvertible(frame, recording.path) from exc
    planes = (Luma(pixels[..., place], False, recording.rotation) for place in range(3))
    red, green, blue = (_shown(plane, recording, aspect) for plane in planes)
    return red, green, blue


def _shown(stored: Luma, recording: Recording, aspect: float) -> Luma:
    if aspect == SQUARE and not recording.mirrored:
        return stored
    rows, columns = stored.plane.shape
    plane = _resized(stored.plane, displayed_size(columns, rows, aspect, 0))
    return Luma(turned(plane, 0, recording.mirrored), stored.limited, stored.rotation)


def luma_of(frame: av.VideoFrame, rotation: int) -> Luma:
    """Take the brightness of a decoded frame, in place for 8-bit planar formats.

    Planes of 9 to 16 bits are rounded to 8. RGB is weighted as BT.601 says (full range). Packed and palette formats
    go through FFmpeg's scaler first.
    """
    name = frame.format.name
    in_place, full = _kind_of(name, frame.color_range)
    if in_place:
        return Luma(_view(frame, _BYTES), not full, rotation)
    if frame.format.is_rgb or name == "pal8" or name.startswith("mono"):
        return Luma(_luma_of_rgb(frame), False, rotation)
    component = frame.format.components[0]
    planar = len(frame.planes) >= 2 or name.startswith("gray")
    if planar and 8 < component.bits <= 16 and not frame.format.is_big_endian and not _HIGH_BITS.match(name):
        return Luma(_rounded(_view(frame, np.dtype("<u2")), component.bits), not full, rotation)
    target = "yuvj444p" if full else "yuv444p"
    return Luma(_copy(frame.reformat(format=target, threads=1)), not full, rotation)


@lru_cache(maxsize=64)
def _kind_of(name: str, range_: int) -> tuple[bool, bool]:
    """Tell whether a pixel format has its brightness in bytes in a plane of its own, and whether in full range."""
    gray = name.startswith("gray") and range_ != ColorRange.MPEG
    return name in _IN_PLACE, range_ == ColorRange.JPEG or name.startswith("yuvj") or gray


def _view(frame: av.VideoFrame, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return the first plane without its padding, sharing the decoder's memory."""
    plane = frame.planes[0]
    pixels: npt.NDArray[Any] = np.frombuffer(memoryview(plane), dtype)
    stride = plane.line_size // dtype.itemsize
    return pixels[: stride * plane.height].reshape(plane.height, stride)[:, : plane.width]


def _rounded(plane: npt.NDArray[np.uint16], bits: int) -> Plane:
    half = 1 << (bits - 9)
    return np.asarray(np.minimum((plane.astype(np.uint32) + half) >> (bits - 8), 255), np.uint8)


def _luma_of_rgb(frame: av.VideoFrame) -> Plane:
    pixels = frame.to_ndarray(format="rgb24", threads=1)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _copy(frame: av.VideoFrame) -> Plane:
    return np.array(_view(frame, np.dtype(np.uint8)))
