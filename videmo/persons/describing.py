"""Describe how the persons of a recording look, from its table and what recognises their faces."""

from __future__ import annotations

import numpy as np
import pandas as pd

from videmo.persons.recognising import Described, describe, weights_of
from videmo.persons.sights import Sights

COLUMNS = ("frame", "status", "x", "y", "h", "person", "yaw", "pitch", "sharpness")
"""Those of the observation table that this needs."""


def describe_persons(observations: pd.DataFrame, sights: Sights) -> dict[int, Described]:
    """Describe each person who can be recognised.

    Args:
        observations: the table, with at least `COLUMNS`.
        sights: of the same recording.
    """
    rows = sights.rows_in(observations)
    order = np.argsort(rows, kind="stable")  # so that it doesn't follow from the order of the sights
    order = order[rows[order] >= 0]
    rows = rows[order]
    person = observations["person"].to_numpy(np.int64, na_value=0)[rows]
    weights = weights_of(
        *(observations[name].to_numpy(np.float64)[rows] for name in ("h", "yaw", "pitch", "sharpness"))
    )
    vectors = sights.vectors[order]
    return {
        number: describe(vectors[person == number], weights[person == number])
        for number in np.unique(person[person > 0]).tolist()
    }
