"""Where the label panels go: beside their faces, inside the picture, over no face."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from videmo.records import Box


@dataclass(frozen=True, slots=True)
class Size:
    """Size of a panel in pixels."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a panel is drawn."""

    look: int
    """Which of its sizes: 0 is the largest."""
    box: Box


_GAP: Final = 4.0


class Placer:
    """Places panels frame after frame, and keeps them where they are as long as that does no harm.

    Args:
        width: of the picture.
        height: of the picture.
    """

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._last: dict[int, tuple[int, int]] = {}

    def place(
        self, faces: Mapping[int, Box], sizes: Mapping[int, Sequence[Size]], others: Iterable[Box] = ()
    ) -> dict[int, Place]:
        """Find a place for the panel of each person.

        The largest size is taken that covers neither a face nor what else is drawn; if none fits, the smallest where
        it covers least.

        Args:
            faces: the face of each person.
            sizes: of each person, the sizes that the panel may have, largest first.
            others: what must not be covered besides.
        """
        taken = [*faces.values(), *others]
        found: dict[int, Place] = {}
        for person, face in faces.items():
            slot, place = self._one(person, face, sizes[person], taken)
            self._last[person] = (slot, place.look)
            found[person] = place
            taken.append(place.box)
        for person in set(self._last) - set(faces):
            del self._last[person]
        return found

    def _one(self, person: int, face: Box, sizes: Sequence[Size], taken: Sequence[Box]) -> tuple[int, Place]:
        last_slot, last_look = self._last.get(person, (-1, 0))
        if last_slot >= 0:
            for look, size in enumerate(sizes):
                box = self._slots(face, size)[last_slot]
                # To grow again it needs some room, or it would flicker.
                if self._covers(box.grown(2 * _GAP) if look < last_look else box, taken) == 0:
                    return last_slot, Place(look, box)
        for look, size in enumerate(sizes):
            for slot, box in enumerate(self._slots(face, size)):
                if self._covers(box, taken) == 0:
                    return slot, Place(look, box)
        smallest = self._slots(face, sizes[-1])
        slot = min(range(len(smallest)), key=lambda index: self._covers(smallest[index], taken))
        return slot, Place(len(sizes) - 1, smallest[slot])

    def _covers(self, box: Box, taken: Sequence[Box]) -> float:
        return sum(box.common(other) for other in taken)

    def _slots(self, face: Box, size: Size) -> list[Box]:
        """Around the face, then in the corners of the picture; moved inside where they would stick out."""
        x, y, w, h = face
        above, below, middle = y - size.height - _GAP, y + h + _GAP, y + (h - size.height) / 2
        before, behind = x - size.width - _GAP, x + w + _GAP
        across, down = self._width - size.width, self._height - size.height
        wishes = (
            *((x, above), (x + w - size.width, above), (x, below), (x + w - size.width, below)),
            *((behind, y), (before, y), (behind, middle), (before, middle)),
            *((0.0, 0.0), (across, 0.0), (0.0, down), (across, down)),
        )
        return [
            Box(min(max(left, 0), max(across, 0)), min(max(top, 0), max(down, 0)), size.width, size.height)
            for left, top in wishes
        ]
