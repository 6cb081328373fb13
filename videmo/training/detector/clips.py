"""Read frames of recordings in which a person sees no face."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from videmo.records import Chunk
from videmo.training.common.pictures import Picture, unknown_landmarks
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames

LIST: Final = "expected.json"
"""Name of the list of when faces are visible in the recordings beside it."""
FRAMES_PER_SECOND = 2.0
LONGEST = 640
"""Longer side in pixels to which frames are scaled down."""


def read_clips(path: Path) -> Iterator[Picture]:
    """Yield frames from where a list says that there is no face, or hardly any.

    Args:
        path: the list, beside the recordings.

    Raises:
        RecordingError: a recording can't be read.
    """
    for name, said in sorted(json.loads(path.read_text(encoding="utf-8")).items()):
        if isinstance(said, dict):
            spans = [[0.0, float("inf")]] if said.get("mostly_no_face") else said.get("no_face", [])
            if spans:
                yield from _frames(path.parent / name, spans)


def _frames(path: Path, spans: Sequence[Sequence[float]]) -> Iterator[Picture]:
    whole = Chunk(0, None, None, None, 0.0)
    for frame in read_frames(probe(path), whole, fps=FRAMES_PER_SECOND, counts=ReadCounts()):
        if any(start <= frame.time_s <= end for start, end in spans):
            luma = frame.luma
            scale = min(1.0, LONGEST / max(luma.width, luma.height))
            image = luma.scaled(max(1, round(luma.width * scale)), max(1, round(luma.height * scale))).copy()
            yield Picture(image, np.zeros((0, 4), np.float32), unknown_landmarks(0), np.zeros(0, bool))
