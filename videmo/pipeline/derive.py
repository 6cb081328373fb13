"""Compute the tables that follow from the observations of a recording."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from videmo.measures.registry import carried_in
from videmo.results.schema import DECIMALS
from videmo.results.tables import Tables
from videmo.settings import EpisodeSettings, QualitySettings, TimelineSettings
from videmo.timeline.episodes import find_episodes
from videmo.timeline.named import with_names
from videmo.timeline.quality import measure_quality
from videmo.timeline.resample import build_timeline
from videmo.timeline.sampling import lasts_until
from videmo.timeline.summary import summarise


def derive(
    observations: pd.DataFrame,
    timeline: TimelineSettings,
    episodes: EpisodeSettings,
    quality: QualitySettings,
    end_s: float,
    names: Mapping[int, str] | None = None,
) -> Tables:
    """Compute what follows from the observations of a recording that ends at ``end_s``.

    ``names`` are those of the persons that have one, spelled as in a table; observations have theirs already.
    """
    columns = carried_in(observations.columns)
    times = np.unique(observations["time_s"].to_numpy(np.float64))
    end_s = lasts_until(times, end_s) if len(times) else end_s
    exact = build_timeline(observations, timeline, columns, end_s)
    # Rounded as in the file: noise in the last digits must not decide where an episode begins or peaks.
    grid = exact.round(DECIMALS)
    found = find_episodes(grid, episodes, columns.words, end_s, columns.rest)
    # The time seen is a sum over cells of any width.
    summary = summarise(observations, grid.assign(coverage=exact["coverage"]), found, columns)
    rated = measure_quality(observations, quality, end_s)
    return Tables(observations, *(with_names(table, names or {}) for table in (grid, found, summary, rated)))
