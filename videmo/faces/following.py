"""Find the faces in a run of frames: search in some, follow in all between.

The whole picture is searched on a grid of times. In the frames between two searches, each face is looked for in a
window around where it was in the frame before: onwards from the search before, and back from the search after, so that
who appears between two searches is seen from the first frame on; then boxes are steadied. What a frame gives depends on
these two searches and the frames between them alone, never on what was found earlier; so it does not matter where a
recording is cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

from videmo.faces.distinct import around, distinct, same_face
from videmo.faces.steadying import Sight, steadied
from videmo.records import Box, Chunk, Detection
from videmo.video.luma import Luma

WINDOW: Final = 2.5
"""Side of a window over the larger side of the face that is followed in it."""
SAME_FACE: Final = 0.45
"""Overlap (intersection over union) of a detection with where the face was from which on it is that face."""
KNOWN: Final = 0.3
"""Overlap from which on a face of a search is one that was followed up to there."""
PATIENCE: Final = 3
"""Frames in which a face may be missed before it is given up."""
MOST_WAITING: Final = 100
"""Frames that may wait for the next search: a clock that stands still must not fill the memory with pictures."""


class Followable(Protocol):
    """A detector that can follow faces."""

    def search(self, luma: Luma) -> list[Detection]:
        """Return what may be a face in a whole frame."""
        ...

    def detect_in(self, luma: Luma, window: Box) -> list[Detection]:
        """Return what may be a face in a part of it."""
        ...


class Pictured(Protocol):
    """A frame, as far as it matters here."""

    @property
    def pts(self) -> int: ...

    @property
    def time_s(self) -> float: ...

    @property
    def luma(self) -> Luma: ...


F = TypeVar("F", bound=Pictured)


def find_faces(
    frames: Iterable[F], chunk: Chunk, detector: Followable, cell_at: Callable[[float], int], begin: int, end: int
) -> Iterator[tuple[F, list[Detection]]]:
    """Yield frames with the faces in them.

    A chunk has the frames from its first search on, up to before the first search of the next one: where the grid's
    cell is a later one than that in which the chunk begins.

    Args:
        frames: sampled ones, from the chunk's beginning to beyond its end; their pictures stay until the next search.
        chunk: where it begins and ends.
        detector: which can follow.
        cell_at: the cell of the grid of searches at a time in seconds; the first frame in a cell is searched,
            and the one behind every `MOST_WAITING` that wait.
        begin: cell in which the chunk begins; ignored for the first chunk of a recording.
        end: cell in which the next chunk begins; ignored for the last one.
    """
    kept: list[F] = []
    found: list[Detection] = []
    cell: int | None = None
    for frame in frames:
        now = cell_at(frame.time_s)
        if chunk.start_pts is not None and cell is None and now <= begin:
            continue
        if now == cell and len(kept) <= MOST_WAITING:
            kept.append(frame)
            continue
        searched = detector.search(frame.luma)
        yield from zip(kept, _followed(kept, found, (frame, searched), detector))
        if chunk.end_pts is not None and frame.pts >= chunk.end_pts and now > end:
            return
        kept, found, cell = [frame], searched, now
    yield from zip(kept, _followed(kept, found, None, detector))


def _followed(
    frames: Sequence[Pictured],
    found: Sequence[Detection],
    after: tuple[Pictured, Sequence[Detection]] | None,
    detector: Followable,
) -> list[list[Detection]]:
    """Return the faces in a frame that was searched and in those up to the next search.

    Args:
        frames: the searched one first.
        found: in it.
        after: the next frame that was searched, and what was found there.
        detector: which follows.
    """
    if len(frames) < 2:
        return [list(found)] if frames else []
    pictures, times_s = [frame.luma for frame in frames[1:]], [frame.time_s for frame in frames]
    paths: list[list[Sight]] = [[face, *_sights(pictures, face, detector)] for face in found]
    if after is not None:
        frame, arriving = after
        arrived = [path[-1] for path in paths]
        there = [face for face in arrived if face is not None]
        new = [face for face in arriving if same_face(face.box, there, KNOWN) is None]
        paths = [[*path, last and same_face(last.box, arriving, KNOWN)] for path, last in zip(paths, arrived)]
        paths += [[None, *_sights(pictures[::-1], face, detector)[::-1], face] for face in new]
        times_s.append(frame.time_s)
    steady = [steadied(path, times_s) for path in paths]
    first, *others = ([seen for path in steady if (seen := path[place])] for place in range(len(frames)))
    return [first, *map(distinct, others)]


def _sights(pictures: Sequence[Luma], face: Detection, detector: Followable) -> list[Sight]:
    chain = Chain(face)
    return [chain.follow(luma, detector) for luma in pictures]


class Chain:
    """One face from picture to picture."""

    def __init__(self, face: Detection) -> None:
        self.face = face
        self.missed = 0

    def follow(self, luma: Luma, detector: Followable) -> Detection | None:
        """Look for the face in the next picture, unless it was missed too often."""
        if self.missed > PATIENCE:
            return None
        place = self.face.box
        best = same_face(place, detector.detect_in(luma, around(place, WINDOW)), SAME_FACE)
        if best is None:
            self.missed += 1
            return None
        self.face, self.missed = best, 0
        return best


class LiveFollower:
    """Finds the faces in pictures as they come: what is known so far is all that counts.

    Args:
        detector: which can follow.
        cell_at: as for `find_faces`.
    """

    def __init__(self, detector: Followable, cell_at: Callable[[float], int]) -> None:
        self._detector, self._cell_at = detector, cell_at
        self._chains: list[Chain] = []
        self._cell: int | None = None

    def find(self, luma: Luma, time_s: float) -> list[Detection]:
        """Return the faces in the next picture."""
        cell = self._cell_at(time_s)
        if cell == self._cell:
            seen = (chain.follow(luma, self._detector) for chain in self._chains)
            return distinct([face for face in seen if face is not None])
        self._cell = cell
        found = self._detector.search(luma)
        self._chains = [Chain(face) for face in found]
        return found
