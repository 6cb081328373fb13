"""Say under the running timeline which colour is which emotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from videmo.annotate.canvas import Canvas
from videmo.annotate.colours import OF_WORDS
from videmo.annotate.glyphs import text_width
from videmo.annotate.layout import SMALLEST_TEXT, cap_height


@dataclass(frozen=True, slots=True)
class Legend:
    """Hold a line of emotions, each behind a square in its colour."""

    words: tuple[str, ...]
    text: float
    """Cap height in pixels."""

    @property
    def height(self) -> int:
        """Return the height of the line in pixels; even."""
        return 2 * round(0.9 * self.text)

    @property
    def width(self) -> float:
        """Return the width in pixels, with a margin on both sides."""
        return sum(self._widths) + self.text

    @property
    def _widths(self) -> list[float]:
        return [text_width(word, self.text) + 3 * self.text for word in self.words]

    def draw(self, canvas: Canvas, left: float, top: float) -> None:
        """Draw it, on a ground that is dark already."""
        baseline = top + (self.height + self.text) / 2
        for word, at in zip(self.words, accumulate(self._widths, initial=left + self.text)):
            canvas.fill(at, baseline - self.text, at + self.text, baseline, OF_WORDS[word])
            canvas.text(word, at + 1.6 * self.text, baseline, self.text)


def legend_for(width: int, height: int, words: Sequence[str]) -> Legend | None:
    """Return the legend of a picture, or None if that has no room for it."""
    legend = Legend(tuple(words), max(SMALLEST_TEXT, 0.75 * cap_height(width, height)))
    return legend if legend.width <= width and legend.height < 0.05 * height else None
