"""Measure face detectors on recordings, through the same steps as an analysis: searching, following, persons."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.errors import DatasetError
from videmo.faces.detector import framing_of, make_detector, on_recording, sure_score
from videmo.faces.finding import faces_in_chunk
from videmo.faces.landmarks import SIDE
from videmo.faces.likeness import Likeness, glance_at
from videmo.persons.assigning import assign_persons
from videmo.records import Box, Chunk, Detection, Recording
from videmo.results.schema import DECIMALS
from videmo.settings import DetectorSettings, Settings
from videmo.training.detector.reference import Clip, unseen_by, within
from videmo.training.detector.sights import (
    Breaks,
    Counts,
    Firsts,
    Mistaken,
    Sights,
    Tally,
    broken,
    count_false,
    count_found,
    first_sights,
    shown_faces,
    sights_of,
)
from videmo.training.detector.teacher import Teacher
from videmo.video.probe import probe
from videmo.video.read import ReadCounts
from videmo.video.scene import Thumbnail, change_between, thumbnail_of

_BOX: Final = ("x", "y", "w", "h", "face_score")
_COLUMNS: Final = ("frame", "time_s", "scene_change", "status", *_BOX, "face_change")

Unseen = Mapping[Path, npt.NDArray[np.bool_]]
"""For recordings that hardly show a face: in which frames the teacher sees none."""


@dataclass(frozen=True, slots=True)
class Watched(Counts):
    """Count what came of one recording, or of several."""

    frames: int = 0
    seconds: float = 0.0
    """Length."""
    spent_s: float = 0.0
    """Processor time for reading, searching and following."""
    persons: int = 0
    of_persons: Tally = field(default_factory=Tally)
    """Faces of persons against the reference."""
    every: Tally = field(default_factory=Tally)
    """All detections against the reference, also those that are nobody's."""
    firsts: Firsts = field(default_factory=Firsts)
    breaks: Breaks = field(default_factory=Breaks)
    mistaken: Mistaken = field(default_factory=Mistaken)
    visible: int = 0
    """Frames in which a face is clearly visible."""
    seen: int = 0
    """Frames among them in which a person's face is found."""


def unseen_frames(clips: Sequence[Clip], yunet: Path | None) -> Unseen:
    """Let the teacher find the frames without a face in recordings that hardly show one; without it, in none.

    Raises:
        DatasetError: the teacher's file is damaged.
        RecordingError: a recording can't be read.
    """
    if yunet is None:
        return {}
    teacher = Teacher(yunet)
    return {clip.path: unseen_by(teacher, clip.path) for clip in clips if clip.mostly_without}


def watch(clips: Sequence[Clip], detector: DetectorSettings, unseen: Unseen) -> dict[str, Watched]:
    """Find the faces and persons of recordings and compare them with what the recordings show.

    Returns:
        By name of the recording.

    Raises:
        DatasetError: a reference has frames that a recording lacks.
        RecordingError: a recording can't be read.
        UsageError, WeightsError: the detector can't be loaded.
    """
    return {clip.path.name: _watch(clip, detector, unseen.get(clip.path)) for clip in clips}


def _watch(clip: Clip, detector: DetectorSettings, unseen: npt.NDArray[np.bool_] | None) -> Watched:
    started = time.process_time()
    sights = sights_in(clip.path, Settings(detector=detector))
    spent = time.process_time() - started
    if clip.reference and clip.reference[-1].frame >= len(sights.times):
        found = f"it has {len(sights.times)} frames, and the reference has a face in frame {clip.reference[-1].frame}"
        raise DatasetError(clip.path, found, advice="Restore the recording, or make the reference anew.")
    of_persons = sights.of_persons
    shown = shown_faces(clip.reference, sights.cuts)
    found_in = sights_of(shown, of_persons)
    with_face, seen = within(sights.times, clip.face), np.zeros(len(sights.times), bool)
    seen[of_persons.frame] = True
    return Watched(
        frames=len(sights.times),
        seconds=float(sights.times[-1] - sights.times[0]),
        spent_s=round(spent, 2),
        persons=len(np.unique(of_persons.person)),
        of_persons=count_found(clip.reference, of_persons),
        every=count_found(clip.reference, sights),
        firsts=first_sights(shown, found_in, of_persons),
        breaks=broken(found_in, of_persons),
        mistaken=count_false(of_persons, within(sights.times, clip.no_face) if unseen is None else unseen),
        visible=int(with_face.sum()),
        seen=int((with_face & seen).sum()),
    )


def sights_in(path: Path, settings: Settings) -> Sights:
    """Find the faces and persons of a recording as an analysis does, without measuring anything in the faces.

    Raises:
        RecordingError: it can't be read, or has no frame.
        UsageError, WeightsError: the detector can't be loaded.
    """
    table = assign_persons(_found_in(probe(path), settings), settings.tracking, sure_score(settings.detector))
    first = table.drop_duplicates("frame")
    faces = table[table["status"] != "no_face"]
    return Sights(
        times=first["time_s"].to_numpy(np.float64),
        cuts=tuple(first.loc[first["scene_change"] >= settings.tracking.cut_threshold, "frame"].tolist()),
        frame=faces["frame"].to_numpy(np.int64),
        boxes=faces[["x", "y", "w", "h"]].to_numpy(np.float64),
        person=faces["person"].fillna(0).to_numpy(np.int64),
        track=faces["track"].fillna(0).to_numpy(np.int64),
    )


def _found_in(recording: Recording, settings: Settings) -> pd.DataFrame:
    """Find the faces of a recording: the columns of the observation table by which persons are found."""
    rows = list(_rows(recording, settings))
    if not rows:
        raise DatasetError(recording.path, "not a single frame could be decoded", advice="Copy it from its source.")
    return pd.DataFrame(rows, columns=_COLUMNS).round(DECIMALS)


def _rows(recording: Recording, settings: Settings) -> Iterator[dict[str, Any]]:
    """Make one row per face, and one per frame without a face."""
    detector, whole, last = make_detector(settings.detector), Chunk(0, None, None, None, 0.0), None
    found = faces_in_chunk(recording, whole, settings, detector, ReadCounts())
    framing, likeness, side = framing_of(settings.detector), Likeness(), SIDE
    for number, (frame, faces) in enumerate(found):
        thumbnail = thumbnail_of(frame.luma)
        known: dict[str, Any] = {"frame": number, "time_s": frame.time_s, "scene_change": _change(last, thumbnail)}
        last = thumbnail
        looks = [glance_at(frame.luma, face, frame.luma.patch(*framing.square(face), side)) for face in faces]
        # As parts of an analysis keep them.
        places = [_place(on_recording(face, frame.luma, recording)) for face in faces]
        changes = likeness.changes(frame.time_s, [Box(*place[:4]) for place in places], looks)
        for place, change in zip(places, changes, strict=True):
            yield {**known, "status": "ok", **dict(zip(_BOX, place)), "face_change": float(np.float32(change))}
        if not faces:
            yield {**known, "status": "no_face"}


def _place(face: Detection) -> list[float]:
    values: list[float] = np.array((face.x, face.y, face.w, face.h, face.score), np.float32).tolist()
    return values


def _change(before: Thumbnail | None, after: Thumbnail) -> float:
    return float("nan") if before is None else float(np.float32(change_between(before, after)))
