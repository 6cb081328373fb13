"""Turn a recording's pictures besides what its file says: for cameras that hung upside down or lay on their side."""

from __future__ import annotations

import dataclasses

from videmo.records import Recording


def turned(recording: Recording, degrees: int) -> Recording:
    """Return a recording whose pictures are turned clockwise by a multiple of 90 degrees before they are displayed."""
    width, height = recording.width, recording.height
    if degrees % 180:
        width, height = height, width
    return dataclasses.replace(
        recording, width=width, height=height, rotation=(recording.rotation - degrees) % 360,
        turned=(recording.turned + degrees) % 360,
    )  # fmt: skip
