"""Statistics of a study: numbers worked out elsewhere, null studies, known effects, and what scipy says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pytest
from scipy import signal, stats

from videmo.results.curves import stretches
from videmo.study.statistics import clusters_many, many_levels
from videmo.study.statistics.bootstrap import bca, intervals
from videmo.study.statistics.chance import least_p
from videmo.study.statistics.clusters import group_clusters, paired_clusters
from videmo.study.statistics.clusters_many import level_clusters, many_group_clusters
from videmo.study.statistics.isc import shared_course, shared_courses
from videmo.study.statistics.many_levels import between_f, spearman, within_f
from videmo.study.statistics.multiplicity import benjamini_hochberg, holm
from videmo.study.statistics.rows import Effort, number_rows, pair_rows
from videmo.study.statistics.two_levels import Compared, between, within

A = np.array([0.10, 0.20, 0.15, 0.30, 0.25, 0.40])[:, None]
B = np.array([0.20, 0.35, 0.30, 0.45, 0.50, 0.55])[:, None]
FULL = {"permutations": 9999, "bootstraps": 9999, "seed": 1}
QUICK = {"permutations": 499, "bootstraps": 199, "seed": 1}


def test_two_groups_by_hand() -> None:
    found = between(A, B, **FULL)
    assert found.statistic[0] == pytest.approx(-2.2741855, abs=1e-7)
    assert found.df[0] == pytest.approx(9.6238, abs=1e-4)
    assert found.p_parametric[0] == pytest.approx(0.0472173, abs=1e-7)
    assert (found.p_permutation[0], found.permutations) == (pytest.approx(60 / 924), 924)
    name, value, low, high = found.effects[0]
    assert (name, value[0]) == ("g", pytest.approx(-1.2120015, abs=1e-7))
    assert low[0] < value[0] < high[0]


def test_pairs_by_hand() -> None:
    found = within(A, B, **FULL)
    assert found.statistic[0] == pytest.approx(-7.8893206, abs=1e-7)
    assert found.p_parametric[0] == pytest.approx(0.00052615, abs=1e-8)
    assert (found.p_permutation[0], found.permutations) == (pytest.approx(2 / 64), 64)
    assert [effect[0] for effect in found.effects] == ["d_z", "g_av"]
    d_av, factor = (A - B).mean() / ((A.std(ddof=1) + B.std(ddof=1)) / 2), 1 - 3 / (4 * 5 - 1)
    assert found.effects[1][1][0] == pytest.approx(factor * d_av)  # Lakens (2013)
    assert found.effects[1][1][0] == pytest.approx(-1.1111825774)


def test_corrections_by_hand() -> None:
    p = [0.01, 0.04, 0.03, 0.005]
    assert holm(p).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert benjamini_hochberg(p).tolist() == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert np.isnan(holm([0.01, np.nan]))[1]
    assert holm([0.01, np.nan])[0] == 0.01


def test_corrections_as_in_scipy() -> None:
    chance = np.random.default_rng(5)
    for _ in range(20):
        p = chance.random(int(chance.integers(1, 30))) ** 2
        assert np.allclose(benjamini_hochberg(p), stats.false_discovery_control(p), atol=1e-12)


def check_pair(found: Compared, a: np.ndarray, b: np.ndarray, paired: bool) -> None:
    """Compare with scipy, column by column."""
    test = stats.ttest_rel(a, b) if paired else stats.ttest_ind(a, b, equal_var=False)
    assert np.allclose(found.statistic, test.statistic, rtol=1e-9)
    assert np.allclose(found.p_parametric, test.pvalue, rtol=1e-9)
    assert np.allclose(found.df, test.df, rtol=1e-9)


def brown_forsythe(*groups: np.ndarray) -> np.ndarray:
    """F of Brown and Forsythe (1974), as they write it."""
    whole, grand = sum(map(len, groups)), np.concatenate(groups).mean(axis=0)
    between = sum(len(group) * (group.mean(axis=0) - grand) ** 2 for group in groups)
    return np.asarray(between / sum((1 - len(group) / whole) * group.var(axis=0, ddof=1) for group in groups))


@pytest.mark.parametrize("seed", range(20))
def test_random_studies_as_in_scipy(seed: int) -> None:
    chance = np.random.default_rng(seed)
    n, m = chance.integers(4, 12, 2)
    a, b, c = (chance.normal(size=(count, 3)) + shift for count, shift in ((n, 0), (n, 0.3), (m, 0.5)))
    check_pair(within(a, b, **QUICK), a, b, True)
    check_pair(between(a, c, **QUICK), a, c, False)
    f, t = between_f([a, c], permutations=199, seed=1), stats.ttest_ind(a, c, equal_var=False)
    assert np.allclose(f.statistic, t.statistic**2, rtol=1e-9)
    assert np.allclose(f.p_parametric, t.pvalue, rtol=1e-9)
    f = between_f([a, b, c], permutations=199, seed=1)
    assert np.allclose(f.statistic, brown_forsythe(a, b, c), rtol=1e-9)
    explained = sum(len(group) * (group.mean(axis=0) - np.vstack([a, b, c]).mean(axis=0)) ** 2 for group in (a, b, c))
    assert np.allclose(f.effect_value, explained / (len(a) * 2 + len(c)) / np.vstack([a, b, c]).var(axis=0), rtol=1e-9)
    rho = spearman(a[:, 0], b, **QUICK)
    for column in range(3):
        known = stats.spearmanr(a[:, 0], b[:, column])
        assert rho.statistic[column] == pytest.approx(known.statistic, rel=1e-9)
        assert rho.p_parametric[column] == pytest.approx(known.pvalue, rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_exact_permutations_as_in_scipy(seed: int) -> None:
    chance = np.random.default_rng(seed)
    a, b = chance.normal(size=(6, 2)), chance.normal(size=(7, 2)) + 0.8

    def welch(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        return np.abs(stats.ttest_ind(x, y, axis=axis, equal_var=False).statistic)

    def far(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        return np.abs(x.mean(axis=axis) - y.mean(axis=axis))

    known = stats.permutation_test((a, b), welch, vectorized=True, n_resamples=np.inf, alternative="greater", axis=0)
    assert np.allclose(between(a, b, **QUICK).p_permutation, known.pvalue, atol=1e-12)
    known = stats.permutation_test(
        (a, b[:6]), far, vectorized=True, n_resamples=np.inf, alternative="greater", axis=0, permutation_type="samples"
    )
    assert np.allclose(within(a, b[:6], **QUICK).p_permutation, known.pvalue, atol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_intervals_as_in_scipy_from_the_same_resamples(seed: int) -> None:
    chance = np.random.default_rng(seed)
    a, b = chance.gamma(2, size=20), chance.gamma(3, size=15)

    def difference(x: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
        return x.mean(axis=axis) - y.mean(axis=axis)

    known = stats.bootstrap((a, b), difference, n_resamples=999, vectorized=True, method="BCa", rng=seed)
    without = [
        np.array([difference(np.delete(a, place), b) for place in range(len(a))])[:, None],
        np.array([difference(a, np.delete(b, place)) for place in range(len(b))])[:, None],
    ]
    low, high = bca(known.bootstrap_distribution[:, None], np.array([difference(a, b)]), without)
    assert low[0] == pytest.approx(known.confidence_interval.low, rel=1e-9)
    assert high[0] == pytest.approx(known.confidence_interval.high, rel=1e-9)


def test_intervals_of_our_own_resamples_are_near_those_of_scipy() -> None:
    chance = np.random.default_rng(3)
    a, b = chance.normal(size=(30, 1)), chance.normal(size=(30, 1)) + 0.5
    found = within(a, b, **FULL)

    def d_z(d: np.ndarray, axis: int = -1) -> np.ndarray:
        return d.mean(axis=axis) / d.std(axis=axis, ddof=1)

    known = stats.bootstrap(((a - b)[:, 0],), d_z, n_resamples=9999, vectorized=True, method="BCa", rng=1)
    _, _, low, high = found.effects[0]
    assert low[0] == pytest.approx(known.confidence_interval.low, abs=0.03)
    assert high[0] == pytest.approx(known.confidence_interval.high, abs=0.03)


def test_intervals_need_three_participants() -> None:
    def mean(means: np.ndarray, sizes: list[int]) -> np.ndarray:
        return means[..., 0, :]

    ((low, high),) = intervals([np.ones((2, 1, 1))], [mean], 99, 1)
    assert np.isnan([low[0], high[0]]).all()


def test_columns_may_lack_different_participants() -> None:
    first, second = np.repeat(A, 2, axis=1), np.repeat(B, 2, axis=1)
    first[0, 1] = np.nan
    rows = dict(pair_rows(first, second, ("a", "b"), Effort(999, 199, 1)))
    assert (rows[0]["n_pairs"], rows[1]["n_pairs"]) == (6, 5)
    assert rows[1]["difference"] == pytest.approx(float((A - B)[1:].mean()))


def test_the_least_p_is_that_of_the_most_extreme_arrangement() -> None:
    chance = np.random.default_rng(2)
    for first, second in ((3, 3), (3, 4), (2, 6)):
        apart = between(chance.random((first, 1)), 10 + chance.random((second, 1)), **QUICK)
        assert least_p("between", first, second) == pytest.approx(apart.p_permutation[0])
    for count in (3, 5, 8):
        above = chance.random((count, 1))
        assert least_p("within", count) == pytest.approx(within(10 + above, above, **QUICK).p_permutation[0])
    order = np.arange(5.0)
    assert least_p("correlation", 5) == pytest.approx(spearman(order, order[:, None], **QUICK).p_permutation[0])


def test_what_cannot_be_tested_has_no_p() -> None:
    chance = np.random.default_rng(2)
    for count in (6, 30):  # all orders, and random ones
        values = np.column_stack([chance.normal(size=count), np.zeros(count)])
        rows = [row for _, row in number_rows(np.arange(count, dtype=float), values, Effort(99, 99, 1))]
        assert np.isfinite(rows[0]["p_permutation"])
        assert np.isnan(rows[1]["p_permutation"])
        same = [row for _, row in number_rows(np.ones(count), values, Effort(99, 99, 1))]
        assert all(np.isnan(row["p_permutation"]) for row in same)
    flat = np.zeros((6, 1))
    assert np.isnan(within(flat, flat, **QUICK).p_permutation[0])
    assert np.isnan(between(flat, flat, **QUICK).p_permutation[0])
    assert np.isnan(within_f(np.zeros((6, 3, 1)), permutations=99, seed=1).p_permutation[0])
    assert np.isnan(between_f([flat, flat, flat], permutations=99, seed=1).p_permutation[0])


def test_levels_within_participants_know_their_participants() -> None:
    chance = np.random.default_rng(2)
    person = chance.normal(size=(12, 1, 1)) * 10
    values = person + np.array([0.0, 0.5, 1.0])[None, :, None] + 0.3 * chance.normal(size=(12, 3, 1))
    found = within_f(values, permutations=999, seed=1)
    assert found.p_permutation[0] == pytest.approx(0.001)
    # By hand: what is left of the sum of squares after participants and levels.
    grand, own, level = values.mean(), values.mean(axis=1), values.mean(axis=0)
    explained = 12 * ((level - grand) ** 2).sum()
    rest = ((values - own[:, None] - level[None] + grand) ** 2).sum()
    assert found.statistic[0] == pytest.approx((explained / 2) / (rest / 22))
    # Greenhouse and Geisser's epsilon, from the covariances of what is left after the means of rows and columns.
    covariance = np.cov(values[:, :, 0].T)
    double = covariance - covariance.mean(axis=0) - covariance.mean(axis=1)[:, None] + covariance.mean()
    epsilon = np.trace(double) ** 2 / (2 * (double**2).sum())
    assert [float(part) for part in found.df[0].split(",")] == pytest.approx([2 * epsilon, 22 * epsilon], rel=1e-5)
    assert found.p_parametric[0] == pytest.approx(stats.f.sf(found.statistic[0], 2 * epsilon, 22 * epsilon), rel=1e-9)
    assert between_f(list(values.transpose(1, 0, 2)), permutations=999, seed=1).p_permutation[0] > 0.5


# Null studies and known effects.


def smooth_noise(chance: np.random.Generator, people: int, cells: int, memory: float = 0.8) -> np.ndarray:
    """Courses that remember: AR(1) with unit variance."""
    steps = chance.normal(size=(people, cells)) * np.sqrt(1 - memory**2)
    steps[:, 0] = chance.normal(size=people)
    for cell in range(1, cells):
        steps[:, cell] += memory * steps[:, cell - 1]
    return steps


def test_null_studies_find_something_in_five_percent() -> None:
    """1,000 studies of 20 + 20; the band holds 99 % of what chance does to a share of 5 %."""
    chance, found = np.random.default_rng(11), []
    for _ in range(10):
        # A hundred studies are a hundred columns: each has its own noise, they share the order of their shuffling.
        values = np.stack([smooth_noise(chance, 40, 50).mean(axis=1) for _ in range(100)], axis=1)
        found += between(
            values[:20], values[20:], permutations=999, bootstraps=99, seed=len(found)
        ).p_permutation.tolist()
    share = np.mean(np.array(found) <= 0.05)
    assert 0.032 <= share <= 0.068, share


def test_null_studies_of_pairs_find_something_in_five_percent() -> None:
    chance, found = np.random.default_rng(12), []
    for _ in range(10):
        values = np.stack([smooth_noise(chance, 40, 50).mean(axis=1) for _ in range(100)], axis=1)
        found += within(
            values[:20], values[20:], permutations=999, bootstraps=99, seed=len(found)
        ).p_permutation.tolist()
    share = np.mean(np.array(found) <= 0.05)
    assert 0.032 <= share <= 0.068, share


@pytest.mark.slow
def test_five_emotions_after_holm_find_anything_in_five_percent_at_most() -> None:
    chance, found = np.random.default_rng(13), []
    for number in range(100):
        values = np.stack([smooth_noise(chance, 40, 25).mean(axis=1) for _ in range(50)], axis=1)
        p = between(values[:20], values[20:], permutations=499, bootstraps=99, seed=number).p_permutation
        found += [holm(family).min() <= 0.05 for family in p.reshape(10, 5)]
    assert np.mean(found) <= 0.068, np.mean(found)


@pytest.mark.slow
def test_null_studies_have_clusters_in_five_percent() -> None:
    chance, found = np.random.default_rng(14), []
    for number in range(1000):
        values = smooth_noise(chance, 40, 50)
        clusters = group_clusters(values[:20], values[20:], min_valid=0.8, permutations=499, seed=number).found
        found.append(any(each.p <= 0.05 for each in clusters))
    assert 0.032 <= np.mean(found) <= 0.068, np.mean(found)


@pytest.mark.slow
def test_a_known_effect_is_found_where_it_is() -> None:
    """An effect of 1.5 units of noise in 15 of 50 cells, with as much difference between participants as noise."""
    chance, found, overlap = np.random.default_rng(15), [], []
    for number in range(300):
        values = smooth_noise(chance, 40, 50) + chance.normal(size=(40, 1))
        values[:20, 18:33] += 1.5
        clusters = group_clusters(values[:20], values[20:], min_valid=0.8, permutations=499, seed=number).found
        clear = [each for each in clusters if each.p <= 0.05]
        found.append(bool(clear))
        if clear:
            best = max(clear, key=lambda each: abs(each.mass))
            overlap.append(len(set(range(best.first, best.last + 1)) & set(range(18, 33))) / 15)
    assert 0.85 <= np.mean(found) <= 0.95, np.mean(found)
    assert np.mean(np.array(overlap) >= 0.6) >= 0.9, np.mean(np.array(overlap) >= 0.6)


def test_clusters_end_where_too_few_are_valid() -> None:
    chance = np.random.default_rng(1)
    first, second = chance.normal(size=(12, 20)) + 3, chance.normal(size=(12, 20))
    first[:5, 10] = np.nan
    found = paired_clusters(first, second, min_valid=0.8, permutations=999, seed=1)
    assert [(each.first, each.last) for each in found.found] == [(0, 9), (11, 19)]
    assert found.tested == 19
    assert all(each.p < 0.01 for each in found.found)


def _stretches(courses: Sequence[np.ndarray]) -> Iterator[list[np.ndarray]]:
    return ([each[:, cells] for each in courses] for cells in stretches(courses[0].shape[1]))


@pytest.mark.parametrize("seed", range(5))
def test_f_over_time_is_that_of_a_repeated_measures_anova(seed: int) -> None:
    chance = np.random.default_rng(seed)
    levels = [chance.normal(size=(12, 300)) + chance.normal(size=(12, 1)) + place / 2 for place in range(3)]
    levels[1][3, 100:110] = np.nan
    found = level_clusters(lambda: _stretches(levels), 12, 3, 300, min_valid=0.8, permutations=99, seed=1)
    each = max(found.found, key=lambda cluster: cluster.mass)
    expected = 0.0
    for cell in range(each.first, each.last + 1):
        values = np.stack([level[:, cell] for level in levels], axis=1)
        values = values[np.isfinite(values).all(axis=1)]
        rows = within_f(values[:, :, None], permutations=99, seed=1)
        expected += float(rows.statistic[0])
    assert each.mass == pytest.approx(expected, rel=1e-9)
    assert found.statistic == "F"


@pytest.mark.parametrize("values", [1, 40, 1_000])
def test_f_over_time_is_the_same_however_many_cells_are_worked_with(
    values: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = np.random.default_rng(8)
    wave = np.sin(np.arange(300) / 15)
    levels = [chance.normal(size=(14, 300)) + 0.6 * place * wave for place in range(4)]
    levels[2][5, 40:60] = np.nan
    together = level_clusters(lambda: _stretches(levels), 14, 4, 300, min_valid=0.8, permutations=199, seed=1)
    widths = []
    work = clusters_many._level_stretch

    def watched(courses: Sequence[np.ndarray], min_valid: float) -> object:
        widths.append(courses[0].shape[1])
        return work(courses, min_valid)

    monkeypatch.setattr(clusters_many, "_COURSES", values)
    monkeypatch.setattr(clusters_many, "_level_stretch", watched)
    apart = level_clusters(lambda: _stretches(levels), 14, 4, 300, min_valid=0.8, permutations=199, seed=1)
    assert max(widths) == max(1, values // (4 * 14))
    assert len(together.found) > 1
    assert [(each.first, each.last, each.p) for each in apart.found] == [
        (each.first, each.last, each.p) for each in together.found
    ]
    assert [each.mass for each in apart.found] == pytest.approx([each.mass for each in together.found], rel=1e-12)
    assert (apart.threshold, apart.tested) == (together.threshold, together.tested)


@pytest.mark.parametrize("at_a_time", [1, 7, 37])
def test_intervals_of_rank_correlations_are_the_same_however_many_are_left_out_at_a_time(
    at_a_time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = np.random.default_rng(9)
    age = chance.integers(18, 40, 37).astype(float)
    values = np.column_stack([age / 10 + chance.normal(size=37), chance.integers(0, 5, 37)])
    together = spearman(age, values, **QUICK)
    monkeypatch.setattr(many_levels, "_AT_A_TIME", at_a_time)
    apart = spearman(age, values, **QUICK)
    for name in ("statistic", "p_permutation", "effect_low", "effect_high"):
        assert getattr(apart, name).tolist() == pytest.approx(getattr(together, name).tolist(), rel=1e-12)


def test_leaving_out_one_of_many_participants_is_the_correlation_of_the_others() -> None:
    chance = np.random.default_rng(10)
    age, values = chance.integers(18, 40, 300).astype(float), chance.normal(size=(300, 1))
    rows = np.concatenate([many_levels._without(first, 300) for first in (0, 256)])
    found = many_levels._weighted_rho(rows, age, values)[:, 0]
    expected = [stats.spearmanr(np.delete(age, n), np.delete(values[:, 0], n)).statistic for n in range(300)]
    assert np.allclose(found, expected, rtol=0, atol=1e-12)


def test_f_over_time_finds_something_in_five_percent_of_null_studies() -> None:
    chance, hits = np.random.default_rng(3), 0
    for _ in range(300):
        noise = list(signal.lfilter([0.6], [1, -0.8], chance.normal(size=(3, 14, 60)), axis=2))
        found = level_clusters(partial(_stretches, noise), 14, 3, 60, min_valid=0.8, permutations=199, seed=1)
        hits += any(each.p <= 0.05 for each in found.found)
    assert 0.02 <= hits / 300 <= 0.085, hits


def test_courses_in_pieces_are_those_of_the_whole() -> None:
    chance = np.random.default_rng(5)
    values = chance.normal(size=(300, 90)).cumsum(axis=1)
    values[chance.random(values.shape) < 0.1] = np.nan
    whole = shared_course(values[:250], surrogates=99, bootstraps=99, seed=1)
    options = {"surrogates": 99, "bootstraps": 99, "seed": 1}
    apart = shared_courses(lambda: (values[a : a + 100] for a in (0, 100, 200)), 300, **options)
    together = shared_course(values, surrogates=99, bootstraps=99, seed=1)
    assert whole is not None
    assert apart is not None
    assert together is not None
    assert np.allclose(apart.r, together.r, rtol=1e-9)
    assert apart.p == together.p


def test_shared_courses_are_found_and_noise_is_not() -> None:
    chance = np.random.default_rng(4)
    common = smooth_noise(chance, 1, 150)
    values = common + smooth_noise(chance, 15, 150)
    values[chance.random(values.shape) < 0.1] = np.nan
    found = shared_course(values, surrogates=199, bootstraps=999, seed=1)
    assert found is not None
    assert found.p == pytest.approx(1 / 200)
    assert found.low < found.mean_r < found.high
    row = values[3] - np.nanmean(values[3])
    centred = values - np.nanmean(values, axis=1, keepdims=True)
    others = np.nanmean(np.delete(centred, 3, axis=0), axis=0)
    known = np.isfinite(row) & np.isfinite(others)
    assert found.r[3] == pytest.approx(np.corrcoef(row[known], others[known])[0, 1], abs=1e-12)
    nothing = shared_course(smooth_noise(chance, 15, 150), surrogates=199, bootstraps=199, seed=1)
    assert nothing is not None
    assert nothing.p > 0.05


@pytest.mark.slow
def test_shared_courses_by_chance_are_found_in_five_percent() -> None:
    chance = np.random.default_rng(8)
    p = [shared_course(smooth_noise(chance, 12, 60), surrogates=99, bootstraps=99, seed=n) for n in range(200)]
    assert 0.01 <= np.mean([each.p <= 0.05 for each in p if each]) <= 0.10


# What other packages say, where they are installed.


@pytest.mark.parametrize("seed", range(20))
def test_effects_as_in_pingouin(seed: int) -> None:
    pingouin = pytest.importorskip("pingouin", reason="pingouin is not installed (pip install -e '.[dev]')")
    chance = np.random.default_rng(seed)
    a, b = chance.normal(size=(14, 1)), chance.normal(size=(11, 1)) + 0.5
    assert between(a, b, **QUICK).effects[0][1][0] == pytest.approx(
        pingouin.compute_effsize(a[:, 0], b[:, 0], eftype="hedges"), abs=1e-9
    )
    p = chance.random(9) ** 2
    assert np.allclose(holm(p), pingouin.multicomp(p, method="holm")[1], atol=1e-9)


def welch_z(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Wallace's (1959) z of Welch's t."""
    found = stats.ttest_ind(first, second, equal_var=False)
    df = found.df
    z = np.sqrt(df * np.log1p(found.statistic**2 / df)) * (8 * df + 1) / (8 * df + 3)
    exact = stats.norm.isf(stats.t.sf(np.abs(found.statistic), df))
    assert np.abs(z - exact).max() < 0.1
    return np.asarray(np.sign(found.statistic) * z)


@pytest.mark.parametrize("seed", range(20))
def test_clusters_as_in_mne(seed: int) -> None:
    mne = pytest.importorskip("mne", reason="mne is not installed (pip install -e '.[dev]')")
    chance = np.random.default_rng(seed)
    first, second = chance.normal(size=(10, 40)).cumsum(axis=1), chance.normal(size=(9, 40)).cumsum(axis=1)
    threshold = stats.norm.ppf(0.975)
    t, clusters, _, _ = mne.stats.permutation_cluster_test(
        [first, second], threshold=threshold, n_permutations=9, tail=0,
        stat_fun=welch_z,
        out_type="mask", verbose="error", seed=1,
    )  # fmt: skip
    found = group_clusters(first, second, min_valid=0.8, permutations=99, seed=1)
    assert found.threshold == pytest.approx(threshold, rel=1e-9)
    known = sorted((int(np.flatnonzero(c)[0]), int(np.flatnonzero(c)[-1]), float(t[c].sum()))
                   for c in (_mask(each, 40) for each in clusters))  # fmt: skip
    assert [(each.first, each.last) for each in found.found] == [(a, b) for a, b, _ in known]
    assert np.allclose([each.mass for each in found.found], [mass for _, _, mass in known], rtol=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_clusters_of_three_groups_as_in_mne(seed: int) -> None:
    mne = pytest.importorskip("mne", reason="mne is not installed (pip install -e '.[dev]')")
    chance = np.random.default_rng(seed)
    groups = [chance.normal(size=(size, 300)).cumsum(axis=1) for size in (8, 10, 9)]
    threshold = stats.f.ppf(0.95, 2, 24)
    f, clusters, _, _ = mne.stats.permutation_cluster_test(
        groups, threshold=threshold, n_permutations=9, out_type="mask", verbose="error", seed=1, stat_fun=brown_forsythe
    )
    found = many_group_clusters(lambda: _stretches(groups), [8, 10, 9], 300, min_valid=0.8, permutations=99, seed=1)
    known = sorted((int(np.flatnonzero(c)[0]), float(f[c].sum())) for c in (_mask(each, 300) for each in clusters))
    assert found.threshold == pytest.approx(threshold, rel=1e-9)
    assert [each.first for each in found.found] == [first for first, _ in known]
    assert np.allclose([each.mass for each in found.found], [mass for _, mass in known], rtol=1e-9)


def _mask(cluster: object, cells: int) -> np.ndarray:
    """A cluster of mne as a mask: it gives slices where cells are neighbours."""
    mask = np.zeros(cells, bool)
    mask[cluster[0] if isinstance(cluster, tuple) else cluster] = True
    return mask
