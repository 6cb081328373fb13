"""Tell how alike two faces are by how alike each of them is to a cohort: many averages of faces of other people.

Some faces have many that look like them, and two of these are told apart less well than others by the distance of
their vectors alone. So how alike two faces are is measured by the mean and the deviation of how alike each of them is
to those of the cohort that are nearest to it (adaptive symmetric score normalisation, Matějka et al., 2017, "Analysis
of score normalization in multilingual speaker recognition").
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.errors import WeightsError
from videmo.faces.identity import cohort_path, recognition_identity
from videmo.faces.recognition import VALUES
from videmo.settings import IdentitySettings
from videmo.weights.named import COHORT_SUFFIX

Floats = npt.NDArray[np.float64]

NEAREST: Final = 40
"""Of the cohort, those nearest to a face, which count."""
ANYWHERE: Final = 0.6
"""How alike a face is to these at least, on the average; what is less alike is no face of this network."""
SUFFIX: Final = COHORT_SUFFIX
"""Of the file beside a network."""


class Cohort:
    """Averages of faces, each over several people."""

    def __init__(self, centres: npt.NDArray[np.int8]) -> None:
        """Take the vectors ``(n, 128)`` in bytes, see `recognition`."""
        values = centres.astype(np.float64)
        self._centres = values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-9)

    def around(self, faces: Floats) -> Floats:
        """Measure how alike faces are to those of the cohort that are nearest to them.

        Args:
            faces: ``(n, 128)`` of unit length.

        Returns:
            ``(n, 2)`` mean and standard deviation; NaN for vectors that are not those of faces.
        """
        alike = faces @ self._centres.T
        nearest = np.sort(alike, axis=1)[:, -NEAREST:]
        found = np.stack([nearest.mean(axis=1), nearest.std(axis=1)], axis=1)
        found[found[:, 0] < ANYWHERE] = np.nan
        return np.asarray(found, np.float64)


def cohort_of(settings: IdentitySettings) -> Cohort | None:
    """Return the cohort of the network that the settings name; None if it has none.

    Raises:
        UsageError: there is no such network.
        WeightsError: the cohort is damaged.
    """
    return cohort_beside(settings.name, recognition_identity(settings)) if settings.enabled else None


@lru_cache(maxsize=2)
def cohort_beside(name: str, identity: str = "") -> Cohort | None:
    """Read the cohort of a shipped network, or the file beside a network of one's own.

    Args:
        name: of the network, or the path of its file.
        identity: hash of the network and its cohort; others count anew.
    """
    path = cohort_path(name)
    if not path.is_file():
        return None
    try:
        centres = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as exc:
        advice = "Train the network again, or move the file away."
        raise WeightsError(path, f"cannot be read ({exc})", advice=advice) from exc
    if centres.dtype != np.int8 or centres.ndim != 2 or centres.shape[1] != VALUES or len(centres) < NEAREST:
        found = f"{centres.dtype} values of the shape {centres.shape}"
        raise WeightsError(path, found, f"int8, {NEAREST} or more rows of {VALUES}")
    return Cohort(centres)
