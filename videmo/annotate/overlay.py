"""The look of the annotated video."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.annotate.canvas import Canvas, Colour, rgb, text_width
from videmo.annotate.labels import Label
from videmo.plots.style import COLOURS
from videmo.records import EMOTIONS

_RGB: Final = {emotion: rgb(code) for emotion, code in COLOURS.items()}
_PANEL: Final[Colour] = (24, 26, 29)
_TRACK: Final[Colour] = (70, 74, 79)
Box = tuple[float, float, float, float]


def draw_labels(picture: npt.NDArray[np.uint8], labels: Sequence[Label]) -> None:
    """Draw boxes and label panels into a picture.

    Args:
        picture: planar 4:2:0 as `video.write.displayed_yuv420p` gives it; changed in place.
        labels: who is where and shows what.
    """
    canvas = Canvas(picture)
    text = min(max(min(canvas.width, canvas.height) / 34, 8.0), 40.0)
    for label in labels:
        x, y, w, h = label.box
        colour = _RGB[_strongest(label)]
        canvas.frame(x, y, x + w, y + h, colour, max(2, round(text / 5)))
    taken = [label.box for label in labels]
    for label in labels:
        taken.append(_panel(canvas, label, text, taken))


def _strongest(label: Label) -> str:
    return EMOTIONS[int(np.argmax(label.probabilities))]


def _panel(canvas: Canvas, label: Label, text: float, taken: Sequence[Box]) -> Box:
    """A dark panel beside the box: person, emotion and probability, and a bar for each emotion; returns its place."""
    emotion = _strongest(label)
    words = f"{label.person}  {emotion} {max(label.probabilities):.0%}"
    while text > 2 and text_width(words, text) + text > canvas.width:
        text *= 0.9
    pad = text * 0.5
    bar = max(1.0, text * 0.28)
    width = min(text_width(words, text) + 2 * pad, canvas.width)
    height = min(text + 3 * pad + len(EMOTIONS) * (bar + 1), canvas.height)
    left, top = _place(canvas, label.box, width, height, taken)
    canvas.fill(left, top, left + width, top + height, _PANEL, 0.78)
    canvas.fill(left, top, left + max(3.0, text * 0.25), top + height, _RGB[emotion])
    canvas.text(words, left + 1.4 * pad, top + pad + text, text)
    below = top + text + 2 * pad
    full = width - 2.4 * pad
    for index, name in enumerate(EMOTIONS):
        line = below + index * (bar + 1)
        canvas.fill(left + 1.4 * pad, line, left + 1.4 * pad + full, line + bar, _TRACK)
        canvas.fill(
            left + 1.4 * pad, line, left + 1.4 * pad + full * label.probabilities[index], line + bar, _RGB[name]
        )
    return left, top, width, height


def _place(canvas: Canvas, box: Box, width: float, height: float, taken: Sequence[Box]) -> tuple[float, float]:
    """Top left corner for a panel: around its face, inside the picture, over as little of what is taken as possible."""
    x, y, w, h = box
    gap = 3
    above, below, middle = y - height - gap, y + h + gap, y + (h - height) / 2
    wishes = (
        *((x, above), (x + w - width, above), (x, below), (x + w - width, below)),
        *((x + w + gap, y), (x - width - gap, y), (x + w + gap, middle), (x - width - gap, middle)),
    )

    def inside(wish: tuple[float, float]) -> tuple[float, float]:
        return (
            min(max(wish[0], 0), max(canvas.width - width, 0)),
            min(max(wish[1], 0), max(canvas.height - height, 0)),
        )

    def covered(corner: tuple[float, float]) -> float:
        left, top = corner
        return sum(
            max(0.0, min(left + width, fx + fw) - max(left, fx)) * max(0.0, min(top + height, fy + fh) - max(top, fy))
            for fx, fy, fw, fh in taken
        )

    return min((inside(wish) for wish in wishes), key=covered)
