"""Detect faces with a boosted cascade of Haar features (Viola and Jones, 2001) as OpenCV implements it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from videmo.errors import Given, UsageError, WeightsError
from videmo.records import Detection
from videmo.settings import DetectorSettings
from videmo.video.luma import Luma

BUILT_IN = "haarcascade_frontalface_default.xml"
LONGEST, SMALLEST_PX = 640, 40.0
"""Unless the settings say otherwise."""


class HaarDetector:
    """OpenCV's cascade classifier on a luma image of bounded size."""

    def __init__(self, settings: DetectorSettings) -> None:
        """Load the cascade.

        Raises:
            UsageError: the cascade file does not exist.
            WeightsError: OpenCV can't read the file as a cascade.
        """
        path = Path(cv2.__file__).parent / "data" / BUILT_IN if settings.name == "haar" else Path(settings.name)
        if not path.is_file():
            raise UsageError(Given("detector.name", path), "no such file", advice="Check its path.")
        self._cascade = cv2.CascadeClassifier()
        try:
            loaded = self._cascade.load(str(path))
        except cv2.error:
            loaded = False
        if not loaded or self._cascade.empty():
            advice = "Choose an XML file that a trainer of cascades wrote."
            raise WeightsError(path, "not a cascade that OpenCV 4 can load", advice=advice)
        self._settings = settings
        self._longest = settings.max_side or LONGEST
        self._smallest = settings.min_size_px or SMALLEST_PX

    def detect(self, luma: Luma) -> list[Detection]:
        """Return frontal faces, largest first.

        The score is ``n / (n + min_neighbours)`` with the number n of overlapping windows that the cascade accepted.
        """
        settings = self._settings
        shrink = min(1.0, self._longest / max(luma.width, luma.height))
        width, height = max(1, round(luma.width * shrink)), max(1, round(luma.height * shrink))
        smallest = max(1, round(self._smallest * shrink))
        if min(width, height) < smallest:
            return []
        boxes, neighbours = self._cascade.detectMultiScale2(
            luma.scaled(width, height),
            scaleFactor=settings.scale_factor,
            minNeighbors=settings.min_neighbours,
            minSize=(smallest, smallest),
        )
        across, down = luma.width / width, luma.height / height
        found = [
            Detection(x * across, y * down, w * across, h * down, n / (n + settings.min_neighbours))
            for (x, y, w, h), n in zip(np.reshape(boxes, (-1, 4)).tolist(), np.ravel(neighbours).tolist(), strict=True)
        ]
        return sorted(found, key=lambda face: (-face.w * face.h, face.x, face.y))
