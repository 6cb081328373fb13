"""Hide faces: where they are at any moment, and how they are made unrecognisable."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.annotate.canvas import Plane, planes_of
from videmo.annotate.layout import Box
from videmo.config import AnnotationSettings, TrackingSettings
from videmo.faces.tracker import Moment, link_persons
from videmo.records import Detection

_CELLS = 4
"""Cells across the shorter side of what is hidden, as if it lay inside of the picture as a whole."""
_DRIFT, _DRIFT_BETWEEN = 0.8, 0.5
"""Face sizes a second by which the hidden part grows on each side while the face is not seen: where it went or came
from is not known; between two sights it is about known."""
_MOST_DRIFT = 0.8
_TOLERANCE = 1e-5
"""Seconds: time stamps in tables are rounded."""
_BLANK = (90, 128, 128)
"""Y, U, V of a box: dark gray."""


@dataclass(frozen=True, slots=True)
class _Track:
    """Sights of one face, and the times between which it is hidden, both excluded."""

    times: npt.NDArray[np.float64]
    boxes: npt.NDArray[np.float64]
    after_s: float
    before_s: float

    def at(self, time_s: float) -> tuple[npt.NDArray[np.float64], float] | None:
        """Left, top, width and height at a time, between two sights in between them, and by how many face sizes the
        face may be off; None where it is not hidden."""
        if not self.after_s + _TOLERANCE < time_s < self.before_s - _TOLERANCE:
            return None
        box = np.array([np.interp(time_s, self.times, column) for column in self.boxes.T])
        drift = _DRIFT_BETWEEN if self.times[0] <= time_s <= self.times[-1] else _DRIFT
        return box, min(drift * float(np.abs(self.times - time_s).min()), _MOST_DRIFT)


class Hiding:
    """Knows what has to be hidden at any moment.

    Every detection counts, also one that belongs to no person. Detections of one face are joined over gaps, and what
    they cover is kept hidden for a while before the first and after the last of them; never across a cut.

    Args:
        observations: of the stretch that is asked about, and of enough before and behind it.
        tracking: how faces are followed.
        settings: margins in space and time.
    """

    def __init__(self, observations: pd.DataFrame, tracking: TrackingSettings, settings: AnnotationSettings) -> None:
        self._margin = settings.anonymize_margin
        moments = _moments(observations, tracking.cut_threshold)
        # Whoever was seen once counts here.
        every = dataclasses.replace(tracking, min_detections=1, min_duration_s=0.0, min_presence=0.0)
        numbers = link_persons(moments, every)
        sights: dict[int, list[tuple[float, Detection]]] = {}
        for moment, row in zip(moments, numbers, strict=True):
            for face, number in zip(moment.faces, row, strict=True):
                sights.setdefault(number, []).append((moment.time_s, face))
        edges = _scene_edges(moments)
        self._tracks = [_track(seen, edges, settings.anonymize_hold_s) for _, seen in sorted(sights.items())]

    def at(self, time_s: float) -> list[Box]:
        """What to hide at a moment, margins included, in displayed pixels."""
        boxes = []
        for track in self._tracks:
            found = track.at(time_s)
            if found is not None:
                (x, y, w, h), off = found
                grow = (self._margin + off) * max(w, h)
                boxes.append(Box(x - grow, y - grow, w + 2 * grow, h + 2 * grow))
        return boxes


def hide(picture: Plane, boxes: Iterable[Box], mode: str) -> None:
    """Make parts of a picture unrecognisable, in all three planes.

    What lay there is overwritten: of each part `blur` and `pixelate` leave the means of a few cells, `box` nothing.

    Args:
        picture: planar 4:2:0 as `video.write.displayed_yuv420p` gives it; changed in place.
        boxes: what to hide; what lies outside of the picture is left out.
        mode: ``blur``, ``pixelate`` or ``box``.
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
            cell = min(box.width, box.height) / _CELLS / scale
            part[:] = blank if mode == "box" else _coarse(part, cell, smooth=mode == "blur")


def _coarse(part: Plane, cell: float, *, smooth: bool) -> Plane:
    """Reduce a part to the means of cells and stretch them to its size again.

    Args:
        part: what lies inside of the picture; it may be a narrow strip of a face.
        cell: side of a cell, in pixels of the plane: it follows from the whole face.
        smooth: whether the means go over into each other.
    """
    rows, columns = part.shape
    cells = (max(1, round(columns / max(cell, 1.0))), max(1, round(rows / max(cell, 1.0))))
    means = cv2.resize(np.ascontiguousarray(part), cells, interpolation=cv2.INTER_AREA)
    kind = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(means, (columns, rows), interpolation=kind), np.uint8)


def _moments(observations: pd.DataFrame, cut_threshold: float) -> list[Moment]:
    """The sampled frames with all their faces, in order."""
    table = observations.sort_values("time_s", kind="stable")
    found = (table["status"] != "no_face").to_numpy()
    boxes = table[["x", "y", "w", "h", "face_score"]].to_numpy(np.float64)
    times, frames = table["time_s"].to_numpy(np.float64), table["frame"].to_numpy(np.int64)
    cuts = table["scene_change"].to_numpy(np.float64) >= cut_threshold
    starts = np.flatnonzero(np.diff(frames, prepend=-1) != 0)
    return [
        Moment(
            float(times[begin]),
            tuple(Detection(*boxes[row].tolist()) for row in range(begin, end) if found[row]),
            bool(cuts[begin]),
        )
        for begin, end in zip(starts.tolist(), [*starts[1:].tolist(), len(table)])
    ]


def _scene_edges(moments: Sequence[Moment]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Times of the last sampled frame before each cut, and of the first behind it: the cut lies between them."""
    pairs = [(before.time_s, moment.time_s) for before, moment in itertools.pairwise(moments) if moment.cut]
    edges = np.array(pairs, np.float64).reshape(-1, 2)
    return edges[:, 0], edges[:, 1]


def _track(
    seen: Sequence[tuple[float, Detection]],
    edges: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    hold_s: float,
) -> _Track:
    times = np.array([time_s for time_s, _ in seen])
    boxes = np.array([(face.x, face.y, face.w, face.h) for _, face in seen])
    last_before, first_behind = edges
    begun, ends = first_behind[first_behind <= times[0]], first_behind[first_behind > times[-1]]
    after_s, before_s = times[0] - hold_s, times[-1] + hold_s
    if len(begun):
        after_s = max(after_s, float(last_before[len(begun) - 1]))
    if len(ends):
        before_s = min(before_s, float(ends[0]))
    return _Track(times, boxes, after_s, before_s)
