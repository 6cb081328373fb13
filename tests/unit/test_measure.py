"""Precision and recall on a handful of boxes that can be checked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from videmo.training.detector.metrics import (
    Finding,
    average_precision,
    judge,
    mistakes_above,
    recall_above,
    recall_at,
)

ANY = (0.0, 1e9)


def finding(
    found: list[tuple[float, float, float, float, float]],
    truth: list[tuple[float, float, float, float]],
    ignore: tuple[int, ...] = (),
) -> Finding:
    """Boxes with scores, annotated boxes, and which of them to ignore."""
    rows = np.array(found, np.float64).reshape(-1, 5)
    marks = np.array([place in ignore for place in range(len(truth))], bool)
    return Finding(rows[:, :4], rows[:, 4], np.array(truth, np.float64).reshape(-1, 4), marks)


def test_all_found_and_nothing_else_is_one() -> None:
    verdicts = judge([finding([(0, 0, 10, 10, 0.9)], [(0, 0, 10, 10)])], height=ANY)
    assert average_precision(verdicts) == recall_at(verdicts, 0.0) == 1.0


def test_a_face_found_twice_is_one_hit_and_one_mistake() -> None:
    verdicts = judge([finding([(0, 0, 10, 10, 0.9), (1, 0, 10, 10, 0.8)], [(0, 0, 10, 10)])], height=ANY)
    assert verdicts.right.tolist() == [True, False]


def test_precision_is_averaged_over_recall() -> None:
    pictures = [
        finding([(0, 0, 10, 10, 0.9), (50, 50, 10, 10, 0.8)], [(0, 0, 10, 10)]),
        finding([(0, 0, 10, 10, 0.7)], [(0, 0, 10, 10), (80, 80, 10, 10)]),
    ]
    verdicts = judge(pictures, height=ANY)
    # Hits at ranks 1 and 3 of three faces: precision 1 and 2/3.
    assert average_precision(verdicts) == pytest.approx((1 + 2 / 3) / 3)
    assert recall_at(verdicts, 0.0) == pytest.approx(1 / 3)
    assert recall_at(verdicts, 0.5) == pytest.approx(2 / 3)
    assert recall_above(verdicts, 0.75) == pytest.approx(1 / 3)
    assert mistakes_above(verdicts, 0.75) == 1


def test_faces_of_other_heights_and_unclear_ones_count_neither_way() -> None:
    picture = finding(
        [(0, 0, 30, 30, 0.9), (100, 0, 10, 10, 0.8), (200, 0, 30, 30, 0.7), (300, 0, 10, 10, 0.6)],
        [(0, 0, 30, 30), (100, 0, 10, 10), (200, 0, 30, 30)],
        ignore=(2,),
    )
    verdicts = judge([picture], height=(24.0, 1e9))
    assert verdicts.faces == 1
    assert verdicts.right.tolist() == [True], "the small mistake belongs to another class of height"


def test_nothing_to_find_is_not_a_score() -> None:
    verdicts = judge([finding([], [])], height=ANY)
    assert math.isnan(average_precision(verdicts))
    assert math.isnan(recall_at(verdicts, 0.01))
