"""Define the input and output of the face network, for training and inference alike, so that they cannot drift apart.

The input is luma, ``(height, width)`` both multiples of 32, as ``(luma - 128) / 128``. For each cell of three grids,
with strides of 8, 16 and 32 pixels, the output has a logit (is there a face whose middle is here), four distances from
the cell's centre to the box's left, top, right and bottom, and the offsets of five landmarks, all in strides. It is
single-stage and free of anchors (Tian et al., FCOS, 2019).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

STRIDES = (8, 16, 32)
MULTIPLE = STRIDES[-1]
"""Both sides of an input are multiples of this."""
OFFSET, SCALE = 128.0, 128.0
"""The input is ``(luma - OFFSET) / SCALE``; as int8, it is ``luma - 128``."""
PADDING = 0
"""Luma of the rest of an input, below and to the right of the picture: black."""
OUTPUTS = ("score", "box", "landmarks")
"""The order of the ``sum(CHANNELS)`` values of a cell."""
CHANNELS = (1, 4, 10)
RANGES = ((-8.0, 4.0), (0.0, 8.0), (-6.0, 6.0))
"""Logits, distances and offsets in strides between which a network file's outputs run from -1 to 1. All of a cell's
values thus share one int8 scale, and one convolution computes them. A face beyond the box's range is larger than its
grid should answer for."""


def real_range() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return middle and half width ``(15,)`` of the range of a cell's values: ``real = middle + half * output``."""
    low, high = (np.repeat([bounds[end] for bounds in RANGES], CHANNELS) for end in (0, 1))
    return (low + high) / 2, (high - low) / 2


@lru_cache(maxsize=64)
def centres(height: int, width: int, stride: int) -> npt.NDArray[np.float32]:
    """Return the centres of the cells of one grid: ``(cells, 2)`` as x, y in pixels of the input, row by row."""
    rows, columns = height // stride, width // stride
    y, x = np.mgrid[:rows, :columns]
    return ((np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * stride).astype(np.float32)


def input_size(width: int, height: int, longest: int, largest: float = 1.0) -> tuple[int, int, int, int]:
    """Fit a frame into an input whose longer side has at most ``longest`` pixels.

    Args:
        width: of the frame.
        height: of the frame.
        longest: of the input.
        largest: by how much a frame may be enlarged for it.

    Returns:
        Width and height of the scaled picture, and width and height of the input that holds it in its top left
        corner.
    """
    factor = min(largest, longest / max(width, height))
    across, down = max(1, round(width * factor)), max(1, round(height * factor))
    return across, down, _rounded_up(across), _rounded_up(down)


def _rounded_up(side: int) -> int:
    return -(-side // MULTIPLE) * MULTIPLE
