"""Values of all features for all samples of a stage, and the order that each feature puts the samples in."""

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
"""Features that one piece of work is about."""
CACHED = 8
"""Features that are worked on at once: what fits into a core's cache. Larger arrays are also asked of the system
anew each time, which took most of the time."""
GROUP = 16
"""Samples that lie next to each other in a feature's order and are weighed together at first."""


class SampleValues:
    """The features' values for the samples of a stage, computed when they are asked for."""

    def __init__(
        self, weights: npt.NDArray[np.int8], samples: npt.NDArray[np.uint8], inverse: npt.NDArray[np.float32]
    ) -> None:
        """Keep what values are made of.

        Args:
            weights: ``(features, pixels)``, as `features.pixel_weights` gives them.
            samples: ``(n, height, width)``.
            inverse: ``(n,)``, as `integral.inverse_spread` gives them.
        """
        self._weights = weights
        self._pixels: npt.NDArray[np.float32] = np.ascontiguousarray(samples.reshape(len(samples), -1).T, np.float32)
        self._inverse = inverse

    def only(self, chosen: npt.NDArray) -> SampleValues:
        """The values for some of the samples."""
        part = copy.copy(self)
        part._pixels, part._inverse = np.ascontiguousarray(self._pixels[:, chosen]), self._inverse[chosen]
        return part

    @property
    def features(self) -> int:
        """Number of features."""
        return len(self._weights)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self._pixels.shape[1]

    def of(self, chosen: slice | Sequence[int] | npt.NDArray) -> npt.NDArray[np.float32]:
        """Values of some features: ``(chosen, n)``, to the bit as the detector has them."""
        return (self._weights[chosen].astype(np.float32) @ self._pixels) * self._inverse


class SortedGroups:
    """The samples in the order of each feature, in memory as far as it reaches and in a scratch file beyond.

    A block is ``(features, GROUP, groups)`` of the samples' indices: ``[f, :, g]`` are those of group g. Places that
    are left over hold the index n, which stands for no sample.
    """

    def __init__(self, values: SampleValues, budget: int, parallel: ParallelMap, folder: Path | None = None) -> None:
        """Sort all features.

        Args:
            values: of the stage's samples.
            budget: bytes to keep in memory.
            parallel: how blocks are spread over cores.
            folder: where the scratch file goes, if one is needed; it has no name there. None: where the system has its.
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
            # Equal values may come in any order: bounds hold for all, and the exact search sorts anew.
            order = np.argsort(self._values.of(slice(first, min(first + CACHED, end))), axis=1)
            padded[: len(order), : order.shape[1]] = order
            grouped = padded[: len(order)].reshape(len(order), self._groups, GROUP)
            block[first - start : first - start + len(order)] = grouped.swapaxes(1, 2)
        return block

    def block(self, number: int) -> npt.NDArray:
        """A block of `BLOCK` features, the last one shorter."""
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
        """Numbers of all blocks."""
        return iter(range(len(self._blocks)))

    def close(self) -> None:
        """Give up memory and scratch file."""
        self._blocks = []
        if self._file is not None:
            self._file.close()
