"""Name the colours of what is drawn over a recording."""

from __future__ import annotations

from typing import Final

import numpy as np

from videmo.annotate.canvas import Colour, Palette, rgb, yuv
from videmo.measures.registry import ALL_WORDS
from videmo.plots.style import COLOURS

OF_WORDS: Final = {word: rgb(COLOURS[word]) for word in ALL_WORDS}
"""The colour of each emotion, in their order."""
PANEL: Final[Colour] = (24, 26, 29)
FAINT: Final[Colour] = (70, 74, 79)
"""Behind bars, and where nobody is in view."""
LEFT_OUT: Final[Colour] = (136, 140, 145)
"""Of faces that don't count."""
PAPER: Final[Colour] = (235, 235, 235)
OPACITY: Final = 0.78
"""Of panels."""
PALETTE: Final[Palette] = np.array([*map(yuv, OF_WORDS.values()), yuv(FAINT)], np.uint8)
"""Y, U, V of each emotion; the last is `FAINT`."""
LEFT_OUT_YUV: Final = np.array(yuv(LEFT_OUT), np.uint8)
