"""Say where faces have to be hidden at any moment: follow the candidates and keep them through gaps."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.anonymize.search import Candidates, strongest
from videmo.persons.following import FrameDetections
from videmo.persons.linking import link
from videmo.records import Box, Detection
from videmo.settings import AnonymizeSettings, TrackingSettings
from videmo.video.scene import change_between

_DRIFT, _DRIFT_BETWEEN = 0.3, 0.2
"""Face sizes per second by which the hidden part grows on each side while the face is not seen: where it went or came
from is unknown; between two sights it is roughly known."""
_MOST_DRIFT = 0.4
_STEADY_S = 0.12
"""The hidden part includes the sights this long before and after: boxes of doubtful faces tremble."""
_FLASH_S = 0.3
"""A scene as short as this is none: a camera's flash ends what was there no more than the blink of an eye does, and
whoever was hidden before it stays hidden in it."""
_LIGHT_S, _LIT, _SAME_LIGHT, _DARK = 1.0, 0.25, 0.05, 4.0
"""Where the mean luma changes by a quarter, and is within a second what it was but for a twentieth, a light came and
went, not a scene; added to the luma, so that noise in the dark is no light."""
_TOLERANCE = 1e-5
"""Seconds: time stamps in tables are rounded."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cover:
    """Hold tracks of faces as columns, and the times (both excluded) between which each is hidden."""

    times: Array
    """``(sights,)`` seconds, ascending in each track."""
    boxes: Array
    """``(sights, 4)`` left, top, width, height in displayed pixels."""
    bounds: npt.NDArray[np.int64]
    """``(tracks + 1,)`` where each track begins among the sights; the last is their number."""
    after_s: Array
    """``(tracks,)``"""
    before_s: Array
    """``(tracks,)``"""

    def between(self, begin_s: float, end_s: float) -> Cover:
        """Return the part that is needed from one time to another; in between it says the same."""
        chosen, kept = [], []
        for track in np.flatnonzero((self.after_s < end_s) & (self.before_s > begin_s)).tolist():
            begin, end = self.bounds[track : track + 2].tolist()
            times = self.times[begin:end]
            # One sight beyond each end, to know where the face is in between; the first and the last sight of a track
            # decide how much is hidden before and after them.
            first = max(int(np.searchsorted(times, begin_s, "right")) - 1, 0)
            last = min(int(np.searchsorted(times, end_s, "left")), len(times) - 1)
            chosen.append(np.arange(begin + min(first, last), begin + last + 1))
            kept.append(track)
        places = np.concatenate(chosen) if chosen else np.zeros(0, np.int64)
        bounds = np.cumsum([0, *(len(part) for part in chosen)])
        return Cover(self.times[places], self.boxes[places], bounds, self.after_s[kept], self.before_s[kept])

    def at(self, time_s: float, margin: float) -> list[Box]:
        """Return what to hide at a moment, in displayed pixels, with a margin in face sizes."""
        hidden = (self.after_s + _TOLERANCE < time_s) & (time_s < self.before_s - _TOLERANCE)
        return [self._box(track, time_s, margin) for track in np.flatnonzero(hidden).tolist()]

    def _box(self, track: int, time_s: float, margin: float) -> Box:
        part = slice(*self.bounds[track : track + 2].tolist())
        times = self.times[part]
        x, y, w, h = (float(np.interp(time_s, times, column)) for column in self.boxes[part].T)
        drift = _DRIFT_BETWEEN if times[0] <= time_s <= times[-1] else _DRIFT
        off = min(drift * float(np.abs(times - time_s).min()), _MOST_DRIFT)
        return Box(x, y, w, h).grown((margin + off) * max(w, h))


def follow(
    parts: Sequence[Candidates], observations: pd.DataFrame, tracking: TrackingSettings, settings: AnonymizeSettings
) -> Cover:
    """Follow what was seen in a recording and say what is to be hidden.

    Every detection of the analysis counts, even one that belongs to no person. The search's own sights count if they
    are linked to a sight with a high enough score (hysteresis). Sights of one face are joined over gaps, and what they
    cover stays hidden for a while before the first and after the last of them, but never across a cut. Where two cuts
    follow each other within `_FLASH_S`, neither counts.

    Args:
        parts: of the chunks of the recording, in order.
        observations: of the recording.
        tracking: how faces are followed.
        settings: of the search, and margins in time.
    """
    frames = _frames(parts, observations, tracking.cut_threshold)
    track = link(frames, tracking).tracks  # here, everyone who was seen counts
    table = np.column_stack([np.repeat(frames.times, np.diff(frames.bounds)), frames.boxes])
    order = np.argsort(track, kind="stable")
    track, table = track[order], table[order]
    starts = np.flatnonzero(np.diff(track, prepend=-1))
    edges = _scene_edges(frames)
    found = np.split(table, starts[1:]) if len(track) else []
    tracks = [part for part in found if part[:, 5].max() >= settings.sure_score]
    spans = [_span(part[:, 0], edges, settings.hold_s) for part in tracks]
    return Cover(
        times=np.concatenate([np.zeros(0), *(part[:, 0] for part in tracks)]),
        boxes=np.concatenate([np.zeros((0, 4)), *(_steady(part[:, 0], part[:, 1:5]) for part in tracks)]),
        bounds=np.cumsum([0, *(len(part) for part in tracks)]),
        after_s=np.array([after_s for after_s, _ in spans], np.float64),
        before_s=np.array([before_s for _, before_s in spans], np.float64),
    )


@dataclass(frozen=True, slots=True)
class _Frames(Sequence[FrameDetections]):
    """Hold all frames in order with what was seen in them, packed: a long recording has hundreds of thousands."""

    times: Array
    """``(frames,)`` seconds."""
    cuts: npt.NDArray[np.bool_]
    """``(frames,)``"""
    boxes: Array
    """``(sights, 5)`` left, top, width, height and score; detections of the analysis have a score of 1."""
    bounds: npt.NDArray[np.int64]
    """``(frames + 1,)`` where the sights of each frame begin."""

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, place: Any) -> Any:
        boxes = self.boxes[self.bounds[place] : self.bounds[place + 1]].tolist()
        faces = tuple(Detection(*box) for box in boxes)
        return FrameDetections(float(self.times[place]), faces, bool(self.cuts[place]))


def _frames(parts: Sequence[Candidates], observations: pd.DataFrame, cut_threshold: float) -> _Frames:
    times = np.concatenate([np.zeros(0), *(part.time_s for part in parts)])
    order = np.argsort(times, kind="stable")
    faces = observations[observations["status"] != "no_face"]
    nearest = order[_nearest(times[order], faces["time_s"].to_numpy(np.float64))]
    analysed = faces[["x", "y", "w", "h"]].to_numpy(np.float64)
    first = np.cumsum([0, *(len(part.time_s) for part in parts)])
    frame = np.concatenate([*(part.row + begin for part, begin in zip(parts, first)), nearest]).astype(np.int64)
    boxes = np.concatenate([np.zeros((0, 5)), *(part.box for part in parts), np.insert(analysed, 4, 1.0, axis=1)])
    by_frame = np.argsort(frame, kind="stable")
    ends = np.cumsum(np.bincount(frame, minlength=len(times)))
    kept, bounds = array("d"), [0]
    for place in order.tolist():
        rows = by_frame[ends[place - 1] if place else 0 : ends[place]]
        for face in strongest([Detection(*box) for box in boxes[rows].tolist()]):
            kept.extend((face.x, face.y, face.w, face.h, face.score))
        bounds.append(len(kept) // 5)
    light = np.concatenate([np.zeros(0), *(part.light for part in parts)])[order]
    cuts = _without_flashes(times[order], _cuts(parts, cut_threshold)[order], light)
    return _Frames(times[order], cuts, np.array(kept, np.float64).reshape(-1, 5), np.array(bounds, np.int64))


def _cuts(parts: Sequence[Candidates], threshold: float) -> npt.NDArray[np.bool_]:
    """Tell for each frame of the chunks whether a new scene begins with it."""
    cuts, before = [np.zeros(0, bool)], None
    for part in parts:
        change = part.change.copy()
        if len(change):
            if before is not None:
                change[0] = change_between(before, part.edge_thumbnails[0])
            before = part.edge_thumbnails[1]
        cuts.append(change >= threshold)
    return np.concatenate(cuts)


def _without_flashes(times: Array, cuts: npt.NDArray[np.bool_], light: Array) -> npt.NDArray[np.bool_]:
    """Leave out the cuts on both sides of scenes that are too short to be any, and those of light that comes and goes.

    A flash may fade slowly, so that its end is no cut. It is known by the light: that after it is that before it.
    """
    places = np.flatnonzero(cuts)
    short = np.diff(times[places]) <= _FLASH_S + _TOLERANCE
    left = cuts.copy()
    left[places[:-1][short]] = left[places[1:][short]] = False
    for place in places[places > 0].tolist():
        before, after = light[place - 1], light[place]
        full = max(before, after) + _DARK
        if abs(after - before) < _LIT * full:
            continue
        near = np.searchsorted(times, (times[place] - _LIGHT_S, times[place] + _LIGHT_S + _TOLERANCE))
        was, will_be = light[near[0] : place], light[place : near[1]]
        if np.abs(np.concatenate([will_be - before, was - after])).min() <= _SAME_LIGHT * full:
            left[place] = False
    return left


def _nearest(times: Array, wanted: Array) -> npt.NDArray[np.int64]:
    """Find which of the times, ascending, is nearest to each wanted one."""
    behind = np.clip(np.searchsorted(times, wanted), 1, max(len(times) - 1, 1))
    before = behind - 1
    behind = np.minimum(behind, len(times) - 1)
    return np.where(wanted - times[before] <= times[behind] - wanted, before, behind)


def _scene_edges(frames: _Frames) -> tuple[Array, Array]:
    """Return the times of the last frame before each cut and of the first after it: the cut lies between them."""
    places = np.flatnonzero(frames.cuts[1:]) + 1
    return frames.times[places - 1], frames.times[places]


def _span(times: Array, edges: tuple[Array, Array], hold_s: float) -> tuple[float, float]:
    """Return the two times between which a track is hidden."""
    last_before, first_behind = edges
    begun, ends = first_behind[first_behind <= times[0]], first_behind[first_behind > times[-1]]
    after_s, before_s = float(times[0]) - hold_s, float(times[-1]) + hold_s
    if len(begun):
        after_s = max(after_s, float(last_before[len(begun) - 1]))
    if len(ends):
        before_s = min(before_s, float(ends[0]))
    return after_s, before_s


def _steady(times: Array, boxes: Array) -> Array:
    """Make each box of a track include those just before and after it.

    Args:
        times: ``(sights,)`` ascending.
        boxes: ``(sights, 4)`` left, top, width, height.
    """
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    most = corners * (-1, -1, 1, 1)
    largest = most.copy()
    shift = 1
    while shift < len(times):
        near = times[shift:] - times[:-shift] <= _STEADY_S + _TOLERANCE
        if not near.any():
            break
        for target, source in ((slice(shift, None), slice(None, -shift)), (slice(None, -shift), slice(shift, None))):
            largest[target] = np.where(near[:, None], np.maximum(largest[target], most[source]), largest[target])
        shift += 1
    corners = largest * (-1, -1, 1, 1)
    return np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
