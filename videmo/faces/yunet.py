"""Detect faces with YuNet (Wu et al., 2023), OpenCV's own network, run by OpenCV."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from videmo.errors import Given, UsageError, WeightsError
from videmo.faces.grid import input_size
from videmo.records import Detection
from videmo.settings import DetectorSettings
from videmo.video.luma import Luma

LONGEST, LEAST_SCORE = 320, 0.6
"""Unless the settings say otherwise."""
SAME_FACE = 0.3
"""Overlap from which on two boxes mean one face, as its authors set it."""
MOST_CANDIDATES = 5000
SHORTEST = 64
"""Inputs with a side of 32 make OpenCV's decoding return boxes of millions of pixels with a score of 1."""


class YunetDetector:
    """YuNet on a luma picture of bounded size, the same in its three colour channels."""

    def __init__(self, path: Path, settings: DetectorSettings) -> None:
        """Load the network.

        Raises:
            UsageError: the file does not exist.
            WeightsError: OpenCV can't read the file as YuNet.
        """
        if not path.is_file():
            raise UsageError(Given("detector.name", path), "no such file", advice="Check its path.")
        try:
            self._network = cv2.FaceDetectorYN.create(
                str(path), "", (320, 192), settings.min_score or LEAST_SCORE, SAME_FACE, MOST_CANDIDATES
            )
            self._network.detect(np.zeros((192, 320, 3), np.uint8))
        except cv2.error as exc:
            advice = "Fetch it anew with 'videmo models pull yunet'."
            raise WeightsError(path, f"OpenCV cannot run it as YuNet ({exc.err})", advice=advice) from exc
        self._longest = settings.max_side or LONGEST
        self._smallest = settings.min_size_px or 0.0

    def detect(self, luma: Luma) -> list[Detection]:
        """Return the faces, largest first; the score is YuNet's own."""
        across, down, width, height = input_size(luma.width, luma.height, self._longest)
        width, height = max(width, SHORTEST), max(height, SHORTEST)
        picture = np.zeros((height, width), np.uint8)
        picture[:down, :across] = luma.scaled(across, down)
        self._network.setInputSize((width, height))
        _, rows = self._network.detect(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
        if rows is None:
            return []
        x, y = luma.width / across, luma.height / down
        scaled = np.asarray(rows, np.float64)[:, :14] * np.tile((x, y), 7)
        found = [
            Detection(row[0], row[1], row[2], row[3], float(score), tuple(zip(row[4::2], row[5::2])))
            for row, score in zip(scaled.tolist(), rows[:, 14])
            if row[3] >= self._smallest
        ]
        return sorted(found, key=lambda face: (-face.w * face.h, face.x, face.y))
