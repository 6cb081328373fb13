"""Measure how often tests between groups that don't differ find something: ``python benchmarks/calibration.py``.

Groups have different sizes and standard deviations, and the same mean. A test that does what it says finds something
in 5 % of studies.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.signal import lfilter

from videmo.study.statistics.clusters import group_clusters
from videmo.study.statistics.clusters_many import many_group_clusters
from videmo.study.statistics.many_levels import between_f
from videmo.study.statistics.two_levels import between

PAIRS = (((8, 32), (3, 1)), ((10, 30), (2, 1)), ((32, 8), (3, 1)), ((20, 20), (3, 1)), ((5, 15), (3, 1)),
         ((8, 32), (1, 1)))  # fmt: skip
MANY = (((8, 16, 32), (3, 2, 1)), ((32, 16, 8), (3, 2, 1)), ((12, 12, 12), (1, 1, 1)))
CELLS = 50


def main() -> None:
    """Print the share of null studies with p of at most .05, test by test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000, help="comparisons; half as many cluster tests")
    studies = parser.parse_args().studies
    for sizes, spreads in PAIRS:
        chance = np.random.default_rng(0)
        groups = [chance.normal(0, spread, (size, studies)) for size, spread in zip(sizes, spreads)]
        found = between(groups[0], groups[1], permutations=1999, bootstraps=9, seed=1)
        said = f"permutation {share(found.p_permutation)}, Welch {share(found.p_parametric)}"
        least = [clusters(chance, sizes, spreads, number) for number in range(studies // 2)]
        print(f"n {sizes}, SD {spreads}: {said}, clusters {share(np.array(least))}", flush=True)
    for sizes, spreads in MANY:
        chance = np.random.default_rng(0)
        groups = [chance.normal(0, spread, (size, studies)) for size, spread in zip(sizes, spreads)]
        p = between_f(groups, permutations=1999, seed=1).p_permutation
        least = [clusters(chance, sizes, spreads, number) for number in range(studies // 2)]
        print(f"n {sizes}, SD {spreads}: permutation {share(p)}, clusters {share(np.array(least))}", flush=True)


def clusters(chance: np.random.Generator, sizes: tuple[int, ...], spreads: tuple[int, ...], seed: int) -> float:
    """Return the least p of the clusters of courses that remember; 1 where there is none."""
    steps = [chance.normal(0, spread, (size, CELLS + 100)) for size, spread in zip(sizes, spreads)]
    courses = [np.asarray(lfilter([0.6], [1, -0.8], each))[:, 100:] for each in steps]
    if len(sizes) == 2:
        found = group_clusters(courses[0], courses[1], min_valid=0.8, permutations=199, seed=seed)
    else:
        found = many_group_clusters(lambda: [courses], sizes, CELLS, min_valid=0.8, permutations=199, seed=seed)
    return min((each.p for each in found.found), default=1.0)


def share(p: np.ndarray) -> str:
    """Say how many are at most .05."""
    return f"{100 * np.mean(p <= 0.05):.1f} %"


if __name__ == "__main__":
    main()
