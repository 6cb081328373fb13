"""Count the changes of the strongest emotion from cell to cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def count_transitions(timeline: pd.DataFrame, words: Sequence[str]) -> pd.DataFrame:
    """Count how often each emotion follows each other one, over all persons.

    Only cells that touch are compared, so nothing is counted across an empty one.

    Args:
        timeline: the table ``timeline.csv``.
        words: the emotions that it names.

    Returns:
        Square table, from (rows) to (columns); the diagonal counts the cells that stayed the same.
    """
    place = {emotion: index for index, emotion in enumerate(words)}
    codes = timeline["emotion"].map(place).to_numpy(np.float64, na_value=np.nan)
    persons = timeline["person"].to_numpy()
    follows = (persons[1:] == persons[:-1]) & ~np.isnan(codes[1:]) & ~np.isnan(codes[:-1])
    before, after = codes[:-1][follows].astype(int), codes[1:][follows].astype(int)
    counts = np.bincount(before * len(words) + after, minlength=len(words) ** 2)
    return pd.DataFrame(counts.reshape(len(words), -1), index=list(words), columns=list(words))
