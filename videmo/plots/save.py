"""Put a figure into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from videmo.files import replacing


def save_figure(figure: Any, path: Path, *, dpi: int) -> None:
    """Write a figure in the format of the path's suffix, as a whole, without a date in it.

    Raises:
        OutputError: it can't be written.
    """
    suffix = path.suffix.lstrip(".")
    metadata = {"svg": {"Date": None}, "png": {"Software": None}}.get(suffix, {})
    with replacing(path) as partial:
        figure.savefig(partial, format=suffix, dpi=dpi, metadata=metadata)
