"""Find photographs that are in a data set more than once, so that no test image is ever trained on.

FER+ was collected by web search and contains many photographs more than once: from several picture agencies, cropped,
scaled and mirrored differently. Candidates are found by thumbnails, and each is then laid over its partner by an affine
registration (ECC, Evangelidis and Psarakis 2008): copies then agree almost everywhere, look-alikes don't.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

import cv2
import numpy as np
import numpy.typing as npt

SIDE = 16
CANDIDATE = 0.75
"""Smallest correlation of two 16×16 thumbnails whose images are worth registering."""
CANDIDATES = 6
"""Number of partners that are tried for an image, the most similar first."""
SAME = 0.965
"""Two images are one photograph if their correlation after registration is at least this.

On FER+ it has two peaks, at 0.90 and at 1.0. Of the sampled pairs, all between 0.97 and 0.99 were copies, most between
0.96 and 0.97, and less than half between 0.95 and 0.96.
"""
_CROPS = (1.0, 0.9, 0.8)
_BATCH = 512
_STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 1e-3)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Name two images that may be one photograph, by their indices in the rows and in the references."""

    row: int
    reference: int
    mirrored: bool


def near_copies(
    images: npt.NDArray[np.uint8],
    rows: npt.NDArray[np.int64],
    references: npt.NDArray[np.uint8],
    *,
    least: float = CANDIDATE,
    tried: int = CANDIDATES,
) -> npt.NDArray[np.bool_]:
    """Mark the images that show the same photograph as a reference: cropped, scaled, mirrored or recompressed.

    Args:
        images: ``(n, height, width)`` grey, of which only ``rows`` are read, a few hundred at a time.
        rows: ``(k,)`` indices into ``images``.
        references: ``(m, height, width)`` grey.
        least: see `CANDIDATE`; higher across sets whose crops are all cut in the same way.
        tried: see `CANDIDATES`.

    Returns:
        ``(k,)`` mask over ``rows``.
    """
    found = np.zeros(len(rows), dtype=np.bool_)
    if not len(references):
        return found
    for pair in _candidates(images, rows, references, least=least, tried=tried):
        if not found[pair.row]:
            found[pair.row] = _same(images[rows[pair.row]], references[pair.reference], pair.mirrored)
    return found


def pool_votes(
    images: npt.NDArray[np.uint8], rows: npt.NDArray[np.int64], votes: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Give every image the votes on all images of the same photograph: more annotators, less noise.

    Time and memory grow with the square of the number of images: about a minute for 24,000.

    Args:
        images: ``(n, height, width)`` grey.
        rows: ``(m,)`` indices into ``images``.
        votes: ``(m, 10)`` of those rows.

    Returns:
        ``(m, 10)`` summed votes.
    """
    chosen = np.asarray(images[rows])
    group = np.arange(len(rows))

    def root(place: int) -> int:
        while group[place] != place:
            group[place] = group[group[place]]
            place = int(group[place])
        return place

    for pair in _candidates(chosen, np.arange(len(rows)), chosen, others_only=True):
        one, other = root(pair.row), root(pair.reference)
        if one != other and _same(chosen[pair.row], chosen[pair.reference], pair.mirrored):
            group[max(one, other)] = min(one, other)
    groups = np.array([root(place) for place in range(len(rows))], dtype=np.int64)
    added = np.zeros_like(votes)
    np.add.at(added, groups, votes)
    return np.asarray(added[groups])


def _candidates(
    images: npt.NDArray[np.uint8],
    rows: npt.NDArray[np.int64],
    references: npt.NDArray[np.uint8],
    *,
    others_only: bool = False,
    least: float = CANDIDATE,
    tried: int = CANDIDATES,
) -> Iterator[_Pair]:
    """Yield the most similar references of each image, whole or cropped, mirrored or not.

    ``others_only``: rows and references are the same images, and each is only compared with those after it.
    """
    known = {(crop, mirrored): _thumbnails(references, crop, mirrored) for crop in _CROPS for mirrored in (False, True)}
    for start in range(0, len(rows), _BATCH):
        likeness = _likeness(np.asarray(images[rows[start : start + _BATCH]]), known)
        if others_only:
            behind = np.arange(len(references)) > start + np.arange(len(likeness))[:, None]
            likeness = np.where(behind[:, None], likeness, np.float32(-1))
        flat = likeness.reshape(len(likeness), -1)
        best = _top(flat, tried)
        for place, column in zip(*np.nonzero(np.take_along_axis(flat, best, axis=1) >= least), strict=True):
            mirrored, reference = divmod(int(best[place, column]), len(references))
            yield _Pair(start + int(place), reference, bool(mirrored))


def _top(flat: npt.NDArray[np.float32], tried: int) -> npt.NDArray[np.int64]:
    """Return the columns of the highest values of each row, highest first."""
    count = min(tried, flat.shape[1])
    best = np.argpartition(-flat, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(flat, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1)


def _likeness(
    images: npt.NDArray[np.uint8], known: dict[tuple[float, bool], npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    """Return the highest correlation of each image with each reference, as it is and mirrored: ``(n, 2, m)``."""
    best = np.full((len(images), 2, len(known[1.0, False])), -1.0, dtype=np.float32)
    for crop in _CROPS:
        cut = _thumbnails(images, crop)
        for mirrored in (False, True):
            for other in _CROPS if crop == 1.0 else (1.0,):
                np.maximum(best[:, int(mirrored)], cut @ known[other, mirrored].T, out=best[:, int(mirrored)])
    return best


def _same(image: npt.NDArray[np.uint8], reference: npt.NDArray[np.uint8], mirrored: bool) -> bool:
    """Tell whether two images are one photograph, judged with one laid over the other."""
    other = np.ascontiguousarray(reference[:, ::-1]) if mirrored else reference
    first, second = (cv2.GaussianBlur(np.asarray(item, np.float32), (0, 0), 1) for item in (image, other))
    try:
        identity = np.eye(2, 3, dtype=np.float32)
        agreement, _ = cv2.findTransformECC(first, second, identity, cv2.MOTION_AFFINE, _STOP, None, 1)  # type: ignore[call-overload]
    except cv2.error:  # no convergence: nothing in common
        return False
    return bool(agreement >= SAME)


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
    """Keep one of each set of identical images and sum their votes, in order of first appearance.

    Args:
        images: ``(n, height, width)``, of which only ``rows`` are read, one at a time.
        rows: ``(m,)`` indices into ``images``.
        votes: ``(m, 10)`` of those rows.

    Returns:
        The indices of the images that are kept, and their votes.
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
