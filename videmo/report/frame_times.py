"""Say in a sentence how regularly the analysed frames of a recording follow each other."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

_REGULAR_S: Final = 0.002
"""Steps that differ by no more are equal: containers round times, mostly to 1 ms."""


def frame_times(observations: pd.DataFrame, quality: pd.Series) -> str:
    """Say how long the steps between analysed frames are, and whether they are all alike.

    Args:
        observations: with ``frame, time_s``.
        quality: the recording's row of the table ``quality.csv``.
    """
    _, first = np.unique(observations["frame"].to_numpy(np.int64), return_index=True)
    steps = np.diff(observations["time_s"].to_numpy(np.float64)[first])
    if not len(steps):
        return "there is only one analysed frame." if len(first) else "there are no analysed frames."
    typical, off = float(quality["typical_step_s"]), int(quality["irregular_steps"])
    if off:
        differ = "1 of" if off == 1 else f"{off:,} of"
        verb = "differs" if off == 1 else "differ"
        return (
            f"{differ} {len(steps):,} steps between analysed frames {verb} from the typical {_ms(typical)} ms by more "
            f"than half (longest: {steps.max():.2f} s)."
        )
    if steps.max() - steps.min() <= _REGULAR_S + 1e-6:
        return f"regular, {_ms(typical)} ms between analysed frames."
    return (
        f"uneven, between {_ms(float(steps.min()))} and {_ms(float(steps.max()))} ms between analysed frames, "
        f"typically {_ms(typical)} ms."
    )


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:,.1f}"
