"""Find runs: cells or frames in a row of which the same is true."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def runs_of(marked: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """List the half-open runs of places that are marked, in order.

    Args:
        marked: ``(n,)``
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist()))
