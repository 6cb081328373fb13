"""Random changes that turn a photograph's face into one that a recording may show."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from videmo.training.classifier.datasets.framed import CONTEXT, CROP

Generator = np.random.Generator
Image = npt.NDArray[np.uint8]


def as_recorded(context: Image, rng: Generator, strength: float = 1.0) -> Image:
    """Cut a crop out of a face with its surroundings, changed at random.

    Mirrored, turned (mostly ±11°, at most ±32°), scaled (±22 %), shifted (±10 %), in other light, small, out of focus
    or in motion, compressed, noisy, partly covered.

    Args:
        context: ``(64, 64)`` gray, see `datasets.framed`.
        rng: source of all randomness.
        strength: 0 for no change but mirroring, 1 for the ranges above.

    Returns:
        ``(48, 48)`` gray.
    """
    crop = _moved(context, rng, strength)
    if rng.random() < 0.75 * strength:
        crop = _relit(crop, rng)
    if rng.random() < 0.22 * strength:
        _covered(crop, rng)
    if rng.random() < 0.4 * strength:
        crop = _blurred(crop, rng)
    if rng.random() < 0.15 * strength:
        noise = rng.standard_normal(crop.shape, np.float32) * np.float32(rng.uniform(2, 12))
        crop = np.clip(crop + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.15 * strength:
        crop = _compressed(crop, rng)
    return crop


def _moved(context: Image, rng: Generator, strength: float) -> Image:
    angle = math.radians(np.clip(rng.normal(0, 11), -32, 32) * strength)
    zoom = math.exp(rng.uniform(-0.22, 0.22) * strength)
    stretch = math.exp(rng.uniform(-0.08, 0.08) * strength)
    shift = rng.uniform(-0.1, 0.1, 2) * CROP * strength
    cosine, sine = zoom * math.cos(angle), zoom * math.sin(angle)
    flip = -1.0 if rng.random() < 0.5 else 1.0
    matrix = np.array([[cosine * flip * stretch, -sine, 0.0], [sine * flip * stretch, cosine, 0.0]])
    middle = (CONTEXT - 1) / 2
    matrix[:, 2] = (CROP - 1) / 2 + shift - matrix[:, :2] @ (middle, middle)
    border = cv2.BORDER_REPLICATE if rng.random() < 0.7 else cv2.BORDER_CONSTANT
    return np.asarray(
        cv2.warpAffine(context, matrix, (CROP, CROP), flags=cv2.INTER_LINEAR, borderMode=border), np.uint8
    )


def _relit(crop: Image, rng: Generator) -> Image:
    """Another exposure; at times light from one side."""
    gamma = math.exp(rng.uniform(-0.55, 0.55))
    gain, offset = math.exp(rng.uniform(-0.6, 0.3)), rng.uniform(-35, 35)
    levels = np.arange(256) / 255.0
    curve = np.clip(((levels**gamma - 0.5) * gain + 0.5) * 255.0 + offset, 0, 255).astype(np.uint8)
    if rng.random() < 0.75:
        return curve[crop]
    angle, depth = rng.uniform(0, 2 * math.pi), rng.uniform(0.2, 0.6)
    across = np.linspace(-1, 1, CROP, dtype=np.float32)
    fall = math.cos(angle) * across[None, :] + math.sin(angle) * across[:, None]
    return np.clip(curve[crop] * (1 - depth * (fall + 1) / 2), 0, 255).astype(np.uint8)


def _blurred(crop: Image, rng: Generator) -> Image:
    """Few pixels, out of focus, or in motion."""
    kind = rng.random()
    if kind < 0.3:
        return np.asarray(cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.5, 1.6)), np.uint8)
    if kind < 0.5:
        return _smeared(crop, rng)
    small = int(rng.integers(16, 40))
    shrunk = cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.4:
        shrunk = _compressed(np.asarray(shrunk, np.uint8), rng)
    return np.asarray(cv2.resize(shrunk, (CROP, CROP), interpolation=cv2.INTER_LINEAR), np.uint8)


def _smeared(crop: Image, rng: Generator) -> Image:
    length, angle = int(rng.integers(3, 7)), rng.uniform(0, math.pi)
    kernel = np.zeros((7, 7), np.float32)
    reach = np.array([math.cos(angle), math.sin(angle)]) * (length - 1) / 2
    start, end = (np.round(3 + sign * reach).astype(int).tolist() for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0)
    return np.asarray(cv2.filter2D(crop, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8)


def _compressed(crop: Image, rng: Generator) -> Image:
    quality = int(rng.integers(15, 70))
    packed = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)


def _covered(crop: Image, rng: Generator) -> None:
    """A hand, hair or an object before a part of the face."""
    height, width = rng.integers(CROP // 8, CROP // 3, 2)
    top, left = rng.integers(0, CROP - height), rng.integers(0, CROP - width)
    crop[top : top + height, left : left + width] = rng.integers(0, 256)
