"""Link detections to tracks, and confirm tracks as persons."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.persons.following import TOLERANCE_S, Follower, FrameDetections
from videmo.settings import TrackingSettings
from videmo.timeline.sampling import sampling_of

NEARLY: Final = 0.1
"""How much lower than a sure score nearly sure ones may be."""
OFTEN: Final = 0.1
"""Share of a person's sights that are nearly sure at least: a thing that looks like a face for an instant is none."""
TWICE: Final = 2
"""Sights that are nearly sure at least, if there are so many."""


@dataclass(frozen=True, slots=True)
class TrackedFaces:
    """The track and the person of each detection, in the order of the frames and of their faces."""

    tracks: npt.NDArray[np.int64]
    """``(faces,)`` from 1 in order of first detection."""
    persons: npt.NDArray[np.int64]
    """``(faces,)`` from 1 in order of first appearance; 0 for a face that appears too briefly to be a person."""


def link(frames: Sequence[FrameDetections], settings: TrackingSettings, sure_score: float = 0.0) -> TrackedFaces:
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
    numbers, face_times, scores = array("q"), array("d"), array("d")
    for frame in frames:
        numbers.extend(track.number for track in follower.follow(frame, wait_s))
        face_times.extend([frame.time_s] * len(frame.faces))
        scores.extend(face.score for face in frame.faces)
    tracks = np.array(numbers, np.int64)
    sure = confirmed(tracks, np.array(face_times), np.array(scores), times, settings, sure_score)
    persons = np.where(sure, np.cumsum(sure), 0)
    return TrackedFaces(tracks + 1, persons[tracks] if len(tracks) else tracks)


def confirmed(
    tracks: npt.NDArray[np.int64],
    face_times: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float64],
    times: npt.NDArray[np.float64],
    settings: TrackingSettings,
    sure_score: float = 0.0,
) -> npt.NDArray[np.bool_]:
    """Tell which tracks are long, dense and sure enough to be a person's.

    Args:
        tracks: ``(faces,)`` the track of each face, from 0 on without gaps.
        face_times: ``(faces,)`` seconds, increasing.
        scores: ``(faces,)`` of the detector.
        times: ``(frames,)`` of all sampled frames, in seconds, increasing.
        settings: what a person's track needs.
        sure_score: the score that a person's face reaches at least once.

    Returns:
        ``(tracks,)``
    """
    count = int(tracks.max()) + 1 if len(tracks) else 0
    if not count:
        return np.zeros(0, np.bool_)
    sampling = sampling_of(times)
    detections = np.bincount(tracks, minlength=count)
    best, first_s, last_s = np.zeros(count), np.full(count, np.inf), np.full(count, -np.inf)
    np.maximum.at(best, tracks, scores)
    np.minimum.at(first_s, tracks, face_times)
    np.maximum.at(last_s, tracks, face_times)
    sampled = np.searchsorted(times, last_s, "right") - np.searchsorted(times, first_s, "left")
    many = detections >= min(settings.min_detections, len(times))
    length_s = last_s - first_s + sampling.step_s
    long = (length_s >= settings.min_duration_s - TOLERANCE_S) | (len(times) <= 1)
    dense = detections >= settings.min_presence * sampled
    nearly = np.bincount(tracks[scores >= sure_score - NEARLY], minlength=count)
    sure = (best >= sure_score) & (nearly >= np.clip(OFTEN * detections, np.minimum(detections, TWICE), None))
    return np.asarray(many & long & dense & sure, np.bool_)
