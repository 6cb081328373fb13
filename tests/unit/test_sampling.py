"""How far apart sampled frames are, and for how long each of them speaks."""

from __future__ import annotations

import numpy as np
import pytest

from videmo.timeline.sampling import Sampling, sampling_of


def test_the_typical_step_is_the_median_whatever_a_few_steps_are() -> None:
    times = np.array([0.0, 0.1, 0.2, 0.3, 9.0, 9.1, 9.2, 9.21])
    assert sampling_of(times).step_s == pytest.approx(0.1)


@pytest.mark.parametrize("times", [[], [3.0]])
def test_fewer_than_two_frames_have_no_step(times: list[float]) -> None:
    sampling = sampling_of(np.array(times))
    assert sampling == Sampling(0.0)
    assert (sampling.longest_hold_s(0.5), sampling.longest_wait_s(2.0), sampling.lone_hold_s) == (0.5, 2.0, 0.0)


def test_at_a_high_rate_the_settings_say_how_long_a_sight_holds_and_a_face_is_waited_for() -> None:
    sampling = Sampling(0.04)
    assert sampling.longest_hold_s(0.5) == 0.5
    assert sampling.longest_wait_s(2.0) == 2.0


def test_at_a_low_rate_a_sight_holds_to_the_next_frame_though_steps_vary() -> None:
    assert Sampling(1.0).longest_hold_s(0.5) == pytest.approx(1.5)
    assert 1.0 < Sampling(1.0).longest_hold_s(0.5) < 2.0, "but not over a frame without the face"


def test_at_a_low_rate_a_face_is_waited_for_over_one_frame_and_not_over_two() -> None:
    assert 2.0 < Sampling(1.0).longest_wait_s(0.5) < 3.0


def test_a_sight_before_a_long_gap_holds_to_where_the_next_frame_would_be() -> None:
    assert 0.1 < Sampling(0.1).lone_hold_s < 0.11
