"""Lay out what the tests of time courses found, and correct it for their number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from videmo.study.statistics.multiplicity import holm
from videmo.study.statistics.runs import Clusters

CLUSTERS: Final = (
    "contrast", "emotion", "cluster", "start_s", "end_s", "cells", "mass", "p", "p_holm", "permutations", "threshold_t",
    "statistic", "n_a", "n_b", "n_pairs",
)  # fmt: skip
NOT_TESTED: Final = "too few to test"
"""Stands for the statistic of a test that could not be made."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A test of time courses, and whose they were."""

    found: Clusters | None
    """None of too few."""
    sizes: tuple[int, ...]
    """Units of each level."""
    paired: bool
    """Whether they are the same units."""

    @property
    def counts(self) -> Row:
        """Return the numbers of units as ``comparisons.csv`` has them: of two levels, else of all."""
        if len(self.sizes) == 2:
            return {"n_a": self.sizes[0], "n_b": self.sizes[1], "n_pairs": self.sizes[0] if self.paired else 0}
        total = max(self.sizes, default=0) if self.paired else sum(self.sizes)
        return {"n_a": total, "n_pairs": total if self.paired else 0}


def cluster_rows(outcome: Outcome, contrast: str, emotion: str, step: float, begin_s: float = 0.0) -> list[Row]:
    """Return the rows of ``clusters.csv`` of one contrast and emotion, in order of time, not yet corrected.

    Cells are ``step`` seconds wide, and the first one begins at ``begin_s``.

    A test that found no cluster has one row, with no cells: what was tested and found nothing is a result too. So has
    one that could not be made, for there were too few: that is no result, and must not look like one.
    """
    same, found = {"contrast": contrast, "emotion": emotion, **outcome.counts}, outcome.found
    if found is None:
        return [{**same, "cells": 0, "permutations": 0, "statistic": NOT_TESTED}]
    same |= {"permutations": found.permutations, "threshold_t": found.threshold, "statistic": found.statistic}
    return [
        {**same, "cluster": number, "start_s": round(begin_s + each.first * step, 9),
         "end_s": round(begin_s + (each.last + 1) * step, 9), "cells": each.last - each.first + 1, "mass": each.mass,
         "p": each.p}
        for number, each in enumerate(found.found, 1)
    ] or [{**same, "cells": 0}]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Family:
    """Tests that one contrast asks for: in one label or several, each in all emotions."""

    tests: tuple[str, ...]
    """Their names; several contrasts may ask for one."""
    primary: bool = False
    """Whether it is the comparison that was named beforehand, whose tests stand by themselves."""


def correct_clusters(rows: Sequence[Row], families: Collection[Family]) -> None:
    """Give each cluster Holm's p, over all tests of its family: its own p beside the smallest one of each other test.

    A test that found no cluster counts, with a p of 1; one that could not be made does not. One that several contrasts
    ask for has the largest p of these families, but for a test of the primary comparison, which has that of its own.
    """
    least: dict[tuple[str, str], float] = {}
    for row in rows:
        if row["statistic"] != NOT_TESTED:
            key = (row["contrast"], row["emotion"])
            least[key] = min(least.get(key, 1.0), row.get("p", 1.0))
    for row in rows:
        if "p" in row:
            asking = [family for family in families if row["contrast"] in family.tests]
            asking = [family for family in asking if family.primary] or asking
            row["p_holm"] = max(_corrected(row, family, least) for family in asking)


def _corrected(row: Row, family: Family, least: Mapping[tuple[str, str], float]) -> float:
    own = (row["contrast"], row["emotion"])
    others = [p for test, p in least.items() if test != own and test[0] in family.tests]
    return float(holm(np.array([row["p"], *others]))[0])
