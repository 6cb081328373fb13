"""Turn a recording's pictures besides what its file says: for cameras that hung upside down or lay on their side."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from videmo.records import Recording
from videmo.video.probe import probe


def turned(recording: Recording, degrees: int) -> Recording:
    """Return a recording whose pictures are turned clockwise by a multiple of 90 degrees before they are displayed."""
    width, height = recording.width, recording.height
    if degrees % 180:
        width, height = height, width
    return dataclasses.replace(
        recording, width=width, height=height, rotation=(recording.rotation - degrees) % 360,
        turned=(recording.turned + degrees) % 360,
    )  # fmt: skip


def probed_again(path: Path, known: Recording) -> Recording:
    """Probe a recording as it was when it was analysed: the same stream of video, the same rate, turned as it was then.

    Args:
        path: of the file.
        known: what its results say of it.

    Raises:
        RecordingError: it can't be read.
    """
    return turned(probe(path, known.stream, assume_fps=known.assumed_fps), known.turned)
