"""Link detections to tracks, and confirm tracks as persons."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from videmo.persons.following import TOLERANCE_S, Follower, FrameDetections, Track
from videmo.settings import TrackingSettings
from videmo.timeline.sampling import Sampling, sampling_of


@dataclass(frozen=True, slots=True)
class Links:
    """The track and the person of each detection, in the order of the frames and of their faces."""

    tracks: npt.NDArray[np.int64]
    """``(faces,)`` from 1 in order of first detection."""
    persons: npt.NDArray[np.int64]
    """``(faces,)`` from 1 in order of first appearance; 0 for a face that appears too briefly to be a person."""


def link(frames: Sequence[FrameDetections], settings: TrackingSettings, sure_score: float = 0.0) -> Links:
    """Follow faces through a recording and confirm those that are persons.

    Detections of each frame are assigned to the active tracks, all at once, by the least total distance between the
    expected and the detected places (Hungarian method). A track ends when its face stays undetected for longer than
    the largest gap, in frames that were looked at, and at a cut. A track that is too brief or too sparse, or never
    sure, is not a person.

    Args:
        frames: the sampled frames in time order.
        settings: how far and how long to follow.
        sure_score: the score that a person's face reaches at least once.
    """
    times = np.array([frame.time_s for frame in frames])
    sampling = sampling_of(times)
    wait_s = sampling.longest_wait_s(settings.max_gap_s)
    follower = Follower(settings, sampling.usual_s)
    tracks: list[Track] = []
    numbers = array("q")
    for frame in frames:
        found = follower.follow(frame, wait_s)
        tracks += [track for track in found if track.number >= len(tracks)]
        numbers.extend(track.number for track in found)
    tracked = np.array(numbers, np.int64)
    persons = np.array(_confirmed(tracks, times, sampling, settings, sure_score), np.int64)
    return Links(tracked + 1, persons[tracked] if len(tracked) else tracked)


def _confirmed(
    tracks: Sequence[Track],
    times: npt.NDArray[np.float64],
    sampling: Sampling,
    settings: TrackingSettings,
    sure_score: float,
) -> list[int]:
    """Number the tracks that are long, dense and sure enough, in order of first appearance; 0 for the others."""
    persons, last = [], 0
    for track in tracks:
        first_s, last_s = track.first_s, track.seen_s
        sampled = np.searchsorted(times, last_s, "right") - np.searchsorted(times, first_s, "left")
        few = track.detections < min(settings.min_detections, len(times))
        length_s = last_s - first_s + sampling.step_s
        brief = length_s < settings.min_duration_s - TOLERANCE_S and len(times) > 1
        sparse = track.detections < settings.min_presence * sampled
        doubtful = track.best_score < sure_score
        confirmed = not (few or brief or sparse or doubtful)
        last += confirmed
        persons.append(last if confirmed else 0)
    return persons
