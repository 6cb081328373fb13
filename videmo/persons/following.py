"""Follow faces from frame to frame."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from videmo.machine import SCIPY_BYTES, need_memory
from videmo.records import Detection
from videmo.settings import TrackingSettings

_REACH = 0.6
"""Distance in face widths that a face may have from its expected place without overlapping it, besides `_SPEED`."""
_SPEED = 1.0
"""Face widths per second by which the uncertainty grows while a face is not detected."""
_MOST_REACH = 1.5
_RESIZE = math.log(1.8)
"""Largest change of size from one detection to the next, as a logarithm."""
_IMPOSSIBLE = 1e6
_FEW = 64
"""Ways of pairing that are tried one by one."""
TOLERANCE_S = 1e-6
"""Time stamps are rounded, and five frames of 0.04 s are not less than 0.2 s."""


@dataclass(frozen=True, slots=True)
class FrameDetections:
    """All detections of one sampled frame."""

    time_s: float
    faces: tuple[Detection, ...]
    cut: bool
    """True if a new scene begins with this frame."""
    others: tuple[bool, ...] = ()
    """For each face, whether it is seen to be another one than was at its place before; empty if none is."""


def other_from(settings: TrackingSettings) -> float:
    """Return the change of a face from which on it is another one's; none is so large if the setting is 1."""
    return settings.face_threshold if settings.face_threshold < 1 else math.inf


State = tuple[float, float, float]
"""Centre x, centre y and the logarithm of the size of a face."""


@dataclass(slots=True)
class Track:
    """One face as followed so far. Takes the same memory however often the face was detected."""

    number: int
    """From 0, in order of first detection."""
    first_s: float
    """Time of the first detection."""
    seen_s: float
    """Time of the latest detection."""
    state: State
    best_score: float
    """Highest score of its detections."""
    detections: int = 1
    speed: State = (0.0, 0.0, 0.0)
    idle_s: float = 0.0
    """Part of the time since the latest detection in which its picture stood still, and nothing was looked at."""

    def expected(self, elapsed: float) -> State:
        """Predict the state after ``elapsed`` seconds, by constant velocity that fades within half a second."""
        fading = 0.5 * (1 - math.exp(-elapsed / 0.5))
        (x, y, size), (along, down, growth) = self.state, self.speed
        return x + along * fading, y + down * fading, size + growth * fading

    def update(self, time_s: float, state: State, score: float) -> None:
        """Go on from a new detection."""
        elapsed = time_s - self.seen_s
        if elapsed > 0:
            (x, y, size), (along, down, growth) = self.state, self.speed
            new = 0.4 / elapsed
            self.speed = (
                0.6 * along + new * (state[0] - x),
                0.6 * down + new * (state[1] - y),
                0.6 * growth + new * (state[2] - size),
            )
        self.state, self.seen_s, self.idle_s, self.detections = state, time_s, 0.0, self.detections + 1
        self.best_score = max(self.best_score, score)


class Follower:
    """Follow faces from one frame to the next, in time order, live or in a recording.

    Args:
        settings: how far and how long to follow.
        usual_s: what a step between frames is longer than this does not count as time in which a face was missed.
    """

    def __init__(self, settings: TrackingSettings, usual_s: float = math.inf) -> None:
        self._settings, self._usual_s = settings, usual_s
        self._last_s = -math.inf
        self._active: list[Track] = []
        self._begun = 0

    def follow(self, frame: FrameDetections, patience_s: float) -> list[Track]:
        """Find the track that each detection of a frame continues or begins.

        Args:
            frame: later than all before.
            patience_s: the track of a face that stays undetected for longer ends.
        """
        if frame.cut:
            self._active = []
        self._note_idle(frame.time_s)
        self._active = [
            track for track in self._active if frame.time_s - track.seen_s - track.idle_s <= patience_s + TOLERANCE_S
        ]
        states = [_state(face) for face in frame.faces]
        found: list[Track | None] = [None] * len(states)
        possible = _costs(self._active, frame.time_s, states, self._settings.min_overlap)
        replaced = {pair for pair in possible if frame.others and frame.others[pair[1]]}
        for pair in replaced:
            del possible[pair]
        for track_index, face_index in _assign(possible):
            self._active[track_index].update(frame.time_s, states[face_index], frame.faces[face_index].score)
            found[face_index] = self._active[track_index]
        if replaced:  # who was at the place of another face is gone, unless seen elsewhere
            gone = {self._active[track].number for track, _ in replaced}
            gone -= {track.number for track in found if track is not None}
            self._active = [track for track in self._active if track.number not in gone]
        for face_index, state in enumerate(states):
            if found[face_index] is None:
                found[face_index] = Track(self._begun, frame.time_s, frame.time_s, state, frame.faces[face_index].score)
                self._begun += 1
                self._active.append(found[face_index])  # type: ignore[arg-type]
        return found  # type: ignore[return-value]

    def _note_idle(self, time_s: float) -> None:
        """Note how long the picture before stood still: who was in it was there until the next one."""
        idle_s = time_s - self._last_s - self._usual_s
        if idle_s > 0:
            for track in self._active:
                if track.seen_s == self._last_s:
                    track.idle_s = idle_s
        self._last_s = time_s


def _state(face: Detection) -> State:
    size = math.sqrt(max(face.w * face.h, 1.0))
    return face.x + face.w / 2, face.y + face.h / 2, math.log(size)


def _assign(costs: Mapping[tuple[int, int], float]) -> Iterable[tuple[int, int]]:
    """Pair tracks with faces at the least total cost among the pairs that are possible at all."""
    tracks, faces = {track for track, _ in costs}, {face for _, face in costs}
    if len(tracks) == len(faces) == len(costs):  # nobody is in anybody's way, as nearly always
        return costs
    if math.prod(1 + sum(track == each for each, _ in costs) for track in tracks) <= _FEW:
        return _cheapest(costs, sorted(tracks))
    if "scipy.optimize" not in sys.modules:
        need_memory(SCIPY_BYTES)
    from scipy.optimize import linear_sum_assignment

    table = np.full((max(tracks) + 1, max(faces) + 1), _IMPOSSIBLE)
    for pair, cost in costs.items():
        table[pair] = cost
    rows, columns = linear_sum_assignment(table)
    return [(int(row), int(column)) for row, column in zip(rows, columns) if table[row, column] < _IMPOSSIBLE]


def _cheapest(costs: Mapping[tuple[int, int], float], tracks: Sequence[int]) -> list[tuple[int, int]]:
    """Try all ways to pair each of the tracks with a face or with none: most pairs, then least cost, as SciPy does.

    Two who cross are a matter of a few ways. Importing SciPy for them takes longer than all else that is done with a
    short recording's faces.
    """
    ways: list[tuple[list[tuple[int, int]], float]] = [([], 0.0)]
    for track in tracks:
        own = [(pair, cost) for pair, cost in costs.items() if pair[0] == track]
        ways += [
            ([*pairs, pair], total + cost)
            for pairs, total in ways
            for pair, cost in own
            if all(pair[1] != face for _, face in pairs)
        ]
    return min(ways, key=lambda way: (-len(way[0]), way[1]))[0]


def _costs(
    active: Sequence[Track], time_s: float, states: Sequence[State], min_overlap: float
) -> dict[tuple[int, int], float]:
    """Sum distance in face sizes, change of size and lack of overlap, for each pair (track, face) that is possible.

    Plain numbers: there are few faces in a frame, and arrays of a few numbers cost more than they save.
    """
    sides = [math.exp(size) for _, _, size in states]
    costs: dict[tuple[int, int], float] = {}
    for track_index, track in enumerate(active):
        elapsed = time_s - track.seen_s
        x, y, size = track.expected(elapsed)
        before = math.exp(size)
        reach = min(_REACH + _SPEED * elapsed, _MOST_REACH)
        for face_index, (face_x, face_y, face_size) in enumerate(states):
            now = sides[face_index]
            across, down, mean = abs(x - face_x), abs(y - face_y), (before + now) / 2
            resize = abs(size - face_size)
            if resize > _RESIZE or across > _MOST_REACH * mean or down > _MOST_REACH * mean:
                continue
            smaller = min(before, now)
            shared = min(max(mean - across, 0.0), smaller) * min(max(mean - down, 0.0), smaller)
            overlap = shared / (before * before + now * now - shared)
            distance = math.hypot(across, down) / math.sqrt(before * now)
            if overlap >= min_overlap or distance <= reach:
                costs[track_index, face_index] = distance + resize + (1 - overlap)
    return costs
