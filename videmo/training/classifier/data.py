"""Choose the faces for learning and validation; hold those for evaluation in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.training.classifier.copies import merge_doubles, near_copies, pool_votes
from videmo.training.classifier.datasets.face import LabelledFace
from videmo.training.classifier.datasets.store import FaceStore
from videmo.training.classifier.fit import TrainingSet
from videmo.training.classifier.votes import scored_rows, targets_of, trainable_rows
from videmo.training.common.labels import CLASSES


@dataclass(frozen=True, slots=True)
class Faces:
    """Hold labelled faces in memory, for evaluation: a few thousand, not the training rows of a large data set."""

    images: npt.NDArray[np.uint8]
    """``(n, 48, 48)`` grey."""
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


def training_set(store: FaceStore, *, pool: bool = False) -> tuple[TrainingSet, int]:
    """Choose what to learn from: the training split without copies of held-out images, duplicates merged.

    Args:
        store: all faces.
        pool: see `Recipe.pool_votes`.

    Returns:
        The training set, and how many images were dropped as copies of validation or test images.

    Raises:
        DatasetError: nothing is left, or of one of the emotions nothing is.
    """
    rows, held_out = store.rows("train"), store.rows("validation", "test")
    copies = near_copies(store.images, rows, store.images[held_out])
    kept = rows[~copies]
    kept = kept[trainable_rows(store.votes[kept])]
    if not len(kept):
        found = "no face to learn from"
        if copies.any():
            found += f" (left out: {int(copies.sum()):,} copies of validation or test images)"
        wanted = f"faces with at least half of their votes for {', '.join(CLASSES)}"
        raise DatasetError("training split", found, wanted, "Check the labels and the splits.")
    shares = targets_of(store.votes[kept]).sum(axis=0)
    if not shares.all():
        lacking = ", ".join(name for name, share in zip(CLASSES, shares) if not share)
        advice = "Add such faces: what a network never saw, it never says."
        raise DatasetError("training split", f"no faces of {lacking}", f"faces of {', '.join(CLASSES)}", advice)
    kept, votes = merge_doubles(store.images, kept, store.votes[kept])
    if pool:
        votes = pool_votes(store.images, kept, votes)
    return TrainingSet(store.images, kept, targets_of(votes)), int(copies.sum())


def validation_set(store: FaceStore) -> TrainingSet:
    """Choose the validation faces whose top vote is one of the classes.

    Raises:
        DatasetError: there are none.
    """
    rows = store.rows("validation")
    rows = rows[scored_rows(store.votes[rows])]
    if not len(rows):
        raise DatasetError(
            "validation split",
            "no faces, but prior and temperature are chosen on them",
            advice="Add such a split, or more pictures: where there is none, a tenth of them becomes one.",
        )
    return TrainingSet(store.images, rows, targets_of(store.votes[rows]))
