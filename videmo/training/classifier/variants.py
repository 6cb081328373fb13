"""Change held-out faces into what worse recordings and worse boxes would show."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Variant:
    """Describe a change of the input."""

    group: str
    """Kind of change."""
    name: str
    """Amount of change."""
    change: Callable[[Image], Image]
    """From a ``(48, 48)`` crop to the changed one."""


def moved(across: float = 0.0, down: float = 0.0, scale: float = 1.0, degrees: float = 0.0) -> Callable[[Image], Image]:
    """Shift the box by shares of its side, scale it, and rotate the face.

    What would lie outside the stored crop repeats its edge: the surroundings of FER+'s faces are unknown.
    """

    def change(image: Image) -> Image:
        size = image.shape[0]
        centre = (size - 1) / 2
        cosine, sine = scale * math.cos(math.radians(degrees)), scale * math.sin(math.radians(degrees))
        matrix = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0]])
        matrix[:, 2] = (centre + across * size, centre + down * size) - matrix[:, :2] @ (centre, centre)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(image, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
        )

    return change


def smaller(pixels: int) -> Callable[[Image], Image]:
    """Show a face as if it had this many pixels in the recording."""

    def change(image: Image) -> Image:
        small = cv2.resize(image, (pixels, pixels), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, image.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)

    return change


def blurred(sigma: float) -> Callable[[Image], Image]:
    """Put it out of focus: a Gaussian of this standard deviation in pixels of the crop."""
    return lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def compressed(quality: int) -> Callable[[Image], Image]:
    """Save it as JPEG and read it back."""

    def change(image: Image) -> Image:
        packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)

    return change


def relit(gain: float) -> Callable[[Image], Image]:
    """Multiply all levels by ``gain``; what gets too bright is white."""
    levels = np.clip(np.round(np.arange(256) * gain), 0, 255).astype(np.uint8)
    return lambda image: levels[image]


def mirrored(image: Image) -> Image:
    """Swap left and right."""
    return np.ascontiguousarray(image[:, ::-1])


AS_IS: Final = Variant("as it is", "", lambda image: image)
VARIANTS: Final = (
    AS_IS,
    Variant("mirrored", "", mirrored),
    *(
        Variant("box shifted", f"{direction} {share:.0%}", moved(across * share, down * share))
        for direction, across, down in (("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1))
        for share in (0.05, 0.1, 0.2)
    ),
    *(Variant("box scaled", f"{scale - 1:+.0%}", moved(scale=scale)) for scale in (0.8, 0.9, 0.95, 1.05, 1.1, 1.2)),
    *(Variant("turned", f"{angle:+}°", moved(degrees=angle)) for angle in (-30, -20, -10, 10, 20, 30)),
    *(Variant("face of", f"{pixels} px", smaller(pixels)) for pixels in (32, 24, 20, 16)),
    *(Variant("blurred", f"σ {sigma} px", blurred(sigma)) for sigma in (0.5, 1.0, 1.5, 2.0)),
    *(Variant("JPEG", f"quality {quality}", compressed(quality)) for quality in (50, 30, 15, 5)),
    *(Variant("light", f"× {gain}", relit(gain)) for gain in (0.25, 0.5, 1.5, 2.0)),
)
