"""Labelled faces in memory, for evaluation: a few thousand, not the training rows of a large data set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videmo.training.classifier.datasets.face import LabelledFace


@dataclass(frozen=True, slots=True)
class Faces:
    """Labelled faces in memory."""

    images: npt.NDArray[np.uint8]
    """``(n, 48, 48)`` gray."""
    votes: npt.NDArray[np.float32]
    """``(n, 10)`` counts in the order of `datasets.face.VOTES`."""
    split: npt.NDArray[np.str_]
    """``(n,)`` one of `datasets.face.SPLITS`."""

    def __len__(self) -> int:
        return len(self.images)

    def where(self, mask: npt.NDArray[np.bool_]) -> Faces:
        """Keep the faces that ``mask`` marks."""
        return Faces(self.images[mask], self.votes[mask], self.split[mask])

    def of(self, split: str) -> Faces:
        """Keep the faces of one split."""
        return self.where(self.split == split)


def collect(faces: Iterable[LabelledFace]) -> Faces:
    """Hold all faces of a reader in memory."""
    held = list(faces)
    return Faces(
        np.stack([face.image for face in held]),
        np.stack([face.votes for face in held]),
        np.array([face.split for face in held]),
    )
