"""Draw on planar 4:2:0 pictures directly: no conversion of whole frames to RGB and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from videmo.annotate.glyphs import text_mask
from videmo.video.planar import Plane, planes_of

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255 each."""


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
        for plane, value, scale in zip(self.planes, yuv(colour), (1, 2, 2), strict=True):
            x0, x1 = (_clip(edge / scale, plane.shape[1]) for edge in (left, right))
            y0, y1 = (_clip(edge / scale, plane.shape[0]) for edge in (top, bottom))
            part = plane[y0:y1, x0:x1]
            if opacity >= 1:
                part[:] = value
            else:
                part[:] = (part * (1 - opacity) + value * opacity).astype(np.uint8)

    def frame(self, left: float, top: float, right: float, bottom: float, colour: Colour, thickness: int) -> None:
        """Draw the outline of a rectangle, on even pixels: a colour sample covers two by two of them."""
        left, top, right, bottom = (2 * round(edge / 2) for edge in (left, top, right, bottom))
        thickness += thickness % 2
        self.fill(left, top, right, top + thickness, colour)
        self.fill(left, bottom - thickness, right, bottom, colour)
        self.fill(left, top, left + thickness, bottom, colour)
        self.fill(right - thickness, top, right, bottom, colour)

    def columns(self, left: int, top: int, height: int, colours: npt.NDArray[np.uint8], opacity: float = 1.0) -> None:
        """Fill a row of columns two pixels wide, each in its own colour.

        Args:
            left: even.
            top: even.
            height: even.
            colours: ``(columns, 3)`` Y, U, V of each; what would lie outside the picture is ignored.
            opacity: 0 to 1.
        """
        for index, (plane, scale) in enumerate(zip(self.planes, (1, 2, 2), strict=True)):
            wide = np.repeat(colours[:, index], 2 // scale).astype(np.float32)
            part = plane[top // scale : (top + height) // scale, left // scale : left // scale + len(wide)]
            wide = wide[: part.shape[1]]
            part[:] = (part * (1 - opacity) + wide * opacity + 0.5).astype(np.uint8)

    def text(self, words: str, left: float, baseline: float, height: float, brightness: int = 235) -> None:
        """Write text with a given cap height in pixels; the colour below shows through, so fill first."""
        mask, across, down = text_mask(words, height)
        x, y = round(left) + across, round(baseline) + down
        luma = self.planes[0]
        x0, x1 = max(x, 0), min(x + mask.shape[1], luma.shape[1])
        y0, y1 = max(y, 0), min(y + mask.shape[0], luma.shape[0])
        if x0 >= x1 or y0 >= y1:
            return
        part, covered = luma[y0:y1, x0:x1], mask[y0 - y : y1 - y, x0 - x : x1 - x]
        part[:] = (part * (1 - covered) + brightness * covered + 0.5).astype(np.uint8)


def rgb(code: str) -> Colour:
    """Read a colour like ``#E69F00``."""
    red, green, blue = (int(code[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue


def yuv(colour: Colour) -> tuple[int, int, int]:
    """Convert a colour to Y, U, V (BT.601, limited range)."""
    red, green, blue = (channel / 255 for channel in colour)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(16 + 219 * luma), round(128 + 126.4 * (blue - luma)), round(128 + 159.7 * (red - luma))


def _clip(edge: float, limit: int) -> int:
    return min(max(round(edge), 0), limit)
