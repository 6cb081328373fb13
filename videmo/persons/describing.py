"""Describe how the persons of a recording look, from its table and what recognises their faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.persons.likeness import Described, describe, weights_of
from videmo.persons.sights import Sights

if TYPE_CHECKING:
    from videmo.faces.cohort import Cohort

COLUMNS = ("frame", "status", "x", "y", "h", "person", "yaw", "pitch", "sharpness")
"""Those of the observation table that this needs."""


def describe_persons(observations: pd.DataFrame, sights: Sights, cohort: Cohort | None = None) -> dict[int, Described]:
    """Describe each person who can be recognised.

    Args:
        observations: the table, with at least `COLUMNS`.
        sights: of the same recording.
        cohort: of the network that recognised the faces.
    """
    rows, vectors, weights = described_rows(observations, sights)
    person = observations["person"].to_numpy(np.int64, na_value=0)[rows]
    return {
        number: describe(vectors[person == number], weights[person == number], cohort)
        for number in np.unique(person[person > 0]).tolist()
    }


def described_rows(
    observations: pd.DataFrame, sights: Sights
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8], npt.NDArray[np.float64]]:
    """Find the faces of a table that were described, whatever the order of the sights.

    Returns:
        Rows ``(n,)`` of the table by position, in order; vectors ``(n, 128)``; weights ``(n,)``.
    """
    rows = sights.rows_in(observations)
    known = np.flatnonzero(rows >= 0)
    known = known[np.argsort(rows[known], kind="stable")]
    rows = rows[known]
    seen = (observations[name].to_numpy(np.float64)[rows] for name in ("h", "yaw", "pitch", "sharpness"))
    return rows, sights.vectors[known], weights_of(*seen)
