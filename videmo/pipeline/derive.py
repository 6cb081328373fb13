"""Compute the tables that follow from the observations of a recording."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from videmo.measures.registry import carried_in
from videmo.results.schema import DECIMALS
from videmo.results.tables import Tables
from videmo.settings import EpisodeSettings, QualitySettings, TimelineSettings
from videmo.timeline.episodes import find_episodes
from videmo.timeline.named import with_names
from videmo.timeline.quality import measure_quality
from videmo.timeline.resample import build_timeline
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
    # Rounded as in the file: noise in the last digits must not decide where an episode begins or peaks.
    grid = build_timeline(observations, timeline, columns, end_s).round(DECIMALS)
    found = find_episodes(grid, episodes, columns.words, end_s, columns.rest)
    summary, rated = summarise(observations, grid, found, columns), measure_quality(observations, quality, end_s)
    return Tables(observations, *(with_names(table, names or {}) for table in (grid, found, summary, rated)))
