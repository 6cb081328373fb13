"""Time classifiers, compared with each other in one run."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from videmo.training.classifier.measure import Predictor

ROUNDS = 15
CALLS = 40


def milliseconds(predictors: Mapping[str, Predictor], images: npt.NDArray[np.uint8]) -> dict[str, float]:
    """Measure the CPU time per face of each classifier in milliseconds: the best of several rounds, taken in turns.

    The times are only comparable with each other: they depend on the machine and on what else is running.
    """
    best = dict.fromkeys(predictors, float("inf"))
    for _ in range(ROUNDS):
        for name, predictor in predictors.items():
            started = time.process_time()
            for call in range(CALLS):
                predictor.predict(images[call % len(images)])
            best[name] = min(best[name], (time.process_time() - started) / CALLS * 1000)
    return best
