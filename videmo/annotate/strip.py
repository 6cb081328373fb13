"""Draw the running timeline: who showed what in the seconds around the moment."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.annotate.canvas import Canvas
from videmo.annotate.colours import PALETTE, PANEL, PAPER
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
    pitch: int
    """From one person's row to the next, in pixels; even."""
    thick: int
    """Height of a row; even."""
    names_from: int
    """Left edge of the names."""
    names: tuple[str, ...]
    """Of the persons; none where there is no room."""

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

    It is not see-through: so it is the same for all frames in one cell of its grid, drawn once for them, and copied.

    Args:
        box: where, on even pixels and as wide as the picture.
        text: largest cap height in pixels.
        called: returns what a person is called.
    """

    def __init__(self, box: Box, text: float, called: Callable[[int], str]) -> None:
        _, self._top, self._width, self._height = (round(edge) for edge in box)
        self._text, self._called = text, called
        self._shown: tuple[object, ...] = ()
        self._grid = lru_cache(maxsize=16)(self._divided)
        self._picture = np.zeros((self._height * 3 // 2, self._width), np.uint8)

    def draw(self, canvas: Canvas, courses: Sequence[Course], time_s: float) -> None:
        """Draw each person's strongest emotion over time: the past left of the line, the future to the right.

        Args:
            canvas: on the picture.
            courses: what the persons show, from ``time_s - STRIP_S / 2`` on.
            time_s: the time of the picture.
        """
        shown = courses[:_MOST_ROWS]
        persons = tuple(course.person for course in shown)
        grid = self._grid(persons, time_s >= 3600)
        key = (persons, grid.place(time_s), math.floor(time_s))
        if key != self._shown:
            self._redraw(shown, grid, time_s)
            self._shown = key
        canvas.paste(self._picture, self._top)

    def _divided(self, persons: tuple[int, ...], hours: bool) -> _Grid:
        """Divide the width behind the clock and the names."""
        pitch = max(4, 2 * ((self._height - 2) // len(persons) // 2))
        thick = pitch - 2 * max(1, round(pitch / 16))
        small, pad = min(self._text, 0.75 * thick), round(self._clock / 2)
        names = [self._called(person) for person in persons] if small >= SMALLEST_TEXT else []
        names_from = 2 * pad + text_width("0:00:00" if hours else "00:00", self._clock)
        start = names_from + (max(text_width(name, small) for name in names) + pad if names else 0)
        even = 2 * round(start / 2)
        columns = max(0, self._width - even) // 2
        return _Grid(even, columns, STRIP_S / max(columns, 1), pitch, thick, names_from, tuple(names))

    @property
    def _clock(self) -> float:
        return min(self._text, self._height / 3)

    def _redraw(self, shown: Sequence[Course], grid: _Grid, time_s: float) -> None:
        canvas, height, text, place = Canvas(self._picture), self._height, self._clock, grid.place(time_s)
        canvas.fill(0, 0, self._width, height, PANEL)
        first = min(max(0, grid.before - place), grid.before)  # before the start there is no recording
        small, moments = min(self._text, 0.75 * grid.thick), grid.moments(place)
        for row, course in enumerate(shown):
            at = 2 * round((height - len(shown) * grid.pitch) / 4) + row * grid.pitch
            at += 2 * round((grid.pitch - grid.thick) / 4)
            colours = PALETTE[course.strongest_at(moments)]
            canvas.columns(grid.start + 2 * first, at, grid.thick, colours[first : grid.before])
            canvas.columns(grid.head, at, grid.thick, colours[grid.before :], _FUTURE)
            if grid.names:
                canvas.text(grid.names[row], grid.names_from, at + (grid.thick + small) / 2, small)
        canvas.fill(grid.head - 1, 0, grid.head + max(1, round(text / 8)), height, PAPER)
        canvas.text(clock(math.floor(time_s)), round(text / 2), (height + text) / 2, text)
