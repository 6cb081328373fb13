"""Faces in pictures that stand alone are looked at twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pytest

from videmo.faces.network import LEAST_SEARCHED, NetworkDetector
from videmo.faces.picture import LEAST_SCORE, UNSEEN, WINDOW, faces_in_picture
from videmo.records import Box, Detection
from videmo.video.luma import Luma

PICTURE = Luma(np.zeros((360, 640), np.uint8), limited=False, rotation=0)


@dataclass
class Twice:
    """A detector that sees one thing in the whole picture, and another in windows."""

    first: list[Detection]
    second: list[Detection]
    min_score: float | None = None
    asked: list[float | None] = field(default_factory=list)
    windows: list[Box] = field(default_factory=list)

    def search(self, luma: Luma, least: float | None = None) -> list[Detection]:
        self.asked.append(least)
        return self.first

    def detect_in(self, luma: Luma, window: Box, least: float | None = None) -> list[Detection]:
        self.windows.append(window)
        return self.second


def face(left: float, score: float, size: float = 40.0) -> Detection:
    return Detection(left, 100.0, size, size, score, ((left + 10, 110.0), (left + 30, 110.0)))


def faces(detector: Twice) -> list[Detection]:
    return faces_in_picture(cast(NetworkDetector, detector), PICTURE)


def test_both_looks_count_alike() -> None:
    detector = Twice([face(100, 0.5)], [face(104, 0.8), face(300, 0.9)])
    (found,) = faces(detector)
    assert found == Detection(102.0, 100.0, 40.0, 40.0, (0.5 + 0.8) / 2, ((112.0, 110.0), (132.0, 110.0)))
    assert detector.windows == [Box(120 - WINDOW * 20, 120 - WINDOW * 20, WINDOW * 40, WINDOW * 40)]
    assert detector.asked == [LEAST_SEARCHED], "doubtful ones may become sure"


def test_what_is_not_seen_again_is_no_face() -> None:
    assert faces(Twice([face(100, 0.95)], [])) == []
    assert faces(Twice([face(100, 0.95)], [face(150, 0.9)])) == []
    (found,) = faces(Twice([face(100, 1.0)], [], min_score=0.5))
    assert found.score == pytest.approx((1.0 + UNSEEN) / 2)


def test_the_least_score_is_that_of_both_looks() -> None:
    assert faces(Twice([face(100, LEAST_SCORE - 0.01)], [face(100, LEAST_SCORE)])) == []
    assert len(faces(Twice([face(100, LEAST_SCORE)], [face(100, LEAST_SCORE)]))) == 1
    assert faces(Twice([face(100, 0.75)], [face(100, 0.75)], min_score=0.8)) == []
    detector = Twice([face(100, 0.2)], [face(100, 0.25)], min_score=0.2)
    assert len(faces(detector)) == 1
    assert detector.asked == [0.2]


def test_what_becomes_one_face_is_told_once() -> None:
    (found,) = faces(Twice([face(100, 0.7), face(124, 0.6)], [face(112, 0.8)]))
    assert (found.x, found.score) == (106.0, (0.7 + 0.8) / 2)
