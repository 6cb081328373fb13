"""Draw the annotated video: boxes, label panels and a running timeline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.annotate.canvas import Canvas, Colour, rgb, yuv
from videmo.annotate.glyphs import drawable, text_width
from videmo.annotate.labels import Course, Label
from videmo.annotate.layout import Placement, Placer, Size
from videmo.measures.registry import carried
from videmo.plots.style import COLOURS, clock
from videmo.records import Box

_WORDS: Final = carried().words
_RGB: Final = {emotion: rgb(code) for emotion, code in COLOURS.items()}
_PANEL: Final[Colour] = (24, 26, 29)
_TRACK: Final[Colour] = (70, 74, 79)
_PAPER: Final[Colour] = (235, 235, 235)
_OPACITY: Final = 0.78
_SMALLEST, _LARGEST = 7.0, 64.0
"""Cap heights in pixels."""
_LONGEST_NAME: Final = 18
_MOST_ROWS: Final = 6
STRIP_S: Final = 30.0
"""Seconds that the running timeline shows, half of them before the moment."""


@dataclass(slots=True)
class Overlay:
    """Draw over the frames of one chunk, one after the other.

    Args:
        width: of the pictures.
        height: of the pictures.
        names: of persons.
        strip_on_top: whether the running timeline lies along the upper edge instead of the lower one.
    """

    width: int
    height: int
    names: Mapping[int, str] = field(default_factory=dict)
    strip_on_top: bool = False
    _placer: Placer = field(init=False)

    def __post_init__(self) -> None:
        self._placer = Placer(self.width, self.height)

    @property
    def text(self) -> float:
        """Return the cap height in pixels: grows with the picture, and stays readable in a small one."""
        return min(max(min(self.width, self.height) / 38, _SMALLEST), _LARGEST)

    def strip_box(self, on_top: bool) -> Box:
        """Return the box of the running timeline, on even pixels."""
        height = 2 * round(min(3.2 * self.text, 0.14 * self.height) / 2)
        return Box(0, 0 if on_top else self.height - height, self.width, height)

    def draw(
        self,
        picture: npt.NDArray[np.uint8],
        labels: Sequence[Label],
        courses: Sequence[Course] = (),
        time_s: float = 0.0,
    ) -> None:
        """Draw into a picture.

        Args:
            picture: planar 4:2:0 as `video.displayed.displayed_yuv420p` gives it; changed in place.
            labels: the persons, their boxes and what they show.
            courses: what the persons show around this moment, from ``time_s - STRIP_S / 2`` on; empty for no timeline.
            time_s: the time of the picture.
        """
        canvas = Canvas(picture)
        strip = self.strip_box(self.strip_on_top) if courses else None
        for label in labels:
            x, y, w, h = label.box
            canvas.frame(x, y, x + w, y + h, _RGB[_strongest(label)], max(2, round(self.text / 5)))
        faces = {label.person: Box(*label.box) for label in labels}
        sizes = {label.person: self._sizes(label.person) for label in labels}
        placements = self._placer.place(faces, sizes, [strip] if strip else [])
        for label in labels:
            self._panel(canvas, label, placements[label.person])
        if strip:
            self._strip(canvas, strip, courses, time_s)

    def _called(self, person: int) -> str:
        """Return the name, or the number if there is none or the font lacks its letters."""
        name = self.names.get(person, "")
        short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        return short if name and drawable(name) else str(person)

    def _sizes(self, person: int) -> list[Size]:
        """List the sizes with bars, without, and with the person alone; each wide enough for any emotion."""
        text, pad = self.text, self._pad
        words = max(text_width(f"{self._called(person)}  {name} 100%", text) for name in _WORDS)
        line = text + 2 * pad
        full = Size(words + 2.6 * pad, line + len(_WORDS) * self._pitch + 0.6 * pad)
        tag = Size(text_width(self._called(person), text) + 2.6 * pad, line)
        sizes = [full, Size(full.width, line), tag]
        fitting = [size for size in sizes if size.width <= self.width and size.height <= self.height]
        return fitting or [Size(min(tag.width, self.width), min(tag.height, self.height))]

    @property
    def _pad(self) -> float:
        return self.text * 0.5

    @property
    def _pitch(self) -> float:
        """Return the distance from one bar to the next: whole pixels, so that all bars are alike."""
        return max(3.0, round(self.text * 0.42))

    def _panel(self, canvas: Canvas, label: Label, placement: Placement) -> None:
        """Draw a dark panel: person, emotion and probability, and a bar for each emotion if there is room."""
        emotion, text, pad = _strongest(label), self.text, self._pad
        left, top, width, height = (round(edge) for edge in placement.box)
        canvas.fill(left, top, left + width, top + height, _PANEL, _OPACITY)
        canvas.fill(left, top, left + max(2.0, round(text * 0.25)), top + height, _RGB[emotion])
        called = self._called(label.person)
        wide = f"{called}  {emotion} {max(label.probabilities):.0%}"
        words = wide if text_width(wide, text) + 2 * pad <= width else called
        while text > 2 and text_width(words, text) + 1.4 * pad > width:
            text *= 0.9
        canvas.text(words, left + 1.4 * pad, top + pad + text, text)
        below = top + round(self.text + 2 * pad)
        if height < below - top + len(_WORDS) * self._pitch:
            return
        start, full, bar = left + round(1.4 * pad), width - round(2.4 * pad), self._pitch - max(1, self._pitch // 3)
        for index, name in enumerate(_WORDS):
            line = below + index * self._pitch
            canvas.fill(start, line, start + full, line + bar, _TRACK)
            canvas.fill(start, line, start + full * label.probabilities[index], line + bar, _RGB[name])

    def _strip(self, canvas: Canvas, box: Box, courses: Sequence[Course], time_s: float) -> None:
        """Draw each person's strongest emotion over time: the past to the left of the line, the future to the right."""
        left, top, width, height = (round(edge) for edge in box)
        canvas.fill(left, top, left + width, top + height, _PANEL, _OPACITY)
        shown = courses[:_MOST_ROWS]
        pitch = max(4, 2 * ((height - 2) // len(shown) // 2))
        thick = pitch - 2 * max(1, round(pitch / 16))
        text, small = min(self.text, height / 3), min(self.text, 0.75 * thick)
        pad = round(text / 2)
        names = [self._called(course.person) for course in shown] if small >= _SMALLEST else []
        clock_end = 2 * pad + text_width("0:00:00" if time_s >= 3600 else "00:00", text)
        start = 2 * round((clock_end + (max(text_width(name, small) for name in names) + pad if names else 0)) / 2)
        columns = max(0, width - start) // 2
        middle = columns // 2
        moments = time_s + (np.arange(columns) + 0.5 - middle) / max(columns, 1) * STRIP_S
        first = int(np.searchsorted(moments, 0.0))  # before the start there is no recording
        for row, course in enumerate(shown):
            at = top + 2 * round((height - len(shown) * pitch) / 4) + row * pitch + 2 * round((pitch - thick) / 4)
            colours = _PALETTE[course.strongest_at(moments)]
            for part, opacity in ((slice(min(first, middle), middle), 1.0), (slice(middle, columns), 0.45)):
                canvas.columns(start + 2 * part.start, at, thick, colours[part], opacity)
            if names:
                canvas.text(names[row], clock_end, at + (thick + small) / 2, small)
        head = start + 2 * middle
        canvas.fill(head - 1, top, head + max(1, round(text / 8)), top + height, _PAPER)
        canvas.text(clock(math.floor(time_s)), pad, top + (height + text) / 2, text)


_PALETTE: Final = np.array([*(yuv(_RGB[emotion]) for emotion in _WORDS), yuv(_TRACK)], np.uint8)
"""Y, U, V of each emotion; the last, which is also -1, stands for not seen."""


def _strongest(label: Label) -> str:
    return _WORDS[int(np.argmax(label.probabilities))]
