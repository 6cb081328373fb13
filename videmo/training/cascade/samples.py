"""Cut samples of objects from annotated pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.training.cascade.description import Annotated, Box, Listed, Warn, boxes_inside, read_gray

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SampleSettings:
    """Say how samples are cut."""

    width: int = 20
    """Width of the window in pixels."""
    height: int = 20
    copies: int = 0
    """Altered copies of each object in addition to the plain one."""
    rotate: float = 0.0
    """Largest rotation of an altered copy, in degrees."""
    shift: float = 0.0
    """Largest shift of an altered copy, as a share of the box; it is resized by up to as much too."""
    mirror: bool = False
    """Whether to add each sample mirrored too."""
    seed: int = 0


def make_samples(
    pictures: Sequence[Annotated],
    source: Path,
    settings: SampleSettings,
    warn: Warn,
    *,
    backgrounds: Sequence[Listed] = (),
    listed_in: Path | None = None,
) -> Image:
    """Cut all objects, scaled to the window: the plain ones first, then their mirror images, then altered copies.

    Pixels are interpolated directly from the full picture, as OpenCV's detector scales the pictures that it searches;
    averaging over areas would give finer faces than it ever sees.

    Args:
        pictures: what to cut.
        source: the description that they come from, for messages.
        settings: how to cut.
        warn: receives a sentence about each picture and box that is left out, with file and line.
        backgrounds: pictures that fill what altered copies show beyond the border of a picture; without any, its
            outermost pixels do.
        listed_in: the list that they come from, for messages.

    Returns:
        ``(n, height, width)``.

    Raises:
        DatasetError: no object could be cut.
    """
    fill = _Fill(backgrounds, listed_in, settings, warn)
    plain: list[Image] = []
    changed: list[list[Image]] = [[] for _ in range(settings.copies)]
    for number, (image, box) in enumerate(_objects(pictures, source, warn)):
        plain.append(cut(image, box, settings))
        rng = np.random.default_rng([settings.seed, number])
        for copies in changed:
            copies.append(_changed(image, box, settings, rng, fill))
    if not plain:
        raise DatasetError(source, "no box could be cut", advice="See the reasons above, line by line.")
    rounds = [np.stack(part) for part in (plain, *changed)]
    if settings.mirror:
        rounds = [side for part in rounds for side in (part, part[:, :, ::-1])]
    return np.ascontiguousarray(np.concatenate(rounds))


def _objects(pictures: Sequence[Annotated], source: Path, warn: Warn) -> Iterator[tuple[Image, Box]]:
    for picture in pictures:
        try:
            image = read_gray(picture.path, source, picture.line)
        except DatasetError as exc:
            warn(str(exc))
            continue
        for box in boxes_inside(picture, image.shape, source, warn):
            yield image, box


def cut(image: Image, box: tuple[float, float, float, float], settings: SampleSettings, *, turn: float = 0.0) -> Image:
    """Cut a box, rotated by some degrees about its centre, and scale it to the window."""
    return _warp(image, _to_source(box, settings, turn), settings, cv2.BORDER_REPLICATE)


def _to_source(box: tuple[float, float, float, float], settings: SampleSettings, turn: float) -> npt.NDArray:
    """Return the affine map from the window's pixels to the picture's."""
    x, y, w, h = box
    across, down = w / settings.width, h / settings.height
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    matrix = np.array([[cosine * across, -sine * down, 0.0], [sine * across, cosine * down, 0.0]])
    middle = np.array([(settings.width - 1) / 2, (settings.height - 1) / 2])
    matrix[:, 2] = np.array([x + (w - 1) / 2, y + (h - 1) / 2]) - matrix[:, :2] @ middle
    return matrix


def _warp(image: Image, matrix: npt.NDArray, settings: SampleSettings, border: int) -> Image:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = settings.width, settings.height
    return np.asarray(cv2.warpAffine(image, matrix, size, flags=flags, borderMode=border), np.uint8)


def _changed(image: Image, box: Box, settings: SampleSettings, rng: np.random.Generator, fill: _Fill) -> Image:
    x, y, w, h = box
    turn = float(rng.uniform(-settings.rotate, settings.rotate))
    shift = rng.uniform(-settings.shift, settings.shift, 2)
    grown = 1 + float(rng.uniform(-settings.shift, settings.shift))
    moved = (x + w * (shift[0] + (1 - grown) / 2), y + h * (shift[1] + (1 - grown) / 2), w * grown, h * grown)
    matrix = _to_source(moved, settings, turn)
    sample = _warp(image, matrix, settings, cv2.BORDER_REPLICATE)
    inside = _warp(np.full_like(image, 255), matrix, settings, cv2.BORDER_CONSTANT) > 127
    return sample if inside.all() else np.where(inside, sample, fill.window(rng, sample))


class _Fill:
    """Provide random windows of pictures without objects."""

    def __init__(
        self, backgrounds: Sequence[Listed], source: Path | None, settings: SampleSettings, warn: Warn
    ) -> None:
        self._listed, self._source, self._settings, self._warn = list(backgrounds), source, settings, warn

    def window(self, rng: np.random.Generator, otherwise: Image) -> Image:
        while self._listed:
            place = int(rng.integers(len(self._listed)))
            listed = self._listed[place]
            try:
                image = read_gray(listed.path, self._source or listed.path, listed.line)
            except DatasetError as exc:
                self._warn(str(exc))
                del self._listed[place]
                continue
            side = float(rng.uniform(0.2, 1.0)) * min(image.shape)
            x, y = rng.uniform(0, image.shape[1] - side), rng.uniform(0, image.shape[0] - side)
            return cut(image, (float(x), float(y), side, side), self._settings)
        return otherwise
