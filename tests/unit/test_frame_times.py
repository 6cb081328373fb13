"""What a page says of the steps between analysed frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from videmo.report.frame_times import frame_times
from videmo.timeline.quality import FrameOutcomes


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([], "there are no analysed frames."),
        ([0.0], "there is only one analysed frame."),
        ([0.0, 0.033, 0.067, 0.1], "regular, 33.0 ms between analysed frames."),
        (
            [0.0, 0.085, 0.21, 0.295, 0.42, 0.505],
            "uneven, between 85.0 and 125.0 ms between analysed frames, typically 85.0 ms.",
        ),
        (
            [0.0, 0.1, 0.2, 0.3, 0.8],
            "1 of 4 steps between analysed frames differs from the typical 100.0 ms by more than half "
            "(longest: 0.50 s).",
        ),
    ],
)
def test_steps_are_called_regular_only_where_they_are_alike(times: Sequence[float], words: str) -> None:
    frames = range(len(times))
    table = pd.DataFrame({"frame": np.array(frames, np.int64), "time_s": np.array(times, float), "status": "ok"})
    table = table.assign(left_out="")
    regularity = FrameOutcomes(table, 1.0).regularity() if times else (None, None, None)
    row = pd.Series(dict(zip(("typical_step_s", "longest_step_s", "irregular_steps"), regularity)))
    assert frame_times(table, row) == words
