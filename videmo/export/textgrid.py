"""Write Praat TextGrids."""

from __future__ import annotations

from pathlib import Path

from pympi import Praat

from videmo.export.contents import Contents, tiers_of
from videmo.files import replacing

_NOBODY = "no person found"
"""Praat can't open a TextGrid without a tier."""


def write(contents: Contents, stem: Path) -> list[Path]:
    """Write a TextGrid with an interval tier per person, with empty intervals between the episodes."""
    path = stem.with_name(f"{stem.name}.TextGrid")
    tiers = tiers_of(contents)
    # The last cell of a timeline may reach a little beyond the recording.
    end_ms = max([stretch.end_ms for tier in tiers for stretch in tier.stretches], default=0)
    grid = Praat.TextGrid(xmax=max(contents.duration_s, end_ms / 1000, 0.001))
    for tier in tiers:
        intervals = grid.add_tier(_quoted(tier.name))
        for stretch in tier.stretches:
            intervals.add_interval(stretch.start_ms / 1000, stretch.end_ms / 1000, stretch.label, check=False)
    if not tiers:
        grid.add_tier(_NOBODY)
    with replacing(path) as partial:
        grid.to_file(partial)
    return [path]


def _quoted(name: str) -> str:
    """Double the quotes in a name, as Praat does; the library does this for labels only."""
    return name.replace('"', '""')
