"""Split planar 4:2:0 pictures, the common form of decoders and encoders, into planes."""

from __future__ import annotations

import av
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]


def planes_of(picture: Plane) -> tuple[Plane, Plane, Plane]:
    """Return the planes of a picture as views into it: brightness, and two of colour half as wide and high.

    Args:
        picture: ``(height * 3 / 2, width)``, even sizes, contiguous.
    """
    rows, width = picture.shape
    height = rows * 2 // 3
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    return picture[:height], chroma[0], chroma[1]


def planes_in(picture: av.VideoFrame) -> list[Plane]:
    """Return the planes of FFmpeg's picture with 8 bits in each sample, without their padding, as views into it."""
    return [
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in picture.planes
    ]
