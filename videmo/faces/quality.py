"""How good the picture of a face is."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def brightness(crop: npt.NDArray[np.uint8]) -> float:
    """Mean luma of a face crop, 0 to 255."""
    return float(cv2.mean(crop)[0])


def sharpness(crop: npt.NDArray[np.uint8]) -> float:
    """Standard deviation of the Laplacian of a crop: the higher, the more fine detail (Pech-Pacheco et al., 2000)."""
    return float(cv2.meanStdDev(cv2.Laplacian(crop, cv2.CV_16S))[1][0, 0])
