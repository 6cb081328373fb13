"""Take frames of recordings in which a person sees no face."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from videmo.records import Chunk
from videmo.training.common.pictures import Picture, unknown_landmarks
from videmo.training.detector.reference import Clip, read_reference, within
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames

FRAMES_PER_SECOND = 2.0
LONGEST = 640
"""Longer side in pixels to which frames are scaled down."""


def frames_without_faces(folder: Path) -> Iterator[Picture]:
    """Yield frames of the recordings in a folder from where no face is seen, or hardly any.

    Raises:
        DatasetError: what the recordings show is malformed, or one that is named there is missing.
        RecordingError: a recording can't be read.
    """
    for clip in read_reference(folder):
        if clip.no_face or clip.mostly_without:
            yield from _frames(clip)


def _frames(clip: Clip) -> Iterator[Picture]:
    whole = Chunk(0, None, None, None, 0.0)
    for frame in read_frames(probe(clip.path), whole, fps=FRAMES_PER_SECOND, counts=ReadCounts()):
        if clip.mostly_without or within(np.array([frame.time_s]), clip.no_face)[0]:
            luma = frame.luma
            scale = min(1.0, LONGEST / max(luma.width, luma.height))
            image = luma.scaled(max(1, round(luma.width * scale)), max(1, round(luma.height * scale)))
            yield Picture(image, np.zeros((0, 4), np.float32), unknown_landmarks(0), np.zeros(0, bool))
