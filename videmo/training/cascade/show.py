"""Draw samples, and the features of a cascade."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import UsageError
from videmo.files import write_bytes
from videmo.plots.cascade import ACROSS, Outline, features_figure
from videmo.plots.save import save_figure
from videmo.training.cascade.model import Cascade, Feature
from videmo.training.cascade.vec import read_vec
from videmo.training.cascade.xml import read_cascade

Image = npt.NDArray[np.uint8]

PAPER = 255
ENLARGED_PX = 60
"""Samples are enlarged by whole numbers to about this width."""
MARGIN = 8
MOST = 300
"""Largest number of samples that are drawn."""
DRAWN = (".png", ".svg", ".pdf")


def samples_sheet(samples: Image, *, across: int = 20) -> Image:
    """Lay the first samples ``(n, height, width)`` out on a white sheet, enlarged: ``(rows, columns)`` in grey."""
    shown = samples[:MOST]
    height, width = shown.shape[1:]
    times = max(1, round(ENLARGED_PX / width))
    across = min(across, len(shown))
    rows = -(-len(shown) // across)
    step = height * times + MARGIN // 2, width * times + MARGIN // 2
    sheet = np.full((rows * step[0] + 3 * MARGIN // 2, across * step[1] + 3 * MARGIN // 2), PAPER, np.uint8)
    for number, sample in enumerate(shown):
        row, column = divmod(number, across)
        top, left = MARGIN + row * step[0], MARGIN + column * step[1]
        sheet[top : top + height * times, left : left + width * times] = sample.repeat(times, 0).repeat(times, 1)
    return sheet


def mean_sample(samples: Image) -> Image:
    """Average samples after equalising their contrast: ``(height, width)``."""
    values = samples.astype(np.float64)
    values -= values.mean(axis=(1, 2), keepdims=True)
    values /= np.maximum(values.std(axis=(1, 2), keepdims=True), 1)
    mean = values.mean(axis=0)
    low, high = mean.min(), mean.max()
    return np.round(30 + 200 * (mean - low) / max(high - low, 1e-9)).astype(np.uint8)


def cascade_figure(cascade: Cascade, picture: Image | None, title: str) -> Any:
    """Draw the first features of each stage.

    Args:
        cascade: what to draw.
        picture: ``(height, width)`` to draw on; None for plain grey.
        title: of the figure.
    """
    under = np.full((cascade.height, cascade.width), 150, np.uint8) if picture is None else picture
    rows = []
    for number, stage in enumerate(cascade.stages, 1):
        features = [node.feature for tree in stage.trees for node in tree.nodes]
        more = f"{len(features)} features" if len(features) != 1 else "1 feature"
        rows.append((f"stage {number}\n{more}", [outlines(feature) for feature in features[:ACROSS]]))
    return features_figure(rows, under, title)


def outlines(feature: Feature) -> list[Outline]:
    """List the areas of a feature: first the whole, then on top of it the parts with another weight."""
    found: list[Outline] = []
    for x, y, w, h, weight in feature.rects:
        if feature.tilted:
            points = [(x, y), (x + w, y + w), (x + w - h, y + w + h), (x - h, y + h)]
        else:
            points = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
        found.append((points, weight))
    return found


def draw(path: Path, target: Path, *, size: tuple[int, int] | None = None, over: Path | None = None) -> str:
    """Draw samples (``.vec``) or a cascade (``.xml``) to a picture; say what it shows.

    Args:
        path: of the samples or the cascade.
        target: of the picture.
        size: width and height of samples that are not square.
        over: samples on whose mean a cascade's features are drawn.

    Raises:
        DatasetError, UsageError: a file is not what it should be.
        OutputError: the picture can't be written.
    """
    kind = path.suffix.lower()
    if kind == ".vec" and not over:
        return draw_samples(path, target, size)
    if kind == ".xml" and not size:
        return draw_cascade(path, target, over)
    if kind in (".vec", ".xml"):
        wrong = "samples to draw over" if kind == ".vec" else "a width and a height"
        right = "a cascade (.xml)" if kind == ".vec" else "samples (.vec)"
        raise UsageError(path, f"cannot be drawn with {wrong}", right, "Leave these out.")
    raise UsageError(path, "cannot be drawn", "samples (.vec) or a cascade (.xml)")


def draw_samples(path: Path, target: Path, size: tuple[int, int] | None) -> str:
    """Draw the first samples of a ``.vec`` file to a picture; say how many.

    Raises:
        DatasetError, UsageError: as in `read_vec`.
        OutputError: the picture can't be written.
    """
    samples = read_vec(path, size)
    encoded = cv2.imencode(".png", samples_sheet(samples))[1]
    if target.suffix.lower() != ".png":
        raise UsageError(target, "samples are drawn as PNG", "a name that ends in .png")
    write_bytes(target, encoded.tobytes())
    shown = min(len(samples), MOST)
    return f"{shown:,} of {len(samples):,} samples of {samples.shape[2]}×{samples.shape[1]} px"


def draw_cascade(path: Path, target: Path, over: Path | None) -> str:
    """Draw the features of a cascade's stages to a picture (PNG, SVG or PDF); say how many.

    Args:
        path: of the cascade.
        target: of the picture.
        over: samples on whose mean the features are drawn.

    Raises:
        DatasetError, UsageError: a file is not what it should be.
        OutputError: the picture can't be written.
    """
    if target.suffix.lower() not in DRAWN:
        raise UsageError(
            target, "cascades are drawn as PNG, SVG or PDF", f"a name that ends in one of {', '.join(DRAWN)}"
        )
    cascade = read_cascade(path)
    size = cascade.width, cascade.height
    picture = mean_sample(read_vec(over, size)) if over else None
    title = f"{path.name}: {len(cascade.stages)} stages, {cascade.trees} weak classifiers of {size[0]}×{size[1]} px"
    save_figure(cascade_figure(cascade, picture, title), target, dpi=150)
    return f"{len(cascade.stages)} stages, the first {ACROSS} features of each"
