"""Draw the annotated video: boxes, label panels and a running timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from videmo.annotate.canvas import Canvas
from videmo.annotate.glyphs import drawable
from videmo.annotate.labels import Course, Label
from videmo.annotate.layout import Placer, between, cap_height
from videmo.annotate.panel import Panels, colour_of
from videmo.annotate.strip import Strip
from videmo.records import Box
from videmo.video.planar import Plane

_LONGEST_NAME: Final = 18
_SLACK: Final = 0.01
"""How far an edge of a drawn box may be from where it was found, in heights of the face."""


class Overlay:
    """Draw over the frames of one chunk, one after the other.

    Args:
        width: of the pictures.
        height: of the pictures.
        names: of persons.
        words: the emotions that labels have probabilities of.
        strip_on_top: whether the running timeline lies along the upper edge instead of the lower one.
    """

    def __init__(
        self,
        width: int,
        height: int,
        names: Mapping[int, str] | None = None,
        *,
        words: Sequence[str],
        strip_on_top: bool = False,
    ) -> None:
        text = cap_height(width, height)
        called = _Called(names or {})
        self._outline = max(2, round(text / 5))
        self._placer = Placer(width, height)
        self._boxes: dict[int, Box] = {}
        self._panels = Panels(width, height, text, called, words)
        self._strip = Strip(width, height, words, called, on_top=strip_on_top)
        self.strip_box = self._strip.box

    def draw(
        self, picture: Plane, labels: Sequence[Label], courses: Sequence[Course] = (), time_s: float = 0.0
    ) -> None:
        """Draw into a picture.

        Args:
            picture: planar 4:2:0 as `video.displayed.displayed_yuv420p` gives it; changed in place.
            labels: the persons, their boxes and what they show.
            courses: what the persons show around this moment, from ``time_s - STRIP_S / 2`` on; empty for no timeline.
            time_s: the time of the picture.
        """
        canvas = Canvas(picture)
        self._boxes = faces = {label.person: self._steady(label) for label in labels}
        for label in labels:
            x, y, w, h = faces[label.person]
            draw = canvas.dashed_frame if label.flagged or label.left_out else canvas.frame
            draw(x, y, x + w, y + h, colour_of(label), self._outline)
        sizes = {label.person: self._panels.sizes(label.person, flagged=label.flagged) for label in labels}
        placements = self._placer.place(faces, sizes, [self.strip_box] if courses else [])
        for label in labels:
            placed = placements[label.person]
            if placed.strays:
                canvas.line(*between(placed.box, faces[label.person]), colour_of(label), self._outline)
            self._panels.draw(canvas, label, placed)
        if courses:
            self._strip.draw(canvas, courses, time_s)

    def _steady(self, label: Label) -> Box:
        """Draw a box where it was drawn last, moved no further than it takes to be as good as where it was found.

        Found frame by frame, it trembles; that is hard to look at, and the encoder has to write it down each time.
        """
        now = Box(*label.box)
        last = self._boxes.get(label.person)
        if last is None:
            return now
        slack = max(1.0, _SLACK * now.height)
        edges = zip(_corners(last), _corners(now), strict=True)
        left, top, right, bottom = (min(max(drawn, edge - slack), edge + slack) for drawn, edge in edges)
        return Box(left, top, right - left, bottom - top)


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.left + box.width, box.top + box.height


class _Called:
    """Call persons by their names; by number where there is none or the font lacks its letters. No two are alike."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self._short = {person: _shortened(name) for person, name in names.items() if name and drawable(name)}
        self._often = Counter(self._short.values())

    def __call__(self, person: int) -> str:
        """Return what a person is called; with the number behind where it could mean somebody else."""
        name = self._short.get(person, str(person))
        mistakable = self._often[name] > 1 or (name.isdecimal() and name != str(person))
        return f"{name} ({person})" if mistakable else name


def _shortened(name: str) -> str:
    # Codes of participants differ at their end.
    half = _LONGEST_NAME // 2
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - half - 1]}…{name[-half:]}"
