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
TURN_PX, TURN_SCORE = 384, 0.5
"""Side of the pictures in which a face is turned upright, and the least score there."""
SMALLEST_TURNED = 24.0
"""Height in pixels of the smallest face that is turned."""
TOLD = 0.86
"""Share of a face's tilt that the teacher's eyes have in such a picture; of faces as high as 70 px only 0.1."""
LARGEST_TURN = 45.0
"""Largest tilt in degrees that is believed."""
NOSE_BELOW, MOUTH_BELOW = 0.19, 0.10
"""How far annotators put the tip of the nose and the middle of the mouth below where the teacher has them, over the
distance between the eyes: medians over 254 faces of web photographs."""
LEAST_ACROSS = 0.2
"""Distance between the eyes over the box's width, below which they tell no direction."""


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
        boxes, landmarks, scores = found[:, :4].copy(), found[:, 4:14].reshape(-1, 5, 2).copy(), found[:, 14].copy()
        for place in np.flatnonzero((scores >= TURN_SCORE) & (boxes[:, 3] >= SMALLEST_TURNED)):
            landmarks[place] = self._upright(image, boxes[place], landmarks[place])
        return Marked(boxes, as_annotators_do(landmarks), scores)

    def _upright(
        self, image: npt.NDArray[np.uint8], box: npt.NDArray[np.float32], landmarks: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """Mark a face again in a picture that is turned until its eyes are level there.

        YuNet draws tilted faces nearly upright, the smaller they are the more, but upright ones right.
        """
        tilt = 0.0
        for _ in range(2):
            seen = self._turned(image, box, tilt)
            if seen is None:
                return landmarks
            landmarks, across = seen, seen[1] - seen[0]
            if np.linalg.norm(across) < LEAST_ACROSS * box[2]:
                return landmarks
            rest = float(np.degrees(np.arctan2(across[1], across[0]))) - tilt
            tilt = float(np.clip(tilt + rest / TOLD, -LARGEST_TURN, LARGEST_TURN))
        return landmarks

    def _turned(
        self, image: npt.NDArray[np.uint8], box: npt.NDArray[np.float32], tilt: float
    ) -> npt.NDArray[np.float32] | None:
        """Mark a face that is turned back by its tilt in degrees; None if the teacher doesn't see it there."""
        middle = (box[:2] + box[2:] / 2).astype(np.float64)
        matrix = cv2.getRotationMatrix2D(middle.tolist(), tilt, TURN_PX / (2.2 * float(max(box[2:]))))
        matrix[:, 2] = matrix[:, 2] + TURN_PX / 2 - middle
        turned = cv2.warpAffine(image, matrix, (TURN_PX, TURN_PX), flags=cv2.INTER_LINEAR)
        self._network.setInputSize((TURN_PX, TURN_PX))
        _, rows = self._network.detect(cv2.cvtColor(turned, cv2.COLOR_GRAY2BGR))
        if rows is None:
            return None
        offset = np.abs(rows[:, :2] + rows[:, 2:4] / 2 - TURN_PX / 2).max(axis=1)
        nearest = int(offset.argmin())
        if offset[nearest] > TURN_PX / 6 or rows[nearest, 14] < TURN_SCORE:
            return None
        points = rows[nearest, 4:14].reshape(5, 2)
        return cv2.transform(points[None], cv2.invertAffineTransform(matrix))[0].astype(np.float32)


def as_annotators_do(landmarks: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Put noses and mouths of the teacher's landmarks ``(n, 5, 2)`` where annotators put them."""
    across = landmarks[:, 1] - landmarks[:, 0]
    down = np.stack([-across[:, 1], across[:, 0]], axis=1)
    moved = landmarks.copy()
    moved[:, 2] += NOSE_BELOW * down
    moved[:, 3:] += MOUTH_BELOW * down[:, None]
    return moved
