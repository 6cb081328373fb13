"""Find what a detector takes for faces in the pictures that the next one learns from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from videmo.records import Detection
from videmo.training.common.boxes import overlaps
from videmo.training.common.pictures import Picture
from videmo.video.luma import Luma

APART = 0.1
"""Overlap with every face, known or ignored, below which a detection is a mistake."""
MOST = 20
"""Mistakes that are kept of a picture, the largest ones first."""


class Searcher(Protocol):
    """A detector that looks at a picture in several sizes."""

    def search(self, luma: Luma) -> list[Detection]:
        """Return what may be a face."""
        ...


def with_mistakes(pictures: Iterable[Picture], searcher: Searcher) -> Iterator[Picture]:
    """Add to each picture what ``searcher`` takes for faces there and is none."""
    for picture in pictures:
        found = [(face.x, face.y, face.w, face.h) for face in searcher.search(Luma(picture.image, False, 0))]
        boxes = np.array(found, np.float32).reshape(-1, 4)
        if len(boxes) and len(picture.boxes):
            boxes = boxes[overlaps(boxes, picture.boxes).max(axis=1) < APART]
        yield dataclasses.replace(picture, mistakes=boxes[:MOST])
