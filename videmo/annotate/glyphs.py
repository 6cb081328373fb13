"""Draw text as masks of coverage, in the font of the plots."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_FONT = Path("fonts") / "ttf" / "DejaVuSans.ttf"
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

    font, direction = _font(height), _direction()
    left, top, right, bottom = (round(edge) for edge in font.getbbox(words, anchor="ls", direction=direction))
    image = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(image).text((-left, -top), words, fill=255, font=font, anchor="ls", direction=direction)
    return np.asarray(np.asarray(image, np.float32) / 255, np.float32), left, top


@lru_cache(maxsize=2048)
def text_width(words: str, height: float) -> int:
    """Return the width in pixels of a line of text with a given cap height."""
    return round(_font(height).getlength(words, direction=_direction()))


@lru_cache(maxsize=512)
def drawable(words: str) -> bool:
    """Tell whether the font has every character: it lacks Chinese, for example."""
    from matplotlib.ft2font import FT2Font

    charmap = FT2Font(str(_file())).get_charmap()
    return all(ord(character) in charmap for character in words)


@lru_cache(maxsize=64)
def _font(height: float) -> Any:
    from PIL import ImageFont

    engine = ImageFont.Layout.RAQM if _direction() else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(_file()), max(1.0, height / _CAPITALS), layout_engine=engine)


@lru_cache(maxsize=1)
def _direction() -> str | None:
    """Return the direction of lines as a whole: left to right, whatever script the name is in.

    Raqm orders and joins the letters of the name; a Pillow without it draws them one by one and accepts no direction.
    """
    from PIL import features

    return "ltr" if features.check("raqm") else None


@lru_cache(maxsize=1)
def _file() -> Path:
    """Find the font among matplotlib's data. That is beside its code nearly everywhere; importing it takes a while."""
    found = find_spec("matplotlib")
    for place in (found and found.submodule_search_locations) or ():
        font = Path(place) / "mpl-data" / _FONT
        if font.is_file():
            return font
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / _FONT
