"""Compare all that a study compares, correct for the number of tests, and try other rules for the primary one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from videmo.study.absent import columns_in, left_out, several, without_values
from videmo.study.contrasts import Contrast, with_primary
from videmo.study.participants import Participants
from videmo.study.plan import Plan
from videmo.study.statistics.multiplicity import benjamini_hochberg, holm
from videmo.study.statistics.rows import COMPARISONS, Effort, Row, level_rows, number_rows, pair_rows
from videmo.study.unit_values import Left, UnitValues, by_variable, unit_values

UNEQUAL: Final = 0.2
"""Peaks of segments whose valid times differ by more than this are not comparable."""
_PEAKS: Final = ("peak", "peak_change", "top10_mean")
_TEXTS: Final = ("contrast", "design", "emotion", "measure", "primary", "level_a", "level_b", "test", "df", "effect",
                 "effect_2")  # fmt: skip
_WHOLE: Final = ("n_a", "n_b", "n_pairs", "permutations")


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Hold what came of all comparisons."""

    table: pd.DataFrame
    """With the columns `COMPARISONS`."""
    left: tuple[tuple[Contrast, Left], ...]
    """Who is not in which contrast."""
    remarks: tuple[str, ...]


def compare_all(
    segments: pd.DataFrame,
    contrasts: Sequence[Contrast],
    primary: Contrast | None,
    participants: Participants,
    plan: Plan,
) -> Comparisons:
    """Make all comparisons.

    Args:
        segments: one row each, as `unit_values.columns_of` makes them, of `compared_columns`.
        contrasts: what is compared with what; the primary one is added if it is not among them.
        primary: the contrast that was named beforehand; None if none was.
        participants: with their variables.
        plan: the settings of the study.
    """
    rows: list[Row] = []
    left: list[tuple[Contrast, Left]] = []
    remarks: list[str] = []
    measures = compared_columns(plan, primary)[1]
    for contrast in with_primary(contrasts, primary):
        found = unit_values(segments, contrast, participants, plan)
        own = (plan.primary.emotion, plan.primary.measure) if contrast == primary else None
        out = left_out(segments, found, contrast, participants, own)
        left += [(contrast, each) for each in out]
        names = columns_in(segments)
        made = list(_rows_of(found, contrast, names, participants, plan))
        for row in made:
            row["primary"] = "yes" if _is_primary(row, contrast, primary, plan) else "no"
        rows += _corrected(made)
        remarks += [*_unequal(found, contrast, measures), *several(out, contrast)]
        remarks += without_values(found, contrast, names)
    return Comparisons(_laid_out(rows), tuple(left), tuple(dict.fromkeys(remarks)))


def compared_columns(plan: Plan, primary: Contrast | None) -> tuple[list[str], list[str]]:
    """Return the emotions and the measures that are compared, with those of the primary comparison."""
    emotions = [*plan.compared, *([plan.primary.emotion] if primary else [])]
    measures = [*plan.compare.measures, *([plan.primary.measure] if primary else [])]
    return list(dict.fromkeys(emotions)), list(dict.fromkeys(measures))


def effort_of(plan: Plan) -> Effort:
    """Return how much is tried."""
    return Effort(plan.compare.permutations, plan.compare.bootstraps, plan.study.seed)


def _rows_of(
    found: UnitValues, contrast: Contrast, names: Sequence[Any], participants: Participants, plan: Plan
) -> Iterator[Row]:
    effort = effort_of(plan)
    if not contrast.levels:
        variable = by_variable(participants, contrast.factor, found)
        made = [*number_rows(variable, found.values[:, 0], effort)]
    else:
        made = [*level_rows(found.values, contrast.levels, effort, found.met)] if len(contrast.levels) > 2 else []
        for pair in contrast.pairs():
            both = [found.levels.index(level) for level in pair]
            first, second = (found.values[:, place] for place in both)
            made += pair_rows(first, second, pair, effort, found.met[:, both])
    for column, row in made:
        emotion, measure = names[column]
        yield {**row, "contrast": contrast.name, "emotion": emotion, "measure": measure}


def _is_primary(row: Row, contrast: Contrast, primary: Contrast | None, plan: Plan) -> bool:
    if primary is None or contrast != primary:
        return False
    same = (row["emotion"], row["measure"]) == (plan.primary.emotion, plan.primary.measure)
    return same and (len(contrast.levels) <= 2 or not row["level_b"])


def _corrected(rows: list[Row]) -> list[Row]:
    """Correct by Holm within a contrast and measure, over emotions and pairs; the primary comparison stands alone."""
    families: dict[tuple[str, bool], list[Row]] = {}
    for row in rows:
        row["p_holm"] = np.nan
        if row["primary"] == "no":
            families.setdefault((row["measure"], bool(row["level_b"])), []).append(row)
    for family in families.values():
        for row, p in zip(family, holm([row["p_permutation"] for row in family])):
            row["p_holm"] = float(p)
    return rows


def _laid_out(rows: Sequence[Row]) -> pd.DataFrame:
    """Lay rows out as a table; all but the primary comparison get the q of Benjamini and Hochberg."""
    table = pd.DataFrame(list(rows), columns=list(COMPARISONS))
    exploratory = table["primary"] == "no"
    q = benjamini_hochberg(table["p_permutation"].to_numpy(np.float64)[exploratory.to_numpy()])
    table["q_bh"] = np.nan
    table.loc[exploratory, "q_bh"] = q
    for name in table.columns:
        if name in _TEXTS:
            table[name] = table[name].fillna("").astype(str)
        elif name in _WHOLE:
            table[name] = table[name].astype("Int64")
        else:
            table[name] = significant(table[name])
    return table


def significant(values: pd.Series, digits: int = 10) -> pd.Series:
    """Round to significant digits: p values may be very small, and the last bits of a sum mean nothing."""
    return pd.Series([float(f"{value:.{digits}g}") for value in values.astype(float)], index=values.index, dtype=float)


def _unequal(found: UnitValues, contrast: Contrast, measures: Sequence[str]) -> list[str]:
    """Remark on levels whose valid times differ so much that their peaks can't be compared."""
    peaks = [name for name in measures if name in _PEAKS]
    times = found.valid_s[np.isfinite(found.valid_s)]
    if not peaks or len(times) < 2 or times.max() <= (1 + UNEQUAL) * times.min():
        return []
    said = f"{', '.join(peaks)}: segments have {times.min():.1f} to {times.max():.1f} s of valid time"
    return [f"{contrast.name}: {said}; the longer one reaches higher peaks by chance alone"]
