"""A large cluster, computed: our queue keeps its slots busy. benchmarks/cluster.py does it with 10,000 hours."""

from __future__ import annotations

import pytest

from simulated import Times, films, simulate

TIMES = Times(plan=0.1, observe=0.05, annotate=0.07, whole=(0.1, 0.001), last=(0.5, 0.001), folder=0.001)


def test_slots_are_kept_busy_though_workers_are_lost() -> None:
    found = simulate(list(films(60)), 16, TIMES, loss=0.005)
    assert found.efficiency > 0.95


def test_a_slow_scheduler_does_not_hold_up_many_slots() -> None:
    """With a chunk to a task, 400 slots would ask for 700 tasks per second of one that hands out 150."""
    found = simulate(list(films(60)), 400, TIMES, service_s=(0.006, 0.007), loss=0.0)
    assert found.efficiency > 0.8, "60 hours are little for 400 slots"
    assert found.tasks < 9000


@pytest.mark.parametrize("seed", [1, 2])
def test_recordings_that_are_made_up_have_a_long_tail(seed: int) -> None:
    seconds = sorted(film.seconds for film in films(2000, seed=seed))
    assert sum(seconds) == pytest.approx(2000 * 3600, abs=1)
    assert 900 < seconds[len(seconds) // 2] < 1600
    assert seconds[-1] > 5 * 3600
