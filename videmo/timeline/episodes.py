"""Find the stretches in which a person clearly shows an emotion."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.settings import EpisodeSettings
from videmo.timeline.runs import runs_of

COLUMNS = ("person", "emotion", "start_s", "peak_s", "end_s", "duration_s", "mean", "peak")
EPISODE_OTHER = "episode_other"
"""Column of the mean of what the words leave out; called so that tables join by what they share."""


def find_episodes(
    timeline: pd.DataFrame, settings: EpisodeSettings, words: Sequence[str], end_s: float = math.inf, rest: str = ""
) -> pd.DataFrame:
    """List the episodes in a timeline.

    An episode of an emotion begins in the first cell whose probability reaches `EpisodeSettings.enter`, is extended
    in both directions over the cells that stay at or above `EpisodeSettings.leave`, and never extends across a cell
    in which the person was not seen.

    Args:
        timeline: table as `resample.build_timeline` makes it.
        settings: thresholds, and shortest duration up to the end of the recording.
        words: the emotions, columns of the timeline.
        end_s: end of the recording, which the last cell may reach beyond; no episode does.
        rest: column with the probability that none of the words applies; empty where there is none.

    Returns:
        Table with `COLUMNS`, ordered by person and start; ``peak_s`` is the middle of the strongest cell.
        With ``rest``, its mean over the episode too.
    """
    rows = []
    for person, cells in timeline.groupby("person", sort=True):
        starts, ends = cells["start_s"].to_numpy(np.float64), cells["end_s"].to_numpy(np.float64)
        others = cells[rest].to_numpy(np.float64) if rest else None
        for emotion in words:
            values = cells[emotion].to_numpy(np.float64)
            for begin, end in _runs(values, settings):
                last = min(ends[end - 1], end_s)
                length = last - starts[begin]
                if length + 1e-9 < settings.min_duration_s or starts[begin] >= end_s:
                    continue
                peak = begin + int(values[begin:end].argmax())
                middle = min((starts[peak] + ends[peak]) / 2, end_s)
                mean = float(values[begin:end].mean())
                more = [] if others is None else [float(others[begin:end].mean())]
                rows.append((person, emotion, starts[begin], middle, last, length, mean, values[peak], *more))
    table = pd.DataFrame(rows, columns=[*COLUMNS, EPISODE_OTHER] if rest else list(COLUMNS))
    return table.sort_values(["person", "start_s", "emotion"], kind="stable", ignore_index=True)


def _runs(values: npt.NDArray[np.float64], settings: EpisodeSettings) -> list[tuple[int, int]]:
    """Find half-open runs of cells at or above ``leave`` that reach ``enter``; NaN is below everything."""
    held = np.nan_to_num(values, nan=-1.0) >= settings.leave
    return [(begin, end) for begin, end in runs_of(held) if values[begin:end].max() >= settings.enter]
