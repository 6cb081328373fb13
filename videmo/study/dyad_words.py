"""Say in the methods paragraph how dyads were compared, or why they were not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from videmo.spreadsheet import csv_plain
from videmo.study.plan import Plan


def dyads_said(plan: Plan, rows: Sequence[Mapping[str, Any]], copies: str, strangers: bool, cited: list[str]) -> str:
    """Return the paragraph on dyads.

    Args:
        plan: the settings of the study.
        rows: of ``synchrony.csv``.
        copies: how many shifted copies there were, in words; empty if there were none.
        strangers: whether pairs of strangers were compared.
        cited: the papers that are cited, which grow.
    """
    said = plan.synchrony
    how = (
        f"windows of {said.window_s:g} s every {said.step_s:g} s, lags up to {said.max_lag_s:g} s, at least "
        f"{100 * said.min_valid:g} % valid in both"
    )
    if rows and not any(row["windows"] > 0 for row in rows):
        return f"**Dyads.** Windowed cross-correlation ({how}) was not computed: {_reasons(rows)}."
    cited.append("boker")
    text = f"**Dyads.** Windowed cross-correlation (Boker et al., 2002): {how}. The statistic is the highest mean over "
    text += "windows of signed Fisher z, over lags; "
    among = ""
    if strangers:
        cited.append("riehle")
        among = "over dyads, with pairs of strangers (Riehle et al., 2017)"
    if rows and not any(row["p"] == row["p"] for row in rows):
        among = f". It was compared, {among}" if among else ""
        return f"{text}it was not compared with shifted copies: {_reasons(rows)}{among}."
    among = f", and, {among}" if among else ""
    how_many = f"{copies} copies" if copies else "copies"
    return f"{text}it was compared with {how_many} in which one of the two was shifted by a random time{among}."


def _reasons(rows: Sequence[Mapping[str, Any]]) -> str:
    """List why, with the number of dyads and labels of each reason."""
    whose = {
        (csv_plain(str(row["reason"])), str(row["dyad"]), str(row["recording"]), str(row["label"])) for row in rows
    }
    counts = Counter(reason.removeprefix("no p: ") for reason, *_ in whose if reason and reason != "nan")
    return "; ".join(f"{reason} (n = {count} of dyads and labels)" for reason, count in sorted(counts.items()))
