"""Follow faces through time: which detections belong to one person."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videmo.config import TrackingSettings
from videmo.records import Detection

_REACH = 0.6
"""How far, in face widths, a face may be from where it is expected without overlapping, besides `_SPEED`."""
_SPEED = 1.0
"""Face widths a second that the uncertainty grows by while a face is not seen."""
_MOST_REACH = 1.5
_RESIZE = math.log(1.8)
"""Largest change of size from one sight to the next, as a logarithm."""
_IMPOSSIBLE = 1e6
_TOLERANCE = 1e-6
"""Seconds: time stamps are rounded, and five frames of 0.04 s are not less than 0.2 s."""


@dataclass(frozen=True, slots=True)
class Moment:
    """All detections of one sampled frame."""

    time_s: float
    faces: tuple[Detection, ...]
    cut: bool
    """True if a new scene begins with this frame."""


@dataclass(slots=True)
class _Track:
    """One person as followed so far; positions are centre x, centre y and the logarithm of the size."""

    number: int
    seen_s: float
    state: npt.NDArray[np.float64]
    speed: npt.NDArray[np.float64]
    times: array[float]
    """Packed: a person may be seen hundreds of thousands of times."""

    def expected(self, time_s: float) -> npt.NDArray[np.float64]:
        """Where the face should be, by constant velocity that fades within half a second."""
        elapsed = time_s - self.seen_s
        faded: npt.NDArray[np.float64] = self.state + self.speed * (0.5 * (1 - math.exp(-elapsed / 0.5)))
        return faded

    def see(self, time_s: float, state: npt.NDArray[np.float64]) -> None:
        """Go on from a new sight."""
        elapsed = time_s - self.seen_s
        if elapsed > 0:
            self.speed = 0.6 * self.speed + 0.4 * (state - self.state) / elapsed
        self.state, self.seen_s = state, time_s
        self.times.append(time_s)


def link_persons(moments: Sequence[Moment], settings: TrackingSettings) -> list[tuple[int, ...]]:
    """Give each detection the id of its person.

    Detections of each frame are assigned to the persons in sight, all at once, by the least total distance between
    where each is expected and what was found (Hungarian method). A person who is not seen for longer than the
    largest gap, or across a cut, is over. What was seen too briefly is no person.

    Args:
        moments: the sampled frames in time order.
        settings: how far and how long to follow.

    Returns:
        For each moment and each of its faces the person's id, from 1 in order of first appearance; 0 for none.
    """
    times = np.array([moment.time_s for moment in moments])
    patience = max(settings.max_gap_s, 2.5 * _typical_step(times))
    tracks: list[_Track] = []
    active: list[_Track] = []
    numbers: list[tuple[int, ...]] = []
    for moment in moments:
        if moment.cut:
            active = []
        active = [track for track in active if moment.time_s - track.seen_s <= patience + _TOLERANCE]
        states = [_state(face) for face in moment.faces]
        row = [-1] * len(states)
        for track_index, face_index in _assign(active, moment, states, settings.min_overlap):
            active[track_index].see(moment.time_s, states[face_index])
            row[face_index] = active[track_index].number
        for face_index, state in enumerate(states):
            if row[face_index] < 0:
                track = _Track(len(tracks), moment.time_s, state, np.zeros(3), array("d", [moment.time_s]))
                row[face_index] = track.number
                tracks.append(track)
                active.append(track)
        numbers.append(tuple(row))
    ids = _confirmed_ids(tracks, times, settings)
    for place, tracked in enumerate(numbers):
        numbers[place] = tuple(ids[number] for number in tracked)
    return numbers


def _typical_step(times: npt.NDArray[np.float64]) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0


def _state(face: Detection) -> npt.NDArray[np.float64]:
    size = math.sqrt(max(face.w * face.h, 1.0))
    return np.array([face.x + face.w / 2, face.y + face.h / 2, math.log(size)])


def _assign(
    active: Sequence[_Track], moment: Moment, states: Sequence[npt.NDArray[np.float64]], min_overlap: float
) -> Iterable[tuple[int, int]]:
    """Pairs of (track, face) with the least total cost among those that are possible at all."""
    if not active or not states:
        return []
    expected = np.stack([track.expected(moment.time_s) for track in active])
    elapsed = np.array([moment.time_s - track.seen_s for track in active])
    cost = _costs(expected, elapsed, np.stack(states), min_overlap)
    if cost.shape == (1, 1):
        return [(0, 0)] if cost[0, 0] < _IMPOSSIBLE else []
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(cost)
    return [(int(row), int(column)) for row, column in zip(rows, columns) if cost[row, column] < _IMPOSSIBLE]


def _costs(
    expected: npt.NDArray[np.float64],
    elapsed: npt.NDArray[np.float64],
    found: npt.NDArray[np.float64],
    min_overlap: float,
) -> npt.NDArray[np.float64]:
    """Distance in face sizes plus change of size plus lack of overlap, for each pair: ``(tracks, faces)``."""
    before, now = np.exp(expected[:, 2])[:, None], np.exp(found[:, 2])[None, :]
    offset = np.abs(expected[:, None, :2] - found[None, :, :2])
    distance = np.hypot(offset[..., 0], offset[..., 1]) / np.sqrt(before * now)
    resize = np.abs(np.log(before / now))
    shared = np.clip((before + now)[..., None] / 2 - offset, 0, np.minimum(before, now)[..., None]).prod(axis=-1)
    overlap = shared / (before**2 + now**2 - shared)
    reach = np.minimum(_REACH + _SPEED * elapsed, _MOST_REACH)[:, None]
    possible = ((overlap >= min_overlap) | (distance <= reach)) & (resize <= _RESIZE)
    return np.where(possible, distance + resize + (1 - overlap), _IMPOSSIBLE)


def _confirmed_ids(tracks: Sequence[_Track], times: npt.NDArray[np.float64], settings: TrackingSettings) -> list[int]:
    """Number the tracks that are long and dense enough, in order of first appearance; 0 for the others."""
    step = _typical_step(times)
    ids, last = [], 0
    for track in tracks:
        first_s, last_s = track.times[0], track.times[-1]
        sampled = np.searchsorted(times, last_s, "right") - np.searchsorted(times, first_s, "left")
        few = len(track.times) < min(settings.min_detections, len(times))
        brief = last_s - first_s + step < settings.min_duration_s - _TOLERANCE and len(times) > 1
        sparse = len(track.times) < settings.min_presence * sampled
        confirmed = not (few or brief or sparse)
        last += confirmed
        ids.append(last if confirmed else 0)
    return ids
