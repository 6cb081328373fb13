"""Degrade pictures as cameras do."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
from numpy.random import Generator

Image = npt.NDArray[np.uint8]


def degraded(image: Image, rng: Generator) -> Image:
    """Apply the light, blur, noise and compression of webcams, phones and dim rooms."""
    if rng.random() < 0.6:
        gamma, gain, offset = math.exp(rng.uniform(-0.6, 0.6)), math.exp(rng.uniform(-0.5, 0.3)), rng.uniform(-30, 30)
        levels = np.arange(256) / 255.0
        curve = np.clip(((levels**gamma - 0.5) * gain + 0.5) * 255.0 + offset, 0, 255).astype(np.uint8)
        if rng.random() < 0.15:  # a dim room
            curve = (curve * rng.uniform(0.15, 0.5)).astype(np.uint8)
        image = np.asarray(cv2.LUT(image, curve), np.uint8)
    kind = rng.random()
    if kind < 0.12:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.4)), np.uint8)
    elif kind < 0.18:
        length = int(rng.integers(3, 8))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        image = np.asarray(cv2.filter2D(image, -1, kernel), np.uint8)
    if rng.random() < 0.2:
        noise = rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(2, 14))
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.25:
        quality = int(rng.integers(12, 70))
        _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    return image


def as_small(crop: Image, share: float, smallest_px: float, rng: Generator) -> Image:
    """Make some crops ``(side, side)`` as of faces that are smaller than the crop.

    Args:
        crop: full range.
        share: of the crops that are made so.
        smallest_px: height of the smallest face; all ratios of sizes from there on are as frequent.
        rng: source of the randomness.
    """
    if rng.random() >= share:
        return crop
    side = len(crop)
    size = round(math.exp(rng.uniform(math.log(smallest_px), math.log(side))))
    small = cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)
