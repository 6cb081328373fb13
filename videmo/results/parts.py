"""Keep the output for one chunk on disk until its recording is complete: dataclasses of arrays and numbers."""

from __future__ import annotations

import zipfile
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from videmo.files import replacing

Part = TypeVar("Part")


def save_part(part: Any, path: Path) -> None:
    """Write a part, a dataclass of arrays and numbers, as a whole."""
    columns: dict[str, Any] = {column.name: getattr(part, column.name) for column in fields(part)}
    with replacing(path) as partial:
        np.savez(partial, **columns)


def load_part(path: Path, kind: type[Part]) -> Part | None:
    """Read a part of a kind, or None where there is none or it is damaged.

    A field that has a default may be missing, as in a part that an earlier version wrote.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            values = {
                column.name: stored[column.name]
                for column in fields(kind)  # type: ignore[arg-type]
                if column.name in stored or column.default is MISSING
            }
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile):
        return None
    return kind(**{name: value if value.ndim else value.item() for name, value in values.items()})
