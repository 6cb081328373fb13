"""Encode a small clip in which everything moves, as a process of its own: ``python moving.py FOLDER``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from videmo.records import Recording
from videmo.video.write import SEGMENT_SUFFIX, segment_writer

SIZES = ((480, 270), (360, 288), (270, 480))
"""None is a multiple of 128 wide."""
FRAMES = 30


def main(folder: Path) -> None:
    """Write a segment for each size."""
    for width, height in SIZES:
        recording = Recording(
            Path("moving.mp4"), "mp4", "h264", "yuv420p", width, height, 0, Fraction(1, 25), 0.0, FRAMES / 25, 25.0,
            FRAMES, (), (), 1, 1,
        )  # fmt: skip
        with segment_writer(folder / f"{width}x{height}{SEGMENT_SUFFIX}", recording, quality=23) as writer:
            for number, picture in enumerate(_pictures(width, height)):
                writer.write(picture, number)


def _pictures(width: int, height: int) -> Iterator[npt.NDArray[np.uint8]]:
    """A window that moves over blocks of random brightness, gray: ``(height * 3 / 2, width)``."""
    blocks = np.random.default_rng(1).integers(16, 236, (height // 4, width // 4), np.uint8)
    field = blocks.repeat(8, axis=0).repeat(8, axis=1)
    for number in range(FRAMES):
        picture = np.full((height * 3 // 2, width), 128, np.uint8)
        picture[:height] = field[2 * number : 2 * number + height, 3 * number : 3 * number + width]
        yield picture


if __name__ == "__main__":
    main(Path(sys.argv[1]))
