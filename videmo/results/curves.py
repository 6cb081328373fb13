"""Keep the time courses of all participants in one file per stimulus, and read parts of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

WIDTH: Final = 256
"""Cells that lie together, so that a stretch of time of all participants is read as fast as the whole of some."""
EVERYBODY: Final = slice(0, 2**31)
ALWAYS: Final = slice(0, 2**31)


def stretches(cells: int) -> Iterator[slice]:
    """Cut a course into the stretches that lie together."""
    return (slice(first, min(first + WIDTH, cells)) for first in range(0, cells, WIDTH))


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of such a file."""

    emotions: int
    people: int
    cells: int

    @property
    def planes(self) -> int:
        """Return the number of planes, of a value for each participant and cell."""
        return 3 * self.emotions + 4

    def place(self, plane: int, person: int, stretch: slice) -> int:
        """Return the place of a stretch of a participant's course, in values from the beginning."""
        before = plane * self.people * self.cells + self.people * stretch.start
        return before + person * (stretch.stop - stretch.start)


def write_empty(path: Path, shape: Shape) -> None:
    """Write such a file without the courses of anybody."""
    empty = np.full(shape.cells, np.nan, np.float32).tobytes()
    with path.open("wb") as stream:
        for _ in range(shape.emotions * shape.people):
            stream.write(empty)
        for _ in range((shape.planes - shape.emotions) * shape.people):
            stream.write(bytes(4 * shape.cells))


class CurveWriter:
    """Write the courses of one participant after the other.

    Values are of four bytes; a participant who is not written has none.

    Args:
        stream: of the file, as `write_empty` made it, open for writing and reading.
        shape: of all that will be in it.
    """

    def __init__(self, stream: IO[bytes], shape: Shape) -> None:
        self._stream, self._shape = stream, shape

    def write(
        self, person: int, values: npt.NDArray[Any], above: npt.NDArray[Any], trials: npt.NDArray[Any],
        covered: npt.NDArray[Any], counted: npt.NDArray[Any],
    ) -> None:  # fmt: skip
        """Write one participant.

        Args:
            person: the place of the participant.
            values: ``(cells, emotions)`` mean over trials, NaN where there is none.
            above: ``(cells, emotions)`` trials above the threshold.
            trials: ``(cells, emotions)`` trials with a value.
            covered: ``(cells,)`` mean coverage of the trials of whose time there something counts.
            counted: ``(cells,)`` how many these are.
        """
        emotions = self._shape.emotions
        for emotion in range(emotions):
            self._put(emotion, person, values[:, emotion])
            self._put(emotions + emotion, person, above[:, emotion])
            self._put(2 * emotions + emotion, person, trials[:, emotion])
        self._put(3 * emotions, person, covered)
        self._put(3 * emotions + 1, person, counted)

    def write_seen(self, person: int, seen: npt.NDArray[Any], counted: npt.NDArray[Any]) -> None:
        """Write how much one participant was seen, ``(cells,)``: the mean coverage of all trials, used or not.

        Args:
            person: the place of the participant.
            seen: the mean of the trials of whose time there something counts.
            counted: how many these are.
        """
        self._put(3 * self._shape.emotions + 2, person, seen)
        self._put(3 * self._shape.emotions + 3, person, counted)

    def _put(self, plane: int, person: int, values: npt.NDArray[Any]) -> None:
        shape = self._shape
        padded = np.full(shape.cells, np.nan if plane < shape.emotions else 0, np.float32)
        padded[: len(values)] = values
        for stretch in stretches(shape.cells):
            self._stream.seek(4 * shape.place(plane, person, stretch))
            self._stream.write(padded[stretch].tobytes())


@dataclass(frozen=True, slots=True)
class CurveFile:
    """Read of such a file some participants, and some stretches of time.

    All methods take slices of participants and of cells; the latter begin and end where `stretches` do, or beyond.
    """

    path: Path
    shape: Shape

    def values(self, emotion: int, people: slice = EVERYBODY, cells: slice = ALWAYS) -> npt.NDArray[np.float64]:
        """Return ``(people, cells)`` values of one emotion."""
        return self._plane(emotion, people, cells)

    def above(self, emotion: int, people: slice = EVERYBODY, cells: slice = ALWAYS) -> npt.NDArray[np.float64]:
        """Return ``(people, cells)`` trials above the threshold."""
        return self._plane(self.shape.emotions + emotion, people, cells)

    def trials(self, emotion: int, people: slice = EVERYBODY, cells: slice = ALWAYS) -> npt.NDArray[np.float64]:
        """Return ``(people, cells)`` trials with a value of one emotion."""
        return self._plane(2 * self.shape.emotions + emotion, people, cells)

    def covered(self, people: slice = EVERYBODY, cells: slice = ALWAYS) -> npt.NDArray[np.float64]:
        """Return ``(people, cells)`` coverage."""
        return self._plane(3 * self.shape.emotions, people, cells)

    def counted(self, people: slice = EVERYBODY, cells: slice = ALWAYS) -> npt.NDArray[np.float64]:
        """Return ``(people, cells)`` trials that reach a cell, and of whose time there something counts."""
        return self._plane(3 * self.shape.emotions + 1, people, cells)

    def seen(self, people: slice = EVERYBODY, cells: slice = ALWAYS) -> npt.NDArray[np.float64]:
        """Return ``(people, cells)`` coverage of all trials, used or not."""
        return self._plane(3 * self.shape.emotions + 2, people, cells)

    def counted_all(self, people: slice = EVERYBODY, cells: slice = ALWAYS) -> npt.NDArray[np.float64]:
        """Return ``(people, cells)`` all trials that reach a cell, used or not, and of whose time something counts."""
        return self._plane(3 * self.shape.emotions + 3, people, cells)

    def _plane(self, plane: int, people: slice, cells: slice) -> npt.NDArray[np.float64]:
        first, last = people.start, min(people.stop, self.shape.people)
        wanted = [each for each in stretches(self.shape.cells) if cells.start <= each.start < cells.stop]
        found = np.empty((last - first, sum(each.stop - each.start for each in wanted)))
        done = 0
        for stretch in wanted:
            width = stretch.stop - stretch.start
            begin = 4 * self.shape.place(plane, first, stretch)
            values = np.fromfile(self.path, np.float32, (last - first) * width, offset=begin)
            found[:, done : done + width] = values.reshape(last - first, width)
            done += width
        return found
