"""Draw segments for human coders to look at: a share of each label, at random, the same for the same seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from videmo.spreadsheet import csv_safe, csv_table
from videmo.study.statistics.chance import generator

SHEET: Final = ("recording", "person", "coder", "onset", "duration", "code")
FOLDER: Final = "coding/clips"
"""In the folder of the study."""
CLIP: Final = ("clip", "in_clip_s")
"""Columns that are added where there are clips: the file, and when the stretch begins in it."""


def draw_segments(segments: pd.DataFrame, share: float, seed: int) -> list[dict[str, Any]]:
    """Draw a share of the segments of each label that have valid time, at least one.

    Args:
        segments: the table of all segments.
        share: of each label's segments.
        seed: of the study.

    Returns:
        Rows with ``recording, person, label, onset_s`` (on the clock of the recording) and ``duration_s``, in order.
    """
    keys = ["recording", "person", "label", "recording_onset_s", "duration_s"]
    once = segments[segments["valid_s"] > 0][keys].drop_duplicates()
    once = once.astype({"recording": str, "label": str}).sort_values(keys, kind="stable")
    drawn: list[dict[str, Any]] = []
    for label, own in once.groupby("label", sort=True):
        count = max(1, math.ceil(share * len(own) - 1e-9))
        chosen = generator(seed, "coding", label).choice(len(own), min(count, len(own)), replace=False)
        drawn += own.iloc[sorted(chosen)].rename(columns={"recording_onset_s": "onset_s"}).to_dict("records")
    return sorted(drawn, key=lambda row: (row["recording"], row["onset_s"], row["person"]))


@dataclass(frozen=True, slots=True)
class Clip:
    """An excerpt of a recording around a stretch that was drawn."""

    name: str
    """Below the folder of clips. It doesn't say the label: who codes should not know it."""
    begin_s: float
    """In the recording."""
    end_s: float
    in_clip_s: float
    """When the stretch begins in it."""


def clip_of(row: Mapping[str, Any], length_s: float, margin_s: float) -> Clip:
    """Place the excerpt of a stretch, with a margin on both sides as far as the recording goes.

    Args:
        row: as `draw_segments` makes them.
        length_s: of the recording.
        margin_s: before and after the stretch.
    """
    onset, end = float(row["onset_s"]), float(row["onset_s"]) + float(row["duration_s"])
    begin = min(max(0.0, onset - margin_s), max(0.0, length_s))
    name = f"{row['recording']}/{onset:08.2f}s-person-{int(row['person'])}.mp4"
    return Clip(name, begin, max(begin, min(end + margin_s, length_s)), round(onset - begin, 6))


def code_sheet(drawn: Sequence[dict[str, Any]], clips: Sequence[Clip | None] = ()) -> str:
    """Write an empty sheet: coders fill in coder and code, and split a row where the code changes.

    Args:
        drawn: as `draw_segments` makes them.
        clips: the excerpt of each; None where there is none. No clips, no columns about them.
    """
    rows: list[tuple[object, ...]] = [(*SHEET, *CLIP) if clips else SHEET]
    for row, clip in zip(drawn, clips or [None] * len(drawn)):
        times = (f"{row['onset_s']:.3f}", f"{row['duration_s']:.3f}")
        seen = (f"{FOLDER}/{clip.name}", f"{clip.in_clip_s:.3f}") if clip else ("", "")
        rows.append((csv_safe(row["recording"]), row["person"], "", *times, "", *(seen if clips else ())))
    return csv_table(rows)
