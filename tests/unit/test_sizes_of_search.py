"""A search looks at sizes in which faces of any size are seen, whatever the size of the picture."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from videmo.faces.network import LARGEST_FACE, sizes_of_search


@pytest.mark.parametrize(
    "longest", [17, 160, 161, 200, 213, 300, 319, 320, 352, 426, 480, 512, 600, 638, 640, 854, 1279, 1920]
)
def test_the_coarsest_size_sees_faces_that_fill_the_picture(longest: int) -> None:
    sizes = sizes_of_search(longest)
    assert sizes[0] == longest
    assert sizes[-1] <= LARGEST_FACE / 0.6
    assert all(1 < one / other <= 2.01 for one, other in itertools.pairwise(sizes))
    assert sizes[-1] >= min(longest, 160)


def test_usual_sizes_stay_halves() -> None:
    assert sizes_of_search(640) == [640, 320, 160]
    assert sizes_of_search(320) == [320, 160]
    assert sizes_of_search(1280) == [1280, 640, 320, 160]
    assert np.all(np.diff(sizes_of_search(638)) < 0)
