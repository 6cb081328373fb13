"""One recording: join its chunks, follow the persons, and derive all tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.faces.tracker import Moment, link_persons
from videmo.records import EMOTIONS, LANDMARKS, Detection
from videmo.settings import EpisodeSettings, QualitySettings, ReadingSettings, TimelineSettings, TrackingSettings
from videmo.tables.parts import ChunkObservations, change_between
from videmo.tables.schema import DECIMALS, OBSERVATIONS
from videmo.timeline.episodes import find_episodes
from videmo.timeline.quality import measure_quality
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
    table["left_out"] = ""
    return table.iloc[order[keep[row][order]]]


class _Moments(Sequence[Moment]):
    """The sampled frames of a table, each made when it is asked for: a long recording has hundreds of thousands."""

    def __init__(
        self,
        times: npt.NDArray[np.float64],
        boxes: npt.NDArray[np.float64],
        cuts: npt.NDArray[np.bool_],
        found: npt.NDArray[np.bool_],
        bounds: npt.NDArray[np.int64],
    ) -> None:
        self._times, self._boxes, self._cuts = times, boxes, cuts
        # By place: the order of rows may stem from an earlier assignment, and must not influence this one.
        x, y, w, h, score = boxes.T
        frame = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        order = np.lexsort((score, h, w, y, x, frame))
        self._order = order[found[order]]
        self._bounds = np.concatenate([[0], np.cumsum(np.add.reduceat(found.astype(np.int64), bounds[:-1]))])
        self._first = bounds[:-1]

    def __len__(self) -> int:
        return len(self._first)

    def rows(self, place: int) -> npt.NDArray[np.int64]:
        """Where the faces of a frame stand in the table."""
        return self._order[self._bounds[place] : self._bounds[place + 1]]

    def __getitem__(self, place: Any) -> Any:
        first = self._first[place]
        faces = tuple(Detection(*box) for box in self._boxes[self.rows(place)].tolist())
        return Moment(float(self._times[first]), faces, bool(self._cuts[first]))


def assign_persons(observations: pd.DataFrame, settings: TrackingSettings) -> pd.DataFrame:
    """Follow the faces of a recording and fill in ``person`` and ``status``.

    Works from the table alone, so it can be repeated with other settings without the video. Faces that belong to no
    person get status ``stray``; rows of a frame are ordered by person, strays last.
    """
    table = observations.copy(deep=False)  # columns are replaced, not changed; a long table is not copied without need
    if not table["time_s"].is_monotonic_increasing:
        table = table.sort_values("time_s", kind="stable")
    table = table.set_axis(pd.RangeIndex(len(table)), axis="index")
    found = table["status"].to_numpy() != "no_face"
    boxes = table[["x", "y", "w", "h", "face_score"]].to_numpy(np.float64)
    times, frames = table["time_s"].to_numpy(np.float64), table["frame"].to_numpy(np.int64)
    cuts = table["scene_change"].to_numpy(np.float64) >= settings.cut_threshold
    starts = np.flatnonzero(np.diff(frames, prepend=-1) != 0)
    moments = _Moments(times, boxes, cuts, found, np.append(starts, len(table)))
    persons = np.zeros(len(table), dtype=np.int64)
    for place, ids in enumerate(link_persons(moments, settings)):
        persons[moments.rows(place)] = ids
    table["status"] = np.where(found, np.where(persons > 0, "ok", "stray"), "no_face")
    table["person"] = pd.array(np.where(persons > 0, persons, 0), dtype="Int64")
    table.loc[persons == 0, "person"] = pd.NA
    return in_order(table)


def in_order(observations: pd.DataFrame) -> pd.DataFrame:
    """Order the rows of each frame by person, strays last. The frames keep their order."""
    persons = observations["person"].fillna(np.iinfo(np.int64).max).to_numpy(np.int64)
    frame = np.cumsum(np.diff(observations["frame"].to_numpy(np.int64), prepend=-1) != 0)
    order = np.lexsort((observations["x"].to_numpy(np.float64), persons, frame))
    if (order == np.arange(len(order))).all():
        return observations.reset_index(drop=True)
    return observations.iloc[order].reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class DerivedTables:
    """What follows from an observation table."""

    timeline: pd.DataFrame
    episodes: pd.DataFrame
    summary: pd.DataFrame
    quality: pd.DataFrame


def derive(
    observations: pd.DataFrame,
    timeline: TimelineSettings,
    episodes: EpisodeSettings,
    quality: QualitySettings,
    end_s: float,
    names: Mapping[int, str] | None = None,
) -> DerivedTables:
    """Compute what follows from the observations of a recording that ends at ``end_s``."""
    # Rounded as it is written: noise far behind the point must not decide where an episode begins or peaks.
    grid = build_timeline(observations, timeline, end_s).round(DECIMALS)
    found = find_episodes(grid, episodes)
    measured = measure_quality(observations, quality, end_s)
    return DerivedTables(grid, found, summarise(observations, grid, found, names), measured)


def settings_values(settings: object) -> dict[str, object]:
    """A settings tree as plain values for the manifest."""
    return dataclasses.asdict(settings)  # type: ignore[call-overload]
