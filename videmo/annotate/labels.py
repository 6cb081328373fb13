"""Look up what to draw at a moment: each person's box and probabilities, between sampled frames too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from videmo.measures.emotions import OTHER
from videmo.measures.registry import ALL_WORDS, words_in
from videmo.timeline.quality import OUTCOMES
from videmo.timeline.sampling import Sampling, sampling_of
from videmo.timeline.summary import MORE_LIKELY

if TYPE_CHECKING:
    import pandas as pd

_BOX = ("x", "y", "w", "h")
SMOOTHING_S = 0.15
"""Time constant of the labels: shorter than any expression, long enough to stop them from flickering."""


@dataclass(frozen=True, slots=True)
class Label:
    """Describe one person at one moment."""

    person: int
    box: tuple[float, float, float, float]
    """Left, top, width, height in displayed pixels."""
    probabilities: tuple[float, ...]
    """In the order of the emotions."""
    other: float = math.nan
    """Probability of an emotion that the words leave out; NaN where nobody told."""
    left_out: str = ""
    """Why the face does not count, one of `quality.OUTCOMES`; empty where it does."""

    @property
    def strongest(self) -> str:
        """Return the emotion with the highest probability."""
        return ALL_WORDS[self.probabilities.index(max(self.probabilities))]

    @property
    def flagged(self) -> bool:
        """Return whether it is more likely than not that none of the words applies."""
        return not self.left_out and self.other > MORE_LIKELY


@dataclass(frozen=True, slots=True)
class Shown:
    """Hold what a person shows at several times."""

    strongest: npt.NDArray[np.int64]
    """``(times,)`` index of the strongest emotion, -1 where no face of the person counts."""
    flagged: npt.NDArray[np.bool_]
    """``(times,)`` whether it is more likely than not that none of the words applies."""
    left_out: npt.NDArray[np.bool_]
    """``(times,)`` whether the person is in view and the face does not count."""


@dataclass(frozen=True, slots=True)
class Course:
    """Hold all that was seen of one person in a stretch of time."""

    person: int
    times: npt.NDArray[np.float64]
    boxes: npt.NDArray[np.float64]
    """``(sights, 4)`` left, top, width, height in displayed pixels."""
    probabilities: npt.NDArray[np.float64]
    """``(sights, emotions)`` in the order of the emotions, smoothed."""
    other: npt.NDArray[np.float64]
    """``(sights,)`` probability of an emotion that the words leave out, smoothed; NaN where nobody told."""
    left_out: npt.NDArray[np.int8]
    """``(sights,)`` why the face does not count, as its index in `quality.OUTCOMES`; 0 where it does."""
    holds_s: npt.NDArray[np.float64]
    """``(sights,)`` how long each holds: until the next one, unless there is too long a gap."""

    def at(self, times: npt.NDArray[np.float64]) -> Shown:
        """Return what is shown at each time: ``(times,)`` seconds, ascending or not."""
        before = np.searchsorted(self.times, times + 1e-6, "right") - 1
        known = np.maximum(before, 0)
        seen = (before >= 0) & (times - self.times[known] <= self.holds_s[known])
        counts = seen & (self.left_out[known] == 0)
        return Shown(
            np.where(counts, self.probabilities[known].argmax(axis=1), -1),
            np.asarray(counts & (self.other[known] > MORE_LIKELY)),
            np.asarray(seen & ~counts),
        )

    def away_s(self, time_s: float) -> float:
        """Return how long it is until the person is in view, or since then; 0 where they are."""
        return float(np.maximum(np.maximum(self.times - time_s, time_s - self.times - self.holds_s), 0.0).min())


@dataclass(frozen=True, slots=True)
class Sights:
    """What the labels of a recording, or of a part of it, depend on, as columns."""

    times: npt.NDArray[np.float64]
    """``(frames,)`` seconds of each sampled frame, ascending."""
    time_s: npt.NDArray[np.float64]
    """``(sights,)`` when a person was seen, ascending."""
    person: npt.NDArray[np.int64]
    """``(sights,)``"""
    boxes: npt.NDArray[np.float64]
    """``(sights, 4)`` left, top, width, height in displayed pixels."""
    probabilities: npt.NDArray[np.float64]
    """``(sights, emotions)`` in the order of the emotions."""
    other: npt.NDArray[np.float64]
    """``(sights,)`` probability of an emotion that the words leave out; NaN where nobody told."""
    left_out: npt.NDArray[np.int8]
    """``(sights,)`` why the face does not count, as its index in `quality.OUTCOMES`; 0 where it does."""

    def between(self, begin_s: float, end_s: float, usual_s: float) -> Sights:
        """Return the part from a time to another, both included.

        Args:
            begin_s: the first time.
            end_s: the last time.
            usual_s: longest step between frames that is nothing out of the ordinary; what is beyond a longer one, where
                a picture stands still, belongs to the part too.
        """
        first, last = int(np.searchsorted(self.times, begin_s)), int(np.searchsorted(self.times, end_s, "right"))
        if 0 < first < len(self.times) and self.times[first] - self.times[first - 1] > usual_s:
            first -= 1
        if 0 < last < len(self.times) and self.times[last] - self.times[last - 1] > usual_s:
            last += 1
        times = self.times[first:last]
        if not len(times):
            return self._part(times, slice(0))
        begin, end = np.searchsorted(self.time_s, times[0]), np.searchsorted(self.time_s, times[-1], "right")
        return self._part(times, slice(int(begin), int(end)))

    def _part(self, times: npt.NDArray[np.float64], seen: slice) -> Sights:
        own = self.time_s[seen], self.person[seen], self.boxes[seen], self.probabilities[seen], self.other[seen]
        return Sights(times, *own, self.left_out[seen])


def sights_of(observations: pd.DataFrame) -> Sights:
    """Take from the observation table, persons assigned and left-out faces marked, what labels depend on."""
    words = words_in(observations.columns)
    told = [OTHER] if OTHER in observations.columns else []
    needed = observations[["time_s", "person", *_BOX, *words, *told, "left_out"]]
    seen = needed[observations["status"] == "ok"].sort_values("time_s", kind="stable")
    return Sights(
        times=np.unique(observations["time_s"].to_numpy(np.float64)),
        time_s=seen["time_s"].to_numpy(np.float64),
        person=seen["person"].to_numpy(np.int64),
        boxes=seen[list(_BOX)].to_numpy(np.float64),
        probabilities=seen[list(words)].to_numpy(np.float64),
        other=seen[OTHER].to_numpy(np.float64) if told else np.full(len(seen), np.nan),
        left_out=seen["left_out"].map(lambda reason: OUTCOMES.index(reason) if reason else 0).to_numpy(np.int8),
    )


class Labels:
    """Look up what is shown at any time of a recording.

    Args:
        sights: of its persons.
        max_gap_s: a box is carried over gaps in sampling or detection that are at most this long.
    """

    def __init__(self, sights: Sights, max_gap_s: float) -> None:
        self.words = ALL_WORDS[: sights.probabilities.shape[1]]
        holds = _Holds(sights.times, sampling_of(sights.times), max_gap_s)
        self._courses = [
            _course(person, sights, sights.person == person, holds) for person in np.unique(sights.person).tolist()
        ]

    def at(self, time_s: float) -> list[Label]:
        """Return the persons to draw at a time, by id."""
        labels = (self._one(course, time_s) for course in self._courses)
        return [label for label in labels if label is not None]

    def around(self, time_s: float, width_s: float) -> list[Course]:
        """Return the persons who are in view within a stretch of time around a moment, by id."""
        begin, end = time_s - width_s / 2, time_s + width_s / 2
        return [
            course
            for course in self._courses
            if ((course.times <= end) & (course.times + course.holds_s >= begin)).any()
        ]

    def boxes(self) -> npt.NDArray[np.float64]:
        """Return all known boxes of persons: ``(sights, 4)``."""
        return np.concatenate([course.boxes for course in self._courses]) if self._courses else np.zeros((0, 4))

    def _one(self, course: Course, time_s: float) -> Label | None:
        after = int(np.searchsorted(course.times, time_s - 1e-6))
        before = after if after < len(course.times) and abs(course.times[after] - time_s) <= 1e-6 else after - 1
        if before < 0:
            return None
        reason = int(course.left_out[before])
        why = OUTCOMES[reason] if reason else ""
        shown = tuple(course.probabilities[before].tolist()), float(course.other[before]), why
        if before == after:
            return Label(course.person, _box(course.boxes[before]), *shown)
        since, hold_s = time_s - course.times[before], course.holds_s[before]
        if after < len(course.times) and course.times[after] - course.times[before] <= hold_s:
            share = since / (course.times[after] - course.times[before])
            between = (1 - share) * course.boxes[before] + share * course.boxes[after]
            return Label(course.person, _box(between), *shown)
        return Label(course.person, _box(course.boxes[before]), *shown) if since <= hold_s else None


def _course(person: int, sights: Sights, own: npt.NDArray[np.bool_], holds: _Holds) -> Course:
    times, smooth = sights.time_s[own], np.column_stack([sights.probabilities[own], sights.other[own]])
    left_out = sights.left_out[own]
    for alike in (left_out == 0, left_out != 0):  # what doesn't count has no part in what does
        rows = np.flatnonzero(alike)
        for before, row in pairwise(rows):
            keep = math.exp(-(times[row] - times[before]) / SMOOTHING_S)
            smooth[row] += keep * (smooth[before] - smooth[row])
    return Course(person, times, sights.boxes[own], smooth[:, :-1], smooth[:, -1], left_out, holds.of(times))


@dataclass(frozen=True, slots=True)
class _Holds:
    """Decides how long a sight holds."""

    sampled: npt.NDArray[np.float64]
    """Times of the sampled frames."""
    sampling: Sampling
    max_gap_s: float

    def of(self, times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return how long each sight of a person holds, in seconds.

        A sight holds until the next one if the frames without the person between them are few; else a little longer
        than a frame. It always holds for as long as its picture stands still.
        """
        if not len(times):
            return times
        following = np.append(self.sampled, self.sampled[-1])[np.searchsorted(self.sampled, times, "right")]
        idle = self.sampling.idle_s(following - times)
        steps = np.append(np.diff(times), np.inf)
        gap_s = self.sampling.longest_hold_s(self.max_gap_s)
        return np.where(steps - idle <= gap_s, steps, self.sampling.lone_hold_s + idle)


def _box(values: npt.NDArray[np.float64]) -> tuple[float, float, float, float]:
    x, y, w, h = values.tolist()
    return x, y, w, h
