"""Tell who is in view now, as far as this can be known before the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.annotate.labels import SMOOTHING_S
from videmo.faces.detector import sure_score
from videmo.faces.likeness import Likeness
from videmo.measures.registry import rest_in, shares_in
from videmo.persons.following import Follower, FrameDetections, Track, other_from
from videmo.records import Box, Observation
from videmo.settings import Settings
from videmo.timeline.sampling import Sampling
from videmo.video.luma import Luma
from videmo.video.scene import Thumbnail, change_between, thumbnail_of

_TOLERANCE: Final = 1e-6
_DRIFT: Final = 0.8
"""Face sizes per second by which a hidden part grows while its face is not seen, up to this many."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Describe one face as it is shown."""

    person: int
    """From 1, in the order in which they were confirmed as persons; 0 for a face that isn't one yet."""
    box: tuple[float, float, float, float]
    """Left, top, width, height in pixels of the recording."""
    probabilities: tuple[float, ...]
    """In the order of the emotions, smoothed over time for reading."""
    raw: tuple[float, ...]
    """As the classifier returned them."""
    other: float = math.nan
    """Probability of an emotion that the words leave out, smoothed likewise; NaN where nobody told."""
    raw_other: float = math.nan


@dataclass(slots=True)
class _Known:
    """Hold what is remembered of a track."""

    track: Track
    box: Box
    steady: npt.NDArray[np.float64]
    """The probabilities, and that of others, smoothed."""
    seen_s: float
    """When the face was seen last."""
    person: int = 0


class LivePersons:
    """Follow faces as they come. Memory does not grow with time: whoever is gone is forgotten.

    The tables of a recording number persons when everything is known; here a face becomes a person as soon as it has
    been seen often and long enough, and numbers follow in that order.

    Args:
        settings: how to follow, and what to hide.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._tracking, self._hiding = settings, settings.tracking, settings.anonymize
        self._follower = Follower(settings.tracking)
        self._sure_score = sure_score(settings.detector)
        self._known: dict[int, _Known] = {}
        self._thumbnail: Thumbnail | None = None
        self._likeness = Likeness()
        self._last_s = -math.inf
        self._step_s = 0.0
        self.count = 0
        """Persons so far."""
        self.latest: tuple[Shown, ...] = ()
        """Who was in the frame that was analysed last."""

    def see(self, time_s: float, luma: Luma, observed: Sequence[Observation]) -> tuple[Shown, ...]:
        """Take in what was observed in one frame, the largest face first."""
        elapsed_s = time_s - self._last_s
        if math.isfinite(elapsed_s) and elapsed_s > 0:  # slowly: one late frame is not a new rate
            self._step_s += (elapsed_s - self._step_s) * (0.1 if self._step_s else 1.0)
        self._last_s = time_s
        wait_s = Sampling(self._step_s).longest_wait_s(self._tracking.max_gap_s)
        faces = tuple(each.face for each in observed)
        changes = self._likeness.changes(time_s, [face.box for face in faces], [each.look for each in observed])
        others = tuple(change >= other_from(self._tracking) for change in changes)
        moment = FrameDetections(time_s, faces, self._cut(luma), others)
        tracks = self._follower.follow(moment, wait_s)
        self.latest = tuple(self._show(track, each, time_s) for track, each in zip(tracks, observed, strict=True))
        longest_s = max(wait_s, self._hiding.hold_s) + _TOLERANCE
        self._known = {
            number: known for number, known in self._known.items() if time_s - known.track.seen_s <= longest_s
        }
        return self.latest

    def hidden(self, time_s: float) -> list[Box]:
        """Return where faces are or were a moment ago, with margins: what must not be recognisable in a picture."""
        boxes = []
        for known in self._known.values():
            unseen_s = max(0.0, time_s - known.track.seen_s)
            if unseen_s <= self._hiding.hold_s:
                off = min(_DRIFT * unseen_s, _DRIFT)
                boxes.append(known.box.grown((self._hiding.margin + off) * max(known.box[2:])))
        return boxes

    def _cut(self, luma: Luma) -> bool:
        thumbnail = thumbnail_of(luma)
        before, self._thumbnail = self._thumbnail, thumbnail
        return before is not None and change_between(before, thumbnail) >= self._tracking.cut_threshold

    def _show(self, track: Track, observed: Observation, time_s: float) -> Shown:
        face = observed.face
        box = Box(face.x, face.y, face.w, face.h)
        raw = np.append(
            np.asarray(shares_in(observed.values, self._settings), np.float64),
            rest_in(observed.values, self._settings),
        )
        known = self._known.get(track.number)
        if known is None:
            known = self._known[track.number] = _Known(track, box, raw, time_s)
        else:
            # By the time since it was seen: of what a face showed before it was out of sight, nothing is left.
            keep = math.exp(-max(0.0, time_s - known.seen_s) / SMOOTHING_S)
            known.steady = raw + keep * (known.steady - raw)
            known.box, known.seen_s = box, time_s
        if not known.person and self._sure(track, time_s):
            self.count += 1
            known.person = self.count
        *steady, other = known.steady.tolist()
        *shares, raw_other = raw.tolist()
        return Shown(known.person, (face.x, face.y, face.w, face.h), tuple(steady), tuple(shares), other, raw_other)

    def _sure(self, track: Track, time_s: float) -> bool:
        long_enough = time_s - track.first_s + self._step_s >= self._tracking.min_duration_s - _TOLERANCE
        often_enough = track.detections >= self._tracking.min_detections
        return often_enough and long_enough and track.best_score >= self._sure_score
