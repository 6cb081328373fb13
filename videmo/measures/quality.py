"""Measure how good the picture of a face is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from videmo.measures.measure import Column, Crop, Instrument, Measure

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from videmo.settings import Settings


def brightness(crop: npt.NDArray[np.uint8]) -> float:
    """Return the mean luma of a face crop, 0 to 255."""
    import cv2

    return float(cv2.mean(crop)[0])


def sharpness(crop: npt.NDArray[np.uint8]) -> float:
    """Return the standard deviation of a crop's Laplacian: fine detail raises it (Pech-Pacheco et al., 2000)."""
    import cv2

    return float(cv2.meanStdDev(cv2.Laplacian(crop, cv2.CV_16S))[1][0, 0])


def _load(settings: Settings) -> Instrument:
    def measure(crop: Any) -> tuple[float, ...]:
        return brightness(crop), sharpness(crop)

    return measure


QUALITY_MEASURE = Measure(
    name="quality",
    columns=(
        Column("brightness", 1, 0.0, 255.0, "luma", "Mean luma of the face.", since="0.1.0"),
        Column(
            "sharpness",
            1,
            0.0,
            1500.0,
            "luma",
            "Standard deviation of the face's Laplacian: fine detail.",
            since="0.1.0",
        ),
    ),
    crop=Crop(48),
    load=_load,
)
