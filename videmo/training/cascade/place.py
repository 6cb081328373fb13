"""Say where a training of a cascade keeps its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """The files of a training."""

    cascade: Path
    state: Path
    """What an interrupted training is resumed from."""

    @property
    def folder(self) -> Path:
        """Return where both lie, and for a while what doesn't fit into memory."""
        return self.cascade.parent


def place_of(out: Path) -> Place:
    """Return the files that are meant by a folder, or by the name of a cascade (``faces.xml``)."""
    if out.suffix.lower() == ".xml" and not out.is_dir():
        return Place(out, out.with_suffix(".training.json"))
    return Place(out / "cascade.xml", out / "training.json")
