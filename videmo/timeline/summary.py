"""One row for each person: how long seen, and what was shown."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from videmo.records import EMOTIONS

COLUMNS = (
    "person",
    "name",
    "first_s",
    "last_s",
    "seen_s",
    "coverage",
    "frames",
    "face_height_px",
    *(f"mean_{emotion}" for emotion in EMOTIONS),
    *(f"share_{emotion}" for emotion in EMOTIONS),
    *(f"episodes_{emotion}" for emotion in EMOTIONS),
    "dominant",
)


def summarise(
    observations: pd.DataFrame, timeline: pd.DataFrame, episodes: pd.DataFrame, names: Mapping[int, str] | None = None
) -> pd.DataFrame:
    """Sum up each person of a recording.

    ``name`` comes from ``names``, spelled as a table holds it; empty for a person without one.
    ``seen_s`` is the time covered by observations, ``coverage`` the share of the sampled frames from first to last
    sight in which the person was seen.
    ``mean_*`` are mean probabilities, ``share_*`` the shares of the seen time in which the emotion was the strongest,
    ``episodes_*`` counts; ``face_height_px`` is a median; ``dominant`` is the emotion with the largest share.
    """
    rows = []
    seen = observations[observations["status"] == "ok"]
    for person, cells in timeline.groupby("person", sort=True):
        own = seen[seen["person"] == person]
        weights = ((cells["end_s"] - cells["start_s"]) * cells["coverage"]).to_numpy(np.float64)
        seen_s = weights.sum()
        first_s, last_s = own["time_s"].min(), own["time_s"].max()
        means = [float(np.nansum(cells[name].to_numpy(np.float64) * weights) / seen_s) for name in EMOTIONS]
        shares = [float(weights[(cells["emotion"] == name).to_numpy()].sum() / seen_s) for name in EMOTIONS]
        counts = [int(((episodes["person"] == person) & (episodes["emotion"] == name)).sum()) for name in EMOTIONS]
        sampled = observations.loc[observations["time_s"].between(first_s, last_s), "frame"].nunique()
        rows.append(
            (
                int(person),
                (names or {}).get(int(person), ""),
                first_s,
                last_s,
                seen_s,
                own["frame"].nunique() / sampled,
                len(own),
                float(own["h"].median()),
                *means,
                *shares,
                *counts,
                EMOTIONS[int(np.argmax(shares))],
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def frames_with_face(observations: pd.DataFrame) -> int:
    """Number of sampled frames in which at least one person was seen."""
    return int(observations.loc[observations["status"] == "ok", "frame"].nunique())


def dominant_emotion(summary: pd.DataFrame) -> str:
    """The emotion shown longest over all persons, or an empty text without persons."""
    if summary.empty:
        return ""
    totals = [float((summary[f"share_{name}"] * summary["seen_s"]).sum()) for name in EMOTIONS]
    return EMOTIONS[int(np.argmax(totals))]
