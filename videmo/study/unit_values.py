"""Average segments to one value per participant (or dyad) and level: the only numbers that are ever compared."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from videmo.study.averaging import Averaged, averaged_over, none_of, with_all_labels
from videmo.study.columns import INSIDE, OF_MEMBERS
from videmo.study.contrasts import Contrast
from videmo.study.participants import ID, Participants
from videmo.study.plan import Plan
from videmo.study.tables import values_of

EXCLUDED: Final = "excluded"
"""Said of a segment, in place of whether it is used, of whose time nothing counts: it is as if there were none."""


@dataclass(frozen=True, slots=True)
class Left:
    """A participant who is not in a contrast, and why."""

    unit: str
    reason: str
    used_share: float = math.nan
    """Of the segments, where too few were used."""
    lacks_label: bool = False
    """Whether that is a label that is averaged over."""


@dataclass(frozen=True, slots=True)
class UnitValues:
    """Values of a contrast."""

    units: tuple[str, ...]
    """Participants or dyads, in order."""
    levels: tuple[str, ...]
    values: np.ndarray
    """``(units, levels, columns)``, NaN where a unit has no value."""
    met: np.ndarray
    """``(units, levels)`` whether a unit has used segments of a level."""
    valid_s: np.ndarray
    """``(levels,)`` mean valid time of a segment, in seconds."""
    left: tuple[Left, ...]
    members: tuple[tuple[str, str], ...]
    """Each participant with each of their units, in order."""
    over: Averaged | None = None
    """Over which labels values are averaged; None where labels are compared, or the contrast names some."""


def columns_of(table: pd.DataFrame, emotions: Sequence[str], measures: Sequence[str], correction: str) -> pd.DataFrame:
    """Turn a table of segments into one row per segment: keys, and a column ``(emotion, measure)`` for each value."""
    keys = [ID, "session", "dyad", "role", "recording", "person", "event", "label", "stimulus", "used", "valid_s"]
    first = table[table["emotion"] == table["emotion"].iloc[0]] if len(table) else table
    made = first[keys].reset_index(drop=True)
    for name in keys[:-1]:
        made[name] = made[name].astype(str)
    made["used"] = made["used"].mask(first["valid_share"].isna().to_numpy(), EXCLUDED)
    values = {
        (emotion, measure): values_of(rows, measure, correction).to_numpy()
        for emotion in emotions
        for rows in [table[table["emotion"] == emotion]]
        for measure in measures
    }
    return pd.concat([made, pd.DataFrame(values, index=made.index)], axis=1)


def values_over_labels(
    rows: pd.DataFrame, contrasts: Sequence[Contrast], participants: Participants, plan: Plan
) -> Iterator[tuple[Contrast, UnitValues, Averaged]]:
    """Yield the contrasts that name no label, with their values and over which labels these were averaged.

    Arguments are those of `unit_values`.
    """
    for contrast in contrasts:
        found = unit_values(rows, contrast, participants, plan)
        if found.over:
            yield contrast, found, found.over


def unit_values(rows: pd.DataFrame, contrast: Contrast, participants: Participants, plan: Plan) -> UnitValues:
    """Average the used segments of each unit for each level of a contrast.

    A participant counts who has enough used segments of each label that is compared (or that they met, where labels are
    averaged): at least the share that the study says, and one. Where labels are averaged, they need all of them.

    Args:
        rows: as `columns_of` makes them.
        contrast: what is compared.
        participants: with their variables.
        plan: the settings of the study.
    """
    inner = contrast.factor if contrast.factor in ("session", "role") else ""
    dyads = contrast.factor == "role" or plan.compare.unit == "dyad"
    by = [ID, *(["dyad"] if dyads else []), *([inner] if inner else [])]
    rows = rows[rows["used"] != EXCLUDED]
    labels = contrast.levels if contrast.factor == "label" else contrast.labels
    chosen = rows[rows["label"].isin(labels)] if labels else rows
    if inner:
        chosen = chosen[chosen[inner].isin(contrast.levels)]
    if dyads:
        chosen = chosen[chosen["dyad"] != ""]
    over, gone = None, list[Left]()
    if contrast.factor != "label" and not contrast.labels:
        over, chosen, gone = _over(chosen, [*by, "label"], contrast, participants)
    means, left = _means(chosen, [*by, "label"], plan)
    left = [*_meant(left, contrast, participants), *gone]
    if contrast.factor == "label":
        return _arranged(means, "label", contrast.levels, _unit_names(means, plan), left, chosen, plan)
    level = _levels(means, contrast, participants)
    if over is not None:
        there = level.notna()
        kept, lacking = with_all_labels(means[there], level[there], over, contrast.factor)
        means = pd.concat([kept, means[~there]])
        left += [Left(name, reason, lacks_label=True) for name, reason in lacking.items()]
    folded = _folded(means, by, contrast.labels)
    units = folded["dyad"] if inner == "role" else _unit_names(folded, plan)
    place = inner or "level"
    levels = contrast.levels or ("",)
    if not inner:
        folded = folded.assign(level=_levels(folded, contrast, participants))
        chosen = chosen.assign(level=_levels(chosen, contrast, participants))
    return dataclasses.replace(_arranged(folded, place, levels, units, left, chosen, plan), over=over)


def _over(
    rows: pd.DataFrame, by: Sequence[str], contrast: Contrast, participants: Participants
) -> tuple[Averaged, pd.DataFrame, list[Left]]:
    """Decide over which labels to average, by who has used segments; return that, their rows, and who has none."""
    met = rows[rows["used"] == "yes"].drop_duplicates([*by])
    level = _levels(met, contrast, participants)
    over = averaged_over(met[level.notna()], level[level.notna()])
    if not over.asked:
        return over, rows, []
    whose = _levels(rows, contrast, participants)
    other = [each is not None and each == each and label not in over.labels.get(each, (label,))
             for label, each in zip(rows["label"], whose)]  # fmt: skip
    kept = rows[~np.array(other, bool)]
    others = rows[~rows[ID].isin(set(kept[ID]))].drop_duplicates(ID)
    gone = dict(zip(others[ID], whose[others.index]))
    return over, kept, [Left(str(name), none_of(over, gone[name]), lacks_label=True) for name in sorted(gone)]


def _meant(left: Sequence[Left], contrast: Contrast, participants: Participants) -> list[Left]:
    """Return those left out who have a level of the contrast: it is not about the others, whatever they lack."""
    if contrast.factor in INSIDE:
        return list(left)
    level = _levels(pd.DataFrame({ID: [each.unit for each in left]}), contrast, participants)
    return [each for each, known in zip(left, level.notna()) if known]


def _levels(rows: pd.DataFrame, contrast: Contrast, participants: Participants) -> pd.Series:
    """Return the level of each row in a contrast, the empty one of numbers; None where it has none."""
    if contrast.factor in ("session", "role"):
        return rows[contrast.factor]
    known = {person.id: person.values.get(contrast.factor) for person in participants.people}
    if not contrast.levels:
        level_of = {name: "" if isinstance(value, float) else None for name, value in known.items()}
    else:
        level_of = {name: str(value) if str(value) in contrast.levels else None for name, value in known.items()}
    return rows[ID].map(level_of).astype(object)


def _unit_names(means: pd.DataFrame, plan: Plan) -> pd.Series:
    return means["dyad"] if plan.compare.unit == "dyad" else means[ID]


def _means(rows: pd.DataFrame, by: Sequence[str], plan: Plan) -> tuple[pd.DataFrame, list[Left]]:
    """Average the segments of each participant and label, without those who have too few of one.

    Where dyads are no units they don't divide segments: each counts alike, in whatever company it was seen.
    """
    used = rows["used"] == "yes"
    share = used.groupby([rows[name] for name in by]).agg(["sum", "size"])
    enough = (share["sum"] >= 1) & (share["sum"] >= plan.validity.min_segments * share["size"] - 1e-9)
    bad = share[~enough].reset_index()
    kept = rows[used & ~rows[ID].isin(set(bad[ID]))]
    left = [
        Left(name, _few(group, rows[rows[ID] == name]), float(group["sum"].sum() / group["size"].sum()))
        for name, group in bad.groupby(ID, sort=True)
    ]
    names = [name for name in rows.columns if isinstance(name, tuple)]
    means = kept[names].groupby([kept[name] for name in by]).mean().reset_index()
    return means, left


def _few(bad: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Say why a participant is not compared."""
    worst = bad.iloc[0]
    return f"{int(worst['sum'])} of {int(worst['size'])} segments of {worst['label']!r} used"


def _folded(means: pd.DataFrame, by: Sequence[str], labels: Sequence[str]) -> pd.DataFrame:
    """Average over labels, each alike; or take the difference of two. Who has no value in one of them has none."""
    names = [name for name in means.columns if isinstance(name, tuple)]
    if len(labels) == 2:
        first, second = (means[means["label"] == label].set_index([*by])[names] for label in labels)
        both = first.index.intersection(second.index).sort_values()
        return (first.loc[both] - second.loc[both]).reset_index()
    keys = [means[name] for name in by]
    lacking = means[names].isna().groupby(keys).transform("any")
    return means[names].mask(lacking).groupby(keys).mean().reset_index()


def _arranged(
    means: pd.DataFrame, factor: str, levels: Sequence[str], units: pd.Series, left: Sequence[Left],
    rows: pd.DataFrame, plan: Plan,
) -> UnitValues:  # fmt: skip
    """Put the means into an array of units, levels and columns."""
    names = [name for name in means.columns if isinstance(name, tuple)]
    if plan.compare.unit == "dyad" and factor in OF_MEMBERS:
        means, alone = _in_all_levels(means, factor)
        units, left = units[means.index], [*left, *alone]
    grouped = means[names].groupby([units.to_numpy(), means[factor].to_numpy()]).mean()
    order = sorted(set(units))
    values = np.full((len(order), len(levels), len(names)), np.nan)
    met = np.zeros((len(order), len(levels)), bool)
    row_of = {unit: row for row, unit in enumerate(order)}
    for place, level in enumerate(levels):
        if len(grouped) and level in grouped.index.get_level_values(1):
            part = grouped.xs(level, level=1)
            there = [row_of[unit] for unit in part.index]
            values[there, place], met[there, place] = part.to_numpy(), True
    used = rows[rows["used"] == "yes"]
    times = [float(used.loc[used[factor] == level, "valid_s"].mean()) for level in levels]
    members = tuple(sorted(set(zip(means[ID], units)))) if ID in means.columns else ()
    return UnitValues(tuple(order), tuple(levels), values, met, np.array(times), tuple(left), members)


def _in_all_levels(means: pd.DataFrame, factor: str) -> tuple[pd.DataFrame, list[Left]]:
    """Leave out the members of dyads who lack a level that the other has: the rest would differ by who it is from.

    So are, column by column, the values of those who have none in one of the levels.
    """
    names = [name for name in means.columns if isinstance(name, tuple)]
    in_dyad, in_member = means.groupby("dyad")[factor], means.groupby(["dyad", ID])[factor]
    whole = in_member.transform("nunique") == in_dyad.transform("nunique")
    shared = means.groupby("dyad")[ID].transform("nunique") > 1
    kept = means[whole].copy()
    lacking = kept[names].isna().groupby([kept["dyad"], kept[ID]]).transform("any")
    kept[names] = kept[names].mask(lacking & shared[whole].to_numpy()[:, None])
    alone = []
    for (dyad, name), own in means[~whole].groupby(["dyad", ID], sort=True):
        if name not in set(kept[ID]):
            others = set(means.loc[means["dyad"] == dyad, factor]) - set(own[factor])
            listed = " or ".join(repr(level) for level in sorted(others))
            alone.append(Left(name, f"no used segment of {listed}, which the other of dyad {dyad!r} has"))
    return kept, list({each.unit: each for each in alone}.values())


def units_by_member(found: UnitValues) -> dict[str, list[str]]:
    """Return the units of each participant who has any: themselves, or their dyads."""
    units: dict[str, list[str]] = {}
    for name, unit in found.members:
        units.setdefault(name, []).append(unit)
    return units


def by_variable(participants: Participants, name: str, found: UnitValues) -> np.ndarray:
    """Return a number about each unit, NaN where it is unknown; about a dyad, the mean of its members."""
    values: dict[str, list[float]] = {unit: [] for unit in found.units}
    units = units_by_member(found)
    for person in participants.people:
        value = person.values.get(name)
        for unit in units.get(person.id, ()):
            if isinstance(value, float):
                values[unit].append(value)
    return np.array([np.mean(known) if known else np.nan for known in values.values()])
