"""Correct p values for the number of tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def holm(p: Sequence[float] | Floats) -> Floats:
    """Correct by Holm's step-down method: the chance of any false finding stays below the level.

    >>> holm([0.01, 0.04, 0.03, 0.005]).round(9).tolist()
    [0.03, 0.06, 0.06, 0.02]

    Args:
        p: p values; NaN for tests that could not be made, which don't count.
    """
    return _stepwise(p, lambda ordered: np.maximum.accumulate(ordered * np.arange(len(ordered), 0, -1)))


def benjamini_hochberg(p: Sequence[float] | Floats) -> Floats:
    """Correct by Benjamini and Hochberg's method: the expected share of false findings stays below the level.

    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.005]).round(9).tolist()
    [0.02, 0.04, 0.04, 0.02]
    """

    def step_up(ordered: Floats) -> Floats:
        scaled = ordered * len(ordered) / np.arange(1, len(ordered) + 1)
        return np.minimum.accumulate(scaled[::-1])[::-1]

    return _stepwise(p, step_up)


def _stepwise(p: Sequence[float] | Floats, correct: object) -> Floats:
    values = np.asarray(p, np.float64)
    found = np.full(values.shape, np.nan)
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    if len(order):
        found[order] = np.minimum(1.0, correct(values[order]))  # type: ignore[operator]
    return found
