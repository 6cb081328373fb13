"""Calculate sums over rectangles of windows and their normalisation, bit for bit like OpenCV's detector."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

LEAST_SPREAD = 10.0
"""OpenCV 4 accepts no window whose standard deviation, in grey levels, is not above this."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Hold windows of one or many pictures, as positions in a table of sums."""

    sums: npt.NDArray[np.int32]
    """Flat: sums over all pixels above and to the left of each position and, if wanted, sums over tilted cones."""
    starts: npt.NDArray[np.int64]
    """``(n,)``: position of each window's top left corner in ``sums``."""
    step: int
    """Distance from one row of the table to the next."""
    tilted: int
    """Distance from a position in the upright table to the same in the tilted one."""
    inverse: npt.NDArray[np.float32]
    """``(n,)``: 1 / (standard deviation × area); 0 for windows that are too flat for the detector."""

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, chosen: npt.NDArray) -> Windows:
        """Return some of the windows, by index or mask."""
        return Windows(self.sums, self.starts[chosen], self.step, self.tilted, self.inverse[chosen])


def windows_of_samples(samples: Image, *, tilted: bool) -> Windows:
    """Use whole samples ``(n, height, width)`` as windows."""
    count, height, width = samples.shape
    size = (height + 1) * (width + 1)
    tables = np.zeros((count, 2 if tilted else 1, height + 1, width + 1), np.int32)
    tables[:, 0, 1:, 1:] = samples.cumsum(axis=1, dtype=np.int32).cumsum(axis=2, dtype=np.int32)
    if tilted:
        flat = samples.reshape(count, -1).astype(np.float32)
        tables[:, 1] = (flat @ tilted_operator(width, height).T).reshape(count, height + 1, width + 1)
    starts = np.arange(count, dtype=np.int64) * size * tables.shape[1]
    return Windows(tables.reshape(-1), starts, width + 1, size, inverse_spread(samples))


def windows_of_picture(
    image: Image, width: int, height: int, *, tilted: bool, stride: int = 1, offset: tuple[int, int] = (0, 0)
) -> Windows:
    """List all windows of a picture at its own size, every ``stride`` pixels from ``offset`` (x, y) on.

    Returns:
        The windows; ``starts`` of one at ``(x, y)`` is ``y * step + x``.
    """
    tables = cv2.integral3(image) if tilted else cv2.integral2(image)
    sums, squares = np.asarray(tables[0], np.int32), np.asarray(tables[1], np.float64)
    step = image.shape[1] + 1
    x = np.arange(offset[0], image.shape[1] - width + 1, stride)
    y = np.arange(offset[1], image.shape[0] - height + 1, stride)
    starts = (y[:, None] * step + x[None, :]).reshape(-1).astype(np.int64)
    inset = tuple(_inset(table, len(x), len(y), stride, offset, width, height) for table in (sums, squares))
    inverse = _inverse(inset[0].astype(np.float64), inset[1], (width - 2) * (height - 2))
    flat = np.concatenate([np.asarray(table, np.int32).reshape(-1) for table in (tables[0], *tables[2:])])
    return Windows(flat, starts, step, sums.size, inverse)


def _inset(
    table: npt.NDArray, across: int, down: int, stride: int, offset: tuple[int, int], width: int, height: int
) -> npt.NDArray:
    """Sum over each window without its outermost pixels: ``(down · across,)``."""
    if not across or not down:
        return np.zeros(0, table.dtype)

    def corner(x: int, y: int) -> npt.NDArray:
        x, y = x + offset[0], y + offset[1]
        return table[y : y + stride * (down - 1) + 1 : stride, x : x + stride * (across - 1) + 1 : stride]

    right, bottom = width - 1, height - 1
    return (corner(1, 1) - corner(right, 1) - corner(1, bottom) + corner(right, bottom)).reshape(-1)


def inverse_spread(samples: Image) -> npt.NDArray[np.float32]:
    """Return the factors that normalise features: 1 / (standard deviation × area) of all but the outermost pixels.

    Args:
        samples: ``(n, height, width)``.

    Returns:
        ``(n,)``; 0 for samples that are too flat for OpenCV's detector (`LEAST_SPREAD`).
    """
    inner = samples[:, 1:-1, 1:-1].reshape(len(samples), -1).astype(np.int64)
    return _inverse(inner.sum(axis=1).astype(np.float64), (inner**2).sum(axis=1).astype(np.float64), inner.shape[1])


def _inverse(total: npt.NDArray, squares: npt.NDArray, area: int) -> npt.NDArray[np.float32]:
    spread = np.sqrt(np.maximum(area * squares - total**2, 0.0))
    inverse = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0).astype(np.float32)
    # In float32 and at 0.1, not at a deviation of 10, as in OpenCV.
    inverse[area * inverse >= np.float32(1 / LEAST_SPREAD)] = 0
    return inverse


def upright_operator(width: int, height: int) -> npt.NDArray[np.float32]:
    """Return the matrix from pixels to their table of sums: ``((height+1)·(width+1), height·width)`` of 0 and 1."""
    down = np.tri(height + 1, height, -1, dtype=np.float32)
    across = np.tri(width + 1, width, -1, dtype=np.float32)
    return np.kron(down, across)


def tilted_operator(width: int, height: int) -> npt.NDArray[np.float32]:
    """Return the matrix from pixels to sums over the cones that open upwards (Lienhart and Maydt, 2002).

    The position ``(X, Y)`` sums the pixels ``(x, y)`` with ``y < Y`` and ``|x − X + 1| ≤ Y − y − 1``.
    """
    down = np.arange(height + 1)[:, None, None, None] - np.arange(height)[None, None, :, None] - 1
    across = np.arange(width)[None, None, None, :] - np.arange(width + 1)[None, :, None, None] + 1
    inside = (down >= 0) & (np.abs(across) <= down)
    return inside.reshape((height + 1) * (width + 1), height * width).astype(np.float32)
