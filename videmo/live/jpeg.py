"""Make a picture for the page when it is asked for, and only once."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from videmo.anonymize.anonymizer import hide
from videmo.records import Box, Recording
from videmo.video.displayed import displayed_yuv420p, even
from videmo.video.read import Frame

LONGEST_SIDE: Final = 1280
_QUALITY: Final = 80


class LazyJpeg:
    """Hold a frame on its way to the pages that are watching, and encode it when the first of them asks.

    Args:
        frame: as decoded.
        recording: its displayed size.
        hidden: what must not be recognisable, in pixels of the recording.
        how: ``none``, ``blur``, ``pixelate`` or ``box``.
    """

    def __init__(self, frame: Frame, recording: Recording, hidden: Sequence[Box], how: str) -> None:
        self._frame: Frame | None = frame
        self._recording, self._hidden, self._how = recording, hidden, how
        self._lock = threading.Lock()
        self._jpeg = b""

    def jpeg(self) -> bytes:
        """Return the picture as a JPEG file, no larger than a page shows it."""
        with self._lock:
            if self._frame is not None:
                self._jpeg, self._frame = self._encoded(self._frame), None
            return self._jpeg

    def _encoded(self, frame: Frame) -> bytes:
        width, height = self._recording.width, self._recording.height
        scale = min(1.0, LONGEST_SIDE / max(width, height))
        small = dataclasses.replace(
            self._recording, width=even(round(width * scale)), height=even(round(height * scale))
        )
        picture = displayed_yuv420p(frame.picture, small, frame.aspect, for_jpeg=True)
        across, down = small.width / width, small.height / height
        boxes = [Box(box.left * across, box.top * down, box.width * across, box.height * down) for box in self._hidden]
        if self._how != "none":
            hide(picture, boxes, self._how)
        pixels = cv2.cvtColor(picture, cv2.COLOR_YUV2BGR_I420)
        done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        return np.asarray(encoded).tobytes() if done else b""
