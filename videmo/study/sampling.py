"""Draw segments for human coders to look at: a share of each label, at random, the same for the same seed."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from videmo.spreadsheet import csv_safe, csv_text
from videmo.study.statistics.chance import generator

SHEET: Final = ("recording", "person", "coder", "onset", "duration", "code")


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


def code_sheet(drawn: Sequence[dict[str, Any]]) -> str:
    """Write an empty sheet: coders fill in coder and code, and split a row where the code changes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(SHEET)
    for row in drawn:
        times = (f"{row['onset_s']:.3f}", f"{row['duration_s']:.3f}")
        writer.writerow((csv_safe(row["recording"]), row["person"], "", *times, csv_text("")))
    return out.getvalue()
