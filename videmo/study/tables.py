"""Lay segments out as tables: one row per segment and emotion, one per participant, label, emotion and measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.spreadsheet import csv_safe, csv_text
from videmo.study.baseline import LEVELS, corrected
from videmo.study.participants import ID, Participants
from videmo.study.plan import MEASURES, Plan
from videmo.study.segmenting import Segment

KEYS: Final = (
    ID, "session", "dyad", "recording", "person", "event", "label", "stimulus", "onset_s", "duration_s",
    "recording_onset_s",
)  # fmt: skip
SEGMENTS: Final = (
    *KEYS, "emotion", "valid_s", "valid_share", "mean", "sd", "median", "peak", "peak_s", "top10_mean", "time_above",
    "shown", "latency_s", "auc_s", "dominant_share", "episodes", "baseline", "baseline_valid_s", "baseline_mean",
    "change", "peak_change", "z", "used", "reason",
)  # fmt: skip
"""Columns of ``segments.csv``, which the variables of the participants follow."""
_SPREAD: Final = ("own_mean", "own_sd", "role")
"""What the table carries besides while it is worked with, and is not written."""
_KEPT: Final = 9
"""Decimal places: beyond, a number depends on which clock it was computed by."""
_ARRAYS: Final = (
    "mean", "sd", "median", "peak", "peak_s", "top10_mean", "time_above", "latency_s", "auc_s", "dominant_share",
)  # fmt: skip


def segment_table(segments: Sequence[Segment], emotions: Sequence[str]) -> pd.DataFrame:
    """Make a table with one row per segment and emotion: the columns `SEGMENTS`, and what comparing needs besides."""
    columns: dict[str, list[Any]] = {name: [] for name in (*SEGMENTS, *_SPREAD)}
    for segment in segments:
        _add(columns, segment, emotions)
    table = pd.DataFrame(columns)
    for name in (ID, "session", "dyad", "recording", "label", "stimulus", "emotion", "shown", "baseline", "used",
                 "reason", "role", "event"):  # fmt: skip
        table[name] = table[name].astype("category")
    return table


def _add(columns: dict[str, list[Any]], segment: Segment, emotions: Sequence[str]) -> None:
    count, placed, measured = len(emotions), segment.placement, segment.measured
    same: dict[str, Any] = {
        ID: placed.participant_id, "session": placed.session, "dyad": placed.dyad, "recording": placed.recording,
        "person": placed.person, "event": f"{segment.event.label} {segment.number}", "label": segment.event.label,
        "stimulus": segment.event.stimulus, "onset_s": segment.onset_s, "duration_s": segment.event.duration_s,
        "recording_onset_s": placed.clock.recording(segment.onset_s), "valid_s": measured.valid_s,
        "valid_share": measured.valid_share, "baseline": segment.baseline.source,
        "baseline_valid_s": segment.baseline.valid_s, "used": "no" if segment.reason else "yes",
        "reason": segment.reason, "role": placed.role,
    }  # fmt: skip
    for name, value in same.items():
        columns[name].extend([round(value, _KEPT) if isinstance(value, float) else value] * count)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(segment.z_sd > 0, (measured.mean - segment.z_mean) / segment.z_sd, np.nan)
    each = {
        **{name: getattr(measured, name) for name in _ARRAYS},
        "episodes": segment.episodes, "baseline_mean": segment.baseline.mean,
        "change": measured.mean - segment.baseline.mean, "peak_change": measured.peak - segment.baseline.mean,
        "z": z, "own_mean": segment.z_mean, "own_sd": segment.z_sd,
    }  # fmt: skip
    for name, values in each.items():
        columns[name].extend(np.round(values, _KEPT).tolist())
    columns["emotion"].extend(emotions)
    columns["shown"].extend(_shown(measured.valid_s, measured.latency_s))


def _shown(valid_s: float, latency: np.ndarray) -> list[str]:
    if valid_s <= 0:
        return [""] * len(latency)
    return ["yes" if value == value else "no" for value in latency]


def written_segments(table: pd.DataFrame, participants: Participants) -> pd.DataFrame:
    """Make ``segments.csv`` of a table of segments: with the variables, and safe to open in a spreadsheet."""
    shown = table[list(SEGMENTS)].copy()
    variables = variable_columns(shown[ID].astype(str).tolist(), participants)
    return spelled(pd.concat([shown, variables], axis=1))


def variable_columns(ids: Sequence[str], participants: Participants) -> pd.DataFrame:
    """Return the variables of some participants, a row for each id."""
    known = participants.by_id
    return pd.DataFrame(
        {each.name: [known[name].values.get(each.name) if name in known else None for name in ids]
         for each in participants.variables}
    )  # fmt: skip


def spelled(table: pd.DataFrame) -> pd.DataFrame:
    """Spell the texts of a table so that spreadsheets take none for a formula."""
    changed = {}
    for name, kind in table.dtypes.items():
        if kind.kind not in "fiub":
            spell = csv_safe if name == "recording" else csv_text
            texts = table[name].astype(object)
            changed[name] = [spell(text) if isinstance(text, str) else text for text in texts]
    return table.assign(**changed)


def values_of(table: pd.DataFrame, measure: str, correction: str) -> pd.Series:
    """Return a measure of each row of a table of segments as it is compared: corrected, if it is a level."""
    numbers = {name: table[name].to_numpy(np.float64) for name in
               (measure, "baseline_mean", "own_mean", "own_sd", "duration_s")}  # fmt: skip
    value = corrected(
        measure, numbers[measure], correction, numbers["baseline_mean"], numbers["own_mean"], numbers["own_sd"],
        numbers["duration_s"],
    )  # fmt: skip
    return pd.Series(value, index=table.index)


def participants_long(table: pd.DataFrame, participants: Participants, plan: Plan) -> pd.DataFrame:
    """Average the used segments of each participant and label, each segment alike, for every measure.

    Levels (mean, median, peak …) are corrected as the study says; so these are the values that are compared.
    """
    used = table[table["used"] == "yes"]
    by = [ID, "label", "emotion"]
    parts = []
    for measure in MEASURES:
        value = values_of(used, measure, plan.baseline.correction)
        named = pd.DataFrame(
            {**{name: used[name].astype(str) for name in by}, "value": value, "valid_s": used["valid_s"]}
        )
        known = named[named["value"].notna()]
        grouped = known.groupby(by, sort=True)
        part = grouped.agg(value=("value", "mean"), segments=("value", "size"), valid_s=("valid_s", "sum"))
        parts.append(part.reset_index().assign(measure=measure))
    whole = pd.concat(parts, ignore_index=True)
    whole["emotion"] = pd.Categorical(whole["emotion"], list(plan.emotions))
    whole["measure"] = pd.Categorical(whole["measure"], list(MEASURES))
    whole = whole.sort_values([ID, "label", "emotion", "measure"], kind="stable").reset_index(drop=True)
    variables = variable_columns(whole[ID].tolist(), participants)
    return pd.concat(
        [whole[[ID]], variables, whole[["label", "emotion", "measure", "value", "segments", "valid_s"]]], axis=1
    )


def participants_wide(long: pd.DataFrame, participants: Participants) -> pd.DataFrame:
    """Make one row per participant, with a column ``<label>.<emotion>.<measure>`` for each value."""
    names = long["label"].astype(str) + "." + long["emotion"].astype(str) + "." + long["measure"].astype(str)
    columns = list(dict.fromkeys(names[long.assign(name=names).sort_values(
        ["label", "emotion", "measure"], kind="stable").index]))  # fmt: skip
    wide = long.assign(name=names).pivot(index=ID, columns="name", values="value").reindex(columns=columns)
    ids = [person.id for person in participants.people]
    wide = wide.reindex(ids).reset_index(drop=True)
    return pd.concat([pd.DataFrame({ID: ids}), variable_columns(ids, participants), wide], axis=1)


def corrections_of(measure: str) -> bool:
    """Tell whether the correction changes a measure."""
    return measure in LEVELS


def decimals() -> Mapping[str, int]:
    """Return decimal places of the columns of a study's tables; those of statistics are rounded as they are made."""
    six = ("mean", "sd", "median", "peak", "top10_mean", "time_above", "auc_s", "dominant_share", "baseline_mean",
           "change", "peak_change", "z", "valid_share", "onset_s", "duration_s", "recording_onset_s", "peak_s",
           "latency_s", "valid_s", "baseline_valid_s", "value", "time_s", "ci_low", "ci_high", "share_above",
           "window_start_s", "lag_s", "r", "start_s", "end_s", "seconds")  # fmt: skip
    return dict.fromkeys(six, 6)
