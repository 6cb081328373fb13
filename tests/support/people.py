"""Clips put together from real recordings of single people."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clips import make_clip

if TYPE_CHECKING:
    from videmo.persons.linked import Links
    from videmo.persons.sights import Sights

Picture = npt.NDArray[np.uint8]

FPS = 25
FILES = {
    "phone": "phone-neutral-to-smile.mp4", "glasses": "man-glasses.mp4", "turns": "woman-turns-head.mp4",
    "lab": "lab-talker.mpg", "smiles": "man-smiles.mp4", "selfie": "selfie-portrait.mp4",
    "moods": "woman-three-moods.mp4",
}  # fmt: skip
CUTS = [
    ("phone", "glasses"), ("glasses", "turns"), ("lab", "glasses"), ("smiles", "selfie"), ("glasses", "selfie"),
    ("glasses", "smiles"), ("lab", "turns"), ("turns", "selfie"), ("phone", "turns"), ("turns", "smiles"),
    ("moods", "turns"), ("moods", "glasses"),
]  # fmt: skip
"""Pairs of different people, by the names of their recordings."""


USUAL = 75
"""Pictures of a person that are kept for the next test, from where most tests begin."""


def pictures(data: Path, name: str, count: int = 25, begin_s: float | None = None) -> list[Picture]:
    """Pictures of a recording, cut to squares of 360 pixels. Who changes them has to copy them."""
    path, usual_s = data / "recordings" / FILES[name], 12.0 if name == "moods" else 0.0
    if begin_s is None and count <= USUAL:
        return _usual(path, usual_s)[:count]
    return _squares(path, usual_s if begin_s is None else begin_s, count)


@cache
def _usual(path: Path, begin_s: float) -> list[Picture]:
    return _squares(path, begin_s, USUAL)


def forget_pictures() -> None:
    """Free the memory of the pictures that are kept."""
    _usual.cache_clear()


def _squares(path: Path, begin_s: float, count: int) -> list[Picture]:
    import cv2

    from videmo.video.probe import probe
    from videmo.video.stills import read_stills

    found = []
    for _, picture in read_stills(probe(path), [begin_s + number / FPS for number in range(count)]):
        height, width = picture.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 3 if height > width else 0, (width - side) // 2
        square = picture[top : top + side, left : left + side]
        found.append(np.asarray(cv2.resize(square, (360, 360), interpolation=cv2.INTER_AREA), np.uint8))
    return found


def side_by_side(left: Picture, right: Picture) -> Picture:
    """Two people beside each other."""
    return np.hstack([left, right])


def crossing(front: Sequence[Picture], behind: Sequence[Picture], still: int = 24) -> list[Picture]:
    """Let two heads pass each other, the first in front: 24 frames still, half a second of overlap, 24 still.

    The first goes from left to right, the other from right to left.
    """
    import cv2

    side, height, width, speed = 220, 300, 640, 12
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    inside = (np.hypot(columns / 76, rows / 104) < 1).astype(np.float32)
    mask = cv2.GaussianBlur(inside, (0, 0), 2)[..., None]
    ground = np.tile(np.linspace(70, 130, width)[None, :, None], (height, 1, 3))
    way = width - side
    path = [0] * still + list(range(0, way, speed)) + [way] * still
    shown = []
    for number, left in enumerate(path):
        picture = ground.copy()
        for heads, place in ((behind, way - left), (front, left)):
            head = cv2.resize(heads[number % len(heads)], (side, side), interpolation=cv2.INTER_AREA)
            part = picture[40 : 40 + side, place : place + side]
            part += mask * (head - part)
        shown.append(np.clip(picture, 0, 255).astype(np.uint8))
    return shown


def followed_in(shown: Sequence[Picture], path: Path) -> tuple[pd.DataFrame, Sights]:
    """Write pictures as a clip and return its observations, faces followed, and what recognises them."""
    from videmo.faces.detector import sure_score
    from videmo.persons.assigning import assign_persons
    from videmo.pipeline.chunks import join_chunks, join_sights
    from videmo.pipeline.observer import observe_chunk
    from videmo.records import Chunk
    from videmo.results.schema import DECIMALS
    from videmo.settings import Settings
    from videmo.video.probe import probe

    kept: list[Any] = list(shown)
    make_clip(path, size=kept[0].shape[1::-1], frames=len(kept), gop=250, pictures=lambda number: kept[number])
    settings = Settings()
    part = observe_chunk(probe(path), Chunk(0, None, None, None, 0.0), settings)
    table = join_chunks([part], settings).round(DECIMALS)
    return assign_persons(table, settings.tracking, sure_score(settings.detector)), join_sights([part], settings, "")


def persons_in(shown: Sequence[Picture], path: Path) -> pd.DataFrame:
    """Write pictures as a clip and return its observations, persons recognised."""
    return identified_in(shown, path)[0]


def identified_in(shown: Sequence[Picture], path: Path) -> tuple[pd.DataFrame, Links]:
    """The same, and whose tracks are whose."""
    from videmo.faces.cohort import cohort_of
    from videmo.faces.detector import sure_score
    from videmo.persons.identifying import identify_persons
    from videmo.settings import Settings

    settings = Settings()
    followed, sights = followed_in(shown, path)
    cohort = cohort_of(settings.identity)
    return identify_persons(followed, sights, settings.tracking, sure_score(settings.detector), cohort)


def seen(table: pd.DataFrame, first: int, last: int, *, left: float = -1.0, right: float = 1e9) -> set[int]:
    """The persons in frames first to last, whose faces' middles lie between two places."""
    middle = table["x"] + table["w"] / 2
    rows = table[table["frame"].between(first, last) & middle.between(left, right)]
    return {int(one) for one in rows["person"].dropna()}
