"""Offer the comparison of plain values to Python, without files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from videmo.errors import StudyError, UsageError
from videmo.study.one_thread import one_thread
from videmo.study.statistics.rows import LEAST, Effort, Row, level_rows, number_rows, pair_rows, who_counts

DESIGNS: Final = ("auto", "within", "between", "correlation")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of a comparison."""

    design: str
    """``within``, ``between`` or ``correlation``."""
    test: str
    n: int
    """Participants."""
    difference: float
    """Of the means, first level minus second; NaN of more than two."""
    ci: tuple[float, float]
    """95 % of the difference (BCa)."""
    statistic: float
    df: str
    p: float
    """By permutation."""
    p_parametric: float
    effect: str
    effect_value: float
    effect_ci: tuple[float, float]
    table: pd.DataFrame
    """All rows: of more than two levels also all pairs."""
    left_out: tuple[str, ...] = ()
    """Participants who don't count: within, they lack a level; between, they have several; or a number is unknown."""


@one_thread
def compare(
    values: pd.Series, design: str = "auto", *, seed: int = 1, permutations: int = 9999, bootstraps: int = 9999
) -> Comparison:
    """Compare levels, or relate a number, with the participant as the unit.

    Where at least two participants have all levels, these are compared within; else groups are compared, without
    anybody who is in several of them. `Comparison.left_out` names who does not count.

    Args:
        values: one number per participant and level, with an index of participants and levels. If the levels are
            numbers, one for each participant, both are related by Spearman's rank correlation.
        design: ``within`` compares those who have all levels, ``between`` those who have one of them, ``correlation``
            relates the levels, which are numbers; ``auto`` is as told above.
        seed: of all randomness.
        permutations: random ones, where not all can be tried.
        bootstraps: resamples of the intervals.

    Raises:
        UsageError: there is no such design.
        StudyError: the index is not that of participants and levels, one is there twice, or there are too few.
    """
    if values.index.nlevels != 2:
        raise StudyError("values", f"an index of {values.index.nlevels} levels", "participants and levels")
    if values.index.has_duplicates:
        raise StudyError("values", "a participant has a level twice", "one value each", "Average them first.")
    if design not in DESIGNS:
        raise UsageError(f"no design {design!r}", f"one of {', '.join(DESIGNS)}")
    effort = Effort(permutations, bootstraps, seed)
    levels = values.index.get_level_values(1)
    related = pd.api.types.is_numeric_dtype(levels) and not values.index.get_level_values(0).has_duplicates
    if design == "correlation" and not related:
        raise StudyError("values", "levels that can't be related", "a number as the level of each participant")
    if related and design in ("auto", "correlation"):
        ordered = values.sort_index()
        variable = ordered.index.get_level_values(1).to_numpy(np.float64)
        rows = [row for _, row in number_rows(variable, ordered.to_numpy(np.float64)[:, None], effort)]
        counts = np.isfinite(variable) & np.isfinite(ordered.to_numpy(np.float64))
    else:
        names = list(dict.fromkeys(levels))
        ordered = values.unstack()[names].sort_index()
        known = ordered.to_numpy(np.float64)[:, :, None]
        counts = _who_counts(np.isfinite(known[:, :, 0]), design)
        chosen = known if design == "auto" else known[counts]
        rows = _level_rows(chosen, [str(name) for name in names], effort)
        if rows and len(names) > 2 and rows[0]["level_b"]:  # the first is a pair: not all can be compared at once
            there = np.isfinite(known[:, :, 0]).sum(axis=0)
            few = [str(name) for name, count in zip(names, there) if count < LEAST]
            found = f"too few participants of {', '.join(few) or 'all levels'} to compare {len(names)} levels"
            raise StudyError("values", found, f"{LEAST} or more of each", "Leave that level out.")
    if not rows:
        raise StudyError("values", "too few participants to compare", "two or more of each level")
    people = ordered.index.get_level_values(0)
    return _comparison(rows, tuple(str(name) for name, there in zip(people, counts) if not there))


def _who_counts(met: np.ndarray, design: str) -> np.ndarray:
    if design == "auto":
        return who_counts(met)[1]
    has = met.sum(axis=1)
    return np.asarray(has == (met.shape[1] if design == "within" else 1))


def _level_rows(wide: np.ndarray, texts: list[str], effort: Effort) -> list[Row]:
    rows = [row for _, row in level_rows(wide, texts, effort)] if len(texts) > 2 else []
    for place in range(len(texts)):
        for other in range(place + 1, len(texts)):
            pair_ = (texts[place], texts[other])
            rows += [row for _, row in pair_rows(wide[:, place], wide[:, other], pair_, effort)]
    return rows


def _comparison(rows: list[Row], left_out: tuple[str, ...]) -> Comparison:
    first = rows[0]
    return Comparison(
        design=first["design"], test=first["test"], n=first["n_pairs"] or first["n_a"] + first.get("n_b", 0),
        difference=first.get("difference", np.nan), ci=(first.get("ci_low", np.nan), first.get("ci_high", np.nan)),
        statistic=first["statistic"], df=first["df"], p=first["p_permutation"], p_parametric=first["p_parametric"],
        effect=first["effect"], effect_value=first["effect_value"],
        effect_ci=(first["effect_low"], first["effect_high"]), table=pd.DataFrame(rows),
        left_out=left_out,
    )  # fmt: skip
