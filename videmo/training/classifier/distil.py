"""Learn from teachers: from their opinion as well as the votes, and instead of votes where nobody voted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.files import replacing
from videmo.measures.emotions.calibration import softmax
from videmo.measures.emotions.contract import InputContract
from videmo.training.classifier.fit import TrainingSet, network_input
from videmo.training.common.labels import CLASSES

_BATCH = 512


def opinions(
    teachers: Sequence[Any],
    images: npt.NDArray[np.uint8],
    rows: npt.NDArray[np.int64],
    contract: InputContract,
    prior: npt.NDArray[np.floating] | None,
    kept: Path,
    report: Callable[[str], None],
) -> npt.NDArray[np.float32]:
    """Average the probabilities of all teachers over each face and its mirror image: ``(m, classes)``.

    Args:
        teachers: Keras networks with logits, or with probabilities where ``prior`` is None.
        images: ``(n, size, size)``.
        rows: ``(m,)`` the faces to label.
        contract: the networks' input.
        prior: added to logits that were learned as if all emotions were equally frequent.
        kept: file that keeps the result for a resumed run.
        report: receives a line of progress.
    """
    if kept.exists():
        found: npt.NDArray[np.float32] = np.load(kept)
        if len(found) == len(rows):
            return found
    report(f"{len(teachers)} teachers label {len(rows):,} faces")
    total = np.zeros((len(rows), len(CLASSES)), np.float64)
    for start in range(0, len(rows), _BATCH):
        faces = images[rows[start : start + _BATCH]]
        for view in (faces, faces[:, :, ::-1]):
            inputs = network_input(view, contract)
            for teacher in teachers:
                total[start : start + _BATCH] += _probabilities(teacher.predict_on_batch(inputs), prior)
    result = (total / total.sum(axis=1, keepdims=True)).astype(np.float32)
    with replacing(kept) as partial:
        np.save(partial, result)
    return result


def _probabilities(
    outputs: npt.NDArray[np.floating], prior: npt.NDArray[np.floating] | None
) -> npt.NDArray[np.float64]:
    if prior is None:
        return np.asarray(outputs, np.float64)
    return softmax(np.asarray(outputs, np.float64) + np.log(prior))


@dataclass(frozen=True, slots=True)
class Joined:
    """Treat two sets of images as one, wherever they are stored: nothing is copied into memory."""

    first: npt.NDArray[np.uint8]
    second: npt.NDArray[np.uint8]

    def __getitem__(self, row: int) -> npt.NDArray[np.uint8]:
        """Return the image from the first set or, beyond its end, from the second."""
        behind = row - len(self.first)
        return np.asarray(self.second[behind] if behind >= 0 else self.first[row])


def taught(train: TrainingSet, opinion: npt.NDArray[np.float32], share: float) -> npt.NDArray[np.float32]:
    """Mix the votes with the teachers' opinion of the same faces into soft labels."""
    return np.asarray((1 - share) * train.targets + share * opinion, np.float32)
