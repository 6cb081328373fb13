"""Find the faces in a picture that stands alone: no other frames make a face sure, so each is looked at twice.

In a second look, a face has the same size wherever it is in the picture, and the middle of the input: what that shows
again is a face more surely, and what it doesn't show less. Both scores count alike, and both boxes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from videmo.faces.distinct import SAME_FACE, distinct
from videmo.faces.network import LEAST_SEARCHED, NetworkDetector
from videmo.records import Box, Detection
from videmo.video.luma import Luma

LEAST_SCORE: Final = 0.62
"""Smallest score of a face, the mean of both looks, unless the settings say otherwise."""
WINDOW: Final = 2.0
"""Side of the window of the second look over the longer side of the face."""
UNSEEN: Final = 0.25
"""Smallest score in the second look, and that of a face that isn't seen there."""


def faces_in_picture(detector: NetworkDetector, luma: Luma) -> list[Detection]:
    """Return the faces in a picture, largest first; the score is the mean of two looks.

    Args:
        detector: which searches, and looks again.
        luma: the picture.
    """
    least = detector.min_score or LEAST_SCORE
    found = detector.search(luma, min(least, LEAST_SEARCHED))
    again = sorted((_looked_at_again(detector, luma, face) for face in found), key=lambda face: -face.score)
    faces = [face for face in distinct(again) if face.score >= least]
    return sorted(faces, key=lambda face: (-face.w * face.h, face.x, face.y))


def _looked_at_again(detector: NetworkDetector, luma: Luma, face: Detection) -> Detection:
    side = WINDOW * max(face.w, face.h)
    middle_x, middle_y = face.x + face.w / 2, face.y + face.h / 2
    near = detector.detect_in(luma, Box(middle_x - side / 2, middle_y - side / 2, side, side), UNSEEN)
    best = max(near, key=lambda other: other.box.overlap(face.box), default=None)
    if best is None or best.box.overlap(face.box) < SAME_FACE:
        return replace(face, score=(face.score + UNSEEN) / 2)
    x, y, w, h = ((one + other) / 2 for one, other in zip(face.box, best.box))
    return Detection(
        x, y, w, h,
        score=(face.score + best.score) / 2,
        landmarks=tuple(
            ((x + x_again) / 2, (y + y_again) / 2) for (x, y), (x_again, y_again) in zip(face.landmarks, best.landmarks)
        ),
    )  # fmt: skip
