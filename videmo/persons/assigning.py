"""Assign the faces of an observation table to tracks and persons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from videmo.persons.following import FrameDetections, other_from
from videmo.persons.linking import link
from videmo.records import Detection
from videmo.settings import TrackingSettings


class _Frames(Sequence[FrameDetections]):
    """The sampled frames of a table, each made on request: a long recording has hundreds of thousands."""

    def __init__(
        self,
        times: npt.NDArray[np.float64],
        boxes: npt.NDArray[np.float64],
        cuts: npt.NDArray[np.bool_],
        others: npt.NDArray[np.bool_],
        found: npt.NDArray[np.bool_],
        bounds: npt.NDArray[np.int64],
    ) -> None:
        self._times, self._boxes, self._cuts, self._others = times, boxes, cuts, others
        # By place: the order of rows may stem from an earlier assignment, and must not influence this one.
        x, y, w, h, score = boxes.T
        frame = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        order = np.lexsort((score, h, w, y, x, frame))
        self._order = order[found[order]]
        self._bounds = np.concatenate([[0], np.cumsum(np.add.reduceat(found.astype(np.int64), bounds[:-1]))])
        self._first = bounds[:-1]

    def __len__(self) -> int:
        return len(self._first)

    @property
    def rows(self) -> npt.NDArray[np.int64]:
        """Return the rows of the faces in the table, frame by frame."""
        return self._order

    def __getitem__(self, place: Any) -> Any:
        first = self._first[place]
        rows = self._order[self._bounds[place] : self._bounds[place + 1]]
        faces = tuple(Detection(*box) for box in self._boxes[rows].tolist())
        others = self._others[rows]
        return FrameDetections(
            float(self._times[first]), faces, bool(self._cuts[first]), tuple(others.tolist()) if others.any() else ()
        )


def assign_persons(observations: pd.DataFrame, settings: TrackingSettings, sure_score: float = 0.0) -> pd.DataFrame:
    """Follow the faces of a recording and fill in ``track``, ``person`` and ``status``.

    Works from the table alone, so it can be repeated with other settings without the video. Faces that belong to no
    person get status ``stray`` and keep their track; rows of a frame are ordered by person, strays last.
    """
    table = observations.copy(deep=False)  # columns are replaced, not changed; a long table is not copied without need
    if not table["time_s"].is_monotonic_increasing:
        table = table.sort_values("time_s", kind="stable")
    table = table.set_axis(pd.RangeIndex(len(table)), axis="index")
    found = table["status"].to_numpy() != "no_face"
    boxes = table[["x", "y", "w", "h", "face_score"]].to_numpy(np.float64)
    times, frames = table["time_s"].to_numpy(np.float64), table["frame"].to_numpy(np.int64)
    cuts = table["scene_change"].to_numpy(np.float64) >= settings.cut_threshold
    others = table["face_change"].to_numpy(np.float64) >= other_from(settings)
    starts = np.flatnonzero(np.diff(frames, prepend=-1) != 0)
    sampled = _Frames(times, boxes, cuts, others, found, np.append(starts, len(table)))
    tracked = link(sampled, settings, sure_score)
    return with_numbers(table, sampled.rows, tracked.tracks, tracked.persons)


def with_numbers(
    observations: pd.DataFrame,
    rows: npt.NDArray[np.int64],
    tracks: npt.NDArray[np.int64],
    persons: npt.NDArray[np.int64],
) -> pd.DataFrame:
    """Fill in ``track``, ``person`` and ``status``, and order the rows of each frame by person, strays last.

    Args:
        observations: the table; it is not changed.
        rows: ``(faces,)`` position of each face in it.
        tracks: ``(faces,)`` from 1.
        persons: ``(faces,)`` from 1; 0 for none.
    """
    table = observations.copy(deep=False)
    for name, numbers in (("person", persons), ("track", tracks)):
        values = np.zeros(len(table), np.int64)
        values[rows] = numbers
        table[name] = pd.arrays.IntegerArray(values, values == 0)
    known = np.where(table["person"].notna(), "ok", "stray")
    table["status"] = np.where(table["status"].to_numpy() != "no_face", known, "no_face")
    return in_order(table)


def in_order(observations: pd.DataFrame) -> pd.DataFrame:
    """Order the rows of each frame by person, strays last. The frames keep their order."""
    persons = observations["person"].fillna(np.iinfo(np.int64).max).to_numpy(np.int64)
    frame = np.cumsum(np.diff(observations["frame"].to_numpy(np.int64), prepend=-1) != 0)
    order = np.lexsort((observations["x"].to_numpy(np.float64), persons, frame))
    if (order == np.arange(len(order))).all():
        return observations.reset_index(drop=True)
    return observations.iloc[order].reset_index(drop=True)
