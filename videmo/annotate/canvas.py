"""Draw on planar 4:2:0 pictures directly: no conversion of whole frames to RGB and back."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255 each."""
_FONT = cv2.FONT_HERSHEY_SIMPLEX


class Canvas:
    """A picture to draw on, in place.

    Args:
        picture: ``(height * 3 / 2, width)`` planar 4:2:0, limited range, even sizes, contiguous.
    """

    def __init__(self, picture: npt.NDArray[np.uint8]) -> None:
        rows, self.width = picture.shape
        self.height = rows * 2 // 3
        self._luma = picture[: self.height]
        chroma = picture[self.height :].reshape(2, self.height // 2, self.width // 2)
        self._blue, self._red = chroma[0], chroma[1]

    def fill(self, left: float, top: float, right: float, bottom: float, colour: Colour, opacity: float = 1.0) -> None:
        """Fill a rectangle; what lies outside of the picture is left out."""
        for plane, value, scale in zip((self._luma, self._blue, self._red), _yuv(colour), (1, 2, 2), strict=True):
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

    def text(self, words: str, left: float, baseline: float, height: float, brightness: int = 235) -> None:
        """Write ASCII text of a given capital height in pixels; the colour below shows through, so fill first."""
        scale, thickness = height / 21.0, max(1, round(height / 11))
        origin = (round(left), round(baseline))
        cv2.putText(self._luma, words, origin, _FONT, scale, brightness, thickness, cv2.LINE_AA)


def text_width(words: str, height: float) -> int:
    """Width in pixels of text with a given capital height."""
    size, _ = cv2.getTextSize(words, _FONT, height / 21.0, max(1, round(height / 11)))
    return int(size[0])


def rgb(code: str) -> Colour:
    """Read a colour like ``#E69F00``."""
    red, green, blue = (int(code[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue


def _yuv(colour: Colour) -> tuple[int, int, int]:
    """BT.601, limited range."""
    red, green, blue = (channel / 255 for channel in colour)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(16 + 219 * luma), round(128 + 126.4 * (blue - luma)), round(128 + 159.7 * (red - luma))


def _clip(edge: float, limit: int) -> int:
    return min(max(round(edge), 0), limit)
