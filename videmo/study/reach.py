"""Find tests that could not have found anything: too many for the smallest p that arrangements allow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from videmo.plots.words import LIMIT
from videmo.spreadsheet import csv_plain
from videmo.study.clustered import NOT_TESTED
from videmo.study.contrasts import Contrast
from videmo.study.focus import course_test, difference
from videmo.study.statistics.chance import all_tried, least_of_levels, least_p
from videmo.study.statistics.clusters import FEWER
from videmo.study.statistics.clusters_many import FEWEST

_SURE: Final = 5.0
"""Standard errors of a share that is drawn at random by which it is never farther from the true one."""
_OMNIBUS, _PAIRS = " over all levels at once", " between pairs of levels"


@dataclass(frozen=True, slots=True)
class Limit:
    """Say how small the p of a test can be."""

    share: float
    """The smallest share of all arrangements that participants allow; 0 where it is unknown."""
    made: int
    """Arrangements that are tried."""
    drawn: bool
    """Whether they are drawn at random: then p can be a little below that share, but not below one of them."""

    @property
    def sure(self) -> float:
        """Return what participants keep p from falling below."""
        slack = _SURE * math.sqrt(self.share * max(0.0, 1 - self.share) / self.made) if self.drawn else 0.0
        return self.share - slack

    @property
    def least(self) -> float:
        """Return what p can't be below."""
        return max(self.sure, 1 / (1 + self.made)) if self.drawn else self.share


@dataclass(frozen=True, slots=True)
class Beyond:
    """A family of tests none of which can have a corrected p of .05 or less, whatever the data."""

    contrast: str
    measure: str
    """That is compared; empty of time courses."""
    limit: Limit
    """Of the test that can have the smallest p."""
    tests: int
    pairs: bool = False
    """Whether the tests are between two levels."""
    family: str = ""
    """In words, where a contrast has several."""
    primary: bool = False
    """Whether the primary comparison, which is corrected by itself, would seem to be one of them."""
    asked: int = 0
    """Permutations from which on there could be a result; 0 where their number doesn't help, or can't be chosen."""

    def __str__(self) -> str:
        """Say so, with the numbers, and what would help."""
        section = "compare" if self.measure else "timecourse"
        return self.said + (f" Try {self.asked:,} permutations or more ([{section}])." if self.asked else "")

    @property
    def said(self) -> str:
        """Say so, with the numbers."""
        what, least = self.measure or "clusters of time courses", self.limit.least
        corrected = min(1.0, least * self.tests)
        times = f"; {self.tests} tests make that {_p(corrected)} (Holm)" if self.tests > 1 else ""
        of = "so few participants"
        if self.limit.drawn:
            of = f"{self.limit.made:,} permutations"
            if self.limit.sure >= least:
                of = f"so few participants and {of} drawn at random"
        but = " but the primary comparison" if self.primary else ""
        return (
            f"{self.contrast}: no result{but} in {what}{self.family} could be significant after correction, however "
            f"large: the smallest p that {of} allow is {_p(least)}{times}."
        )


def _p(p: float) -> str:
    return f"{p:.2g}".replace("0.", ".", 1) if p < 1 else "1"


def beyond(
    contrast: str, measure: str, limits: Iterable[Limit], *, untested: int = 0, pairs: bool = False, family: str = "",
    primary: bool = False, setting: int = 0, cap: float = math.inf,
) -> Iterator[Beyond]:  # fmt: skip
    """Yield a family if it is beyond reach.

    Args:
        contrast: its name.
        measure: likewise; empty of time courses.
        limits: of each test that counts.
        untested: so many count besides, but could not be made.
        pairs: whether the tests are between two levels.
        family: in words, where a contrast has several.
        primary: whether the primary comparison would seem to be one of them.
        setting: permutations that the study asks for.
        cap: permutations up to which it would get as many as it asks for.
    """
    limits = sorted(limits, key=lambda each: (each.least, each.share))
    tests = len(limits) + untested
    if limits and limits[0].least * tests > LIMIT + 1e-12:
        first, enough = limits[0], math.ceil(tests / LIMIT - 1e-9)
        helps = first.drawn and first.made == setting and enough <= cap and first.share * tests <= LIMIT
        yield Beyond(contrast, measure, first, tests, pairs, family, primary, enough if helps else 0)


def limit_of(design: str, sizes: Sequence[int], permutations: int) -> Limit:
    """Return the limit of a comparison of two levels, or with a number.

    Args:
        design: ``within``, ``between`` or ``correlation``.
        sizes: units of each level, or of all.
        permutations: that are made unless all arrangements are tried.
    """
    every = all_tried(design, sizes)
    return Limit(least_p(design, sizes[0], sizes[-1]), every or permutations, not every)


def _limit_of_levels(design: str, sizes: Sequence[int], total: int, permutations: int) -> Limit:
    """Return the limit of a test of three levels and more; without ``sizes``, for ``total`` units."""
    paired = design == "within"
    share = least_of_levels(sizes, paired=paired) if sizes else 0.0
    return Limit(share, permutations, paired or not all_tried("between", (total,)))


def is_pair(row: Mapping[Any, Any]) -> bool:
    """Tell whether a row of ``comparisons.csv`` is between two levels."""
    return isinstance(row["level_b"], str) and row["level_b"] != ""


def beyond_comparisons(comparisons: pd.DataFrame, contrasts: Sequence[Contrast], permutations: int) -> Iterator[Beyond]:
    """Yield the families of ``comparisons.csv`` that are beyond reach; the primary comparison is in none.

    Args:
        comparisons: the table.
        contrasts: of the study.
        permutations: that the study asks for.
    """
    rows = comparisons.assign(pair=comparisons["level_b"].fillna("") != "")
    rows["contrast"] = rows["contrast"].map(csv_plain)
    for contrast in contrasts:
        own = rows[rows["contrast"] == contrast.name]
        counted = own[(own["primary"] == "no") & own["p_permutation"].notna()]
        for (measure, pair), family in counted.groupby(["measure", "pair"], sort=False):
            same = own[own["measure"] == measure]
            pairs = same[same["pair"]]
            limits = [_limit(row, contrast, _sizes(pairs[pairs["emotion"] == row["emotion"]]))
                      for row in family.to_dict("records")]  # fmt: skip
            named = (_PAIRS if pair else _OMNIBUS) if len(contrast.levels) > 2 else ""
            first = bool(((same["primary"] == "yes") & (same["pair"] == pair)).any())
            yield from beyond(
                contrast.name, str(measure), limits, pairs=bool(pair), family=named, primary=first, setting=permutations
            )


def _sizes(pairs: pd.DataFrame) -> list[int]:
    """Return how many have each level, of independent ones."""
    between = pairs[pairs["design"] == "between"]
    sides = ((between[f"level_{side}"], between[f"n_{side}"]) for side in "ab")
    return [*{level: int(count) for names, counts in sides for level, count in zip(names, counts)}.values()]


def _limit(row: Mapping[Any, Any], contrast: Contrast, sizes: Sequence[int]) -> Limit:
    """Return the limit of a comparison."""
    design, first, made, levels = str(row["design"]), int(row["n_a"]), int(row["permutations"]), len(contrast.levels)
    if design != "correlation" and not row["pair"]:
        if design == "within":
            sizes = [first] * levels
        return _limit_of_levels(design, sizes if len(sizes) == levels else (), first, made)
    return limit_of(design, (first,) if design == "correlation" else (first, int(row["n_b"])), made)


def beyond_clusters(
    clusters: pd.DataFrame, contrasts: Sequence[Contrast], labels: Sequence[str], primary: Contrast | None,
    permutations: int,
) -> Iterator[Beyond]:  # fmt: skip
    """Yield the contrasts of which no cluster of ``clusters.csv`` can be clear.

    Args:
        clusters: the table.
        contrasts: of the study.
        labels: of its stimuli.
        primary: the contrast that was named beforehand, by whose tests alone those are corrected that others share.
        permutations: that the study asks for.
    """
    rows = clusters[clusters["statistic"] != NOT_TESTED]
    rows = rows.assign(contrast=rows["contrast"].map(csv_plain)).drop_duplicates(["contrast", "emotion"])
    first = _asked(primary, labels) if primary else set[str]()
    for contrast in contrasts:
        if len(contrast.levels) > 1:
            asked = _asked(contrast, labels)
            own = rows[rows["contrast"].isin(asked)]
            made = own[own["permutations"] > 0].to_dict("records")
            shared = contrast != primary and bool(first.intersection(own["contrast"]))
            cap = FEWEST if len(contrast.levels) > 2 else FEWER
            yield from beyond(
                contrast.name, "", [_limit_of_cluster(row, len(contrast.levels)) for row in made],
                untested=len(own) - len(made), primary=shared, setting=permutations, cap=cap,
            )  # fmt: skip


def _asked(contrast: Contrast, labels: Sequence[str]) -> set[str]:
    """Return the names of the tests of time courses that a contrast asks for."""
    if contrast.factor == "label":
        return {contrast.name}
    alone = [(label,) for label in contrast.labels or labels]
    return {course_test(contrast, difference(each))
            for each in ([contrast.labels] if len(contrast.labels) == 2 else alone)}  # fmt: skip


def _limit_of_cluster(row: Mapping[Any, Any], levels: int) -> Limit:
    design, made, count = ("within" if row["n_pairs"] > 0 else "between"), int(row["permutations"]), int(row["n_a"])
    if levels > 2:
        return _limit_of_levels(design, [count] * levels if design == "within" else (), count, made)
    return limit_of(design, (count, int(row["n_b"])), made)
