"""One recording: join its chunks, follow the persons, and derive all tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.config import EpisodeSettings, ReadingSettings, TimelineSettings, TrackingSettings
from videmo.faces.tracker import Moment, link_persons
from videmo.records import EMOTIONS, LANDMARKS, Detection
from videmo.tables.parts import ChunkObservations, change_between
from videmo.tables.schema import DECIMALS, OBSERVATIONS
from videmo.timeline.episodes import find_episodes
from videmo.timeline.resample import build_timeline
from videmo.timeline.summary import summarise
from videmo.video.read import sampling_cell


def join_chunks(parts: Sequence[ChunkObservations], reading: ReadingSettings) -> pd.DataFrame:
    """Put the parts of a recording together as one observation table, persons not yet known.

    Frames are numbered through. Where sampling at a rate made two neighbouring chunks sample the same cell of the
    grid, the later one is dropped, so that the table does not depend on where the chunks were cut.
    """
    tables = []
    first_frame, last_cell = 0, None
    last_thumbnail: npt.NDArray[np.uint8] | None = None
    for part in parts:
        change = part.change.copy()
        keep = np.ones(len(part.frame), dtype=bool)
        if len(part.frame) and reading.fps is not None:
            keep[0] = sampling_cell(float(part.time_s[0]), reading.fps) != last_cell
            last_cell = sampling_cell(float(part.time_s[-1]), reading.fps)
        if keep.any():
            first = int(keep.argmax())
            if last_thumbnail is not None:
                change[first] = change_between(last_thumbnail, part.edge_thumbnails[first])
            last_thumbnail = part.edge_thumbnails[2]
        tables.append(_rows(part, change, keep, first_frame))
        first_frame += part.decoded
    return pd.concat(tables, ignore_index=True)[list(OBSERVATIONS)]


def _rows(
    part: ChunkObservations, change: npt.NDArray[np.float32], keep: npt.NDArray[np.bool_], first_frame: int
) -> pd.DataFrame:
    """One row a face, one for a frame without a face, in order of frame and place in the frame."""
    faces_in = np.bincount(part.row, minlength=len(part.frame))
    empty = np.flatnonzero(faces_in == 0)
    row = np.concatenate([part.row, empty])
    order = np.lexsort((np.arange(len(row)), row))
    table = pd.DataFrame({"frame": part.frame[row] + first_frame, "time_s": part.time_s[row]})
    table["status"] = np.where(np.arange(len(row)) < len(part.row), "ok", "no_face")
    table["person"] = pd.array([None] * len(row), dtype="Int64")
    nothing = len(empty)
    for columns, values in (
        (["x", "y", "w", "h", "face_score"], part.box),
        (list(EMOTIONS), part.probabilities),
        (list(LANDMARKS), part.landmarks),
        (["brightness", "sharpness"], part.quality),
    ):
        padded = np.concatenate([values.astype(np.float64), np.full((nothing, values.shape[1]), np.nan)])
        table[columns] = padded
    best = part.probabilities.argmax(axis=1) if len(part.row) else np.zeros(0, np.int64)
    names = np.array(EMOTIONS, dtype=object)[best]
    table["emotion"] = np.concatenate([names, np.full(nothing, None, dtype=object)])
    confidence = part.probabilities.max(axis=1, initial=0.0).astype(np.float64)
    table["confidence"] = np.concatenate([confidence, np.full(nothing, np.nan)])
    table["scene_change"] = change[row].astype(np.float64)
    return table.iloc[order[keep[row][order]]]


def assign_persons(observations: pd.DataFrame, settings: TrackingSettings) -> pd.DataFrame:
    """Follow the faces of a recording and fill in ``person`` and ``status``.

    Works from the table alone, so it can be repeated with other settings without the video. Faces that belong to no
    person get status ``stray``; rows of a frame are ordered by person, strays last.
    """
    table = observations.sort_values("time_s", kind="stable", ignore_index=True)
    found = table["status"].to_numpy() != "no_face"
    boxes = table[["x", "y", "w", "h", "face_score"]].to_numpy(np.float64)
    times, frames = table["time_s"].to_numpy(np.float64), table["frame"].to_numpy(np.int64)
    cuts = table["scene_change"].to_numpy(np.float64) >= settings.cut_threshold
    starts = np.flatnonzero(np.diff(frames, prepend=-1) != 0)
    moments, places = [], []
    for begin, end in zip(starts, np.append(starts[1:], len(table))):
        # By place: the order of rows may stem from an earlier assignment, and must not influence this one.
        rows = sorted((row for row in range(begin, end) if found[row]), key=lambda row: tuple(boxes[row]))
        faces = tuple(Detection(*boxes[row].tolist()) for row in rows)
        moments.append(Moment(float(times[begin]), faces, bool(cuts[begin])))
        places.append(rows)
    persons = np.zeros(len(table), dtype=np.int64)
    for rows, ids in zip(places, link_persons(moments, settings), strict=True):
        persons[rows] = ids
    table["status"] = np.where(found, np.where(persons > 0, "ok", "stray"), "no_face")
    table["person"] = pd.array(np.where(persons > 0, persons, 0), dtype="Int64")
    table.loc[persons == 0, "person"] = pd.NA
    rank = np.where(persons > 0, persons, np.iinfo(np.int64).max)
    order = np.lexsort((table["x"].to_numpy(), rank, np.cumsum(np.diff(frames, prepend=-1) != 0)))
    return table.iloc[order].reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class DerivedTables:
    """What follows from an observation table."""

    timeline: pd.DataFrame
    episodes: pd.DataFrame
    summary: pd.DataFrame


def derive(
    observations: pd.DataFrame, timeline: TimelineSettings, episodes: EpisodeSettings, end_s: float
) -> DerivedTables:
    """Compute timeline, episodes and summary from the observations of a recording that ends at ``end_s``."""
    # Rounded as it is written: noise far behind the point must not decide where an episode begins or peaks.
    grid = build_timeline(observations, timeline, end_s).round(DECIMALS)
    found = find_episodes(grid, episodes)
    return DerivedTables(grid, found, summarise(observations, grid, found))


def settings_values(settings: object) -> dict[str, object]:
    """A settings tree as plain values for the manifest."""
    return dataclasses.asdict(settings)  # type: ignore[call-overload]
