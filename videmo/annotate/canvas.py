"""Draw on planar 4:2:0 pictures directly: no conversion of whole frames to RGB and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from videmo.annotate.glyphs import text_mask
from videmo.video.planar import Plane, planes_of

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255 each."""
Palette = npt.NDArray[np.uint8]
"""``(colours, 3)`` Y, U, V of each."""


@dataclass(frozen=True, slots=True)
class Ink:
    """Hold a mask in one brightness, so that nothing but the picture below enters when it is drawn."""

    kept: npt.NDArray[np.float32]
    """``(rows, columns)`` how much of what is below stays, 0 to 1."""
    added: npt.NDArray[np.float32]
    """``(rows, columns)`` what comes on top, with a half to round by."""

    @classmethod
    def of(cls, mask: npt.NDArray[np.float32], brightness: int) -> Ink:
        """Make ink of coverage, 0 to 1, and brightness, 0 to 255."""
        return cls(1 - mask, np.asarray(brightness * mask + 0.5, np.float32))


class Canvas:
    """Draw on a picture in place.

    Args:
        picture: ``(height * 3 / 2, width)`` planar 4:2:0, limited range, even sizes, contiguous.
    """

    def __init__(self, picture: Plane) -> None:
        self.planes = planes_of(picture)
        self.height, self.width = self.planes[0].shape

    def fill(self, left: float, top: float, right: float, bottom: float, colour: Colour, opacity: float = 1.0) -> None:
        """Fill a rectangle; what lies outside the picture is ignored."""
        luma, *chroma = yuv(colour)
        _fill(self.planes[0], left, top, right, bottom, luma, opacity)
        for plane, value in zip(self.planes[1:], chroma, strict=True):
            _fill(plane, left / 2, top / 2, right / 2, bottom / 2, value, opacity)

    def frame(self, left: float, top: float, right: float, bottom: float, colour: Colour, thickness: int) -> None:
        """Draw the outline of a rectangle, on even pixels: a colour sample covers two by two of them."""
        begin, first, end, last = (2 * round(edge / 2) for edge in (left, top, right, bottom))
        thickness += thickness % 2
        for plane, value, scale in zip(self.planes, yuv(colour), (1, 2, 2), strict=True):
            height, width = plane.shape
            x0, x1 = _within(begin // scale, width), _within((begin + thickness) // scale, width)
            x2, x3 = _within((end - thickness) // scale, width), _within(end // scale, width)
            y0, y1 = _within(first // scale, height), _within((first + thickness) // scale, height)
            y2, y3 = _within((last - thickness) // scale, height), _within(last // scale, height)
            plane[y0:y1, x0:x3] = plane[y2:y3, x0:x3] = plane[y0:y3, x0:x1] = plane[y0:y3, x2:x3] = value

    def dashed_frame(
        self, left: float, top: float, right: float, bottom: float, colour: Colour, thickness: int
    ) -> None:
        """Draw the outline of a rectangle as dashes, from each corner on, on even pixels."""
        left, top, right, bottom = (2 * round(edge / 2) for edge in (left, top, right, bottom))
        thickness += thickness % 2
        for begin, end in _dashes(left, right, thickness):
            self.fill(begin, top, end, top + thickness, colour)
            self.fill(begin, bottom - thickness, end, bottom, colour)
        for begin, end in _dashes(top, bottom, thickness):
            self.fill(left, begin, left + thickness, end, colour)
            self.fill(right - thickness, begin, right, end, colour)

    def line(self, begin: tuple[float, float], end: tuple[float, float], colour: Colour, thickness: int) -> None:
        """Draw a straight line; what lies outside the picture is ignored."""
        for plane, value, scale in zip(self.planes, yuv(colour), (1, 2, 2), strict=True):
            first, last = ((round(x / scale), round(y / scale)) for x, y in (begin, end))
            cv2.line(plane, first, last, value, max(1, thickness // scale))

    def columns(self, left: int, top: int, height: int, colours: Palette, opacity: float = 1.0) -> None:
        """Fill a row of columns two pixels wide, each in its own colour.

        Args:
            left: even.
            top: even.
            height: even.
            colours: ``(columns, 3)`` Y, U, V of each; what would lie outside the picture is ignored.
            opacity: 0 to 1.
        """
        for index, (plane, scale) in enumerate(zip(self.planes, (1, 2, 2), strict=True)):
            wide = np.repeat(colours[:, index], 2 // scale)
            part = plane[top // scale : (top + height) // scale, left // scale : left // scale + len(wide)]
            wide = wide[: part.shape[1]]
            part[:] = wide if opacity >= 1 else _mixed(part, wide, opacity)

    def paste(self, picture: Plane, top: int) -> None:
        """Copy a picture of the same width over the rows from ``top`` on, which is even."""
        for plane, part, first in zip(self.planes, planes_of(picture), (top, top // 2, top // 2), strict=True):
            plane[first : first + len(part)] = part

    def bars(
        self, left: int, top: int, pitch: int, width: int, lengths: npt.NDArray[np.float64], colours: Palette
    ) -> None:
        """Draw bars one below the other, inside the picture, each as long as it is and the rest of its track.

        Args:
            left: even.
            top: even.
            pitch: from one bar to the next, even; a third of it stays free.
            width: of the tracks, even.
            lengths: of the bars in pixels.
            colours: ``(bars + 1, 3)`` Y, U, V of each bar, and of the tracks.
        """
        thick = pitch - max(1, pitch // 3)
        for index, (plane, scale) in enumerate(zip(self.planes, (1, 2, 2), strict=True)):
            full = np.arange(width // scale) < np.rint(lengths / scale)[:, None]
            painted = np.where(full, colours[:-1, index, None], colours[-1, index])
            rows = plane[top // scale : (top + len(lengths) * pitch) // scale, left // scale : (left + width) // scale]
            tracks = rows.reshape(len(lengths), pitch // scale, width // scale)
            tracks[:, : -(-thick // scale)] = painted[:, None]

    def text(self, words: str, left: float, baseline: float, height: float, brightness: int = 235) -> None:
        """Write text with a given cap height in pixels; the colour below shows through, so fill first."""
        ink, across, down = _written(words, height, brightness)
        self.stamp(ink, round(left) + across, round(baseline) + down)

    def stamp(self, ink: Ink, x: int, y: int) -> None:
        """Draw ink with its top left corner at a place; outside the picture it is cut off."""
        luma = self.planes[0]
        x0, x1 = max(x, 0), min(x + ink.kept.shape[1], luma.shape[1])
        y0, y1 = max(y, 0), min(y + ink.kept.shape[0], luma.shape[0])
        if x0 >= x1 or y0 >= y1:
            return
        part, own = luma[y0:y1, x0:x1], np.s_[y0 - y : y1 - y, x0 - x : x1 - x]
        mixed = part * ink.kept[own]
        mixed += ink.added[own]
        part[:] = mixed.astype(np.uint8)


@lru_cache(maxsize=2048)
def _written(words: str, height: float, brightness: int) -> tuple[Ink, int, int]:
    mask, across, down = text_mask(words, height)
    return Ink.of(mask, brightness), across, down


def _dashes(begin: float, end: float, thickness: int) -> Iterator[tuple[float, float]]:
    """Divide a line into dashes that are twice as long as the gaps, from one at its beginning to one at its end."""
    wanted = 9 * thickness
    gaps = max(1, round((end - begin) / wanted))
    part = (end - begin) / (3 * gaps + 2)
    for place in range(gaps + 1):
        start = begin + 3 * place * part
        yield 2 * round(start / 2), 2 * round((start + 2 * part) / 2)


def rgb(code: str) -> Colour:
    """Read a colour like ``#E69F00``."""
    red, green, blue = (int(code[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue


@lru_cache(maxsize=64)
def yuv(colour: Colour) -> tuple[int, int, int]:
    """Convert a colour to Y, U, V (BT.601, limited range)."""
    red, green, blue = (channel / 255 for channel in colour)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(16 + 219 * luma), round(128 + 126.4 * (blue - luma)), round(128 + 159.7 * (red - luma))


def _fill(plane: Plane, left: float, top: float, right: float, bottom: float, value: int, opacity: float) -> None:
    height, width = plane.shape
    part = plane[_clip(top, height) : _clip(bottom, height), _clip(left, width) : _clip(right, width)]
    if opacity >= 1:
        part[:] = value
    elif part.size:
        part[:] = cv2.LUT(part, _levels(value, opacity))


@lru_cache(maxsize=64)
def _levels(value: int, opacity: float) -> Plane:
    """Return what becomes of each level below: looking it up is many times faster than computing it for each pixel."""
    return (np.arange(256) * (1 - opacity) + value * opacity).astype(np.uint8)


def _mixed(part: Plane, row: Plane, opacity: float) -> npt.NDArray[np.uint16]:
    """Cover each column of a part with a value of its own, in whole numbers."""
    share = round(256 * opacity)
    mixed = part.astype(np.uint16)
    mixed *= 256 - share
    mixed += row.astype(np.uint16) * share + 128
    mixed >>= 8
    return mixed


def _clip(edge: float, limit: int) -> int:
    return _within(round(edge), limit)


def _within(edge: int, limit: int) -> int:
    return 0 if edge < 0 else limit if edge > limit else edge
