"""Lay segments out as tables: one row per segment and emotion, one per participant, label, emotion and measure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.spreadsheet import csv_safe, csv_text
from videmo.study.baseline import LEVELS, corrected
from videmo.study.columns import ID, SEGMENTS, SPREAD, VALUES
from videmo.study.participants import Participants
from videmo.study.plan import MEASURES, Plan
from videmo.study.segmenting import Segment

_WORDS: Final = (
    ID, "session", "dyad", "recording", "label", "stimulus", "emotion", "shown", "baseline", "used", "reason", "role",
    "event",
)  # fmt: skip
_KEPT: Final = 9
"""Decimal places: beyond, a number depends on which clock it was computed by."""
_ARRAYS: Final = (
    "mean", "sd", "median", "peak", "peak_s", "top10_mean", "time_above", "latency_s", "auc_s", "dominant_share",
)  # fmt: skip


def segment_table(segments: Sequence[Segment], emotions: Sequence[str]) -> pd.DataFrame:
    """Make a table with one row per segment and emotion: the columns `SEGMENTS`, and what comparing needs besides."""
    columns: dict[str, list[Any]] = {name: [] for name in (*SEGMENTS, *SPREAD)}
    for segment in segments:
        _add(columns, segment, emotions)
    table = pd.DataFrame(columns)
    return table.astype({name: "category" if name in _WORDS else float for name in columns if name != "person"})


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
    """Spell the texts of a table, and the names of columns, so that spreadsheets take none for a formula."""
    changed = {}
    for name, kind in table.dtypes.items():
        if kind.kind not in "fiub":
            spell = csv_safe if name == "recording" else csv_text
            texts = table[name].astype(object)
            changed[name] = [spell(text) if isinstance(text, str) else text for text in texts]
    return table.assign(**changed).rename(columns=csv_text)


def values_of(table: pd.DataFrame, measure: str, correction: str) -> pd.Series:
    """Return a measure of each row of a table of segments as it is compared: corrected, if it is a level."""
    numbers = {name: table[name].to_numpy(np.float64) for name in
               (measure, "baseline_mean", "own_mean", "own_sd", "duration_s")}  # fmt: skip
    value = corrected(
        measure, numbers[measure], correction, numbers["baseline_mean"], numbers["own_mean"], numbers["own_sd"],
        numbers["duration_s"],
    )  # fmt: skip
    return pd.Series(value, index=table.index)


def participants_long(
    table: pd.DataFrame, participants: Participants, plan: Plan, measures: Sequence[str] = MEASURES
) -> pd.DataFrame:
    """Average the used segments of each participant and label, each segment alike, for every measure.

    Levels (mean, median, peak …) are corrected as the study says; so these are the values that are compared.

    Args:
        table: of segments; a participant's are in it all or not at all.
        participants: with their variables.
        plan: the settings of the study.
        measures: which of them.
    """
    used = table[table["used"] == "yes"]
    keys = pd.DataFrame({ID: used[ID].astype(str), "label": used["label"].astype(str)})
    keys["emotion"] = pd.Categorical(used["emotion"].astype(str), list(plan.emotions))
    groups = keys.groupby(list(keys.columns), sort=True, observed=True)
    found = np.column_stack([values_of(used, measure, plan.baseline.correction).to_numpy() for measure in measures])
    means, counts, times = _averaged(found, used["valid_s"].to_numpy(np.float64), groups.ngroup().to_numpy())
    there = counts > 0
    row, place = np.nonzero(there)
    names = groups.size().index.to_frame(index=False)
    whole = names.iloc[row].reset_index(drop=True)
    whole["measure"] = pd.Categorical.from_codes(place, list(measures))
    whole["value"], whole["segments"], whole["valid_s"] = means[there], counts[there], times[there]
    variables = variable_columns(whole[ID].tolist(), participants)
    return pd.concat([whole[[ID]], variables, whole[list(VALUES)]], axis=1)


def _averaged(found: np.ndarray, valid_s: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Average the rows of each group, column by column, without what is NaN; returns means, counts, valid times."""
    there = np.isfinite(found)
    shape = (int(group.max(initial=-1)) + 1, found.shape[1])
    totals, counts, times = np.zeros(shape), np.zeros(shape, np.int64), np.zeros(shape)
    np.add.at(totals, group, np.where(there, found, 0.0))
    np.add.at(counts, group, there)
    np.add.at(times, group, np.where(there, valid_s[:, None], 0.0))
    return totals / np.maximum(counts, 1), counts, times


Cell = tuple[str, str, str]
"""Label, emotion and measure."""


def cells_of(long: pd.DataFrame) -> list[Cell]:
    """Return the label, emotion and measure of each row of `participants_long`."""
    return list(zip(*(long[name].astype(str) for name in ("label", "emotion", "measure"))))


def in_order(found: Iterable[Cell], plan: Plan) -> list[Cell]:
    """Put the columns of `participants_wide` into order."""
    emotion, measure = list(plan.emotions).index, MEASURES.index
    return sorted(set(found), key=lambda cell: (cell[0], emotion(cell[1]), measure(cell[2])))


def participants_wide(
    long: pd.DataFrame, ids: Sequence[str], columns: Sequence[Cell], participants: Participants
) -> pd.DataFrame:
    """Make one row per participant, with a column ``<label>.<emotion>.<measure>`` for each value.

    Args:
        long: values of participants.
        ids: of the participants, whether they have any or not.
        columns: which there are in the whole study, in order.
        participants: with their variables.
    """
    place = {cell: number for number, cell in enumerate(columns)}
    row = {name: number for number, name in enumerate(ids)}
    values = np.full((len(ids), len(columns)), np.nan)
    values[[row[name] for name in long[ID]], [place[cell] for cell in cells_of(long)]] = long["value"]
    wide = pd.DataFrame(values, columns=[".".join(cell) for cell in columns])
    return pd.concat([pd.DataFrame({ID: list(ids)}), variable_columns(ids, participants), wide], axis=1)


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
