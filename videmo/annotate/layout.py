"""Place what is drawn: panels beside their faces, inside the picture and over no face; the timeline at an edge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from videmo.records import Box

STRIP_S: Final = 30.0
"""Seconds that the running timeline shows, half of them before the moment."""
SMALLEST_TEXT: Final = 7.0
"""Cap height in pixels."""
_LARGEST_TEXT: Final = 64.0
_GAP: Final = 4.0
_BESIDE: Final = 8
"""Places around a face; those in the picture's corners follow."""
_SLOTS: Final = 12


def cap_height(width: int, height: int) -> float:
    """Return the cap height of text in pixels: grows with the picture, and stays readable in a small one."""
    return min(max(min(width, height) / 38, SMALLEST_TEXT), _LARGEST_TEXT)


@dataclass(frozen=True, slots=True)
class Size:
    """Describe the size of a panel in pixels; even."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Placement:
    """Say where and how large a panel is drawn."""

    size_index: int
    """Which of its sizes is used; 0 is the largest."""
    box: Box


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
                box = self._slot(face, size, last_slot)
                # To grow again it needs some room, or it would flicker.
                if self._covers(box.grown(2 * _GAP) if index < last_index else box, taken) == 0:
                    return last_slot, Placement(index, box)
        for index, size in enumerate(sizes):
            for slot in range(_SLOTS):
                box = self._slot(face, size, slot)
                if self._covers(box, taken) == 0:
                    return slot, Placement(index, box)
        smallest = [self._slot(face, sizes[-1], slot) for slot in range(_SLOTS)]
        slot = min(range(_SLOTS), key=lambda place: self._covers(smallest[place], taken))
        return slot, Placement(len(sizes) - 1, smallest[slot])

    def _covers(self, box: Box, taken: Sequence[Box]) -> float:
        return sum(box.common(other) for other in taken)

    def _slot(self, face: Box, size: Size, slot: int) -> Box:
        """Return a place around the face, or in one of the picture's corners; moved inside where it would stick out."""
        across, down = max(self._width - size.width, 0), max(self._height - size.height, 0)
        if slot >= _BESIDE:
            left, top = across * (slot % 2), down * (slot // 2 % 2)
        else:
            left, top = _beside(face, size, slot)
        return Box(_even(left, across), _even(top, down), size.width, size.height)


def _even(edge: float, last: float) -> float:
    """Move an edge inside, on even pixels: a colour sample covers two by two of them."""
    return min(max(edge, 0), last) // 2 * 2


def _beside(face: Box, size: Size, slot: int) -> tuple[float, float]:
    """Return the left upper corner of a place above or below the face, then of one at its sides."""
    x, y, w, h = face
    if slot < 4:
        return x + (w - size.width) * (slot % 2), y - size.height - _GAP if slot < 2 else y + h + _GAP
    return x - size.width - _GAP if slot % 2 else x + w + _GAP, y if slot < 6 else y + (h - size.height) / 2
