"""Find eyes, nose and corners of the mouth in the crop of a face: small, and exact where a head is tilted.

The face detectors mark landmarks too, but as part of a search through a whole picture: they stay nearly level when a
head is tilted (docs/decisions.md). So the landmarks of tables, aligned crops and head poses come from here, whichever
detector found the face.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.faces.framing import Framing
from videmo.faces.identity import LANDMARK_KIND, landmarks_identity
from videmo.records import Detection
from videmo.settings import LandmarkSettings
from videmo.video.luma import Luma
from videmo.weights import Weights, load_weights
from videmo.weights.litert import CropNetwork

SIDE: Final = 48
"""Height and width of the grey crop in pixels, framed as for the emotions."""
CELLS: Final = 12
"""Rows and columns of the network's output, a map for each landmark."""
POINTS: Final = 5
_MIDDLES: Final = (np.arange(CELLS) + 0.5) / CELLS
_SUMS: Final = np.stack([np.ones(CELLS * CELLS), np.tile(_MIDDLES, CELLS), np.repeat(_MIDDLES, CELLS)]).astype(
    np.float32
)
"""What the cells are counted with: once, by their middle's x, and by its y, over the crop's side."""


class LandmarkFinder:
    """A LiteRT network over grey crops of faces, one face at a time: the result depends on that face alone."""

    def __init__(self, weights: Weights) -> None:
        """Load a network.

        Raises:
            WeightsError: the file is not a LiteRT network with int8 crops as input and a map for each landmark.
        """
        self._network = CropNetwork(weights, SIDE, (CELLS, CELLS, POINTS), "Train it with 'videmo train landmarks'.")

    def find(self, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        """Find the landmarks in the crop of a face.

        Args:
            crop: ``(48, 48)`` grey, full range, framed as for the emotions.

        Returns:
            ``(5, 2)`` x and y over the crop's side, 0 at its left and upper edge, in the order of `records.LANDMARKS`.
        """
        return expected_places(self._network.run(crop))

    def marked(self, face: Detection, luma: Luma, framing: Framing, crop: npt.NDArray[np.uint8]) -> Detection:
        """Return a face with the landmarks in its crop, in displayed pixels.

        Args:
            face: in displayed pixels of ``luma``.
            luma: that ``crop`` was cut from.
            framing: how the detector's boxes lie around a face.
            crop: as for `find`.
        """
        left, top, side = luma.square(*framing.square(face))
        points = self.find(crop) * side + (left, top)
        return dataclasses.replace(face, landmarks=tuple((x, y) for x, y in points.tolist()))


def expected_places(maps: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return where landmarks are expected if the maps are logarithms of how likely each cell is.

    Args:
        maps: ``(12, 12, 5)``.

    Returns:
        ``(5, 2)`` as of `LandmarkFinder.find`. Sums over cells make places far finer than cells.
    """
    values = np.asarray(maps, np.float32).reshape(CELLS * CELLS, POINTS)
    total, x, y = _SUMS @ np.exp(values - values.max(axis=0))
    return np.stack([x / total, y / total], axis=1).astype(np.float64)


def make_finder(settings: LandmarkSettings) -> LandmarkFinder:
    """Load the network that the settings name.

    Raises:
        UsageError: there is no such network.
        WeightsError: it is damaged, or not a network for landmarks.
    """
    return _finder(settings, landmarks_identity(settings))


@lru_cache(maxsize=2)
def _finder(settings: LandmarkSettings, identity: str) -> LandmarkFinder:
    """Load a network once per process. Another file of its name counts anew."""
    return LandmarkFinder(load_weights(settings.name, LANDMARK_KIND))
