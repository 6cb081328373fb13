"""Choose which held-out faces are scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.training.classifier.copies import near_copies
from videmo.training.classifier.data import Faces
from videmo.training.classifier.votes import scored_rows, strict_majority_rows, top_of
from videmo.training.common.labels import CLASSES

ALL, UNSEEN, CLEAR = "top vote", "without copies", "strict majority"
SETS = {
    ALL: "test images whose top vote of all ten columns is one of the five emotions",
    UNSEEN: "those without a copy among the training rows",
    CLEAR: "those on which more than half of all votes agree",
}


@dataclass(frozen=True, slots=True)
class HeldOutFaces:
    """Hold the faces that are scored, and the sets that they belong to."""

    images: npt.NDArray[np.uint8]
    """``(n, 48, 48)``"""
    truth: npt.NDArray[np.int64]
    """``(n,)`` top votes as indices into `CLASSES`."""
    sets: dict[str, npt.NDArray[np.bool_]]
    """Masks by name, see `SETS`."""


def held_out_faces(faces: Faces) -> HeldOutFaces:
    """Choose the scored test faces.

    Raises:
        DatasetError: there are none.
    """
    test, train = faces.of("test"), faces.of("train")
    test = test.where(scored_rows(test.votes))
    if not len(test):
        raise DatasetError(
            "data set", f"no test faces with {', '.join(CLASSES)} as top vote", advice="Choose one with a test split."
        )
    return HeldOutFaces(
        images=test.images,
        truth=top_of(test.votes),
        sets={
            ALL: np.ones(len(test), dtype=np.bool_),
            UNSEEN: ~near_copies(test.images, np.arange(len(test)), train.images),
            CLEAR: strict_majority_rows(test.votes),
        },
    )
