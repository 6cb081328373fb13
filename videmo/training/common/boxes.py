"""Calculate with boxes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def overlaps(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the intersection over union of each box ``(n, 4)`` with each of ``(m, 4)``: ``(n, m)``.

    Boxes are left, top, width, height.
    """
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    corner = np.maximum(one[:, None, :2], other[None, :, :2])
    opposite = np.minimum((one[:, :2] + one[:, 2:])[:, None], (other[:, :2] + other[:, 2:])[None])
    shared = np.clip(opposite - corner, 0, None).prod(axis=2)
    union = one[:, 2:].prod(axis=1)[:, None] + other[:, 2:].prod(axis=1)[None] - shared
    return np.asarray(shared / np.maximum(union, 1e-9))
