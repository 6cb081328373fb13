"""Place what is drawn: panels beside their faces, inside the picture and over no face; the timeline at an edge."""

from __future__ import annotations

import math
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
_ROOM: Final = (2 * _GAP, _GAP)
"""Around a panel before it grows, and by how much it has to be nearer to its own face then, in pixels."""
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
    strays: bool = False
    """Whether it is nearer to another face than to its own, so that a line has to lead there."""


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

        The largest size is taken that covers neither a face nor anything else that is drawn, where it is nearer to
        its own face than to any other. If none fits, it is the smallest, where it covers least, and it may stray.

        Args:
            faces: the face of each person.
            sizes: of each person, the sizes that the panel may have, largest first.
            others: what else must not be covered.
        """
        taken = [*faces.values(), *others]
        found: dict[int, Placement] = {}
        for person, face in faces.items():
            rest = [other for somebody, other in faces.items() if somebody != person]
            slot, placement = self._one(person, face, rest, sizes[person], taken)
            self._last[person] = (slot, placement.size_index)
            found[person] = placement
            taken.append(placement.box)
        for person in set(self._last) - set(faces):
            del self._last[person]
        return found

    def _one(
        self, person: int, face: Box, rest: Sequence[Box], sizes: Sequence[Size], taken: Sequence[Box]
    ) -> tuple[int, Placement]:
        last_slot, last_index = self._last.get(person, (-1, 0))
        kept: tuple[int, Placement] | None = None
        for index, size in enumerate(sizes if last_slot >= 0 else ()):
            box = self._slot(face, size, last_slot)
            # To grow again it needs some room, or it would flicker.
            if self._fits(box, face, rest, taken, *(_ROOM if index < last_index else (0.0, 0.0))):
                kept = last_slot, Placement(index, box)
                break
        if kept and kept[1].size_index < max(1, len(sizes) - 1):
            return kept
        # The person alone is little: a place with more room is then better than the old one.
        for index, size in enumerate(sizes[:-1] if kept else sizes):
            for slot in range(_SLOTS):
                box = self._slot(face, size, slot)
                if self._fits(box, face, rest, taken, *(_ROOM if kept else (0.0, _GAP))):
                    return slot, Placement(index, box)
        if kept:
            return kept
        smallest = [self._slot(face, sizes[-1], slot) for slot in range(_SLOTS)]
        strays = [not _belongs(box, face, rest) for box in smallest]
        costs = [(self._covers(box, taken), stray) for box, stray in zip(smallest, strays)]
        slot = min(range(_SLOTS), key=lambda place: (*costs[place], place != last_slot))
        return slot, Placement(len(sizes) - 1, smallest[slot], strays[slot])

    def _fits(self, box: Box, face: Box, rest: Sequence[Box], taken: Sequence[Box], room: float, nearer: float) -> bool:
        """Return whether a panel harms nothing, with room around it, and is nearer to its own face than to others."""
        beyond = [other for other in taken if other is not face]
        return box.common(face) + self._covers(box.grown(room), beyond) == 0 and _belongs(box, face, rest, nearer)

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


def between(one: Box, other: Box) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of a shortest line from one box to another: a point of each."""
    across = _nearest(one.left, one.left + one.width, other.left, other.left + other.width)
    down = _nearest(one.top, one.top + one.height, other.top, other.top + other.height)
    return (across[0], down[0]), (across[1], down[1])


def _nearest(begin: float, end: float, other_begin: float, other_end: float) -> tuple[float, float]:
    """Return where two stretches are nearest to each other; the middle of what they share."""
    if end < other_begin:
        return end, other_begin
    if other_end < begin:
        return begin, other_end
    middle = (max(begin, other_begin) + min(end, other_end)) / 2
    return middle, middle


def _belongs(panel: Box, face: Box, rest: Iterable[Box], more: float = 0.0) -> bool:
    """Return whether a panel is nearer to its face than to any of the rest, by so many pixels."""
    own = math.dist(*between(panel, face))
    return all(own + more <= math.dist(*between(panel, other)) for other in rest)


def _even(edge: float, last: float) -> float:
    """Move an edge inside, on even pixels: a colour sample covers two by two of them."""
    return min(max(edge, 0), last) // 2 * 2


def _beside(face: Box, size: Size, slot: int) -> tuple[float, float]:
    """Return the left upper corner of a place above or below the face, then of one at its sides."""
    x, y, w, h = face
    if slot < 4:
        return x + (w - size.width) * (slot % 2), y - size.height - _GAP if slot < 2 else y + h + _GAP
    return x - size.width - _GAP if slot % 2 else x + w + _GAP, y if slot < 6 else y + (h - size.height) / 2
