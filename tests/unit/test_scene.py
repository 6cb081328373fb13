"""How much the picture changes from one frame to the next."""

from __future__ import annotations

import numpy as np

from videmo.video.scene import THUMBNAIL, change_between


def test_the_change_between_pictures_goes_from_zero_to_one() -> None:
    black, grey, white = (np.full(THUMBNAIL, value, np.uint8) for value in (0, 128, 255))
    assert change_between(black, black) == change_between(white, white) == 0
    assert change_between(black, white) == change_between(white, black)
    assert 0.9 < change_between(black, white) <= 1
    assert 0.2 < change_between(grey, white) < change_between(black, white)


def test_a_change_in_a_part_of_the_picture_is_a_part_of_the_change() -> None:
    black, half, white = np.zeros(THUMBNAIL, np.uint8), np.zeros(THUMBNAIL, np.uint8), np.full(THUMBNAIL, 255, np.uint8)
    half[: THUMBNAIL[0] // 2] = 255
    assert 0 < change_between(white, half) < change_between(white, black)
