"""Find the faces in a picture that stands alone: no other frames make a face sure, so each is looked at twice.

In a second look, a face has the same size wherever it is in the picture, and the middle of the input: what that shows
again is a face more surely, and what it doesn't show less. Both scores count alike, and both boxes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from videmo.faces.distinct import SAME_FACE, around, distinct, largest_first, same_face
from videmo.faces.network import LEAST_SEARCHED, NetworkDetector
from videmo.records import Detection
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
    return largest_first(face for face in distinct(again) if face.score >= least)


def _looked_at_again(detector: NetworkDetector, luma: Luma, face: Detection) -> Detection:
    best = same_face(face.box, detector.detect_in(luma, around(face.box, WINDOW), UNSEEN), SAME_FACE)
    if best is None:
        return replace(face, score=(face.score + UNSEEN) / 2)
    x, y, w, h = ((one + other) / 2 for one, other in zip(face.box, best.box))
    return Detection(
        x, y, w, h,
        score=(face.score + best.score) / 2,
        landmarks=tuple(
            ((x + x_again) / 2, (y + y_again) / 2) for (x, y), (x_again, y_again) in zip(face.landmarks, best.landmarks)
        ),
    )  # fmt: skip
