"""Draw text as masks of coverage, in the font of the plots."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.plots.fonts import file_for, own_file

_CAPITALS = 0.729
"""Cap height of DejaVu as a share of its size."""


@lru_cache(maxsize=2048)
def text_mask(words: str, height: float) -> tuple[npt.NDArray[np.float32], int, int]:
    """Draw a line of text.

    Args:
        words: printable text in any script that the font has.
        height: cap height in pixels.

    Returns:
        Coverage ``(rows, columns)``, 0 to 1, and the position of its top left corner from the start of the baseline.
    """
    from PIL import Image, ImageDraw

    font, direction = _font(height, _file(words)), _direction()
    left, top, right, bottom = (round(edge) for edge in font.getbbox(words, anchor="ls", direction=direction))
    image = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(image).text((-left, -top), words, fill=255, font=font, anchor="ls", direction=direction)
    return np.asarray(np.asarray(image, np.float32) / 255, np.float32), left, top


@lru_cache(maxsize=64)
def lines_mask(lines: tuple[str, ...], height: float, pitch: int) -> tuple[npt.NDArray[np.float32], int]:
    """Draw several lines of text below each other, as one mask.

    Args:
        lines: see `text_mask`.
        height: cap height in pixels.
        pitch: rows from one line to the next, as of bars that leave a third of it free; capitals stand in their middle.

    Returns:
        Coverage ``(rows, columns)``, 0 to 1, with room for what stands out above the first line and below the last one;
        and how many of its rows lie above the first line.
    """
    masks, above = [text_mask(line, height) for line in lines], round(height)
    thick = pitch - max(1, pitch // 3)
    whole = np.zeros(
        (len(lines) * pitch + 2 * above, max(mask.shape[1] + across for mask, across, _ in masks)), np.float32
    )
    for place, (mask, across, down) in enumerate(masks):
        top = above + place * pitch + round((thick + height) / 2) + down
        rows = whole[top : top + len(mask), max(across, 0) :]
        rows[:, : mask.shape[1]] = np.maximum(rows[:, : mask.shape[1]], mask)
    return whole, above


@lru_cache(maxsize=2048)
def text_width(words: str, height: float) -> int:
    """Return the width in pixels of a line of text with a given cap height."""
    return round(_font(height, _file(words)).getlength(words, direction=_direction()))


@lru_cache(maxsize=512)
def drawable(words: str) -> bool:
    """Tell whether our font, or one on this system, has every character."""
    return file_for(words) is not None


@lru_cache(maxsize=64)
def _font(height: float, file: Path) -> Any:
    from PIL import ImageFont

    engine = ImageFont.Layout.RAQM if _direction() else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(file), max(1.0, height / _CAPITALS), layout_engine=engine)


@lru_cache(maxsize=1)
def _direction() -> str | None:
    """Return the direction of lines as a whole: left to right, whatever script the name is in.

    Raqm orders and joins the letters of the name; a Pillow without it draws them one by one and accepts no direction.
    """
    from PIL import features

    return "ltr" if features.check("raqm") else None


@lru_cache(maxsize=2048)
def _file(words: str) -> Path:
    return file_for(words) or own_file()
