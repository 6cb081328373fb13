"""List all Haar features of a window, and the weight of each pixel in each (Lienhart and Maydt, 2002)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from videmo.training.cascade.integral import tilted_operator, upright_operator
from videmo.training.cascade.model import Feature

Template = tuple[int, int, tuple[tuple[int, int, int, int, float], ...]]
"""Cells across and down, and rectangles in cells with weights: the first covers everything, the others dark parts."""
EDGES: tuple[Template, ...] = (
    (2, 1, ((0, 0, 2, 1, -1.0), (1, 0, 1, 1, 2.0))),
    (1, 2, ((0, 0, 1, 2, -1.0), (0, 1, 1, 1, 2.0))),
)
LINES: tuple[Template, ...] = (
    (3, 1, ((0, 0, 3, 1, -1.0), (1, 0, 1, 1, 3.0))),
    (1, 3, ((0, 0, 1, 3, -1.0), (0, 1, 1, 1, 3.0))),
)
WIDE_LINES: tuple[Template, ...] = (
    (4, 1, ((0, 0, 4, 1, -1.0), (1, 0, 2, 1, 2.0))),
    (1, 4, ((0, 0, 1, 4, -1.0), (0, 1, 1, 2, 2.0))),
)
CHEQUER: Template = (2, 2, ((0, 0, 2, 2, -1.0), (0, 0, 1, 1, 2.0), (1, 1, 1, 1, 2.0)))
CENTRE: Template = (3, 3, ((0, 0, 3, 3, -1.0), (1, 1, 1, 1, 9.0)))
UPRIGHT: dict[str, tuple[Template, ...]] = {
    "basic": (*EDGES, *LINES, CHEQUER),
    "core": (*EDGES, *LINES, *WIDE_LINES, CHEQUER, CENTRE),
    "all": (*EDGES, *LINES, *WIDE_LINES, CHEQUER, CENTRE),
}
"""The sets in opencv_traincascade; ``all`` adds `TILTED`."""
TILTED: tuple[Template, ...] = (*EDGES, *LINES, *WIDE_LINES)
MODES = tuple(UPRIGHT)


def haar_features(width: int, height: int, mode: str) -> list[Feature]:
    """List all features of a window, in a fixed order: 78,460 of mode basic for 20×20 pixels.

    Args:
        width: of the window in pixels.
        height: of the window in pixels.
        mode: basic, core or all.
    """
    found = [feature for template in UPRIGHT[mode] for feature in _upright(template, width, height)]
    if mode == "all":
        found += [feature for template in TILTED for feature in _tilted(template, width, height)]
    return found


def _upright(template: Template, width: int, height: int) -> list[Feature]:
    across, down, cells = template
    return [
        Feature(tuple((x + i * w, y + j * h, n * w, m * h, weight) for i, j, n, m, weight in cells))
        for w in range(1, width // across + 1)
        for h in range(1, height // down + 1)
        for y in range(height - down * h + 1)
        for x in range(width - across * w + 1)
    ]


def _tilted(template: Template, width: int, height: int) -> list[Feature]:
    """List the same cells with their first axis going down to the right and their second down to the left."""
    across, down, cells = template
    return [
        Feature(
            tuple((x + i * w - j * h, y + i * w + j * h, n * w, m * h, weight) for i, j, n, m, weight in cells),
            tilted=True,
        )
        for w in range(1, width // across + 1)
        for h in range(1, height // down + 1)
        for y in range(height - across * w - down * h + 1)
        for x in range(down * h, width - across * w + 1)
    ]


def corners(feature: Feature) -> dict[tuple[int, int], float]:
    """Find a feature's corners in the table of sums: ``(x, y)`` → weight, without those that cancel each other out."""
    found: dict[tuple[int, int], float] = {}
    for x, y, w, h, weight in feature.rects:
        if feature.tilted:
            points = ((x, y, 1), (x - h, y + h, -1), (x + w, y + w, -1), (x + w - h, y + w + h, 1))
        else:
            points = ((x, y, 1), (x + w, y, -1), (x, y + h, -1), (x + w, y + h, 1))
        for across, down, sign in points:
            found[across, down] = found.get((across, down), 0.0) + sign * weight
    return {point: weight for point, weight in found.items() if weight}


def pixel_weights(features: list[Feature], width: int, height: int) -> npt.NDArray[np.int8]:
    """Calculate the weight of each pixel in each feature.

    Values of features are whole numbers below 2²⁴, so a product of matrices in float32 is exact, in whatever order it
    is summed.

    Returns:
        ``(features, width·height)``.
    """
    operators = {False: upright_operator(width, height), True: tilted_operator(width, height)}
    weights = np.empty((len(features), width * height), np.int8)
    block = 4096
    for start in range(0, len(features), block):
        part = features[start : start + block]
        tables = {tilted: np.zeros((len(part), (width + 1) * (height + 1)), np.float32) for tilted in operators}
        for row, feature in enumerate(part):
            for (x, y), weight in corners(feature).items():
                tables[feature.tilted][row, y * (width + 1) + x] = weight
        whole = sum(tables[tilted] @ operator for tilted, operator in operators.items() if tables[tilted].any())
        weights[start : start + block] = np.asarray(whole)
    return weights
