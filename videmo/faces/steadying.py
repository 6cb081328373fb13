"""Steady the boxes of a face that is followed: from frame to frame, a detector's box trembles more than a head does.

A search and a window see a face at different sizes and in different places of the network's grid, so that even of a
face that keeps still, boxes differ by a few percent; the crop trembles with the box, and with the crop what is measured
in it. Each box becomes a mean of those of the same face shortly before and after it, the nearer the weightier. Where
the detector saw the face stays known: people are recognised by that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from videmo.records import Detection

SIGMA_S: Final = 0.05
"""Standard deviation of the weights in seconds."""
REACH_S: Final = 0.1
"""Furthest sight that counts."""
MOST: Final = 5
"""Sights that count on each side, however close they are in time."""
STAYED: Final = 0.7
"""Overlap (intersection over union) with the sight that is steadied, below which a face has moved too far to count."""

Sight = Detection | None
"""A face in a frame, or None where it was missed."""


def steadied(sights: Sequence[Sight], times_s: Sequence[float]) -> list[Sight]:
    """Return the sights of one face with steadier boxes; scores and landmarks stay, and so does what was missed.

    Args:
        sights: of one face in consecutive frames.
        times_s: when the frames are shown, in seconds, as many.
    """
    return [
        sight and _mean(sight, [(sight, 1.0), *_beside(sights, times_s, place)]) for place, sight in enumerate(sights)
    ]


def _beside(sights: Sequence[Sight], times_s: Sequence[float], place: int) -> Iterator[tuple[Detection, float]]:
    yield from _weighted(sights, times_s, place, range(place - 1, max(-1, place - 1 - MOST), -1))
    yield from _weighted(sights, times_s, place, range(place + 1, min(len(sights), place + 1 + MOST)))


def _weighted(
    sights: Sequence[Sight], times_s: Sequence[float], place: int, others: Iterable[int]
) -> Iterator[tuple[Detection, float]]:
    """Yield sights and their weights, outwards, up to where the face is elsewhere or too long has passed."""
    own = sights[place]
    assert own is not None
    for other in others:
        apart_s, seen = abs(times_s[other] - times_s[place]), sights[other]
        if apart_s > REACH_S:
            return
        if seen is None:
            continue
        if seen.box.overlap(own.box) < STAYED:
            return
        yield seen, math.exp(-0.5 * (apart_s / SIGMA_S) ** 2)


def _mean(sight: Detection, weighted: Sequence[tuple[Detection, float]]) -> Detection:
    if len(weighted) == 1:
        return sight
    whole = x = y = w = h = 0.0  # sums of differences: what is the same in all of them stays exactly that
    for seen, weight in weighted:
        whole += weight
        x += weight * (seen.x - sight.x)
        y += weight * (seen.y - sight.y)
        w += weight * (seen.w - sight.w)
        h += weight * (seen.h - sight.h)
    return replace(
        sight,
        x=sight.x + x / whole,
        y=sight.y + y / whole,
        w=sight.w + w / whole,
        h=sight.h + h / whole,
        seen=sight.box,
    )
