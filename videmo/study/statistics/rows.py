"""Turn values of units and levels into rows of ``comparisons.csv``: one per pair of levels and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from videmo.study.statistics.bootstrap import Floats
from videmo.study.statistics.many_levels import Omnibus, between_f, spearman, within_f
from videmo.study.statistics.two_levels import Compared, between, within

COMPARISONS: Final = (
    "contrast", "design", "emotion", "measure", "primary", "level_a", "level_b", "n_a", "n_b", "n_pairs", "mean_a",
    "sd_a", "mean_b", "sd_b", "difference", "ci_low", "ci_high", "test", "statistic", "df", "p_parametric",
    "p_permutation", "permutations", "p_holm", "q_bh", "effect", "effect_value", "effect_low", "effect_high",
    "effect_2", "effect_2_value", "effect_2_low", "effect_2_high",
)  # fmt: skip
"""Columns of ``comparisons.csv``; the last four hold g_av, beside d_z."""
_PER_COLUMN: Final = (
    "mean_a", "sd_a", "mean_b", "sd_b", "difference", "ci_low", "ci_high", "statistic", "p_parametric",
    "p_permutation",
)  # fmt: skip
LEAST: Final = 2
"""Units that each level needs for a comparison."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Effort:
    """Say how much is tried."""

    permutations: int
    bootstraps: int
    seed: int


def who_counts(met: np.ndarray) -> tuple[bool, np.ndarray]:
    """Decide whether levels are compared within units or between them, and which units count then.

    Within, if at least two units have all levels; those alone count. Else between: who has several levels would stand
    on several sides of a test that takes all values for independent, and counts on none.

    Args:
        met: ``(units, levels)`` whether a unit has a level.

    Returns:
        Whether it is within, and ``(units,)`` which units count.
    """
    has = met.sum(axis=1)
    complete = has == met.shape[1]
    return (True, complete) if complete.sum() >= LEAST else (False, has == 1)


def _met(values: np.ndarray) -> np.ndarray:
    """Tell which units ``(units, levels, columns)`` have a value of each level."""
    return np.isfinite(values).any(axis=2)


def pair_rows(
    first: Floats, second: Floats, names: Sequence[str], effort: Effort, met: np.ndarray | None = None
) -> Iterator[tuple[int, Row]]:
    """Compare two levels, column by column; those with the same missing units at once.

    Within units, if at least two have both levels; else between those who have one of them, see `who_counts`.

    Args:
        first: ``(units, columns)`` of the first level, NaN where there is none.
        second: likewise.
        names: of the two levels.
        effort: numbers of permutations and resamples, and the seed.
        met: ``(units, 2)`` whether a unit has a level, of which it may yet have no value (a latency,
            say); by default those that it has any value of.

    Yields:
        The number of the column, and its row.
    """
    paired, counts = who_counts(_met(np.stack([first, second], 1)) if met is None else met)
    first, second = first[counts], second[counts]
    there = np.isfinite(first) & np.isfinite(second) if paired else np.isfinite(np.concatenate([first, second]))
    for columns in _alike(there):
        options = {"permutations": effort.permutations, "bootstraps": effort.bootstraps, "seed": effort.seed}
        if paired:
            rows = there[:, columns[0]]
            if rows.sum() < LEAST:
                continue
            found = within(first[rows][:, columns], second[rows][:, columns], **options)
        else:
            a, b = (part[np.isfinite(part[:, columns[0]])][:, columns] for part in (first, second))
            if min(len(a), len(b)) < LEAST:
                continue
            found = between(a, b, **options)
        for place, column in enumerate(columns):
            yield column, _pair_row(found, place, names)


def _alike(there: np.ndarray) -> list[list[int]]:
    """Group columns that have values of the same units."""
    groups: dict[bytes, list[int]] = {}
    for column in range(there.shape[1]):
        groups.setdefault(np.packbits(there[:, column]).tobytes(), []).append(column)
    return list(groups.values())


def _pair_row(found: Compared, place: int, names: Sequence[str]) -> Row:
    row: Row = {name: float(getattr(found, name)[place]) for name in _PER_COLUMN}
    row |= {"design": found.design, "level_a": names[0], "level_b": names[1], "test": found.test}
    row |= {"n_a": found.n_a, "n_b": found.n_b, "n_pairs": found.n_pairs, "permutations": found.permutations}
    row["df"] = f"{found.df[place]:.6g}" if np.isfinite(found.df[place]) else ""
    for prefix, (name, value, low, high) in zip(("effect", "effect_2"), found.effects):
        row |= {prefix: name, f"{prefix}_value": float(value[place])}
        row |= {f"{prefix}_low": float(low[place]), f"{prefix}_high": float(high[place])}
    return row


def level_rows(
    values: np.ndarray, names: Sequence[str], effort: Effort, met: np.ndarray | None = None
) -> Iterator[tuple[int, Row]]:
    """Compare three and more levels at once, ``(units, levels, columns)``; within units if two have all levels.

    Between, those count who have one level, see `who_counts`; `met` is as for `pair_rows`.
    """
    paired, counts = who_counts(_met(values) if met is None else met)
    values = values[counts]
    complete = np.isfinite(values).all(axis=1)
    for columns in _alike(complete if paired else np.isfinite(values).reshape(-1, values.shape[2])):
        if paired:
            rows = complete[:, columns[0]]
            if rows.sum() < LEAST:
                continue
            found = within_f(values[rows][:, :, columns], permutations=effort.permutations, seed=effort.seed)
        else:
            groups = [
                values[np.isfinite(values[:, level, columns[0]]), level][:, columns] for level in range(len(names))
            ]
            if min(map(len, groups)) < LEAST:
                continue
            found = between_f(groups, permutations=effort.permutations, seed=effort.seed)
        for place, column in enumerate(columns):
            yield column, _omnibus_row(found, place, ", ".join(names))


def number_rows(variable: Floats, values: Floats, effort: Effort) -> Iterator[tuple[int, Row]]:
    """Relate a number of each unit to its values ``(units, columns)``."""
    there = np.isfinite(values) & np.isfinite(variable)[:, None]
    for columns in _alike(there):
        rows = there[:, columns[0]]
        if rows.sum() <= LEAST + 1:
            continue
        found = spearman(
            variable[rows], values[rows][:, columns], permutations=effort.permutations,
            bootstraps=effort.bootstraps, seed=effort.seed,
        )  # fmt: skip
        for place, column in enumerate(columns):
            yield column, _omnibus_row(found, place, "")


def _omnibus_row(found: Omnibus, place: int, levels: str) -> Row:
    return {
        "design": found.design, "level_a": levels, "level_b": "", "n_a": found.count,
        "n_pairs": found.count if found.design != "between" else 0, "test": found.test, "df": found.df[place],
        "statistic": float(found.statistic[place]), "p_parametric": float(found.p_parametric[place]),
        "p_permutation": float(found.p_permutation[place]), "permutations": found.permutations,
        "effect": found.effect, "effect_value": float(found.effect_value[place]),
        "effect_low": float(found.effect_low[place]), "effect_high": float(found.effect_high[place]),
    }  # fmt: skip
