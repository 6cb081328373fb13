"""What the votes of the annotators say: soft labels, top votes, and which faces count."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from videmo.records import EMOTIONS

Votes = npt.NDArray[np.float32]
_FIVE = len(EMOTIONS)


def targets_of(votes: Votes) -> npt.NDArray[np.float32]:
    """``(n, 5)`` shares of the votes that went to the five emotions; rows add up to 1."""
    five = votes[:, :_FIVE]
    return np.asarray(five / np.maximum(five.sum(axis=1, keepdims=True), 1e-9), dtype=np.float32)


def top_of(votes: Votes) -> npt.NDArray[np.int64]:
    """``(n,)`` column with the most votes among all ten (the first of a tie)."""
    return votes.argmax(axis=1)


def scored_rows(votes: Votes) -> npt.NDArray[np.bool_]:
    """Mark the faces whose top vote, over all ten columns, is one of the five emotions."""
    return np.asarray((top_of(votes) < _FIVE) & votes.any(axis=1))


def strict_majority_rows(votes: Votes) -> npt.NDArray[np.bool_]:
    """Mark scored faces on which more than half of all votes agree."""
    share = votes.max(axis=1) / np.maximum(votes.sum(axis=1), 1e-9)
    return np.asarray(scored_rows(votes) & (share > 0.5))


def trainable_rows(votes: Votes, minimum_share: float = 0.5) -> npt.NDArray[np.bool_]:
    """Mark faces of which at least ``minimum_share`` of the votes went to the five emotions.

    What annotators took for no face, for unknown, or for an emotion that the network can't name, teaches it nothing.
    """
    total = np.maximum(votes.sum(axis=1), 1e-9)
    return np.asarray(votes[:, :_FIVE].sum(axis=1) / total >= minimum_share)
