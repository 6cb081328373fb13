"""Read the votes of the annotators: soft labels, top votes, and which faces count."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from videmo.training.common.labels import CLASSES

Votes = npt.NDArray[np.float32]
_COUNT = len(CLASSES)
"""The first columns of the votes, this many, are the classes; see `datasets.face.VOTES`."""


def targets_of(votes: Votes) -> npt.NDArray[np.float32]:
    """Return ``(n, classes)`` shares of the votes that went to the classes; rows add up to 1."""
    known = votes[:, :_COUNT]
    return np.asarray(known / np.maximum(known.sum(axis=1, keepdims=True), 1e-9), dtype=np.float32)


def top_of(votes: Votes) -> npt.NDArray[np.int64]:
    """Return the ``(n,)`` column with the most votes among all ten (the first of a tie)."""
    return votes.argmax(axis=1)


def scored_rows(votes: Votes) -> npt.NDArray[np.bool_]:
    """Mark the faces whose top vote, over all ten columns, is one of the classes."""
    return np.asarray((top_of(votes) < _COUNT) & votes.any(axis=1))


def strict_majority_rows(votes: Votes) -> npt.NDArray[np.bool_]:
    """Mark scored faces on which more than half of all votes agree."""
    share = votes.max(axis=1) / np.maximum(votes.sum(axis=1), 1e-9)
    return np.asarray(scored_rows(votes) & (share > 0.5))


def trainable_rows(votes: Votes, minimum_share: float = 0.5) -> npt.NDArray[np.bool_]:
    """Mark faces of which at least ``minimum_share`` of the votes went to the classes.

    Nothing can be learned from what annotators took for unknown, for an emotion outside the classes, or for no face.
    """
    total = np.maximum(votes.sum(axis=1), 1e-9)
    return np.asarray(votes[:, :_COUNT].sum(axis=1) / total >= minimum_share)
