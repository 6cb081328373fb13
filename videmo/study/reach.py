"""Find tests that could not have found anything: too many for the smallest p that arrangements allow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from videmo.plots.words import LIMIT
from videmo.spreadsheet import csv_plain
from videmo.study.clustered import NOT_TESTED
from videmo.study.contrasts import Contrast
from videmo.study.focus import course_test, difference
from videmo.study.statistics.chance import least_of_levels, least_p


@dataclass(frozen=True, slots=True)
class Beyond:
    """A family of tests none of which can have a corrected p of .05 or less, whatever the data."""

    contrast: str
    measure: str
    """That is compared; empty of time courses."""
    least: float
    """The smallest p that one of them can have by itself."""
    tests: int
    permutations: int
    """How many arrangements are drawn at random; 0 where there are too few participants, of whom all are tried."""

    def __str__(self) -> str:
        """Say so, with the numbers, and what would help."""
        enough = math.ceil(self.tests / LIMIT - 1e-9)
        section = "compare" if self.measure else "timecourse"
        return self.said + (f" Try {enough:,} permutations or more ([{section}])." if self.permutations else "")

    @property
    def said(self) -> str:
        """Say so, with the numbers."""
        what = self.measure or "clusters of time courses"
        corrected = min(1.0, self.least * self.tests)
        times = f"; {self.tests} tests make that {_p(corrected)} (Holm)" if self.tests > 1 else ""
        of = f"{self.permutations:,} permutations" if self.permutations else "so few participants"
        return (
            f"{self.contrast}: no result in {what} could be significant after correction, however large: the smallest "
            f"p that {of} allow is {_p(self.least)}{times}."
        )


def _p(p: float) -> str:
    return f"{p:.2g}".replace("0.", ".", 1) if p < 1 else "1"


def beyond(contrast: str, measure: str, least: Iterable[tuple[float, int]]) -> Iterator[Beyond]:
    """Yield a family if it is beyond reach.

    Args:
        contrast: its name.
        measure: likewise; empty of time courses.
        least: of each test that counts, the smallest p that its participants allow, and how many permutations.
    """
    tests = [(max(few, 1 / (1 + drawn)), int(drawn) if 1 / (1 + drawn) > few else 0) for few, drawn in least]
    if tests and min(tests)[0] * len(tests) > LIMIT + 1e-12:
        smallest, drawn = min(tests)
        yield Beyond(contrast, measure, smallest, len(tests), drawn)


def beyond_comparisons(comparisons: pd.DataFrame, contrasts: Sequence[Contrast]) -> Iterator[Beyond]:
    """Yield the families of ``comparisons.csv`` that are beyond reach; the primary comparison is in none.

    Args:
        comparisons: the table.
        contrasts: of the study.
    """
    rows = comparisons.assign(pair=comparisons["level_b"].fillna("") != "")
    rows["contrast"] = rows["contrast"].map(csv_plain)
    for contrast in contrasts:
        own = rows[rows["contrast"] == contrast.name]
        counted = own[(own["primary"] == "no") & own["p_permutation"].notna()]
        for (measure, _), family in counted.groupby(["measure", "pair"], sort=False):
            pairs = own[own["pair"] & (own["measure"] == measure)]
            least = [(_least(row, contrast, _sizes(pairs[pairs["emotion"] == row["emotion"]])), row["permutations"])
                     for row in family.to_dict("records")]  # fmt: skip
            yield from beyond(contrast.name, str(measure), least)


def _sizes(pairs: pd.DataFrame) -> list[int]:
    """Return how many have each level, of independent ones."""
    between = pairs[pairs["design"] == "between"]
    sides = ((between[f"level_{side}"], between[f"n_{side}"]) for side in "ab")
    return [*{level: int(count) for names, counts in sides for level, count in zip(names, counts)}.values()]


def _least(row: dict[str, Any], contrast: Contrast, sizes: Sequence[int]) -> float:
    """Return the smallest p that participants allow in a comparison."""
    design, first = str(row["design"]), int(row["n_a"])
    if design != "correlation" and not row["pair"]:
        levels = len(contrast.levels)
        if design == "within":
            return least_of_levels([first] * levels, paired=True)
        return least_of_levels(sizes, paired=False) if len(sizes) == levels else 0.0
    return least_p(design, first, int(row["n_b"]) if design == "between" else 0)


def beyond_clusters(clusters: pd.DataFrame, contrasts: Sequence[Contrast], labels: Sequence[str]) -> Iterator[Beyond]:
    """Yield the contrasts of which no cluster of ``clusters.csv`` can be clear.

    Args:
        clusters: the table.
        contrasts: of the study.
        labels: of its stimuli.
    """
    rows = clusters[clusters["statistic"] != NOT_TESTED]
    rows = rows.assign(contrast=rows["contrast"].map(csv_plain)).drop_duplicates(["contrast", "emotion"])
    for contrast in contrasts:
        if len(contrast.levels) > 1:
            asked = {contrast.name}
            if contrast.factor != "label":
                alone = [(label,) for label in contrast.labels or labels]
                both = [contrast.labels] if len(contrast.labels) == 2 else alone
                asked = {course_test(contrast, difference(each)) for each in both}
            own = rows[rows["contrast"].isin(asked)].to_dict("records")
            least = [(_least_of_cluster(row, len(contrast.levels)), int(row["permutations"])) for row in own]
            yield from beyond(contrast.name, "", least)


def _least_of_cluster(row: dict[str, Any], levels: int) -> float:
    paired = row["n_pairs"] > 0
    if levels > 2:
        return least_of_levels([int(row["n_pairs"])] * levels, paired=True) if paired else 0.0
    return least_p("within", int(row["n_pairs"])) if paired else least_p("between", int(row["n_a"]), int(row["n_b"]))
