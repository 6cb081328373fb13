"""Find images that stand in two data sets at once, so that no test image is ever trained on."""

from __future__ import annotations

from hashlib import blake2b

import cv2
import numpy as np
import numpy.typing as npt

SIDE = 16
NEAR_COPY = 0.90
"""Correlation of two 16×16 thumbnails from which on they count as copies.

On FER+ pairs above 0.95 were the same photograph on every sampled pair, pairs between 0.90 and 0.93 were a mix of
rescaled copies and look-alikes. The bound errs on the side of dropping a look-alike from training.
"""
_CROPS = (1.0, 0.9, 0.8)
_BATCH = 512


def near_copies(
    images: npt.NDArray[np.uint8],
    rows: npt.NDArray[np.int64],
    references: npt.NDArray[np.uint8],
    *,
    threshold: float = NEAR_COPY,
) -> npt.NDArray[np.bool_]:
    """Mark the images that are exact, mirrored, recompressed or slightly enlarged copies of a reference.

    Args:
        images: ``(n, height, width)`` gray, of which only ``rows`` are looked at, a few hundred at a time.
        rows: ``(k,)`` places in ``images``.
        references: ``(m, height, width)`` gray.
        threshold: smallest normalised correlation of two thumbnails that counts as a copy.

    Returns:
        ``(k,)`` mask over ``rows``.
    """
    if not len(references):
        return np.zeros(len(rows), dtype=np.bool_)
    known = {(crop, mirrored): _thumbnails(references, crop, mirrored) for crop in _CROPS for mirrored in (False, True)}
    found = [
        _correlation(np.asarray(images[rows[start : start + _BATCH]]), known) >= threshold
        for start in range(0, len(rows), _BATCH)
    ]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.bool_)


def _correlation(
    images: npt.NDArray[np.uint8], known: dict[tuple[float, bool], npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    """The highest correlation of each image with any reference, whole or cropped, mirrored or not."""
    best = np.full(len(images), -1.0, dtype=np.float32)
    for crop in _CROPS:
        cut = _thumbnails(images, crop)
        for mirrored in (False, True):
            best = np.maximum(best, (cut @ known[1.0, mirrored].T).max(axis=1))
            if crop == 1.0:
                for smaller in _CROPS[1:]:
                    best = np.maximum(best, (cut @ known[smaller, mirrored].T).max(axis=1))
    return best


def _thumbnails(images: npt.NDArray[np.uint8], crop: float = 1.0, mirrored: bool = False) -> npt.NDArray[np.float32]:
    """Scale the central part of each image to 16×16, zero mean, unit norm: ``(n, 256)``."""
    height, width = images.shape[1:]
    top, left = round(height * (1 - crop) / 2), round(width * (1 - crop) / 2)
    part = images[:, top : height - top, left : width - left]
    if mirrored:
        part = part[:, :, ::-1]
    small = np.stack([cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA).ravel() for image in part])
    centred = small.astype(np.float32) - small.mean(axis=1, keepdims=True, dtype=np.float32)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)


def merge_doubles(
    images: npt.NDArray[np.uint8], rows: npt.NDArray[np.int64], votes: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Keep one of each set of identical images and add up their votes, in order of first appearance.

    Args:
        images: ``(n, height, width)``, of which only ``rows`` are looked at, one at a time.
        rows: ``(m,)`` places in ``images``.
        votes: ``(m, 10)`` of those rows.

    Returns:
        The places of the images that stay, and their votes.
    """
    place: dict[bytes, int] = {}
    target = np.array(
        [place.setdefault(blake2b(images[row].tobytes(), digest_size=16).digest(), len(place)) for row in rows],
        dtype=np.int64,
    )
    first = np.unique(target, return_index=True)[1]
    merged = np.zeros((len(place), votes.shape[1]), dtype=np.float32)
    np.add.at(merged, target, votes)
    return rows[first], merged
