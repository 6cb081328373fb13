"""Keep the time courses of all participants in one file per stimulus, so that one emotion at a time is in memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of such a file."""

    emotions: int
    people: int
    cells: int

    @property
    def plane(self) -> int:
        """Return the number of values of one emotion."""
        return self.people * self.cells


class CurveWriter:
    """Write the courses of one participant after the other.

    Values are of four bytes; a participant who is not written has none.

    Args:
        stream: of the file, open for writing and reading.
        shape: of all that will be in it.
    """

    def __init__(self, stream: IO[bytes], shape: Shape) -> None:
        self._stream, self._shape = stream, shape
        empty = np.full(shape.cells, np.nan, np.float32).tobytes()
        for _ in range(shape.emotions * shape.people):
            stream.write(empty)
        for _ in range(shape.emotions * shape.people + 2 * shape.people):
            stream.write(bytes(4 * shape.cells))

    def write(
        self, person: int, values: npt.NDArray[Any], above: npt.NDArray[Any], trials: npt.NDArray[Any],
        covered: npt.NDArray[Any],
    ) -> None:  # fmt: skip
        """Write one participant.

        Args:
            person: the place of the participant.
            values: ``(cells, emotions)`` mean over trials, NaN where there is none.
            above: ``(cells, emotions)`` trials above the threshold.
            trials: ``(cells,)`` trials with a value.
            covered: ``(cells,)`` mean coverage of the trials.
        """
        shape = self._shape
        for emotion in range(shape.emotions):
            self._put(emotion * shape.people + person, values[:, emotion])
            self._put((shape.emotions + emotion) * shape.people + person, above[:, emotion])
        self._put(2 * shape.emotions * shape.people + person, trials)
        self._put((2 * shape.emotions + 1) * shape.people + person, covered)

    def _put(self, row: int, values: npt.NDArray[Any]) -> None:
        padded = np.full(
            self._shape.cells, np.nan if row < self._shape.emotions * self._shape.people else 0, np.float32
        )
        padded[: len(values)] = values
        self._stream.seek(4 * row * self._shape.cells)
        self._stream.write(padded.tobytes())


@dataclass(frozen=True, slots=True)
class CurveFile:
    """Read such a file, a plane at a time."""

    path: Path
    shape: Shape

    def values(self, emotion: int) -> npt.NDArray[np.float64]:
        """Return ``(people, cells)`` values of one emotion."""
        return self._plane(emotion)

    def above(self, emotion: int) -> npt.NDArray[np.float64]:
        """Return ``(people, cells)`` trials above the threshold."""
        return self._plane(self.shape.emotions + emotion)

    def trials(self) -> npt.NDArray[np.float64]:
        """Return ``(people, cells)`` trials with a value."""
        return self._plane(2 * self.shape.emotions)

    def covered(self) -> npt.NDArray[np.float64]:
        """Return ``(people, cells)`` coverage."""
        return self._plane(2 * self.shape.emotions + 1)

    def _plane(self, number: int) -> npt.NDArray[np.float64]:
        values = np.fromfile(self.path, np.float32, self.shape.plane, offset=4 * number * self.shape.plane)
        return values.reshape(self.shape.people, self.shape.cells).astype(np.float64)
