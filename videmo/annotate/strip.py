"""Draw the running timeline: who showed what in the seconds around the moment."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.annotate.canvas import Canvas
from videmo.annotate.colours import LEFT_OUT_YUV, PALETTE, PANEL, PAPER
from videmo.annotate.glyphs import text_width
from videmo.annotate.labels import Course
from videmo.annotate.layout import SMALLEST_TEXT, STRIP_S, cap_height
from videmo.annotate.legend import legend_for
from videmo.plots.style import clock
from videmo.records import Box
from videmo.video.planar import Plane

_MOST_ROWS: Final = 6
_MOST_TURNS: Final = 3
"""Names of so many rows may stand beside each other."""
_HATCHED: Final = 3
"""Of so many columns, one stays empty where more likely than not none of the words applies; one is gray where the face
does not count, and the others are empty."""
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
    tops: tuple[int, ...]
    """Upper edges of the persons' rows in pixels; even."""
    thick: int
    """Height of a row; even."""
    names: tuple[str, ...]
    """Of the persons; none where there is no room."""
    small: float
    """Cap height of the names."""
    staggered: tuple[float, ...]
    """Left edges of the names, in turn: where rows are low, neighbours have theirs beside each other."""

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


def strip_box(width: int, height: int, words: Sequence[str], *, on_top: bool) -> Box:
    """Return the box of the running timeline of ``words`` and their legend, on even pixels."""
    legend = legend_for(width, height, words)
    below = legend.height if legend else 0
    thick = 2 * round(min(3.2 * cap_height(width, height), 0.14 * height - below) / 2) + below
    return Box(0, 0 if on_top else height - thick, width, thick)


def rows_of(courses: Sequence[Course], time_s: float) -> list[Course]:
    """Choose the persons that get a row: those in view, then those who were or will be soonest, low numbers first."""
    if len(courses) <= _MOST_ROWS:
        return list(courses)
    near = sorted(courses, key=lambda course: (round(course.away_s(time_s), 3), course.person))
    return sorted(near[:_MOST_ROWS], key=lambda course: course.person)


class Strip:
    """Draw the timeline into one picture after the other.

    It is not see-through: so it is the same for all frames in one cell of its grid, drawn once for them, and copied.

    Args:
        width: of the picture.
        height: of the picture.
        words: the emotions; a legend in the first rows says which colour is which, if there is room.
        called: returns what a person is called.
        on_top: whether it lies along the upper edge instead of the lower one.
    """

    def __init__(
        self, width: int, height: int, words: Sequence[str], called: Callable[[int], str], *, on_top: bool = False
    ) -> None:
        self.box = strip_box(width, height, words, on_top=on_top)
        _, self._top, self._width, whole = (round(edge) for edge in self.box)
        self._legend = legend_for(width, height, words)
        self._first = self._legend.height if self._legend else 0
        self._height = whole - self._first
        self._text, self._called = cap_height(width, height), called
        self._shown: tuple[object, ...] = ()
        self._grid = lru_cache(maxsize=16)(self._divided)
        self._picture = np.zeros((whole * 3 // 2, self._width), np.uint8)
        self._lasting: tuple[_Grid | None, Plane] = None, np.zeros_like(self._picture)

    def draw(self, canvas: Canvas, courses: Sequence[Course], time_s: float) -> None:
        """Draw each person's strongest emotion over time: the past left of the line, the future to the right.

        Args:
            canvas: on the picture.
            courses: what the persons show, from ``time_s - STRIP_S / 2`` on.
            time_s: the time of the picture.
        """
        shown = rows_of(courses, time_s)
        persons = tuple(course.person for course in shown)
        grid = self._grid(persons, len(clock(math.floor(time_s))))
        key = (persons, grid.place(time_s), math.floor(time_s))
        if key != self._shown:
            self._redraw(shown, grid, time_s)
            self._shown = key
        canvas.paste(self._picture, self._top)

    def _divided(self, persons: tuple[int, ...], written: int) -> _Grid:
        """Divide the width behind a clock of so many characters and the names."""
        pitch = max(4, 2 * ((self._height - 2) // len(persons) // 2))
        thick = pitch - 2 * max(1, round(pitch / 16))
        pad = round(self._clock / 2)
        most = min(_MOST_TURNS, len(persons))
        heights = [min(self._text, 0.75 * (turns * pitch + thick - pitch)) for turns in range(1, most + 1)]
        turns = next((at for at, height in enumerate(heights, 1) if height >= SMALLEST_TEXT), 0)
        small, names = heights[turns - 1], [self._called(person) for person in persons] if turns else []
        widest = "00:00".rjust(written, "0") if written < len("0:00:00") else ":00:00".rjust(written, "0")
        names_from = 2 * pad + text_width(widest, self._clock)
        widths = [max(text_width(name, small) for name in names[turn::turns]) + pad for turn in range(turns)]
        edges = tuple(accumulate(widths, initial=float(names_from)))
        even = 2 * round(edges[-1] / 2)
        columns = max(0, self._width - even) // 2
        top = self._first + 2 * round((self._height - len(persons) * pitch) / 4) + 2 * round((pitch - thick) / 4)
        tops = tuple(top + row * pitch for row in range(len(persons)))
        return _Grid(even, columns, STRIP_S / max(columns, 1), tops, thick, tuple(names), small, edges[:-1])

    @property
    def _clock(self) -> float:
        return min(self._text, self._height / 3)

    def _redraw(self, shown: Sequence[Course], grid: _Grid, time_s: float) -> None:
        self._picture[:] = self._ground(grid)
        canvas, height, text, place = Canvas(self._picture), self._height, self._clock, grid.place(time_s)
        first = min(max(0, grid.before - place), grid.before)  # before the start there is no recording
        moments = grid.moments(place)
        # On the grid of time, so that the hatching moves with what it marks.
        hatched = (place + np.arange(grid.columns)) % _HATCHED == 0
        for row, course in enumerate(shown):
            sights = course.at(moments)
            colours = PALETTE[sights.strongest]
            colours[sights.flagged & hatched] = PALETTE[-1]
            colours[sights.left_out & hatched] = LEFT_OUT_YUV
            top = grid.tops[row]
            canvas.columns(grid.start + 2 * first, top, grid.thick, colours[first : grid.before])
            canvas.columns(grid.head, top, grid.thick, colours[grid.before :], _FUTURE)
        canvas.fill(grid.head - 1, self._first, grid.head + max(1, round(text / 8)), self._first + height, PAPER)
        canvas.text(clock(math.floor(time_s)), round(text / 2), self._first + (height + text) / 2, text)

    def _ground(self, grid: _Grid) -> Plane:
        """Return what stays as long as the persons do: the legend, and their names."""
        known, ground = self._lasting
        if known is not grid:
            canvas, bottom = Canvas(ground), self._first + self._height
            canvas.fill(0, 0, self._width, bottom, PANEL)
            if self._legend:
                self._legend.draw(canvas, self._width - self._legend.width, 0)
            for row, (name, top) in enumerate(zip(grid.names, grid.tops)):
                baseline = max(top + (grid.thick + grid.small) / 2, self._first + grid.small + 1)
                canvas.text(name, grid.staggered[row % len(grid.staggered)], min(baseline, bottom - 1), grid.small)
            self._lasting = grid, ground
        return ground
