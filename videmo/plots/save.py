"""Write a figure to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from videmo.files import replacing
from videmo.plots.style import styled


def save_figure(figure: Any, path: Path, *, dpi: int) -> None:
    """Write a figure in the format of the path's suffix, whole or not at all, and without a date in it.

    Raises:
        OutputError: it can't be written.
    """
    suffix = path.suffix.lstrip(".")
    metadata = {"svg": {"Date": None}, "png": {"Software": None}, "pdf": {"CreationDate": None}}.get(suffix, {})
    # Part of the style, and the salt of SVG's names, is read only when a figure is written.
    with replacing(path) as partial, styled():
        figure.savefig(partial, format=suffix, dpi=dpi, metadata=metadata)
