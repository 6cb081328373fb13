"""Sum up each person in one row: the time seen and the emotions shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.records import Carried
from videmo.timeline.quality import rows_by_person, usable

MORE_LIKELY: Final = 0.5
"""Above this probability it is more likely than not that none of the words applies."""


def summary_columns(carried: Carried) -> tuple[str, ...]:
    """Name the columns of a summary."""
    return (
        "person", "first_s", "last_s", "seen_s", "seen_share", "usable", "face_height_px",
        *(f"mean_{word}" for word in carried.words),
        *(f"share_{word}" for word in carried.words),
        *(f"episodes_{word}" for word in carried.words),
        "dominant", "left_out_faces",
        *(f"mean_{name}" for name in carried.means),
        *([f"share_{carried.rest}"] if carried.rest else []),
    )  # fmt: skip


def summarise(
    observations: pd.DataFrame,
    timeline: pd.DataFrame,
    episodes: pd.DataFrame,
    carried: Carried,
) -> pd.DataFrame:
    """Sum up each person of a recording.

    Faces that are left out don't count; a person all of whose faces are left out keeps a row, without shares.

    ``seen_s`` is the time covered by observations, ``seen_share`` the share of the sampled frames from first to last
    appearance in which the person was seen.
    ``mean_*`` are mean probabilities, ``share_*`` the shares of the seen time in which the emotion was the strongest,
    ``episodes_*`` counts; ``face_height_px`` is a median; ``dominant`` is the emotion with the largest share;
    ``usable`` is the number of observations that count, ``left_out_faces`` the number of those that don't;
    ``share_other`` is the share of the seen time in which the face more likely showed an emotion that the words leave
    out.
    """
    rows, words = [], carried.words
    frames = observations["frame"].to_numpy(np.int64)
    _, first = np.unique(frames, return_index=True)
    times = np.sort(observations["time_s"].to_numpy(np.float64)[first])
    moment, height = (observations[name].to_numpy(np.float64) for name in ("time_s", "h"))
    counted = usable(observations)
    for person, faces in rows_by_person(observations, np.asarray(observations["status"] == "ok", dtype=bool)):
        own = faces[counted[faces]]
        cells = timeline[timeline["person"] == person]
        weights = ((cells["end_s"] - cells["start_s"]) * cells["coverage"]).to_numpy(np.float64)
        seen_s = float(weights.sum())
        means = [_mean(cells[name].to_numpy(np.float64), weights) for name in words]
        shares = [_mean((cells["emotion"] == name).to_numpy(np.float64), weights) for name in words]
        counts = [int(((episodes["person"] == person) & (episodes["emotion"] == name)).sum()) for name in words]
        span = own if len(own) else faces
        first_s, last_s = float(moment[span].min()), float(moment[span].max())
        sampled = int(np.searchsorted(times, last_s, "right") - np.searchsorted(times, first_s, "left"))
        rows.append(
            (
                person,
                first_s,
                last_s,
                seen_s,
                len(np.unique(frames[own])) / sampled,
                len(own),
                float(np.median(height[span])),
                *means,
                *shares,
                *counts,
                _strongest(words, shares) if seen_s else None,
                len(faces) - len(own),
                *(_mean(cells[name].to_numpy(np.float64), weights) for name in carried.means),
                *([_mean(_likely(cells[carried.rest]), weights)] if carried.rest else []),
            )
        )
    return pd.DataFrame(rows, columns=list(summary_columns(carried)))


def _likely(rest: pd.Series) -> npt.NDArray[np.float64]:
    """Return 1 where it is more likely than not that none of the words applies, NaN where nobody knows."""
    known = rest.to_numpy(np.float64)
    return np.where(np.isnan(known), np.nan, known > MORE_LIKELY)


def _mean(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> float:
    """Return the weighted mean over the cells with a value; NaN without any."""
    total = float(np.where(np.isnan(values), 0.0, weights).sum())
    return float(np.nansum(values * weights) / total) if total else float("nan")


def frames_with_face(observations: pd.DataFrame) -> int:
    """Count the sampled frames in which at least one person was seen."""
    return int(observations.loc[observations["status"] == "ok", "frame"].nunique())


def dominant_emotion(summary: pd.DataFrame, words: Sequence[str]) -> str:
    """Name the emotion shown longest over all persons, or return an empty text without persons."""
    if not summary["seen_s"].sum():
        return ""
    totals = [float((summary[f"share_{name}"] * summary["seen_s"]).sum()) for name in words]
    return _strongest(words, totals)


def _strongest(words: Sequence[str], amounts: Sequence[float]) -> str:
    """Return the word with the largest amount, the first of equal ones: not as the last digit of a sum decides."""
    return words[int(np.argmax(np.round(amounts, 9)))]
