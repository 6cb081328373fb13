"""Find changes of scene by comparing small pictures of the frames."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.video.luma import Luma

THUMBNAIL: Final = (18, 32)
"""Rows and columns of the thumbnails that are compared."""
_DARK = 4.0
"""Added to each value of the sum, so that noise in black frames is no change."""

Thumbnail = npt.NDArray[np.uint8]
"""``(18, 32)`` luma."""


def thumbnail_of(luma: Luma) -> Thumbnail:
    """Shrink a frame to the size at which scenes are compared."""
    rows, columns = THUMBNAIL
    return luma.thumbnail(columns, rows)


def change_between(before: Thumbnail, after: Thumbnail) -> float:
    """Measure the change of the picture between two thumbnails, 0 (none) to 1.

    The sum of the absolute differences of luma over the sum of the larger values (Ruzicka's distance), so that a cut
    in a dark hall weighs as much as one in daylight.
    """
    one, other = before.astype(np.float64), after.astype(np.float64)
    return float(np.abs(one - other).sum() / (np.maximum(one, other).sum() + _DARK * one.size))
