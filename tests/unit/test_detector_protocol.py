"""WIDER FACE's official evaluation, on boxes by hand."""

from __future__ import annotations

import numpy as np
import pytest

from videmo.training.detector.metrics import Finding
from videmo.training.detector.protocol import (
    THRESHOLDS,
    at_level,
    curve,
    official_average_precision,
    proposals,
)

FACE, OTHER, NOTHING = (0.0, 0.0, 40.0, 60.0), (100.0, 0.0, 30.0, 40.0), (300.0, 300.0, 50.0, 50.0)


def finding(found: list[tuple[tuple[float, ...], float]], truth: list[tuple[float, ...]], *ignored: int) -> Finding:
    boxes = np.array([box for box, _ in found]).reshape(-1, 4)
    ignore = np.array([face in ignored for face in range(len(truth))], bool)
    return Finding(boxes, np.array([score for _, score in found]), np.array(truth).reshape(-1, 4), ignore)


def test_what_finds_all_and_nothing_else_has_an_average_precision_of_1() -> None:
    assert official_average_precision([finding([(FACE, 0.9), (OTHER, 0.3)], [FACE, OTHER])]) == 1.0


def test_a_mistake_that_is_surer_than_a_face_halves_the_precision_of_all_that_follow() -> None:
    # Points of the curve: 1 of 1, then 1 of 2, then 2 of 3.
    value = official_average_precision([finding([(FACE, 0.9), (NOTHING, 0.5), (OTHER, 0.1)], [FACE, OTHER])])
    assert value == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_a_face_that_is_missed_is_missing_from_the_area() -> None:
    assert official_average_precision([finding([(FACE, 0.9)], [FACE, OTHER])]) == pytest.approx(0.5)


def test_the_same_face_found_twice_counts_as_a_mistake() -> None:
    judged = proposals(finding([(FACE, 0.9), (FACE, 0.8)], [FACE]))
    assert judged.found.tolist() == [1, 1]
    assert judged.counted.tolist() == [1, 2]


def test_an_ignored_face_counts_neither_as_found_nor_as_a_mistake() -> None:
    judged = proposals(finding([(OTHER, 0.9), (FACE, 0.8)], [FACE, OTHER], 1))
    assert judged.found.tolist() == [0, 1]
    assert judged.counted.tolist() == [0, 1]
    assert official_average_precision([finding([(OTHER, 0.9), (FACE, 0.8)], [FACE, OTHER], 1)]) == 1.0


def test_a_detection_belongs_to_the_face_that_it_covers_best_though_that_one_is_ignored() -> None:
    near = (4.0, 0.0, 40.0, 60.0)
    judged = proposals(finding([(FACE, 0.9)], [near, FACE], 1))
    assert judged.counted.tolist() == [0]


def test_boxes_end_with_their_last_pixel() -> None:
    # One column each: 9.4 + 1 of 19 + 1 pixels are more than half, 9.4 of 19 are less.
    assert official_average_precision([finding([((0.0, 0.0, 0.0, 9.4), 0.9)], [(0.0, 0.0, 0.0, 19.0)])]) == 1.0


def test_scores_are_stretched_over_all_pictures_before_the_thousand_thresholds() -> None:
    one, other = proposals(finding([(FACE, 0.52)], [FACE])), proposals(finding([(NOTHING, 0.5)], [FACE]))
    counted, found = curve([one, other])
    assert len(counted) == THRESHOLDS
    assert counted[0] == found[0] == 1, "0.52 is 1 when stretched"
    assert counted[-2] == 1
    assert counted[-1] == 2, "0.5 is 0"


def test_pictures_without_faces_or_detections_do_no_harm() -> None:
    nothing, empty = finding([], [FACE]), finding([(NOTHING, 0.9)], [])
    assert official_average_precision([nothing]) == 0.0
    assert np.isnan(official_average_precision([empty]))
    assert official_average_precision([finding([(FACE, 0.4)], [FACE]), empty]) == 1.0


def test_levels_follow_the_height_in_the_original_picture() -> None:
    both = finding([], [FACE, OTHER])
    heights = np.array([50.0, 50.1])
    assert at_level(both, heights, "easy").ignore.tolist() == [True, False]
    assert at_level(both, heights, "medium").ignore.tolist() == [False, False]
    assert at_level(finding([], [FACE, OTHER], 1), heights, "medium").ignore.tolist() == [False, True]
