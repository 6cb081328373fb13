"""Say who and what was left out, and why; and how many remain at each step, as in CONSORT."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from videmo.study.comparing import Comparisons
from videmo.study.focus import Focus, rows_of_focus
from videmo.study.inputs import Study
from videmo.study.misspelt import unnamed
from videmo.study.participants import ID

EXCLUSIONS: Final = ("level", ID, "recording", "event", "reason", "valid_share", "threshold", "count")

NO_EVENT: Final = "no event"
"""Why somebody is left out who is in a recording, but to whom nothing was shown."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Count the participants at each step."""

    listed: int
    recorded: int
    analysed: int
    """With a segment that is used."""
    compared: int
    """Of the unit of the comparison that comes first: the primary one, or the first where none was named."""


def exclusions(study: Study, segments: pd.DataFrame, comparisons: Comparisons, flow: Flow) -> pd.DataFrame:
    """Make ``exclusions.csv``: how many there are at each step, then participants, segments, and time that was cut out.

    Args:
        study: with its design.
        segments: the table of all segments, used or not.
        comparisons: with who was left out of which contrast.
        flow: how many there are at each step.
    """
    steps = [{"level": "flow", "reason": step, "count": count} for step, count in dataclasses.asdict(flow).items()]
    rows = [*steps, *_participants(study, segments, comparisons), *_segments(study, segments), *_times(study)]
    return pd.DataFrame(rows, columns=list(EXCLUSIONS)).astype({"count": "Int64"})


def _participants(study: Study, segments: pd.DataFrame, comparisons: Comparisons) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for person in study.inputs.participants.people:
        row = {"level": "participant", ID: person.id}
        if not person.included:
            rows.append({**row, "reason": person.exclude_reason or "excluded by hand"})
        elif person.id in study.design.unseen:
            rows.append({**row, "reason": study.design.unseen[person.id]})
    rows += [{"level": "participant", ID: name, "reason": NO_EVENT} for name in study.design.without_event()]
    once = segments[segments["emotion"] == segments["emotion"].iloc[0]] if len(segments) else segments
    none_used = set()
    for name, own in once.groupby(once[ID].astype(str), sort=True):
        if (own["used"] == "no").all():
            none_used.add(name)
            reasons = own["reason"].astype(str).value_counts()
            said = f"{reasons.index[0]} in {reasons.iloc[0]} of {len(own)} segments"
            share, least = own["valid_share"].mean(), study.plan.validity.min_share
            rows.append({"level": "participant", ID: name, "reason": said, "valid_share": share, "threshold": least})
    for contrast, left in comparisons.left:
        if left.unit not in none_used:
            row = {"level": "participant", ID: left.unit, "event": contrast.name, "reason": left.reason}
            few = {"valid_share": left.used_share, "threshold": study.plan.validity.min_segments}
            rows.append(row | (few if left.used_share == left.used_share else {}))
    told = {str(row[ID]) for row in rows if "event" not in row}
    rows += [
        {"level": "participant", ID: name, "event": contrast, "reason": reason}
        for contrast, name, reason in unnamed(study.design, study.wanted)
        if name not in told
    ]
    return rows


def _segments(study: Study, segments: pd.DataFrame) -> list[dict[str, Any]]:
    once = segments[segments["emotion"] == segments["emotion"].iloc[0]] if len(segments) else segments
    out = once[once["used"] == "no"]
    return [
        {"level": "segment", ID: str(row.participant_id), "recording": str(row.recording), "event": str(row.event),
         "reason": str(row.reason), "valid_share": row.valid_share,
         "threshold": study.plan.validity.min_share if str(row.reason).startswith("valid share") else None}
        for row in out.itertuples()
    ]  # fmt: skip


def _times(study: Study) -> list[dict[str, Any]]:
    rows = []
    for placement in study.design.placements:
        for onset, event in study.design.happenings(placement, "exclude"):
            said = f"{event.label}: {onset:g} to {onset + event.duration_s:g} s"
            rows.append({"level": "time", ID: placement.participant_id, "recording": placement.recording,
                         "event": said, "reason": "event of the kind exclude"})  # fmt: skip
    return rows


def flow_of(study: Study, segments: pd.DataFrame, comparisons: Comparisons, compared: int) -> Flow:
    """Count the participants at each step.

    Args:
        study: with its design.
        segments: the table of all segments.
        comparisons: with who was left out of which contrast.
        compared: units in the comparison that comes first.
    """
    used = segments[segments["used"] == "yes"]
    return Flow(
        listed=len(study.inputs.participants.people),
        recorded=len({each.participant_id for each in study.design.placements}),
        analysed=int(used[ID].astype(str).nunique()),
        compared=compared,
    )


def compared_units(comparisons: pd.DataFrame, focus: Focus | None) -> int:
    """Count the units of the comparison that comes first: participants, or dyads; nobody counts in others alone."""
    counts = [_units(row) for row in rows_of_focus(comparisons, focus)]
    return max(counts, default=0)


def _units(row: dict[str, Any]) -> int:
    pairs, first, second = (int(row[name]) if pd.notna(row[name]) else 0 for name in ("n_pairs", "n_a", "n_b"))
    return pairs or first + second


def excluded_names(rows: Sequence[dict[str, Any]]) -> list[str]:
    """List the participants who were left out, once each."""
    return list(dict.fromkeys(str(row[ID]) for row in rows if row["level"] == "participant"))
