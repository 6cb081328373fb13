"""Say who is not in a contrast, and why: nobody vanishes without a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd

from videmo.study.columns import ID, INSIDE
from videmo.study.contrasts import Contrast
from videmo.study.participants import Participants
from videmo.study.plan import Plan
from videmo.study.statistics.rows import LEAST, who_counts
from videmo.study.unit_values import EXCLUDED, Left, UnitValues, units_by_member, values_over_labels

SEVERAL: Final = "in several levels of an independent comparison"
"""Why somebody counts nowhere who has several levels, where too few have all to be compared within."""

Column = tuple[str, str]
"""Emotion and measure."""


def left_out(
    rows: pd.DataFrame, found: UnitValues, contrast: Contrast, participants: Participants, column: Column | None = None
) -> tuple[Left, ...]:
    """List the participants with segments who are not in a contrast that they were meant for.

    Whose variable has another level than those that the user named was not meant.

    Args:
        rows: of all segments, as `unit_values.columns_of` makes them.
        found: the values of the contrast.
        contrast: what is compared.
        participants: with their variables.
        column: the value that is the comparison's own, of which not everybody has to have one: a latency, say.
    """
    known, about = participants.by_id, contrast.factor not in INSIDE
    told = {each.unit for each in found.left}
    found_left = [*found.left]
    places = rows.groupby(ID, sort=True).indices
    reasons = _reasons(found, contrast, rows, column)
    for name in sorted(set(places) - told):
        value = known[name].values.get(contrast.factor) if about else None
        if about and value is None:
            found_left.append(Left(name, f"{contrast.factor} is unknown"))
        elif value in contrast.few:
            found_left.append(Left(name, _alone(contrast.factor, str(value))))
        elif about and contrast.levels and value not in contrast.levels:
            continue
        elif name not in reasons:
            found_left.append(Left(name, _nowhere(rows.iloc[places[name]], contrast)))
        elif reasons[name]:
            found_left.append(Left(name, reasons[name]))
    return tuple(sorted(found_left, key=lambda each: each.unit))


def _reasons(found: UnitValues, contrast: Contrast, rows: pd.DataFrame, column: Column | None) -> dict[str, str]:
    """Say of each participant who has values why they don't count; empty where they do."""
    row_of = {unit: row for row, unit in enumerate(found.units)}
    within, counts = who_counts(found.met) if contrast.levels else (False, np.ones(len(found.units), bool))
    alone = np.zeros_like(found.met) if within or not contrast.levels else _few(found.met, counts)
    lacking = lacking_values(found, contrast)[:, :, columns_in(rows).index(column)] if column else None
    said: dict[str, str] = {}
    for name, units in units_by_member(found).items():
        own = [row_of[unit] for unit in units]
        if not any(counts[row] for row in own):
            nobody = not counts.any()
            said[name] = "; ".join(_reason(name, unit, found, row_of[unit], contrast, within, nobody) for unit in units)
        elif all(alone[row].any() for row in own if counts[row]):
            said[name] = _alone(contrast.factor, found.levels[int(alone[own].any(axis=0).argmax())])
        elif column and lacking is not None and all(lacking[row].any() for row in own if counts[row]):
            levels = [level for place, level in enumerate(found.levels) if level and lacking[own, place].any()]
            said[name] = f"no {column[1]} of {column[0]}" + (f" in {_listed(levels, 'or')}" if levels else "")
            if found.over and found.over.asked and any(len(own) > 1 for own in found.over.labels.values()):
                said[name] += ", or none in one of the labels that are averaged over"
        else:
            said[name] = ""
    return said


def _few(met: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Tell whose level has fewer independent units than a comparison needs: ``(units, levels)``."""
    there = met & counts[:, None]
    return there & (there.sum(axis=0) < LEAST)


def columns_in(rows: pd.DataFrame) -> list[Column]:
    """List the values of a table of segments, in the order in which `UnitValues` has them."""
    return [name for name in rows.columns if isinstance(name, tuple)]


def lacking_values(found: UnitValues, contrast: Contrast) -> np.ndarray:
    """Tell which units that count have no value of a level although they have segments of it.

    Returns:
        ``(units, levels, columns)``.
    """
    counts = who_counts(found.met)[1] if contrast.levels else np.ones(len(found.units), bool)
    return np.asarray((found.met & counts[:, None])[:, :, None] & ~np.isfinite(found.values))


def without_values(found: UnitValues, contrast: Contrast, columns: Sequence[Column]) -> Iterator[str]:
    """Remark on measures of which some have no value: their rows are about the others alone."""
    lacking = np.asarray(lacking_values(found, contrast).any(axis=1))
    total = int(who_counts(found.met)[1].sum()) if contrast.levels else len(found.units)
    for measure in dict.fromkeys(measure for _, measure in columns):
        counts = {emotion: int(lacking[:, place].sum()) for place, (emotion, each) in enumerate(columns)
                  if each == measure}  # fmt: skip
        said = [f"of {emotion} for {count}" for emotion, count in counts.items() if count]
        if said:
            some = any(0 < count < total for count in counts.values())
            rest = "these rows are about the others alone" if some else "there are no such rows"
            yield f"{contrast.name}: {measure} has no value {', '.join(said)} of {total} who are compared; {rest}"


def _reason(name: str, unit: str, found: UnitValues, row: int, contrast: Contrast, within: bool, nobody: bool) -> str:
    prefix = "" if unit == name else f"dyad {unit!r}: "
    has = [level for level, met in zip(found.levels, found.met[row]) if met]
    if nobody and len(has) == len(found.levels):
        return f"{prefix}nobody else has {_listed(has, 'and')}"
    if not within and len(has) > 1:
        return f"{prefix}{SEVERAL}: {_listed(has, 'and')}"
    lacks = [level for level in found.levels if level not in has]
    rest = "; in pairs of the others alone" if len(has) > 1 else ""
    return f"{prefix}{_lacking(contrast.factor, lacks)}{rest}"


def _nowhere(own: pd.DataFrame, contrast: Contrast) -> str:
    """Say what somebody lacks who has no value at all."""
    own = own[own["used"] != EXCLUDED]
    if own.empty:
        return "all of the time of their segments is excluded"
    labels = contrast.levels if contrast.factor == "label" else contrast.labels
    there = own[own["label"].isin(labels)] if labels else own
    lacks = [label for label in labels if not (own["label"] == label).any()]
    if lacks:
        return _lacking("label", lacks)
    if contrast.factor in ("session", "role") and not there[contrast.factor].isin(contrast.levels).any():
        return _lacking(contrast.factor, contrast.levels)
    return "in no dyad"


def _alone(factor: str, level: str) -> str:
    """Say that nobody else has a level, so that it can't be compared."""
    what = {"label": "a segment of", "session": "a segment in session", "role": "a segment in role"}
    return f"nobody else with {what.get(factor, factor)} {level!r}"


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


def unlike_labels(
    rows: pd.DataFrame, contrasts: Sequence[Contrast], participants: Participants, plan: Plan
) -> Iterator[str]:
    """Remark on contrasts that average over labels that not everybody met.

    Args:
        rows: of all segments, as `unit_values.columns_of` makes them.
        contrasts: of the study.
        participants: with their variables.
        plan: the settings of the study.
    """
    for contrast, _, over in values_over_labels(rows, contrasts, participants, plan):
        if said := over.remark(contrast.name):
            yield said
