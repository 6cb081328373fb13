"""Say who is not in a contrast, and why: nobody vanishes without a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pandas as pd

from videmo.study.columns import ID, INSIDE
from videmo.study.contrasts import Contrast
from videmo.study.participants import Participants
from videmo.study.statistics.rows import who_counts
from videmo.study.unit_values import Left, UnitValues, units_by_member

SEVERAL: Final = "in several levels of an independent comparison"
"""Why somebody counts nowhere who has several levels, where too few have all to be compared within."""


def left_out(rows: pd.DataFrame, found: UnitValues, contrast: Contrast, participants: Participants) -> tuple[Left, ...]:
    """List the participants with segments who are not in a contrast that they were meant for.

    Whose variable has another level than those that are compared was not meant.

    Args:
        rows: of all segments, as `unit_values.columns_of` makes them.
        found: the values of the contrast.
        contrast: what is compared.
        participants: with their variables.
    """
    known, about = participants.by_id, contrast.factor not in INSIDE
    told = {each.unit for each in found.left}
    found_left = [*found.left]
    places = rows.groupby(ID, sort=True).indices
    reasons = _reasons(found, contrast)
    for name in sorted(set(places) - told):
        value = known[name].values.get(contrast.factor) if about else None
        if about and value is None:
            found_left.append(Left(name, f"{contrast.factor} is unknown"))
        elif about and contrast.levels and value not in contrast.levels:
            continue
        elif name not in reasons:
            found_left.append(Left(name, _nowhere(rows.iloc[places[name]], contrast)))
        elif reasons[name]:
            found_left.append(Left(name, reasons[name]))
    return tuple(sorted(found_left, key=lambda each: each.unit))


def _reasons(found: UnitValues, contrast: Contrast) -> dict[str, str]:
    """Say of each participant who has values why they don't count; empty where they do."""
    place = {unit: row for row, unit in enumerate(found.units)}
    if not contrast.levels:
        return {name: "" for name, _ in found.members}
    within, counts = who_counts(found.met)
    said: dict[str, str] = {}
    for name, units in units_by_member(found).items():
        if not any(counts[place[unit]] for unit in units):
            said[name] = "; ".join(_reason(name, unit, found, place[unit], contrast, within) for unit in units)
        else:
            said[name] = ""
    return said


def _reason(name: str, unit: str, found: UnitValues, row: int, contrast: Contrast, within: bool) -> str:
    prefix = "" if unit == name else f"dyad {unit!r}: "
    has = [level for level, met in zip(found.levels, found.met[row]) if met]
    if not within and len(has) > 1:
        return f"{prefix}{SEVERAL}: {_listed(has, 'and')}"
    lacks = [level for level in found.levels if level not in has]
    rest = "; in pairs of the others alone" if len(has) > 1 else ""
    return f"{prefix}{_lacking(contrast.factor, lacks)}{rest}"


def _nowhere(own: pd.DataFrame, contrast: Contrast) -> str:
    """Say what somebody lacks who has no value at all."""
    labels = contrast.levels if contrast.factor == "label" else contrast.labels
    there = own[own["label"].isin(labels)] if labels else own
    lacks = [label for label in labels if not (own["label"] == label).any()]
    if lacks:
        return _lacking("label", lacks)
    if contrast.factor in ("session", "role") and not there[contrast.factor].isin(contrast.levels).any():
        return _lacking(contrast.factor, contrast.levels)
    return "in no dyad"


def _lacking(factor: str, levels: Sequence[str]) -> str:
    what = {"label": "of", "session": "in session", "role": "in role"}.get(factor, f"with {factor}")
    return f"no segment {what} {_listed(levels, 'or')}"


def _listed(levels: Sequence[str], word: str) -> str:
    quoted = [repr(level) for level in levels]
    return f" {word} ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def several(left: Sequence[Left], contrast: Contrast) -> Iterator[str]:
    """Remark on those who would have stood on several sides."""
    names = [each.unit for each in left if SEVERAL in each.reason]
    if names:
        listed = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
        yield (
            f"{contrast.name}: {listed} had several of its levels, but too few had all to be compared within; they "
            "count in none"
        )
