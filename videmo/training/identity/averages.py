"""Make the cohort of a network: averages of the faces that it learned from, see `faces.cohort`."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from videmo.faces.recognition import FaceRecogniser, as_bytes
from videmo.training.identity.fit import Variety, make_crop, unit
from videmo.training.identity.measure import crop_of

COUNT: Final = 1024
"""Averages, less those of too few faces."""
FEWEST: Final = 5
"""Faces of an average, so that none is a description of somebody."""
HARMED: Final = Variety(small=0.8, smallest_px=16.0)
"""How every face is harmed once more: in recordings, faces are small, turned and compressed."""
MOST: Final = 20_000
"""Faces that are averaged, drawn at random."""
_ROUNDS: Final = 20


def averages(images: npt.NDArray[np.uint8], network: FaceRecogniser, seed: int) -> npt.NDArray[np.int8]:
    """Describe faces, as they are and harmed, and average those that are alike (k-means).

    Args:
        images: ``(n, 100, 100)`` as of `data.Faces`.
        network: that describes them.
        seed: of all randomness.

    Returns:
        ``(k, 128)`` vectors in bytes, see `faces.recognition`.
    """
    rng = np.random.default_rng(seed)
    chosen = images[rng.permutation(len(images))[:MOST]]
    crops = [*(crop_of(image) for image in chosen), *(make_crop(image, HARMED, rng) for image in chosen)]
    vectors = unit(np.array([network.describe(crop) for crop in crops], np.float32))
    cv2.setRNGSeed(seed)
    stop = (cv2.TERM_CRITERIA_MAX_ITER, _ROUNDS, 0.0)
    count = min(COUNT, len(vectors) // FEWEST)
    _, labels, centres = cv2.kmeans(vectors, count, np.empty(0, np.int32), stop, 1, cv2.KMEANS_PP_CENTERS)
    large = np.bincount(labels.ravel(), minlength=count) >= FEWEST
    return np.stack([as_bytes(centre) for centre in np.asarray(centres[large], np.float32)])
