"""Draw the label panels: person, emotion and probability, and a bar for each emotion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from videmo.annotate.canvas import Canvas, Colour, Ink
from videmo.annotate.colours import LEFT_OUT, OF_WORDS, OPACITY, PALETTE, PANEL
from videmo.annotate.glyphs import lines_mask, text_width
from videmo.annotate.labels import Label
from videmo.annotate.layout import Placement, Size
from videmo.measures.emotions import OTHER
from videmo.timeline.quality import OUTCOME_WORDS

_NAME = 0.72
"""Height of the words on bars, over that of the text above them."""
_SOFT = 190
"""Their brightness."""


class Panels:
    """Draw the panels of one chunk, and say how large they may be.

    Args:
        width: of the pictures.
        height: of the pictures.
        text: cap height in pixels.
        called: returns what a person is called.
        words: the emotions.
    """

    def __init__(
        self, width: int, height: int, text: float, called: Callable[[int], str], words: Sequence[str]
    ) -> None:
        self._width, self._height, self._text, self._called, self._words = width, height, text, called, words
        self._palette = PALETTE[[*range(len(words)), -1]]
        self._pad = text * 0.5
        self._pitch = max(4, _even(text * 0.42))  # even, so that all bars are alike in colour too
        self._named_pitch, self._small = named_rows(text)
        self._names = max(text_width(word, self._small) for word in words)
        self._below = _even(text + 2 * self._pad)
        names, above = lines_mask(tuple(words), self._small, self._named_pitch)
        self._words_on_bars = Ink.of(names, _SOFT), above
        self._sizes_of = lru_cache(maxsize=64)(self._sizes)

    def sizes(self, person: int, *, flagged: bool = False) -> list[Size]:
        """List the sizes with named bars, with bars, without, and with the person alone; each fits any emotion.

        Args:
            person: whose panel it is.
            flagged: whether more likely than not none of the words applies: the panel then says more.
        """
        return self._sizes_of(person, flagged)

    def _sizes(self, person: int, flagged: bool) -> list[Size]:
        text, pad = self._text, self._pad
        rest = f" · {OTHER} 100%" if flagged else " 100%"
        words = max(text_width(f"{self._called(person)}  {name}{rest}", text) for name in self._words)
        tag = text_width(self._called(person), text) + 2.6 * pad
        heights = [self._below + len(self._words) * pitch + 0.6 * pad for pitch in (self._named_pitch, self._pitch)]
        wanted = [(words + 2.6 * pad, height) for height in (*heights, self._below)] + [(tag, self._below)]
        sizes = [Size(_even(width), _even(height)) for width, height in wanted]
        fitting = [size for size in sizes if size.width <= self._width and size.height <= self._height]
        return fitting or [Size(min(sizes[-1].width, self._width), min(sizes[-1].height, self._height))]

    def draw(self, canvas: Canvas, label: Label, placement: Placement) -> None:
        """Draw a dark panel, and the bars if there is room; they stay empty for a face that doesn't count."""
        text, pad = self._text, self._pad
        left, top, width, height = map(int, placement.box)
        canvas.fill(left, top, left + width, top + height, PANEL, OPACITY)
        canvas.fill(left, top, left + max(2.0, round(text * 0.25)), top + height, colour_of(label))
        wide, called = panel_words(self._called(label.person), label)
        words = wide if text_width(wide, text) + 2 * pad <= width else called
        while text > 2 and text_width(words, text) + 1.4 * pad > width:
            text *= 0.9
        canvas.text(words, left + 1.4 * pad, top + pad + text, text)
        room = (height - self._below) / len(self._words)
        start, full = _even(1.4 * pad), _even(width - 2.4 * pad)
        if room >= self._named_pitch:
            names, above = self._words_on_bars
            canvas.stamp(names, left + start, top + self._below - above)
            beside = _even(self._names + pad)
            self._bars(canvas, label, left + start + beside, top + self._below, self._named_pitch, full - beside)
        elif room >= self._pitch:
            self._bars(canvas, label, left + start, top + self._below, self._pitch, full)

    def _bars(self, canvas: Canvas, label: Label, left: int, top: int, pitch: int, full: int) -> None:
        lengths = np.zeros(len(self._words)) if label.left_out else full * np.array(label.probabilities)
        canvas.bars(left, top, pitch, full, lengths, self._palette)


def colour_of(label: Label) -> Colour:
    """Return the colour of the strongest emotion; gray for a face that doesn't count."""
    return LEFT_OUT if label.left_out else OF_WORDS[label.strongest]


def panel_words(called: str, label: Label) -> tuple[str, str]:
    """Say who it is and what they show: in full, and where there is no room for that.

    Of a face that more likely than not shows none of the words, the percentage is that of the others: the strongest
    word is then no more than what the face comes nearest to. Of a face that doesn't count, the reason is said instead.
    """
    if label.left_out:
        return f"{called}  {OUTCOME_WORDS[label.left_out]}", called
    if label.flagged:
        return f"{called}  {label.strongest} · {OTHER} {label.other:.0%}", called
    return f"{called}  {label.strongest} {max(label.probabilities):.0%}", called


def named_rows(text: float) -> tuple[int, float]:
    """Return the rows from one named bar to the next, and the cap height of the names; no name touches another.

    Args:
        text: cap height in pixels of the text above them.
    """
    return _even(text * 1.05), text * _NAME


def _even(pixels: float) -> int:
    return 2 * round(pixels / 2)
