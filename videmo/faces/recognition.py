"""Describe a face by a vector that is much the same for one person, and different for different people.

Vectors have unit length; how alike two faces are is their scalar product, from -1 to 1. They are kept as whole numbers
of one byte each.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.faces.aligning import Aligned, aligned, cut_aligned
from videmo.faces.identity import IDENTITY_KIND, recognition_identity
from videmo.records import Detection
from videmo.settings import IdentitySettings
from videmo.video.luma import Luma
from videmo.weights import Weights, load_weights
from videmo.weights.litert import CropNetwork

SIDE: Final = 64
"""Height and width of the grey crop in pixels."""
VALUES: Final = 128
"""Length of a vector."""
PART: Final = 0.8
"""Side of the crop over that of the aligned square: hair and clothes change, the face stays."""
UNIT: Final = 300.0
"""A value of 1 in the bytes of a vector: none of the values of a face comes near 0.42, which would be 127."""

Vector = npt.NDArray[np.int8]
"""``(128,)`` values of a unit vector in steps of 1/300."""


class FaceRecogniser:
    """A LiteRT network over aligned grey crops of faces, one face at a time: the result depends on that face alone."""

    def __init__(self, weights: Weights) -> None:
        """Load a network.

        Raises:
            WeightsError: the file is not a LiteRT network with int8 crops as input and a vector as output.
        """
        self._network = CropNetwork(weights, SIDE, (VALUES,), "Train it with 'videmo train identity'.")

    def describe(self, crop: npt.NDArray[np.uint8]) -> Vector:
        """Describe a face.

        Args:
            crop: ``(64, 64)`` grey, full range, from `cut_face`.
        """
        return as_bytes(self._network.run(crop))

    def recognise(self, face: Detection, luma: Luma) -> Vector | None:
        """Describe a face in a frame; None if its landmarks lie in one point.

        Args:
            face: in displayed pixels of ``luma``, with landmarks.
            luma: the frame.
        """
        crop = cut_face(face, luma)
        return None if crop is None else self.describe(crop)


def as_bytes(values: npt.NDArray[np.floating]) -> Vector:
    """Scale values to unit length and round them to bytes."""
    single = np.asarray(values, np.float64)
    length = float(np.sqrt(np.square(single).sum()))
    return np.clip(np.rint(single * (UNIT / length)) if length > 0 else single, -127, 127).astype(np.int8)


def cut_face(face: Detection, luma: Luma) -> npt.NDArray[np.uint8] | None:
    """Cut the ``(64, 64)`` crop that the network sees; None if the landmarks lie in one point."""
    place = aligned(face)
    if place is None:
        return None
    return cut_aligned(luma, Aligned(place.x, place.y, place.side * PART, place.angle), SIDE)


def whose_turn(faces: Sequence[Detection], turn: int, at_once: int) -> list[int]:
    """Choose the faces of a frame that are described; where they are too many, they take turns from left to right.

    Args:
        faces: of one frame, those that can be recognised.
        turn: number of the cell of the grid in which faces are described.
        at_once: how many are described at most.

    Returns:
        Their places in ``faces``.
    """
    groups = -(-len(faces) // at_once)
    order = sorted(range(len(faces)), key=lambda place: (faces[place].x, faces[place].y))
    return order[turn % groups :: groups] if groups else []


def make_recogniser(settings: IdentitySettings) -> FaceRecogniser:
    """Load the network that the settings name.

    Raises:
        UsageError: there is no such network.
        WeightsError: it is damaged, or not a network that recognises faces.
    """
    return _recogniser(settings.name, recognition_identity(settings))


@lru_cache(maxsize=2)
def _recogniser(name: str, identity: str) -> FaceRecogniser:
    """Load a network once per process. Another file of its name counts anew."""
    return FaceRecogniser(load_weights(name, IDENTITY_KIND))
