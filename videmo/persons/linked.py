"""Say which tracks are whose: what remains of recognising faces when the vectors are gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Links:
    """The tracks of each person of a recording, before the user's word in people.csv."""

    tracks: Mapping[int, tuple[int, ...]]
    """For each person their tracks, in order."""
    maybe: tuple[tuple[int, int, float], ...] = ()
    """Persons who may be the same: two numbers and how far apart their faces are; the nearest first."""
    sights: Mapping[int, int] = field(default_factory=dict)
    """For each person by how many sights they were recognised."""
