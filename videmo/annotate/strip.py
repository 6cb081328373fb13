"""Draw the running timeline: who showed what in the seconds around the moment."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.annotate.canvas import Canvas, Palette
from videmo.annotate.colours import OPACITY, PALETTE, PANEL, PAPER
from videmo.annotate.glyphs import text_width
from videmo.annotate.labels import Course
from videmo.annotate.layout import SMALLEST_TEXT, STRIP_S
from videmo.plots.style import clock
from videmo.records import Box

_MOST_ROWS: Final = 6
_FUTURE: Final = 0.45
"""Opacity of what is still to come."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """How the timeline is divided: columns two pixels wide, on a grid of time that does not move with the frames."""

    start: int
    """Left edge of the first column in pixels; even."""
    columns: int
    step_s: float
    """Seconds in a column."""

    @property
    def before(self) -> int:
        """Columns before the moment."""
        return self.columns // 2

    @property
    def head(self) -> int:
        """Where the moment is, in pixels."""
        return self.start + 2 * self.before

    def place(self, time_s: float) -> int:
        """Return which cell of the grid of time a moment lies in."""
        return math.floor(time_s / self.step_s)

    def moments(self, place: int) -> npt.NDArray[np.float64]:
        """Return the middle of each column in seconds, where the moment lies in cell ``place``."""
        return np.asarray((place + np.arange(self.columns) + 0.5 - self.before) * self.step_s, np.float64)


class Strip:
    """Draw the timeline into one picture after the other.

    Args:
        box: where, on even pixels.
        text: largest cap height in pixels.
        called: returns what a person is called.
    """

    def __init__(self, box: Box, text: float, called: Callable[[int], str]) -> None:
        self._left, self._top, self._width, self._height = (round(edge) for edge in box)
        self._text, self._called = text, called
        self._drawn: tuple[object, list[Palette]] = (None, [])

    def draw(self, canvas: Canvas, courses: Sequence[Course], time_s: float) -> None:
        """Draw each person's strongest emotion over time: the past left of the line, the future to the right.

        Args:
            canvas: on the picture.
            courses: what the persons show, from ``time_s - STRIP_S / 2`` on.
            time_s: the time of the picture.
        """
        top, height, shown = self._top, self._height, courses[:_MOST_ROWS]
        canvas.fill(self._left, top, self._left + self._width, top + height, PANEL, OPACITY)
        pitch = max(4, 2 * ((height - 2) // len(shown) // 2))
        thick = pitch - 2 * max(1, round(pitch / 16))
        text, small = min(self._text, height / 3), min(self._text, 0.75 * thick)
        pad = round(text / 2)
        names = [self._called(course.person) for course in shown] if small >= SMALLEST_TEXT else []
        names_from = 2 * pad + text_width("0:00:00" if time_s >= 3600 else "00:00", text)
        grid = self._grid(names_from + (max(text_width(name, small) for name in names) + pad if names else 0))
        place = grid.place(time_s)
        first = min(max(0, grid.before - place), grid.before)  # before the start there is no recording
        for row, colours in enumerate(self._colours(shown, grid, place)):
            at = top + 2 * round((height - len(shown) * pitch) / 4) + row * pitch + 2 * round((pitch - thick) / 4)
            canvas.columns(grid.start + 2 * first, at, thick, colours[first : grid.before])
            canvas.columns(grid.head, at, thick, colours[grid.before :], _FUTURE)
            if names:
                canvas.text(names[row], names_from, at + (thick + small) / 2, small)
        canvas.fill(grid.head - 1, top, grid.head + max(1, round(text / 8)), top + height, PAPER)
        canvas.text(clock(math.floor(time_s)), pad, top + (height + text) / 2, text)

    def _grid(self, start: float) -> _Grid:
        even = 2 * round(start / 2)
        columns = max(0, self._width - even) // 2
        return _Grid(even, columns, STRIP_S / max(columns, 1))

    def _colours(self, courses: Sequence[Course], grid: _Grid, place: int) -> list[Palette]:
        """Return the colour of each column for each person; several frames fall into one cell of the grid."""
        key = (place, grid, [course.person for course in courses])
        if self._drawn[0] != key:
            moments = grid.moments(place)
            self._drawn = key, [PALETTE[course.strongest_at(moments)] for course in courses]
        return self._drawn[1]
