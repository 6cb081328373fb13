"""Hide faces: make parts of a picture unrecognisable, and search again what is left."""

from __future__ import annotations

import math
from collections.abc import Iterable

import cv2
import numpy as np

from videmo.anonymize.cover import Cover
from videmo.anonymize.search import Searcher
from videmo.records import Box
from videmo.settings import AnonymizeSettings
from videmo.video.luma import Luma
from videmo.video.planar import Plane, planes_of

_CELLS = 3
"""Cells across the shorter side of what is hidden, as if it lay wholly inside the picture."""
_FLATNESS = 0.5
"""How far the cells' means are drawn towards the mean of the whole part: what remains of eyes and mouth is then too
faint for detectors to take it for a face."""
_BLANK = (90, 128, 128)
"""Y, U, V of a box: dark grey."""
_SOFT = 0.85
"""From here on, as a share of the way from the middle of an oval to its rim, what is hidden blends into the picture.
With the margin of the default settings, the whole box of the face lies further inside."""
_BEYOND = 0.2
"""Share of a face's size by which an oval reaches farther than a rectangle, so that it hides as much: who stands at a
corner may be somebody whose face no search finds."""
_AGAIN = (2, 1, 1, 1)
"""Cells that are left of what still looks like a face, in the second search and those that follow."""


class Anonymizer:
    """Hide the faces of one recording, picture by picture.

    Args:
        cover: where faces are.
        searcher: searches the hidden pictures again.
        settings: how to hide, and the margin.
    """

    def __init__(self, cover: Cover, searcher: Searcher, settings: AnonymizeSettings) -> None:
        self._cover, self._searcher, self._settings = cover, searcher, settings

    def hide(self, picture: Plane, time_s: float) -> None:
        """Hide what is to be hidden at a time, and then whatever a detector still takes for a face in the result.

        Args:
            picture: planar 4:2:0 as `video.displayed.displayed_yuv420p` gives it; changed in place.
            time_s: seconds from the container's start.
        """
        mode, margin = self._settings.how, self._settings.margin
        # Lower than the analysis needs for a face, since encoding changes the picture a little.
        sure = self._settings.sure_score
        oval = mode == "blur"
        hide(picture, self._cover.at(time_s, margin + (_BEYOND if oval else 0)), mode, oval=oval)
        for round_, cells in enumerate(_AGAIN, start=1):
            faces = self._searcher.everything(Luma(planes_of(picture)[0], limited=True, rotation=0))
            left = [Box(face.x, face.y, face.w, face.h) for face in faces if face.score >= sure]
            if not left:
                return
            hide(picture, [box.grown(round_ * margin * max(box.width, box.height)) for box in left], mode, cells)


def hide(picture: Plane, boxes: Iterable[Box], mode: str, cells: int = _CELLS, *, oval: bool = False) -> None:
    """Make parts of a picture unrecognisable, in all three planes.

    What was there is overwritten: `blur` and `pixelate` leave the means of a few cells of each part, `box` nothing.

    Args:
        picture: planar 4:2:0 as `video.displayed.displayed_yuv420p` gives it; changed in place.
        boxes: what to hide; what lies outside the picture is ignored.
        mode: ``blur``, ``pixelate`` or ``box``.
        cells: how many means `blur` and `pixelate` leave across the shorter side.
        oval: whether cells end at the oval within each box, with a soft edge, as a head does.
    """
    planes = planes_of(picture)
    height, width = planes[0].shape
    for box in boxes:
        # On even pixels, outwards: a colour sample covers two by two of them.
        left, top = (max(0, 2 * math.floor(edge / 2)) for edge in (box.left, box.top))
        right = min(width, 2 * math.ceil((box.left + box.width) / 2))
        bottom = min(height, 2 * math.ceil((box.top + box.height) / 2))
        if left >= right or top >= bottom:
            continue
        for plane, scale, blank in zip(planes, (1, 2, 2), _BLANK, strict=True):
            part = plane[top // scale : bottom // scale, left // scale : right // scale]
            cell = min(box.width, box.height) / cells / scale
            if mode == "box":
                part[:] = blank
                continue
            coarse = _coarse(part, cell, smooth=mode == "blur")
            part[:] = _within_oval(part, coarse, box, left, top, scale) if oval else coarse


def _within_oval(part: Plane, coarse: Plane, box: Box, left: int, top: int, scale: int) -> Plane:
    """Blend the hidden part into the picture outside of the oval within its box.

    Args:
        part: of a plane as it was; it begins at `left` and `top` of the picture, a `scale`-th of its pixels.
        coarse: the same part, hidden.
        box: what is hidden, which may reach out of the picture.
        left: edge of the part in pixels of the picture.
        top: edge of the part in pixels of the picture.
        scale: pixels of the picture in one of the plane.
    """
    rows, columns = part.shape
    across = (left + (np.arange(columns) + 0.5) * scale - box.left - box.width / 2) / (box.width / 2)
    down = (top + (np.arange(rows) + 0.5) * scale - box.top - box.height / 2) / (box.height / 2)
    squares = np.add.outer((down**2).astype(np.float32), (across**2).astype(np.float32))
    mixed = np.where(squares < _SOFT**2, coarse, part)
    rim = (squares >= _SOFT**2) & (squares < 1)
    share = (1 - np.sqrt(squares[rim])) / (1 - _SOFT)
    was, hidden = part[rim].astype(np.float32), coarse[rim].astype(np.float32)
    mixed[rim] = np.rint(was + share * (hidden - was))
    return mixed


def _coarse(part: Plane, cell: float, *, smooth: bool) -> Plane:
    """Reduce a part to the means of its cells, draw these together, and stretch them to its size again.

    Args:
        part: what lies inside the picture; it may be a narrow strip of a face.
        cell: side of a cell, in pixels of the plane: it follows from the whole face.
        smooth: whether the means blend into each other.
    """
    rows, columns = part.shape
    cells = (max(1, round(columns / max(cell, 1.0))), max(1, round(rows / max(cell, 1.0))))
    means = cv2.resize(np.ascontiguousarray(part), cells, interpolation=cv2.INTER_AREA).astype(np.float32)
    means += _FLATNESS * (means.mean() - means)
    kind = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST
    return np.asarray(np.rint(cv2.resize(means, (columns, rows), interpolation=kind)), np.uint8)
