"""Check, stage by stage, whether videmo and OpenCV accept the same windows."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from videmo.training.cascade.classify import plan, stage_sums, stages_passed
from videmo.training.cascade.integral import windows_of_samples
from videmo.training.cascade.model import Cascade
from videmo.training.cascade.xml import write_cascade


@dataclass(frozen=True, slots=True)
class Agreement:
    """Compare how two programs judge the first stages of a cascade."""

    stages: int
    same: float
    """Share of the windows that both accept or both reject."""
    accepted: int
    """Number of windows that OpenCV accepts."""
    largest_gap: float
    """Largest difference between the last stage's sums, over the windows that both accept."""


def agreement(cascade: Cascade, samples: npt.NDArray[np.uint8]) -> list[Agreement]:
    """Compare on windows ``(n, height, width)`` for the first stage, the first two, and so on.

    OpenCV reports the last stage and its sum only for windows that it accepts, so it gets the cascade truncated after
    each stage.
    """
    windows = windows_of_samples(samples, tilted=cascade.tilted)
    plans = plan(cascade)
    ours = stages_passed(plans, windows)
    found = []
    with tempfile.TemporaryDirectory(prefix="videmo-") as folder:
        for count, stage in enumerate(plans, 1):
            path = Path(folder) / "first.xml"
            write_cascade(path, cascade.first(count))
            theirs = _sums(cv2.CascadeClassifier(str(path)), samples)
            take = ours >= count
            both = np.flatnonzero(take & np.isfinite(theirs))
            sums = stage_sums(stage, windows.at(both))
            gap = float(np.abs(sums - theirs[both]).max()) if len(both) else 0.0
            same = float((take == np.isfinite(theirs)).mean())
            found.append(Agreement(count, same, int(np.isfinite(theirs).sum()), gap))
    return found


def _sums(classifier: cv2.CascadeClassifier, samples: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return the last stage's sum for each window that OpenCV accepts; NaN for the others."""
    sums = np.full(len(samples), np.nan)
    for number, sample in enumerate(samples):
        # Asked for sums, OpenCV also returns windows that are too flat, if there is one stage only.
        if len(classifier.detectMultiScale(sample, minNeighbors=0)):
            _, _, weights = classifier.detectMultiScale3(sample, minNeighbors=0, outputRejectLevels=True)
            sums[number] = float(np.ravel(weights)[0])
    return sums
