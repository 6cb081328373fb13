"""What must hold where groups vary differently, where almost nothing varies, and where values are tied."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import signal, stats

from videmo.study.contrasts import Contrast
from videmo.study.measures import measure, on_grid
from videmo.study.plan import Plan
from videmo.study.statistics.agreement import icc
from videmo.study.statistics.bootstrap import bca
from videmo.study.statistics.chance import resamples
from videmo.study.statistics.clusters import group_clusters, paired_clusters
from videmo.study.statistics.clusters_many import level_clusters, many_group_clusters
from videmo.study.statistics.isc import shared_course
from videmo.study.statistics.isc_interval import mean_z
from videmo.study.statistics.many_levels import alike, between_f, spearman, within_f
from videmo.study.statistics.rows import Effort, level_rows, pair_rows
from videmo.study.statistics.two_levels import between, within
from videmo.study.track import Track
from videmo.study.wording import sentence, verdict

QUICK = {"permutations": 499, "bootstraps": 199, "seed": 1}
NOISE = np.array([0.0, 2e-17, -1e-17, 3e-17, 1e-17, 0.0])[:, None]


def courses(chance: np.random.Generator, people: int, cells: int = 50) -> np.ndarray:
    """Courses that remember, with unit variance."""
    return np.asarray(signal.lfilter([0.6], [1, -0.8], chance.normal(size=(people, cells + 100)))[:, 100:])


# Groups of different sizes that vary differently.


@pytest.mark.parametrize(("sizes", "spreads"), [((8, 32), (3, 1)), ((32, 8), (3, 1)), ((20, 20), (3, 1))])
def test_groups_that_vary_differently_are_found_to_differ_in_five_percent(
    sizes: tuple[int, int], spreads: tuple[int, int]
) -> None:
    """Of 2,000 null studies; by the difference of means it was 26 % of those of 8 (SD 3) and 32 (SD 1)."""
    chance = np.random.default_rng(0)
    a, b = (chance.normal(0, spread, (size, 2000)) for size, spread in zip(sizes, spreads))
    share = np.mean(between(a, b, permutations=999, bootstraps=9, seed=1).p_permutation <= 0.05)
    assert 0.03 <= share <= 0.075, share


def test_three_groups_that_vary_differently_are_found_to_differ_in_five_percent() -> None:
    """By the F of an analysis of variance it was 20 %."""
    chance = np.random.default_rng(0)
    groups = [chance.normal(0, spread, (size, 2000)) for size, spread in ((8, 3), (16, 2), (32, 1))]
    share = np.mean(between_f(groups, permutations=499, seed=1).p_permutation <= 0.05)
    assert 0.03 <= share <= 0.085, share


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(8, 32), (10, 30), (32, 8)])
def test_courses_that_vary_differently_have_clusters_in_five_percent(sizes: tuple[int, int]) -> None:
    """With a t of equal variances it was 58, 29 and 0 % (SD 3, or 2 of ten, and 1)."""
    chance, found, spread = np.random.default_rng(0), [], 2 if sizes[0] == 10 else 3
    for number in range(400):
        a, b = spread * courses(chance, sizes[0]), courses(chance, sizes[1])
        clusters = group_clusters(a, b, min_valid=0.8, permutations=199, seed=number).found
        found.append(any(each.p <= 0.05 for each in clusters))
    assert 0.02 <= np.mean(found) <= 0.09, np.mean(found)


@pytest.mark.slow
def test_courses_of_three_groups_that_vary_differently_seldom_have_clusters() -> None:
    """With the F of an analysis of variance it was 49 %; 12 % are left."""
    chance, found = np.random.default_rng(0), []
    sizes = (8, 16, 32)
    for number in range(300):
        parts = [spread * courses(chance, size) for spread, size in zip((3, 2, 1), sizes)]
        clusters = many_group_clusters(
            lambda parts=parts: [parts], sizes, 50, min_valid=0.8, permutations=199, seed=number
        )
        found.append(any(each.p <= 0.05 for each in clusters.found))
    assert np.mean(found) <= 0.17, np.mean(found)


def test_the_largest_t_of_all_arrangements_is_the_only_one_that_reaches_it() -> None:
    """All arrangements of 3 and 5, by hand; equal ones count however they were rounded."""
    values = np.array([0.1, 0.2, 0.4, 0.3, 0.1, 0.2, 0.3, 0.5])
    far = []
    for chosen in itertools.combinations(range(8), 3):
        rest = [place for place in range(8) if place not in chosen]
        far.append(abs(stats.ttest_ind(values[list(chosen)], values[rest], equal_var=False).statistic))
    expected = np.mean(np.array(far) >= far[0] * (1 - 1e-9))
    for scale in (1.0, 1e4, 1e-4):
        found = between(scale * values[:3, None], scale * values[3:, None], **QUICK)
        assert found.permutations == 56
        assert found.p_permutation[0] == pytest.approx(expected)


def test_an_arrangement_without_any_variance_is_the_most_extreme() -> None:
    """Three who show it always and five who never do: of 56 arrangements, that one alone sets them apart."""
    shown = np.array([1.0, 1, 1, 0, 0, 0, 0, 0])[:, None]
    apart = between(shown[:3], shown[3:], **QUICK)
    assert apart.p_permutation[0] == pytest.approx(1 / 56)
    mixed = between(shown[1:4], shown[[0, 4, 5, 6, 7]], **QUICK)
    assert mixed.p_permutation[0] > 1 / 56
    both = between(shown[:3], shown[3:6], **QUICK)
    assert both.p_permutation[0] == pytest.approx(2 / 20)
    groups = between_f([shown[:2], shown[3:5], shown[5:8] + 2], permutations=499, seed=1)
    assert 0 < groups.p_permutation[0] < 0.05


def test_a_group_that_never_shows_it_can_be_compared() -> None:
    chance = np.random.default_rng(1)
    shows, never = chance.random((9, 1)), np.zeros((7, 1))
    two = between(shows, never, **QUICK)
    assert two.statistic[0] == pytest.approx(stats.ttest_ind(shows, never, equal_var=False).statistic[0])
    three = between_f([shows, never, never + 0.1], permutations=499, seed=1)
    assert np.isfinite(three.statistic[0])
    assert np.isfinite(three.p_parametric[0])


# Almost nothing varies.


def test_what_never_varies_is_not_tested() -> None:
    same = 0.3 + NOISE
    for found in (within(same, same[::-1], **QUICK), between(same, same[:4], **QUICK)):
        for name in ("statistic", "df", "p_parametric", "p_permutation", "ci_low", "ci_high"):
            assert np.isnan(getattr(found, name)).all(), name
        for _, value, low, high in found.effects:
            assert np.isnan([value, low, high]).all()
        assert (found.sd_a[0], found.sd_b[0]) == (0.0, 0.0)
    levels = np.stack([same, same[::-1], 0.3 + 0 * same], axis=1)
    for many in (within_f(levels, permutations=99, seed=1), between_f([same, same, same], permutations=99, seed=1)):
        for name in ("statistic", "p_parametric", "p_permutation", "effect_value"):
            assert np.isnan(getattr(many, name)).all(), name
        assert many.df == ("",)


def test_differences_that_are_all_alike_have_a_permutation_p_and_no_t() -> None:
    first, second = np.array([[0.3], [0.5], [0.7], [0.9]]), np.array([[0.1], [0.3], [0.5], [0.7]])
    found = within(first, second, **QUICK)
    assert found.p_permutation[0] == pytest.approx(2 / 16)
    name, *d_z = found.effects[0]
    assert name == "d_z"
    for number in (found.statistic, found.df, found.p_parametric, found.ci_low, found.ci_high, *d_z):
        assert np.isnan(number).all()
    apart = between(np.full((3, 1), 0.3), np.full((3, 1), 0.1) + NOISE[:3], **QUICK)
    assert apart.p_permutation[0] == pytest.approx(2 / 20)
    for number in (apart.statistic, apart.df, apart.p_parametric, apart.ci_low, apart.ci_high, *apart.effects[0][1:]):
        assert np.isnan(number).all()
    shifted = within_f(np.stack([first, second, first + 0.1], axis=1), permutations=999, seed=1)
    assert np.isnan(shifted.statistic[0])
    assert shifted.p_permutation[0] < 0.05
    assert shifted.effect_value[0] == pytest.approx(1.0)


def test_tests_that_do_not_exist_are_not_counted() -> None:
    chance = np.random.default_rng(3)
    values = np.zeros((12, 2, 3))
    values[:, :, 0] = chance.random((12, 2))
    rows = dict(pair_rows(values[:, 0], values[:, 1], ("a", "b"), Effort(99, 99, 1)))
    assert [np.isfinite(rows[column]["p_permutation"]) for column in range(3)] == [True, False, False]
    assert (rows[1]["df"], rows[1]["difference"]) == ("", 0.0)
    three = dict(level_rows(chance.random((12, 3, 2)) * [1, 0], ("a", "b", "c"), Effort(99, 99, 1)))
    assert np.isfinite(three[0]["p_permutation"])
    assert np.isnan(three[1]["p_permutation"])


def test_cells_in_which_almost_nothing_varies_give_no_absurd_clusters() -> None:
    """Some cells have differences of one size: flipped alike, they have no spread at all."""
    chance = np.random.default_rng(0)
    for _ in range(60):
        people = 7
        paired = chance.normal(0.8, 1, (people, 30))
        for cell in (8, 9, 10, 18, 19, 20):
            paired[:, cell] = 0.2 * chance.choice([-1, 1], people)
        paired[:, 25] = 0.1 + 1e-17 * chance.normal(size=people)
        found = paired_clusters(paired, np.zeros_like(paired), min_valid=0.8, permutations=999, seed=1)
        assert all(each.p >= 2 / 128 for each in found.found)
        first, second = paired[:3], paired[3:] - 3
        apart = group_clusters(first, second, min_valid=0.8, permutations=999, seed=1)
        assert all(each.p >= 1 / 35 - 1e-12 for each in apart.found)
    steady = 0.3 + 1e-17 * chance.normal(size=(12, 20))
    assert paired_clusters(steady, steady[::-1], min_valid=0.8, permutations=99, seed=1).found == ()
    assert group_clusters(steady[:6], steady[6:], min_valid=0.8, permutations=99, seed=1).found == ()
    options = {"min_valid": 0.8, "permutations": 99, "seed": 1}
    parts = [steady[:4], steady[4:8], steady[8:]]
    assert many_group_clusters(lambda: [parts], (4, 4, 4), 20, **options).found == ()
    assert level_clusters(lambda: [parts], 4, 3, 20, **options).found == ()


# Ties.


@pytest.mark.parametrize(
    "counts",
    [
        [5] + [0] * 11,
        [1] + [0] * 9,
        [2, 1, 1] + [0] * 7,
        [3, 1, 2, 0, 1, 0, 1, 2, 1, 0, 0, 1, -1, 1],
        [2, 4, 2, 6, 2, 4],
    ],
)
def test_intervals_of_counts_are_those_of_scipy_from_the_same_resamples(counts: list[int]) -> None:
    """Scipy's are of whole numbers, of which no rounding breaks ties; ours of tenths around their mean."""
    whole, values = np.array(counts, float), np.array(counts)[:, None] / 10
    drawn = np.concatenate(list(resamples(len(counts), 999, 1, "bootstrap 0")))
    result = SimpleNamespace(bootstrap_distribution=drawn @ whole / len(whole))
    known = stats.bootstrap((whole,), np.mean, n_resamples=0, bootstrap_result=result, method="BCa", vectorized=True)
    found = within(values, np.zeros_like(values), permutations=99, bootstraps=999, seed=1)
    assert found.ci_low[0] == pytest.approx(known.confidence_interval.low / 10, abs=1e-12)
    assert found.ci_high[0] == pytest.approx(known.confidence_interval.high / 10, abs=1e-12)


def test_errors_of_rounding_break_no_ties_of_an_interval() -> None:
    chance = np.random.default_rng(4)
    distribution, without = chance.integers(0, 5, (999, 1)) / 5, chance.integers(1, 4, (9, 1)) / 5
    observed = np.array([0.4])
    noisy = distribution + 1e-16 * chance.normal(size=distribution.shape)
    assert np.allclose(bca(noisy, observed, [without]), bca(distribution, observed, [without]), rtol=0, atol=1e-12)


def test_errors_of_rounding_break_no_ties_of_ranks() -> None:
    """Means of two segments each that are .15 in seven of ten, to the last bit in four."""
    pairs = [(0.1, 0.2), (0.15, 0.15), (0.0, 0.3), (0.2, 0.1), (0.3, 0), (0.05, 0.25), (0.12, 0.18), (0.4, 0.5),
             (0.45, 0.45), (0.6, 0.0)]  # fmt: skip
    values = np.array([(first + second) / 2 for first, second in pairs])
    age = np.array([20, 31, 25, 47, 29, 36, 50, 22, 41, 33.0])
    assert len(set(values)) > len(set(values.round(9)))
    found, clean = (spearman(age, each[:, None], **QUICK) for each in (values, values.round(9)))
    assert found.statistic[0] == pytest.approx(stats.spearmanr(age, values.round(9)).statistic)
    assert (found.p_permutation, found.effect_low, found.effect_high) == (
        clean.p_permutation, clean.effect_low, clean.effect_high,
    )  # fmt: skip
    turned = spearman(values, age[:, None], **QUICK)
    assert turned.statistic[0] == pytest.approx(found.statistic[0])
    above = np.array([0.3, 0.5, 0.7, 0.9, 0.4, 0.6, 0.8, 0.35])
    equal = spearman(np.arange(8.0), (above - (above - 0.2).round(9))[:, None], **QUICK)
    for number in (equal.statistic, equal.p_permutation, equal.p_parametric, equal.effect_low):
        assert np.isnan(number).all()
    assert equal.df == ("",)


def test_what_is_alike_is_made_the_same_and_nothing_else() -> None:
    values = np.array([[0.3, 2.0], [0.1, 1.0], [0.1 + 2e-17, 3.0], [0.2, 1.0 + 1e-9], [0.3 - 4e-17, 0.0]])
    made = alike(values)
    assert np.abs(made - values).max() < 1e-15
    assert [len(set(column)) for column in made.T] == [3, 5]
    assert len(set(alike(values[:, 1:], 1e-8)[:, 0])) == 4
    tiny = np.array([[1e-12], [2e-12], [3e-12]])
    assert (alike(tiny) == tiny).all()


def test_permutations_of_equal_sums_are_ties_also_around_zero() -> None:
    """Differences whose signs can be chosen so that they add up to 0, but for errors of rounding."""
    difference = np.array([[0.1], [0.2], [-0.3], [0.4], [-0.4]])
    assert within(difference, np.zeros((5, 1)), **QUICK).p_permutation[0] == 1
    first, second = np.array([[0.1], [0.7], [0.4]]), np.array([[0.3], [0.6], [0.3], [0.4]])
    assert first.mean() == pytest.approx(second.mean())
    assert between(first, second, **QUICK).p_permutation[0] == 1


# Effect sizes, courses and shares.


def test_g_av_has_next_to_no_bias_in_small_samples() -> None:
    """True: .8; without the factor for small samples it was .90 of six pairs."""
    chance = np.random.default_rng(1)
    pairs = chance.multivariate_normal([0.8, 0], [[1, 0.5], [0.5, 1]], (20000, 6))
    found = within(pairs[..., 0].T, pairs[..., 1].T, permutations=1, bootstraps=3, seed=1)
    name, value, *_ = found.effects[1]
    assert (name, value.mean()) == ("g_av", pytest.approx(0.8, abs=0.05))


def test_the_interval_of_g_av_is_shortened_like_its_value_and_two_pairs_have_none() -> None:
    chance = np.random.default_rng(2)
    a, b = chance.random((7, 1)), chance.random((7, 1))
    _, value, low, high = within(a, b, **QUICK).effects[1]
    assert low[0] < value[0] < high[0]
    assert np.isnan(within(a[:2], b[:2], **QUICK).effects[1][1][0])
    assert np.isfinite(within(a[:3], b[:3], permutations=99, bootstraps=999, seed=1).effects[1][2][0])


def test_the_course_of_a_short_event_ends_with_it() -> None:
    edges = np.round(np.arange(0, 2.0001, 0.04), 6)
    values = np.where(edges[:-1] < 0.1 - 1e-9, 0.2, 0.9)[:, None]
    track = Track(edges[:-1], edges[1:], np.ones(50), values, np.zeros(50, int))
    for duration in (0.04, 0.1):
        means, covered = on_grid(track, 0.0, duration, 0.2)
        expected = measure(track, 0.0, duration, threshold=0.5, min_shown_s=0.4, words=1)
        assert means[:, 0].tolist() == pytest.approx(expected.mean.tolist())
        assert covered.tolist() == pytest.approx([1.0])


def test_time_that_is_excluded_does_not_count_against_a_stretch() -> None:
    edges = np.arange(51) * 0.2
    track = Track(edges[:-1], edges[1:], np.ones(50), np.full((50, 1), 0.5), np.zeros(50, int))
    options = {"threshold": 0.5, "min_shown_s": 0.4, "words": 1}
    cut = measure(track.without([(2.0, 5.0)]), 1.0, 5.0, excluded_s=3.0, **options)
    assert (cut.valid_s, cut.valid_share, cut.auc_s[0]) == pytest.approx((2.0, 1.0, 2.5))
    unseen = measure(track.without([(2.0, 5.0)]), 1.0, 5.0, **options)
    assert (unseen.valid_share, unseen.auc_s[0]) == pytest.approx((0.4, 2.5))
    gone = measure(track.without([(1.0, 6.0)]), 1.0, 5.0, excluded_s=5.0, **options)
    assert gone.valid_s == 0
    assert np.isnan(gone.valid_share)


# Intersubject correlation.


def test_resampled_correlations_are_those_of_different_participants() -> None:
    chance = np.random.default_rng(6)
    values = chance.normal(size=(9, 200)) + 0.5 * chance.normal(size=200)
    centred = values - values.mean(axis=1, keepdims=True)
    products = centred @ centred.T
    found = shared_course(values, surrogates=19, bootstraps=99, seed=1)
    assert found is not None
    everybody, own = np.ones((1, 9)), products.diagonal()
    assert mean_z(everybody, everybody @ products, own, 9)[0] == pytest.approx(np.arctanh(found.r).mean())
    twice = np.array([[2.0, 2, 2, 2, 1, 0, 0, 0, 0]])
    # Copies of themselves are among the others of nobody: by hand, pair by pair.
    drawn, z = np.repeat(np.arange(9), twice[0].astype(int)), []
    for one in drawn:
        others = [other for other in drawn if other != one]
        pairs = [products[a, b] for a in others for b in others if a != b]
        variance = (np.mean([products[each, each] for each in others]) + 7 * np.mean(pairs)) / 8
        z.append(
            np.arctanh(np.mean([products[one, other] for other in others]) / np.sqrt(products[one, one] * variance))
        )
    assert mean_z(twice, twice @ products, own, 9)[0] == pytest.approx(np.mean(z))


def test_four_participants_have_no_interval_and_five_have() -> None:
    chance = np.random.default_rng(6)
    values = chance.normal(size=(5, 200)) + 0.5 * chance.normal(size=200)
    few, enough = (shared_course(values[:count], surrogates=19, bootstraps=499, seed=1) for count in (4, 5))
    assert few is not None
    assert enough is not None
    assert np.isnan([few.low, few.high]).all()
    assert np.isfinite(few.mean_r)
    assert enough.low < enough.mean_r < enough.high


@pytest.mark.slow
@pytest.mark.parametrize(("people", "least"), [(8, 0.90), (12, 0.915), (24, 0.915)])
def test_intervals_of_shared_courses_hold_the_truth(people: int, least: float) -> None:
    """One film, and participants who follow it more or less; it was 76, 85 and 90 % of intervals."""
    chance = np.random.default_rng(1)
    film, found, bounds = chance.normal(size=300), [], []
    for number in range(300):
        follows = chance.uniform(0.2, 0.8, (people, 1))
        values = follows * film + chance.normal(size=(people, 300))
        each = shared_course(values, surrogates=19, bootstraps=999, seed=number)
        assert each is not None
        found.append(np.arctanh(each.mean_r))
        bounds.append((each.low, each.high))
    truth, (low, high) = np.tanh(np.mean(found)), np.transpose(bounds)
    assert least <= np.mean((low <= truth) & (truth <= high)) <= 0.99


def test_what_could_not_be_tested_is_told_as_that() -> None:
    row = {"design": "between", "emotion": "happy", "measure": "mean", "level_a": "a, b, c", "level_b": "", "n_a": 9,
           "statistic": 3.456, "df": "2, 5.43217", "effect": "eta_squared", "effect_value": 0.4, "effect_low": np.nan,
           "effect_high": np.nan, "p_permutation": 0.04}  # fmt: skip
    several = Contrast("group", ("a", "b", "c"), (), whole=True)
    assert "differed by F(2, 5.432) = 3.46, " in sentence(row, several, Plan())
    nothing = row | {"statistic": np.nan, "df": "", "effect_value": np.nan, "p_permutation": np.nan}
    assert sentence(nothing, several, Plan()).startswith("In 9 participants, displayed happy")
    assert sentence(nothing, several, Plan()).endswith("did not vary.")
    pair = nothing | {"level_a": "a", "level_b": "b", "n_a": 4.0, "n_b": 5.0}
    assert sentence(pair, Contrast("group", ("a", "b"), ()), Plan()).startswith("In 4 and 5 participants, ")
    related = nothing | {"design": "correlation", "contrast": "age"}
    assert sentence(related, Contrast("age", (), ()), Plan()).endswith(" or age did not vary.")
    assert "nothing to test" in verdict(nothing)
    same = pair | {"design": "within", "n_pairs": 8.0}
    said = sentence(same, Contrast("label", ("a", "b"), ()), Plan())
    assert said.startswith("For each of 8 participants, displayed happy")
    assert said.endswith(" was the same in a and b.")


def test_an_agreement_about_what_never_varies_is_none() -> None:
    assert np.isnan(icc(0.3 + 1e-17 * np.arange(12.0).reshape(6, 2)).agreement)
