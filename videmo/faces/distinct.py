"""Tell which boxes mean one face."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from videmo.records import Box, Detection

SAME_FACE = 0.45
"""Overlap (intersection over union) from which on two boxes mean one face; the stronger one stays."""
PART_OF_FACE = 0.65
"""Share of the smaller of two boxes that lies in the other, from which on they mean one face too."""
MANY = 32
"""From more boxes than this on, arrays are faster than going through them one by one."""


def distinct(faces: list[Detection]) -> list[Detection]:
    """Keep the strongest of boxes that mean one face; strongest first.

    A box that lies for the most part in a stronger one is a part of that face: a forehead, an eye and a cheek.
    """
    if len(faces) < 2:
        return faces
    boxes = np.array([(face.x, face.y, face.w, face.h) for face in faces], np.float32)
    scores = np.array([face.score for face in faces], np.float32)
    order = np.asarray(cv2.dnn.NMSBoxes(boxes, scores, 0.0, SAME_FACE), np.int64)  # type: ignore[arg-type]
    chosen = [faces[place] for place in order.ravel().tolist()]
    if len(chosen) > MANY:
        return _without_parts(chosen)
    kept: list[Detection] = []
    for face in chosen:
        if all(_shared_part(face, stronger) < PART_OF_FACE for stronger in kept):
            kept.append(face)
    return kept


def same_face(box: Box, faces: Iterable[Detection], least: float) -> Detection | None:
    """Return which of some faces is the one in a box: the one that overlaps it most, if by ``least`` or more."""
    best = max(faces, key=lambda face: face.box.overlap(box), default=None)
    return None if best is None or best.box.overlap(box) < least else best


def around(box: Box, wider: float) -> Box:
    """Return a square around the middle of a box, so many times as wide as its longer side."""
    side = wider * max(box.width, box.height)
    return Box(box.left + box.width / 2 - side / 2, box.top + box.height / 2 - side / 2, side, side)


def largest_first(faces: Iterable[Detection]) -> list[Detection]:
    """Sort faces by their size, those of the same size by their place."""
    return sorted(faces, key=lambda face: (-face.w * face.h, face.x, face.y))


def _without_parts(faces: list[Detection]) -> list[Detection]:
    """Leave out the boxes that lie in a stronger one; the same as one by one, but faster for many."""
    boxes = np.array([(face.x, face.y, face.w, face.h) for face in faces])
    corner, opposite, area = boxes[:, :2], boxes[:, :2] + boxes[:, 2:], boxes[:, 2] * boxes[:, 3]
    whole = np.ones(len(faces), bool)
    for place in range(len(faces)):
        if whole[place]:
            weaker = slice(place + 1, None)
            sides = np.minimum(opposite[place], opposite[weaker]) - np.maximum(corner[place], corner[weaker])
            common = np.maximum(sides, 0.0).prod(axis=1)
            whole[weaker] &= common / np.minimum(area[place], area[weaker]) < PART_OF_FACE
    return [face for face, stays in zip(faces, whole.tolist()) if stays]


def _shared_part(one: Detection, other: Detection) -> float:
    """Return the area that two boxes share, as a share of the smaller one."""
    return one.box.common(other.box) / min(one.w * one.h, other.w * other.h)
