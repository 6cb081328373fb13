"""Measure how light the skin of a face is in a grey picture, and how far that can be trusted.

The individual typology angle and its kin need colour, and light that is known. In grey, a dark face in bright light and
a light face in dim light look the same. So two measures are taken, and what is known of the people tells how much each
says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.training.fairness.intervals import between_share, order_share

OUTWARDS: Final = 0.08
"""Of the middle of a cheek from the line between eye and corner of the mouth, over the distance between the eyes."""
RADIUS: Final = 0.15
"""Of the part of a cheek that is looked at, over the same."""
_ENDS: Final = (2, 98)
"""Percentiles that stand for a picture's darkest and lightest."""

Floats = npt.NDArray[np.float64]
MEASURES: Final = {
    "cheeks": "median luma of both cheeks, 0 to 255",
    "in_range": "the same between the picture's darkest and lightest, 0 to 1",
    "middle": "median luma of the picture's middle, 0 to 255",
}
"""The third needs no landmarks, and no face that is found."""


@dataclass(frozen=True, slots=True)
class Lightness:
    """Two measures of the same cheeks; NaN where they were not seen."""

    cheeks: Floats
    """``(n,)`` see `MEASURES`."""
    in_range: Floats
    """``(n,)``"""


def lightness_of(picture: npt.NDArray[np.uint8], points: Floats) -> tuple[float, float]:
    """Measure the cheeks of a face.

    Args:
        picture: ``(height, width)`` grey, full range.
        points: ``(5, 2)`` landmarks in its pixels, in the order of `records.LANDMARKS`.

    Returns:
        The values of `MEASURES`; NaN if a cheek lies outside of the picture.
    """
    right_eye, left_eye, _, right_mouth, left_mouth = points
    across = left_eye - right_eye
    radius = max(1.0, RADIUS * float(np.hypot(*across)))
    parts = [
        _disk(picture, (eye + mouth) / 2 + side * OUTWARDS * across, radius)
        for eye, mouth, side in ((right_eye, right_mouth, -1), (left_eye, left_mouth, 1))
    ]
    if not all(len(part) for part in parts):
        return float("nan"), float("nan")
    cheeks = float(np.median(np.concatenate(parts)))
    dark, light = np.percentile(picture, _ENDS)
    return cheeks, float(np.clip((cheeks - dark) / max(light - dark, 1.0), 0, 1))


def _disk(picture: npt.NDArray[np.uint8], middle: Floats, radius: float) -> npt.NDArray[np.uint8]:
    rows, columns = np.ogrid[: picture.shape[0], : picture.shape[1]]
    return picture[(columns - middle[0]) ** 2 + (rows - middle[1]) ** 2 <= radius**2]


def trust(values: Floats, groups: npt.NDArray[np.str_]) -> dict[str, float]:
    """Say how well a measure orders people whose group is known.

    Args:
        values: ``(n,)`` of the measure, NaN where unknown.
        groups: ``(n,)`` as UTKFace labels them.

    Returns:
        Shares of the pairs of one face labelled white and one of another group of which the white one is lighter.
    """
    known = np.isfinite(values)
    values, groups = values[known], groups[known]
    white = values[groups == "white"]
    return {f"white_over_{name}": order_share(values[groups == name], white) for name in ("black", "indian")}


def steadiness(values: Floats, persons: npt.NDArray[np.int64]) -> float:
    """Return the share of a measure's variance that lies between people; the rest is between pictures of one person."""
    known = np.isfinite(values)
    return between_share(values[known], persons[known])


def fifths(values: Floats) -> npt.NDArray[np.int64]:
    """Return for each value in which fifth of all it lies, 0 the lowest; -1 where it is NaN."""
    known = np.isfinite(values)
    found = np.full(len(values), -1, np.int64)
    bounds = np.quantile(values[known], (0.2, 0.4, 0.6, 0.8)) if known.any() else ()
    found[known] = np.searchsorted(bounds, values[known], side="right")
    return found
