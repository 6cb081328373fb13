"""Use YuNet as a teacher: it marks landmarks, and faces that nobody annotated, in the training pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError

LONGEST = 640
"""Longer side of the pictures that the teacher gets; smaller ones are enlarged to it."""
LOWEST_SCORE = 0.25


@dataclass(frozen=True, slots=True)
class Marked:
    """Hold the faces that the teacher finds in a picture."""

    boxes: npt.NDArray[np.float32]
    """``(n, 4)``"""
    landmarks: npt.NDArray[np.float32]
    """``(n, 5, 2)``"""
    scores: npt.NDArray[np.float32]
    """``(n,)``"""


class Teacher:
    """Run YuNet (Wu et al., 2023) on an enlarged picture."""

    def __init__(self, path: Path) -> None:
        """Load the network.

        Raises:
            DatasetError: the file is missing or is not YuNet.
        """
        if not path.is_file():
            raise DatasetError(path, "no such file", "YuNet, the teacher", "Fetch it with 'videmo models pull yunet'.")
        try:
            self._network = cv2.FaceDetectorYN.create(str(path), "", (64, 64), LOWEST_SCORE, 0.4, 1000)
        except cv2.error as exc:
            raise DatasetError(
                path, f"OpenCV cannot read it as YuNet ({exc.err})", advice="Fetch it with 'videmo models pull yunet'."
            ) from exc

    def mark(self, image: npt.NDArray[np.uint8], longest: int = LONGEST) -> Marked:
        """Find the faces in a grey picture, scaled until its longer side has ``longest`` pixels."""
        height, width = image.shape
        scale = longest / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        enlarged = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA)
        self._network.setInputSize(size)
        _, rows = self._network.detect(cv2.cvtColor(enlarged, cv2.COLOR_GRAY2BGR))
        found = np.zeros((0, 15), np.float32) if rows is None else np.asarray(rows, np.float32)
        found[:, :14:2] *= width / size[0]
        found[:, 1:14:2] *= height / size[1]
        return Marked(found[:, :4].copy(), found[:, 4:14].reshape(-1, 5, 2).copy(), found[:, 14].copy())
