"""Begin a narrow network with what a wide one of the same shape knows.

Stage by stage, the channels that the following layers make most use of are kept (their variance times the weight that
those layers give them), and the kernels that read them are fitted anew, by least squares on real faces, to what the
wide network says there (after He, Zhang and Sun, 2017). A residual network of 0.9 times the founding network's time
made so from one of 2.7 times begins five points of balanced accuracy below it; one from scratch needs many epochs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videmo.training.classifier.broad import BLOCKS, INNER, STEM, WIDTHS, Layer

SAMPLES = 24_000
"""Places of the pictures that a kernel is fitted to."""
RIDGE = 1e-4
"""Of the mean square of what it reads: keeps the fit from exploding where channels resemble each other."""
_RIDGE_OF_LOGITS = 2e-2

Floats = npt.NDArray[np.float32]


@dataclass(slots=True)
class _Both:
    """The same faces half way through both networks."""

    wide: Floats
    narrow: Floats


def slimmed(known: list[Layer], faces: Floats, seed: int) -> list[Layer]:
    """Layers of a `broad_network` that does nearly what the wide network does.

    Args:
        known: layers of a residual network with the same blocks, see `broad.layers_of`.
        faces: ``(n, 48, 48, 1)`` inputs, some hundreds.
        seed: of the places that are looked at.
    """
    rng = np.random.default_rng(seed)
    waiting = iter(known[:-1])
    kernel, bias = next(waiting)
    wide = _relu(_convolve(faces, kernel, bias, 1))
    kept = _useful(wide, [known[1][0]], STEM)
    layers: list[Layer] = [(np.ascontiguousarray(kernel[..., kept]), bias[kept])]
    both = _Both(wide, _relu(_convolve(faces, *layers[0], 1)))
    place = 1
    for stage in range(len(WIDTHS)):
        part = [next(waiting) for _ in range(1 + 2 * BLOCKS[stage])]
        place += len(part)
        behind = known[place][0]
        if behind.ndim == 2:  # the last layer sees the mean of each quarter of the picture
            behind = behind.reshape(3, 3, -1, behind.shape[-1])
        layers += _stage(both, part, behind, (WIDTHS[stage], INNER[stage]), rng)
    kernel, bias = known[-1]
    said = _quarters(both.wide) @ kernel + bias
    layers.append(_fit(_quarters(both.narrow), said, _RIDGE_OF_LOGITS))
    return layers


def _stage(
    both: _Both, part: list[Layer], behind: Floats, widths: tuple[int, int], rng: np.random.Generator
) -> list[Layer]:
    """Layers of one stage; ``both`` is led through it."""
    (kernel, bias), rest = part[0], part[1:]
    raw = _convolve(both.wide, kernel, bias, 2)
    both.wide = _relu(raw)
    kept = _useful(both.wide, [rest[place][0] for place in range(0, len(rest), 2)] + [behind], widths[0])
    layers = [_refitted(both.narrow, raw[..., kept], 2, rng)]
    both.narrow = _relu(_convolve(both.narrow, *layers[0], 2))
    for first, second in zip(rest[::2], rest[1::2], strict=True):
        raw = _convolve(both.wide, *first, 1)
        inside = _Both(_relu(raw), both.narrow)
        chosen = _useful(inside.wide, [second[0]], widths[1])
        layers.append(_refitted(both.narrow, raw[..., chosen], 1, rng))
        inside.narrow = _relu(_convolve(both.narrow, *layers[-1], 1))
        raw = both.wide + _convolve(inside.wide, *second, 1)
        layers.append(_refitted(inside.narrow, raw[..., kept] - both.narrow, 1, rng))
        both.narrow = _relu(both.narrow + _convolve(inside.narrow, *layers[-1], 1))
        both.wide = _relu(raw)
    return layers


def _useful(values: Floats, readers: Sequence[Floats], count: int) -> npt.NDArray[np.int64]:
    """The channels of most use to the kernels that read them, ascending."""
    variance = values.reshape(-1, values.shape[-1]).var(axis=0)
    weight = sum((kernel**2).sum(axis=(0, 1, 3)) / (kernel**2).sum() for kernel in readers)
    return np.sort(np.argsort(-variance * weight, kind="stable")[:count])


def _refitted(source: Floats, wanted: Floats, stride: int, rng: np.random.Generator) -> Layer:
    """The 3×3 kernel and bias that come closest to what is wanted."""
    import tensorflow as tf

    patches = tf.image.extract_patches(source, [1, 3, 3, 1], [1, stride, stride, 1], [1, 1, 1, 1], "SAME").numpy()
    flat, goal = patches.reshape(-1, patches.shape[-1]), wanted.reshape(-1, wanted.shape[-1])
    places = np.sort(rng.choice(len(flat), min(SAMPLES, len(flat)), replace=False))
    kernel, bias = _fit(flat[places], goal[places], RIDGE)
    return kernel.reshape(3, 3, source.shape[-1], -1), bias


def _fit(source: Floats, wanted: Floats, ridge: float) -> Layer:
    padded = np.concatenate([source, np.ones((len(source), 1))], axis=1).astype(np.float64)
    squares = padded.T @ padded
    held = np.full(len(squares), ridge * np.trace(squares) / len(squares))
    held[-1] = 0.0
    found = np.linalg.solve(squares + np.diag(held), padded.T @ wanted)
    return found[:-1].astype(np.float32), found[-1].astype(np.float32)


def _convolve(values: Floats, kernel: Floats, bias: Floats, stride: int) -> Floats:
    import tensorflow as tf

    return np.asarray(tf.nn.conv2d(values, kernel, stride, "SAME") + bias)


def _relu(values: Floats) -> Floats:
    return np.maximum(values, np.float32(0))


def _quarters(values: Floats) -> Floats:
    """Means over 2×2 pixels, flat, as the last layer sees them."""
    count, side, _, channels = values.shape
    return np.asarray(values.reshape(count, side // 2, 2, side // 2, 2, channels).mean(axis=(2, 4)).reshape(count, -1))
