"""Change face crops at random, to prepare a classifier for what detectors and cameras deliver."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

Generator = np.random.Generator


def augment(image: npt.NDArray[np.uint8], rng: Generator, strength: float = 1.0) -> npt.NDArray[np.uint8]:
    """Return a changed copy of a face crop.

    Mirrors, rotates (mostly ±10°, at most ±30°), scales (±20 %), shifts (±10 %), changes light and contrast, lowers the
    resolution, compresses, adds noise and covers a patch, each at random.

    Args:
        image: ``(size, size)`` grey.
        rng: source of all randomness.
        strength: 0 for mirroring only, 1 for the ranges above.
    """
    changed = _move(image, rng, strength)
    if rng.random() < 0.7 * strength:
        changed = _relight(changed, rng)
    if rng.random() < 0.25 * strength:
        changed = _lose_resolution(changed, rng)
    if rng.random() < 0.1 * strength:
        changed = _compress(changed, rng)
    if rng.random() < 0.2 * strength:
        noise = rng.normal(0, rng.uniform(2, 12), changed.shape)
        changed = np.clip(changed + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.3 * strength:
        _cover(changed, rng)
    return changed


def _move(image: npt.NDArray[np.uint8], rng: Generator, strength: float) -> npt.NDArray[np.uint8]:
    size = image.shape[0]
    angle = math.radians(np.clip(rng.normal(0, 10), -30, 30) * strength)
    zoom = math.exp(rng.uniform(-0.2, 0.2) * strength)
    shift = rng.uniform(-0.1, 0.1, 2) * size * strength
    cosine, sine = zoom * math.cos(angle), zoom * math.sin(angle)
    flip = -1.0 if rng.random() < 0.5 else 1.0
    centre = (size - 1) / 2
    matrix = np.array([[cosine * flip, -sine, 0.0], [sine * flip, cosine, 0.0]])
    matrix[:, 2] = centre + shift - matrix[:, :2] @ (centre, centre)
    border = cv2.BORDER_REPLICATE if rng.random() < 0.7 else cv2.BORDER_CONSTANT
    return np.asarray(cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border), np.uint8)


def _relight(image: npt.NDArray[np.uint8], rng: Generator) -> npt.NDArray[np.uint8]:
    gamma = math.exp(rng.uniform(-0.5, 0.5))
    gain, offset = math.exp(rng.uniform(-0.4, 0.3)), rng.uniform(-30, 30)
    levels = np.arange(256) / 255.0
    curve = np.clip(((levels**gamma - 0.5) * gain + 0.5) * 255.0 + offset, 0, 255).astype(np.uint8)
    return curve[image]


def _lose_resolution(image: npt.NDArray[np.uint8], rng: Generator) -> npt.NDArray[np.uint8]:
    size = image.shape[0]
    if rng.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.3)), np.uint8)
    small = int(rng.integers(size // 3, size))
    shrunk = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(shrunk, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)


def _compress(image: npt.NDArray[np.uint8], rng: Generator) -> npt.NDArray[np.uint8]:
    quality = int(rng.integers(15, 70))
    packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)


def _cover(image: npt.NDArray[np.uint8], rng: Generator) -> None:
    size = image.shape[0]
    height, width = rng.integers(size // 8, size // 3, 2)
    top, left = rng.integers(0, size - height), rng.integers(0, size - width)
    image[top : top + height, left : left + width] = rng.integers(0, 256)
