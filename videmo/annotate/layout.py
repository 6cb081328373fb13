"""Place the label panels: beside their faces, inside the picture, over no face."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from videmo.records import Box


@dataclass(frozen=True, slots=True)
class Size:
    """Describe the size of a panel in pixels."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Placement:
    """Say where and how large a panel is drawn."""

    size_index: int
    """Which of its sizes is used; 0 is the largest."""
    box: Box


_GAP: Final = 4.0


class Placer:
    """Place panels frame after frame, and keep them where they are as long as that does no harm.

    Args:
        width: of the picture.
        height: of the picture.
    """

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._last: dict[int, tuple[int, int]] = {}

    def place(
        self, faces: Mapping[int, Box], sizes: Mapping[int, Sequence[Size]], others: Iterable[Box] = ()
    ) -> dict[int, Placement]:
        """Find a placement for each person's panel.

        The largest size that covers neither a face nor anything else that is drawn is taken; if none fits, the
        smallest, where it covers least.

        Args:
            faces: the face of each person.
            sizes: of each person, the sizes that the panel may have, largest first.
            others: what else must not be covered.
        """
        taken = [*faces.values(), *others]
        found: dict[int, Placement] = {}
        for person, face in faces.items():
            slot, placement = self._one(person, face, sizes[person], taken)
            self._last[person] = (slot, placement.size_index)
            found[person] = placement
            taken.append(placement.box)
        for person in set(self._last) - set(faces):
            del self._last[person]
        return found

    def _one(self, person: int, face: Box, sizes: Sequence[Size], taken: Sequence[Box]) -> tuple[int, Placement]:
        last_slot, last_index = self._last.get(person, (-1, 0))
        if last_slot >= 0:
            for index, size in enumerate(sizes):
                box = self._slots(face, size)[last_slot]
                # To grow again it needs some room, or it would flicker.
                if self._covers(box.grown(2 * _GAP) if index < last_index else box, taken) == 0:
                    return last_slot, Placement(index, box)
        for index, size in enumerate(sizes):
            for slot, box in enumerate(self._slots(face, size)):
                if self._covers(box, taken) == 0:
                    return slot, Placement(index, box)
        smallest = self._slots(face, sizes[-1])
        slot = min(range(len(smallest)), key=lambda place: self._covers(smallest[place], taken))
        return slot, Placement(len(sizes) - 1, smallest[slot])

    def _covers(self, box: Box, taken: Sequence[Box]) -> float:
        return sum(box.common(other) for other in taken)

    def _slots(self, face: Box, size: Size) -> list[Box]:
        """List slots around the face, then in the picture's corners; moved inside where they would stick out."""
        x, y, w, h = face
        above, below, middle = y - size.height - _GAP, y + h + _GAP, y + (h - size.height) / 2
        before, behind = x - size.width - _GAP, x + w + _GAP
        across, down = self._width - size.width, self._height - size.height
        corners = (
            *((x, above), (x + w - size.width, above), (x, below), (x + w - size.width, below)),
            *((behind, y), (before, y), (behind, middle), (before, middle)),
            *((0.0, 0.0), (across, 0.0), (0.0, down), (across, down)),
        )
        return [
            Box(min(max(left, 0), max(across, 0)), min(max(top, 0), max(down, 0)), size.width, size.height)
            for left, top in corners
        ]
