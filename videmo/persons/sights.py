"""Hold what recognises the faces of a recording: a vector for some of the sights of each face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd


@dataclass(frozen=True, slots=True)
class Sights:
    """Faces that were described so that they can be recognised. Biometric data: never in a table or page."""

    frame: npt.NDArray[np.int64]
    """``(n,)`` as in the observation table."""
    place: npt.NDArray[np.float64]
    """``(n, 2)`` x and y of the face's box, rounded as in the observation table."""
    vectors: npt.NDArray[np.int8]
    """``(n, 128)`` see `faces.recognition`."""
    network: str = ""
    """SHA-256 of the file of the network that described them: vectors of two networks can't be compared."""

    def __len__(self) -> int:
        return len(self.frame)

    def rows_in(self, observations: pd.DataFrame) -> npt.NDArray[np.int64]:
        """Find the rows ``(n,)`` of these faces by position in a table, -1 for those that are not in it."""
        faces = np.flatnonzero(observations["status"].to_numpy() != "no_face")
        if not len(faces):
            return np.full(len(self), -1, np.int64)
        keys = [observations[name].to_numpy()[faces] for name in ("frame", "x", "y")]
        index = pd.MultiIndex.from_arrays(keys)
        once = ~index.duplicated()  # two boxes with one corner are hardly two faces
        found = index[once].get_indexer(pd.MultiIndex.from_arrays([self.frame, *self.place.T]))
        return np.where(found >= 0, faces[once][found], -1)
