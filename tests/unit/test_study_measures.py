"""Measures of a segment, worked out by hand: valid time is weighted, gaps are never filled in."""

from __future__ import annotations

import numpy as np
import pytest

from videmo.study.measures import Measured, measure, moments, on_grid
from videmo.study.track import Track


def track(starts: np.ndarray, step: float, values: np.ndarray, coverage: np.ndarray | float = 1.0) -> Track:
    """A track of two emotions, the second of which is what the first is not."""
    both = np.column_stack([values, 1 - values])
    covered = np.broadcast_to(np.asarray(coverage, float), values.shape).copy()
    return Track(starts, starts + step, covered, both, (both[:, 1] > both[:, 0]).astype(np.int64))


def measured(of: Track, onset: float, duration: float) -> Measured:
    return measure(of, onset, duration, threshold=0.5, min_shown_s=0.4, words=2)


def triangle(step: float = 0.02) -> Track:
    starts = np.round(np.arange(0, 10, step), 6)
    return track(starts, step, 1 - np.abs(starts + step / 2 - 5) / 5)


def test_five_cells_by_hand() -> None:
    cells = track(np.arange(5) * 0.2, 0.2, np.array([0.2, 0.4, 0.6, 0.8, 1.0]), np.array([1, 1, 0.5, 0, 1]))
    found = measured(cells, 0.1, 0.8)
    assert found.valid_s == pytest.approx(0.5)
    assert found.valid_share == pytest.approx(0.625)
    assert found.mean[0] == pytest.approx(0.52)
    assert found.auc_s[0] == pytest.approx(0.416)
    assert (found.peak[0], found.peak_s[0]) == (1.0, pytest.approx(0.75))
    assert found.top10_mean[0] == pytest.approx(1.0)
    assert found.time_above[0] == pytest.approx(0.40)


def test_a_triangle() -> None:
    found = measured(triangle(), 0.0, 10.0)
    assert found.mean[0] == pytest.approx(0.5, abs=1e-9)
    assert found.peak[0] == pytest.approx(1.0, abs=0.01)
    assert found.time_above[0] == pytest.approx(0.5, abs=1e-6)
    assert found.top10_mean[0] == pytest.approx(0.95, abs=0.01)
    assert found.latency_s[0] == pytest.approx(2.5, abs=0.02)
    assert found.dominant_share[0] == pytest.approx(0.5, abs=0.002)


def test_a_hole_is_not_filled_in() -> None:
    whole = triangle()
    found = measured(whole.without([(4.0, 6.0)]), 0.0, 10.0)
    assert found.mean[0] == pytest.approx(0.4, abs=1e-6)
    assert found.auc_s[0] == pytest.approx(4.0, abs=1e-5)
    assert found.valid_share == pytest.approx(0.8)
    means, valid = on_grid(whole.without([(4.0, 6.0)]), 0.0, 10.0, 0.5)
    assert np.isnan(means[8:12]).all()
    assert valid[8:12].max() == pytest.approx(0)
    assert means[2, 0] == pytest.approx(1.25 / 5)


def test_mean_top_and_peak_are_in_order() -> None:
    chance = np.random.default_rng(3)
    for _ in range(200):
        count = int(chance.integers(3, 60))
        cells = track(np.arange(count) * 0.2, 0.2, chance.random(count), chance.uniform(0.5, 1, count))
        found = measured(cells, chance.uniform(-0.3, 0.1), count * 0.2 * chance.uniform(0.6, 1.2))
        assert (found.mean <= found.top10_mean + 1e-12).all()
        assert (found.top10_mean <= found.peak + 1e-12).all()
        assert (found.median <= found.peak + 1e-12).all()


def test_nothing_valid_is_no_number() -> None:
    found = measured(track(np.arange(5) * 0.2, 0.2, np.ones(5), 0.0), 0.0, 1.0)
    assert (found.valid_s, found.valid_share) == (0.0, 0.0)
    assert np.isnan(found.mean).all()
    assert np.isnan(measured(triangle(), 50.0, 1.0).peak).all()


def test_a_run_above_the_threshold_has_to_last_without_a_break() -> None:
    shown = np.array([0, 1, 0, 1, 1, 1.0])
    assert measured(track(np.arange(6) * 0.2, 0.2, shown), 0.0, 1.2).latency_s[0] == pytest.approx(0.6)
    broken = track(np.array([0, 0.2, 0.4, 1.0, 1.4]), 0.2, np.array([0, 0, 1, 1, 1.0]))
    assert np.isnan(measured(broken, 0.0, 2.0).latency_s[0])


def test_what_is_cut_out_splits_cells_at_its_edges() -> None:
    cut = track(np.arange(5) * 0.2, 0.2, np.linspace(0.2, 1, 5)).without([(0.3, 0.5)])
    assert cut.starts.round(9).tolist() == [0.0, 0.2, 0.5, 0.6, 0.8]
    assert cut.ends.round(9).tolist() == [0.2, 0.3, 0.6, 0.8, 1.0]
    assert moments(cut)[0] == pytest.approx(0.8)


def test_moments_of_stretches() -> None:
    valid, mean, _ = moments(triangle(), [(0.0, 1.0), (9.0, 10.0)])
    assert valid == pytest.approx(2.0)
    assert mean[0] == pytest.approx(0.1, abs=1e-9)


def quotient() -> Track:
    """Five cells of a second; what a formula makes of them has no value in the last but one."""
    values = np.column_stack([[0.2, 0.4, 0.9, 0.5, 0.6], [0.2, 0.4, 0.9, np.nan, 0.6]])
    starts = np.arange(5.0)
    return Track(starts, starts + 1, np.ones(5), values, np.zeros(5, np.int64))


def test_what_has_no_value_in_a_cell_has_no_measure_at_all() -> None:
    found = measure(quotient(), 0.0, 5.0, threshold=0.5, min_shown_s=0.4, words=1)
    levels = [found.mean, found.sd, found.median, found.peak, found.peak_s, found.top10_mean, found.time_above]
    for each in [*levels, found.latency_s, found.auc_s]:
        assert np.isfinite(each[0])
        assert np.isnan(each[1]), "0.9 as its highest, and a fifth less of the time shown, would be wrong"
    before = measure(quotient(), 0.0, 3.0, threshold=0.5, min_shown_s=0.4, words=1)
    assert before.mean[1] == before.mean[0], "it counts where it has a value in all cells"


def test_what_has_no_value_in_a_cell_is_unknown_there_alone() -> None:
    means, _ = on_grid(quotient(), 0.0, 5.0, 0.5)
    assert np.isnan(means[:, 1]).tolist() == [False] * 6 + [True] * 2 + [False] * 2
    np.testing.assert_allclose(means[8:, 1], 0.6)
    assert moments(quotient(), [(0.0, 1.0)])[1][1] == pytest.approx(0.2), "the cell is elsewhere"
    assert np.isnan(moments(quotient())[1][1])


def test_time_counts_once_in_however_many_stretches_it_lies() -> None:
    once, twice = moments(triangle(), [(0.0, 4.0)]), moments(triangle(), [(2.0, 4.0), (0.0, 3.0), (2.5, 4.0)])
    assert twice[0] == pytest.approx(once[0])
    np.testing.assert_allclose(twice[1:], once[1:])


@pytest.mark.parametrize("value", [0.1, 0.3, 0.05, 0.7])
def test_what_never_varies_has_no_deviation(value: float) -> None:
    still = track(np.arange(30) * 0.1, 0.1, np.full(30, value), 0.97)
    assert moments(still)[2].tolist() == [0.0, 0.0]
    assert measured(still, 0.3, 1.1).sd.tolist() == [0.0, 0.0]
