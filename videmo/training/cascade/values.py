"""Calculate the values of all features for a stage's samples, and the order of the samples by each feature."""

from __future__ import annotations

import copy
import math
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from videmo.files import PARTIAL
from videmo.training.cascade.parallel import ParallelMap

BLOCK = 256
"""Number of features in one piece of work."""
CACHED = 8
"""Number of features that are processed at once: as many as fit into a core's cache. Larger arrays would also be
allocated anew each time, which took most of the time."""
GROUP = 16
"""Number of neighbouring samples in a feature's order that are first weighed together."""


class SampleValues:
    """Compute the features' values for the samples of a stage when they are needed."""

    def __init__(
        self, weights: npt.NDArray[np.int8], samples: npt.NDArray[np.uint8], inverse: npt.NDArray[np.float32]
    ) -> None:
        """Keep what the values are computed from.

        Args:
            weights: ``(features, pixels)``, as returned by `features.pixel_weights`.
            samples: ``(n, height, width)``.
            inverse: ``(n,)``, as returned by `integral.inverse_spread`.
        """
        self._weights = weights
        self._pixels: npt.NDArray[np.float32] = np.ascontiguousarray(samples.reshape(len(samples), -1).T, np.float32)
        self._inverse = inverse

    def only(self, chosen: npt.NDArray) -> SampleValues:
        """Return the values for some of the samples."""
        part = copy.copy(self)
        part._pixels, part._inverse = np.ascontiguousarray(self._pixels[:, chosen]), self._inverse[chosen]
        return part

    @property
    def features(self) -> int:
        """Count the features."""
        return len(self._weights)

    @property
    def samples(self) -> int:
        """Count the samples."""
        return self._pixels.shape[1]

    def of(self, chosen: slice | Sequence[int] | npt.NDArray) -> npt.NDArray[np.float32]:
        """Return the values of some features: ``(chosen, n)``, bit for bit as in the detector."""
        return (self._weights[chosen].astype(np.float32) @ self._pixels) * self._inverse


class SortedGroups:
    """Hold the samples in the order of each feature: in memory as far as it suffices, then in a scratch file.

    A block is ``(features, GROUP, groups)`` of the samples' indices: ``[f, :, g]`` are those of group g. Unused places
    hold the index n, which stands for no sample.
    """

    def __init__(self, values: SampleValues, budget: int, parallel: ParallelMap, folder: Path | None = None) -> None:
        """Sort the samples by all features.

        Args:
            values: of the stage's samples.
            budget: bytes to keep in memory.
            parallel: how blocks are spread over cores.
            folder: for the scratch file, if one is needed; it has no name there. None for the system's folder.
        """
        self._blocks: list[npt.NDArray | int] = []
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self._values = values
        self._kind: type[np.unsignedinteger] = np.uint16 if values.samples < 2**16 - 1 else np.uint32
        self._groups = -(-values.samples // GROUP)
        starts = range(0, values.features, BLOCK)
        for block in parallel(self._sort, starts):
            if block.nbytes <= budget:
                budget -= block.nbytes
                self._blocks.append(block)
            else:
                # Closed by close().
                self._file = self._file or tempfile.TemporaryFile(prefix=PARTIAL, dir=folder)  # noqa: SIM115
                self._blocks.append(self._file.tell())
                self._file.write(block.tobytes())
        self.in_file = sum(isinstance(block, int) for block in self._blocks) / len(self._blocks)
        """Share of the blocks that didn't fit into memory."""

    def _sort(self, start: int) -> npt.NDArray:
        end = min(start + BLOCK, self._values.features)
        block = np.empty((end - start, GROUP, self._groups), self._kind)
        padded = np.full((CACHED, self._groups * GROUP), self._values.samples, self._kind)
        for first in range(start, end, CACHED):
            # Equal values may be in any order: the bounds hold for all, and the exact search sorts again.
            order = np.argsort(self._values.of(slice(first, min(first + CACHED, end))), axis=1)
            padded[: len(order), : order.shape[1]] = order
            grouped = padded[: len(order)].reshape(len(order), self._groups, GROUP)
            block[first - start : first - start + len(order)] = grouped.swapaxes(1, 2)
        return block

    def block(self, number: int) -> npt.NDArray:
        """Return a block of `BLOCK` features; the last one is shorter."""
        kept = self._blocks[number]
        if not isinstance(kept, int):
            return kept
        count = min(BLOCK, self._values.features - number * BLOCK)
        shape = (count, GROUP, self._groups)
        with self._lock:
            assert self._file is not None
            self._file.seek(kept)
            content = self._file.read(math.prod(shape) * np.dtype(self._kind).itemsize)
        return np.frombuffer(content, self._kind).reshape(shape)

    def numbers(self) -> Iterator[int]:
        """Return the numbers of all blocks."""
        return iter(range(len(self._blocks)))

    def close(self) -> None:
        """Release the memory and the scratch file."""
        self._blocks = []
        if self._file is not None:
            self._file.close()
