"""Find windows of negative pictures that the cascade so far accepts as objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.training.cascade.classify import StagePlan, accepted, plan
from videmo.training.cascade.description import Listed, read_gray
from videmo.training.cascade.integral import windows_of_picture
from videmo.training.cascade.model import Cascade
from videmo.training.cascade.parallel import ParallelMap

Image = npt.NDArray[np.uint8]

SCALE = 2**0.25
"""Factor from one size of a picture to the next."""
STRIDE = 2
OFFSETS = ((0, 0), (1, 1), (1, 0), (0, 1))
"""Each tour through the pictures takes every second window in both directions; four tours take each window once."""
AT_ONCE = 16
"""Number of pictures that are searched before checking whether there are enough windows."""
SPARE = 6
"""A tour takes at most this many times a picture's even share of windows from it and keeps the rest in reserve."""


@dataclass(frozen=True, slots=True)
class Mined:
    """Hold the windows that were found."""

    samples: Image
    """``(n, height, width)``"""
    searched: int
    """Number of windows that were searched."""
    accepted: int
    """Number of windows that the cascade accepted as objects."""
    trouble: tuple[str, ...]
    """A sentence for each picture that can't be used, with list and line."""

    @property
    def false_alarms(self) -> float:
        """Return the share of windows that the cascade accepts as objects, 0 to 1."""
        return self.accepted / max(self.searched, 1)


@dataclass(frozen=True, slots=True)
class _Search:
    """Name one picture to search."""

    listed: Listed
    tour: int
    seed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    samples: Image
    searched: int
    accepted: int
    trouble: str | None = None


def mine(
    cascade: Cascade, negatives: Sequence[Listed], source: Path, wanted: int, seed: int, parallel: ParallelMap
) -> Mined:
    """Collect false alarms of a cascade, spread over the pictures, until there are enough or all windows are searched.

    The result depends on the arguments alone, not on the number of workers.

    Args:
        cascade: which the windows have to pass; without stages, any that isn't flat does.
        negatives: the pictures.
        source: the list that they come from, for messages.
        wanted: number of windows.
        seed: of the order of pictures and the choice of windows.
        parallel: how pictures are spread over cores.
    """
    share = max(1, -(-SPARE * wanted // len(negatives)))
    plans = plan(cascade)
    taken: list[Image] = []
    reserve: list[Image] = []
    trouble: dict[str, None] = {}
    searched = passed = 0
    for batch in _batches(negatives, seed, len(cascade.stages)):
        for found in parallel(lambda search: _search(search, cascade, plans, source, wanted), batch):
            searched, passed = searched + found.searched, passed + found.accepted
            taken += list(found.samples[:share])
            reserve += list(found.samples[share:])[: wanted - len(reserve)]
            trouble |= {found.trouble: None} if found.trouble else {}
        if len(taken) >= wanted:
            break
    chosen = (taken + reserve)[:wanted]
    samples = np.stack(chosen) if chosen else np.zeros((0, cascade.height, cascade.width), np.uint8)
    return Mined(samples, searched, passed, tuple(trouble))


def _batches(negatives: Sequence[Listed], seed: int, stage: int) -> Iterator[list[_Search]]:
    for tour in range(len(OFFSETS)):
        order = np.random.default_rng([seed, stage, tour]).permutation(len(negatives))
        for start in range(0, len(order), AT_ONCE):
            yield [
                _Search(negatives[place], tour, (seed, stage, tour, int(place)))
                for place in order[start : start + AT_ONCE]
            ]


def _search(search: _Search, cascade: Cascade, plans: Sequence[StagePlan], source: Path, most: int) -> _Found:
    """Search the windows of a picture at all sizes; return at most ``most``, in random order."""
    width, height = cascade.width, cascade.height
    nothing = np.zeros((0, height, width), np.uint8)
    try:
        image = read_gray(search.listed.path, source, search.listed.line)
    except DatasetError as exc:
        return _Found(nothing, 0, 0, str(exc))
    if image.shape[0] < height or image.shape[1] < width:
        wrong = f"{image.shape[1]}×{image.shape[0]} px are smaller than the window of {width}×{height}"
        where = f"{source}, line {search.listed.line}: {search.listed.path}"
        return _Found(nothing, 0, 0, f"{where}: {wrong}. Remove the line.")
    rng = np.random.default_rng(search.seed)
    levels, starts, searched = [], [], 0
    for level in _sizes(image, width, height):
        windows = windows_of_picture(
            level, width, height, tilted=cascade.tilted, stride=STRIDE, offset=OFFSETS[search.tour]
        )
        chosen = windows.starts[accepted(plans, windows)]
        levels.append(level)
        starts.append(np.stack([np.full(len(chosen), len(levels) - 1), *np.divmod(chosen, windows.step)], axis=1))
        searched += len(windows)
    places = np.concatenate(starts)
    kept = places[rng.permutation(len(places))[:most]]
    samples = [levels[level][y : y + height, x : x + width] for level, y, x in kept]
    return _Found(np.stack(samples) if samples else nothing, searched, len(places))


def _sizes(image: Image, width: int, height: int) -> Iterator[Image]:
    """Yield the picture in ever smaller sizes, interpolated as in OpenCV's detector."""
    scale = 1.0
    while True:
        size = round(image.shape[1] / scale), round(image.shape[0] / scale)
        if size[0] < width or size[1] < height:
            return
        smaller = image if scale == 1 else cv2.resize(image, size, interpolation=cv2.INTER_LINEAR_EXACT)
        yield np.asarray(smaller, np.uint8)
        scale *= SCALE
