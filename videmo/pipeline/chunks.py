"""Collect the observations of a chunk, and join chunks to the observation table of a recording."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from videmo.faces.likeness import MEMORY, SIDE, THUMB, Glance, Likeness
from videmo.faces.recognition import VALUES
from videmo.measures.registry import carried, columns, shares_in
from videmo.persons.sights import Sights
from videmo.pipeline.instruments import Fill
from videmo.records import LANDMARKS, Box, Observation
from videmo.results.schema import DECIMALS, observation_columns
from videmo.settings import Settings
from videmo.video.cells import sampling_cell
from videmo.video.read import Frame, ReadCounts
from videmo.video.scene import THUMBNAIL, Thumbnail, change_between, thumbnail_of

if TYPE_CHECKING:
    import pandas as pd

HEAD: Final = MEMORY + 1
"""Frames at the beginning of a chunk whose faces are compared anew when it is joined: the first may be dropped then."""
_NO_LANDMARKS = (float("nan"),) * len(LANDMARKS)


@dataclass(frozen=True, slots=True)
class ChunkObservations:
    """The sampled frames of a chunk and the faces in them, as columns."""

    frame: npt.NDArray[np.int64]
    """``(frames,)`` place of each sampled frame among the frames of the chunk, from 0."""
    pts: npt.NDArray[np.int64]
    """``(frames,)`` presentation time stamps."""
    time_s: npt.NDArray[np.float64]
    """``(frames,)`` seconds from the container's start."""
    change: npt.NDArray[np.float32]
    """``(frames,)`` change from the sampled frame before, 0 to 1; NaN for the first."""
    edge_thumbnails: npt.NDArray[np.uint8]
    """``(3, 18, 32)`` the first, second and last frame, to compare with the neighbouring chunks."""
    edge_rows: npt.NDArray[np.int64]
    """``(looks,)`` rows of the faces in the first and last frames, to compare with the neighbouring chunks."""
    edge_looks: npt.NDArray[np.uint8]
    """``(looks, 24, 24)`` what these faces and their surroundings look like."""
    edge_thumbs: npt.NDArray[np.uint8]
    """``(looks, 8, 8)`` what these faces alone look like."""
    face_change: npt.NDArray[np.float32]
    """``(faces,)`` how much each face differs from the one before it at its place, see `faces.likeness`."""
    row: npt.NDArray[np.int64]
    """``(faces,)`` index of the sampled frame that a face belongs to."""
    box: npt.NDArray[np.float32]
    """``(faces, 5)`` x, y, w, h in displayed pixels, and the detector's score."""
    landmarks: npt.NDArray[np.float32]
    """``(faces, 10)`` in displayed pixels, in the order of `records.LANDMARKS`; NaN for detectors without landmarks."""
    values: npt.NDArray[np.float32]
    """``(faces, columns)`` values of the measures, in the order of `measures.registry.columns`."""
    vector_row: npt.NDArray[np.int64]
    """``(vectors,)`` the faces that were described, as places among the faces."""
    vectors: npt.NDArray[np.int8]
    """``(vectors, 128)`` what recognises them, see `faces.recognition`."""
    decoded: int
    """Frames in the chunk, sampled or not."""
    damaged: int
    """Packets and pictures that could not be decoded cleanly."""
    unordered: int
    """Frames with a time stamp not later than the one before, which could not be mended."""
    end_s: float
    """Where the last decoded frame ends, in seconds from the container's start; 0 without frames."""
    mended: int = 0
    """Frames whose time stamp was far off."""
    restarts: int = 0
    """How often the clock began anew."""
    early: int = 0
    """Frames before the beginning, which are left out."""
    resized: int = 0
    """Frames that are displayed in another size than the first."""
    holes: int = 0
    """Places at which the file is damaged."""
    even: int = 0
    odd: int = 0
    gaps: int = 0
    missing: int = 0
    """How steadily the frames follow each other, see `video.losses.Rhythm`."""


class Columns:
    """Collect rows as packed columns: a recording that can't be cut into chunks may have a million of them.

    Args:
        fill: fills in the values that follow from the landmarks alone.
    """

    def __init__(self, fill: Fill) -> None:
        self._fill = fill
        self._index, self._pts = array("q"), array("q")
        self._time_s, self._change = array("d"), array("f")
        self._row, self._boxes, self._landmarks, self._values = array("q"), array("f"), array("f"), array("f")
        self._vector_row, self._vectors = array("q"), bytearray()
        self._begin: list[Thumbnail] = []
        self._last: Thumbnail | None = None
        self._likeness, self._face_change = Likeness(), array("f")
        self._head: list[tuple[int, Glance]] = []
        self._tail: deque[list[tuple[int, Glance]]] = deque(maxlen=MEMORY)

    def __len__(self) -> int:
        return len(self._index)

    def add(self, index: int, frame: Frame, observed: Sequence[Observation]) -> None:
        """Add a sampled frame with the faces in it, as number ``index`` of the chunk."""
        thumbnail = thumbnail_of(frame.luma)
        self._change.append(float("nan") if self._last is None else change_between(self._last, thumbnail))
        self._index.append(index)
        self._pts.append(frame.pts)
        self._time_s.append(frame.time_s)
        if len(self._begin) < 2:
            self._begin.append(thumbnail)
        self._last = thumbnail
        first = len(self._row)
        for each in observed:
            face = each.face
            self._row.append(len(self._index) - 1)
            self._boxes.extend((face.x, face.y, face.w, face.h, face.score))
            self._landmarks.extend(chain.from_iterable(face.landmarks) if face.landmarks else _NO_LANDMARKS)
            self._values.extend(each.values)
            if each.vector is not None:
                self._vector_row.append(len(self._row) - 1)
                self._vectors += each.vector.tobytes()
        looks = [each.look for each in observed]
        boxes = [Box(*self._boxes[5 * row : 5 * row + 4]) for row in range(first, len(self._row))]
        self._face_change.extend(self._likeness.changes(frame.time_s, boxes, looks))
        numbered = [*zip(range(first, len(self._row)), looks)]
        if len(self._index) <= HEAD:
            self._head += [(row, glance.settle()) for row, glance in numbered]
        self._tail.append(numbered)

    def finish(self, counts: ReadCounts) -> ChunkObservations:
        """Return the collected columns, with the counts from reading."""
        last = np.zeros(THUMBNAIL, np.uint8) if self._last is None else self._last
        first, second = [*self._begin, last, last][:2]
        edges = dict([*self._head, *chain.from_iterable(self._tail)])
        landmarks = np.array(self._landmarks, np.float32).reshape(-1, len(LANDMARKS))
        values = np.array(self._values, np.float32).reshape(len(self._row), -1 if self._row else 0)
        if len(values):
            self._fill(landmarks, values)
        return ChunkObservations(
            frame=np.array(self._index, np.int64),
            pts=np.array(self._pts, np.int64),
            time_s=np.array(self._time_s, np.float64),
            change=np.array(self._change, np.float32),
            edge_thumbnails=np.stack([first, second, last]),
            edge_rows=np.array([*edges], np.int64),
            edge_looks=np.array([glance.wide for glance in edges.values()], np.uint8).reshape(-1, SIDE, SIDE),
            edge_thumbs=np.array([glance.thumb for glance in edges.values()], np.uint8).reshape(-1, THUMB, THUMB),
            face_change=np.array(self._face_change, np.float32),
            row=np.array(self._row, np.int64),
            box=np.array(self._boxes, np.float32).reshape(-1, 5),
            landmarks=landmarks,
            values=values,
            vector_row=np.array(self._vector_row, np.int64),
            vectors=np.frombuffer(bytes(self._vectors), np.int8).reshape(-1, VALUES),
            decoded=counts.frames,
            end_s=counts.end_s,
            **counts.numbers,
        )


def join_chunks(parts: Sequence[ChunkObservations], settings: Settings) -> pd.DataFrame:
    """Join the parts of a recording to one observation table, without persons yet.

    Frames are numbered throughout. Where sampling at a rate made two neighbouring chunks sample the same cell of the
    grid, the later one is dropped, so that the table does not depend on where the chunks were cut.
    """
    import pandas as pd

    tables, first_frame = [], 0
    last_thumbnail: Thumbnail | None = None
    likeness = Likeness()
    for part, keep in zip(parts, _kept(parts, settings.reading.fps)):
        change, face_change = part.change.copy(), part.face_change.copy()
        if keep.any():
            first = int(keep.argmax())
            if last_thumbnail is not None:
                change[first] = change_between(last_thumbnail, part.edge_thumbnails[first])
            last_thumbnail = part.edge_thumbnails[2]
        for row, value in _changes_at_edges(part, keep, likeness):
            face_change[row] = value
        tables.append(_rows(part, change, face_change, keep, first_frame, settings))
        first_frame += part.decoded
    return pd.concat(tables, ignore_index=True)[list(observation_columns(carried(settings).words))]


def join_sights(parts: Sequence[ChunkObservations], settings: Settings, network: str) -> Sights:
    """Join what recognises faces in the parts of a recording; places are rounded as in the observation table.

    Where two neighbouring chunks described the faces in the same cell of the grid, those of the later one are dropped,
    so that the sights do not depend on where the chunks were cut. ``network`` is the hash of the file of the network
    that described them.
    """
    frames, places, vectors, first_frame, last_cell = [], [], [], 0, None
    for part, keep in zip(parts, _kept(parts, settings.reading.fps)):
        row_in_part = np.flatnonzero(keep)
        cells = [sampling_cell(time_s, settings.identity.rate) for time_s in part.time_s[row_in_part].tolist()]
        first = [cell != before for cell, before in zip(cells, [last_cell, *cells])]
        turns = np.isin(part.row[part.vector_row], row_in_part[first])
        described = part.vector_row[turns]
        frames.append(part.frame[part.row[described]] + first_frame)
        places.append(part.box[described, :2].astype(np.float64).round(DECIMALS["x"]))
        vectors.append(part.vectors[turns])
        first_frame += part.decoded
        last_cell = cells[-1] if cells else last_cell
    return Sights(np.concatenate(frames), np.concatenate(places), np.concatenate(vectors), network)


def _kept(parts: Sequence[ChunkObservations], fps: float | None) -> Iterator[npt.NDArray[np.bool_]]:
    """Tell of each frame of each part whether it stays: not one that samples a cell which the part before sampled."""
    last_cell = None
    for part in parts:
        keep = np.ones(len(part.frame), dtype=bool)
        if len(part.frame) and fps is not None:
            keep[0] = sampling_cell(float(part.time_s[0]), fps) != last_cell
            last_cell = sampling_cell(float(part.time_s[-1]), fps)
        yield keep


def _changes_at_edges(
    part: ChunkObservations, keep: npt.NDArray[np.bool_], likeness: Likeness
) -> Iterator[tuple[int, float]]:
    """Compare the faces in the first frames of a part with those in the last ones of the part before, again.

    Yields row and change of each face whose change may not be what the part alone could know.
    """
    kept = zip(part.edge_rows.tolist(), part.edge_looks, part.edge_thumbs)
    looks = {row: Glance(thumb, None, None, look) for row, look, thumb in kept}
    frames = len(part.frame)
    for index in sorted({*range(min(HEAD, frames)), *range(max(0, frames - MEMORY), frames)}):
        if not keep[index]:
            continue
        first, behind = np.searchsorted(part.row, [index, index + 1])
        rows = range(int(first), int(behind))
        boxes = [Box(*part.box[row, :4].tolist()) for row in rows]
        changes = likeness.changes(float(part.time_s[index]), boxes, [looks[row] for row in rows])
        if index < HEAD:
            yield from zip(rows, changes)


def _rows(
    part: ChunkObservations,
    change: npt.NDArray[np.float32],
    face_change: npt.NDArray[np.float32],
    keep: npt.NDArray[np.bool_],
    first_frame: int,
    settings: Settings,
) -> pd.DataFrame:
    """Make one row per face, and one per frame without a face, in order of frame and place in the frame."""
    import pandas as pd

    faces_in = np.bincount(part.row, minlength=len(part.frame))
    empty = np.flatnonzero(faces_in == 0)
    row = np.concatenate([part.row, empty])
    order = np.lexsort((np.arange(len(row)), row))
    table = pd.DataFrame({"frame": part.frame[row] + first_frame, "time_s": part.time_s[row]})
    table["status"] = np.where(np.arange(len(row)) < len(part.row), "ok", "no_face")
    for name, kind in (("person", "Int64"), ("name", "str"), ("track", "Int64")):
        table[name] = pd.array([None] * len(row), dtype=kind)
    nothing = len(empty)
    for names, values in (
        (["x", "y", "w", "h", "face_score"], part.box),
        (["face_change"], face_change[:, None]),
        ([column.name for column in columns(settings)], part.values),
        (list(LANDMARKS), part.landmarks),
    ):
        known = values.astype(np.float64).reshape(len(part.row), len(names))
        padded = np.concatenate([known, np.full((nothing, len(names)), np.nan)])
        table[names] = padded
    words = carried(settings).words
    shares = shares_in(part.values, settings) if len(part.row) else np.zeros((0, len(words)), np.float32)
    names_of = np.array(words, dtype=object)[shares.argmax(axis=1)]
    table["emotion"] = np.concatenate([names_of, np.full(nothing, None, dtype=object)])
    confidence = shares.max(axis=1, initial=0.0).astype(np.float64)
    table["confidence"] = np.concatenate([confidence, np.full(nothing, np.nan)])
    table["scene_change"] = change[row].astype(np.float64)
    table["left_out"] = ""
    return table.iloc[order[keep[row][order]]]
