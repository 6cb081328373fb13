"""Detect faces with videmo's own network, run in LiteRT."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.errors import WeightsError
from videmo.faces.distinct import distinct, largest_first
from videmo.faces.grid import MULTIPLE, OFFSET, PADDING, SCALE, STRIDES, centres, input_size, real_range
from videmo.records import Box, Detection
from videmo.settings import DetectorSettings
from videmo.video.luma import Luma
from videmo.weights import Weights
from videmo.weights.litert import load_network

LONGEST = 320
"""Longer side of the input in a single look unless the settings say otherwise."""
LEAST_SCORE = 0.6
"""Smallest score of a face in a single look unless the settings say otherwise."""
LONGEST_SEARCHED = 640
"""Longer side of the largest input of a search unless the settings say otherwise: faces may be small ..."""
LEAST_SEARCHED = 0.30
"""... and in a recording doubtful, as they are followed from frame to frame."""
ENLARGED = 2
"""By how much small pictures are enlarged for faces that are too small to be seen, where the settings ask for it."""
SMALLEST_INPUT = 160
"""Pictures are searched in halves of their size too, down to this longer side, for large faces."""
LARGEST_LAST = 200
"""Inputs up to this longer side need no smaller one: a face that fills them is seen."""
LARGEST_FACE = 120
"""Higher boxes, in pixels of the input, are left to the next smaller input, unless there is none."""
SMALLEST_AGAIN = 48
"""Height in pixels of an input, but for the largest one, below which a face counts as seen in a larger one already, or
not at all: small boxes in coarse pictures are mostly mistakes (docs/decisions.md)."""
WINDOW_PX = 128
"""Side of the input in which one face is followed."""
LEAST_FOLLOWED = 0.85
"""Smallest score in a window, as a share of the smallest score of a search: there, a face is expected."""
SIZES_KEPT = 8
"""Input sizes that stay prepared: recordings of one folder rarely have more."""
_NARROWEST = 8
"""Pixels of the frame; a narrower window shows no face."""
_ADVICE = "Train one with 'videmo train detector'."

Array = npt.NDArray[Any]
_MIDDLE, _HALF = real_range()
_CHANNEL = np.arange(len(_MIDDLE))


class NetworkDetector:
    """A single-stage detector over luma (see `faces.grid`), quantised or float."""

    def __init__(self, weights: Weights, settings: DetectorSettings) -> None:
        """Load the network.

        Raises:
            WeightsError: the file is not a face network.
        """
        self._settings = settings
        self.min_score = settings.min_score
        """Smallest score of a face if the settings say one."""
        self._smallest = settings.min_size_px or 0.0
        self._searched = settings.min_score or LEAST_SEARCHED
        self._prepared = lru_cache(maxsize=SIZES_KEPT)(lambda size, least: _Input(weights, size, least))
        # So that a wrong file is refused before the first frame.
        self._prepared((MULTIPLE, MULTIPLE), settings.min_score or LEAST_SCORE)

    def detect(self, luma: Luma) -> list[Detection]:
        """Return the faces that one look at a picture shows, largest first; the score estimates how well a box fits.

        Faces that are larger than the input's are found by `search` alone.
        """
        longest, least = self._settings.max_side or LONGEST, self._settings.min_score or LEAST_SCORE
        return self._large(self._found(luma, longest, least))

    def search(self, luma: Luma, least: float | None = None) -> list[Detection]:
        """Return what may be a face in a frame or picture, largest first, at any size that a face can have there.

        It is looked at in several sizes: small faces are found in the largest one, faces that fill the picture in the
        smallest. Where the settings ask for a size larger than the picture's, it is enlarged, up to twice.

        Args:
            luma: the frame or picture.
            least: smallest score; None for that of the settings, or of frames of a recording.
        """
        least = least or self.min_score or LEAST_SEARCHED
        side = max(luma.width, luma.height)
        longest = min(LONGEST_SEARCHED, side)
        if self._settings.max_side is not None:
            longest = min(self._settings.max_side, ENLARGED * side)
        found, sizes = list[Detection](), sizes_of_search(longest)
        for size in sizes:
            lowest = 0.0 if size == sizes[0] else SMALLEST_AGAIN * side / size
            highest = math.inf if size == sizes[-1] else LARGEST_FACE * side / size
            found += [face for face in self._found(luma, size, least, ENLARGED) if lowest <= face.h <= highest]
        return self._large(distinct(found))

    def detect_in(self, luma: Luma, window: Box, least: float | None = None) -> list[Detection]:
        """Return what may be a face in a part of a frame, strongest first.

        Args:
            luma: the frame.
            window: in its displayed pixels; what lies outside of the frame is not looked at.
            least: smallest score; None for a share of that of a search, for where a face is followed.
        """
        left, top = max(0, round(window.left)), max(0, round(window.top))
        right = min(luma.width, round(window.left + window.width))
        bottom = min(luma.height, round(window.top + window.height))
        if right - left < _NARROWEST or bottom - top < _NARROWEST:
            return []
        scale = WINDOW_PX / max(window.width, window.height)
        across, down = (min(WINDOW_PX, max(1, round(side * scale))) for side in (right - left, bottom - top))
        picture = luma.region(left, top, right - left, bottom - top, across, down)
        rows = self._prepared((WINDOW_PX, WINDOW_PX), least or LEAST_FOLLOWED * self._searched).run(picture)
        x, y = (right - left) / across, (bottom - top) / down
        return [face for face in distinct(self._detections(rows, left, top, x, y)) if face.h >= self._smallest]

    def _found(self, luma: Luma, longest: int, least: float, largest: float = 1.0) -> list[Detection]:
        across, down, width, height = input_size(luma.width, luma.height, longest, largest)
        rows = self._prepared((width, height), least).run(luma.scaled(across, down))
        return distinct(self._detections(rows, 0, 0, luma.width / across, luma.height / down))

    def _detections(
        self, rows: tuple[Array, Array, Array], left: float, top: float, x: float, y: float
    ) -> list[Detection]:
        """Express what the network says in pixels of the frame, from where its input lies and how it is scaled."""
        scores, boxes, landmarks = rows
        return [
            Detection(
                left + box[0] * x, top + box[1] * y, box[2] * x, box[3] * y, score,
                tuple((left + points[i] * x, top + points[i + 1] * y) for i in range(0, 10, 2)),
            )
            for score, box, points in zip(scores.tolist(), boxes.tolist(), landmarks.tolist())
            if box[2] > 0 and box[3] > 0
        ]  # fmt: skip

    def _large(self, faces: list[Detection]) -> list[Detection]:
        """Leave out faces that are too small, once it is settled which box each has; largest first."""
        return largest_first(face for face in faces if face.h >= self._smallest)


def sizes_of_search(longest: int) -> list[int]:
    """Return the longer sides of a search's inputs, the largest first: halves, down to one in which any face is small.

    Faces much higher than `LARGEST_FACE` are not seen, so the last one is hardly larger than `SMALLEST_INPUT`.
    """
    sizes = [longest]
    while sizes[-1] > LARGEST_LAST:
        sizes.append(max(sizes[-1] // 2, SMALLEST_INPUT))
    return sizes


@dataclass(frozen=True, slots=True)
class _Level:
    """The output of one grid."""

    stride: int
    points: Array
    """``(cells, 2)`` centres of the cells in pixels of the input."""
    read: Callable[[], Array]
    """Returns a view of ``(1, rows, columns, 15)`` in the interpreter's memory."""
    least: float
    """The lowest stored logit that reaches the threshold."""
    meaning: Array | None
    """``(15, 256)``: the real value that each stored int8 stands for, by its bits; None where floats are stored."""

    def decode(self) -> tuple[Array, Array, Array] | None:
        """Return scores ``(n,)``, boxes ``(n, 4)`` and landmarks ``(n, 10)`` of the cells with a face, else None."""
        stored = self.read().reshape(len(self.points), -1)
        chosen = np.flatnonzero(stored[:, 0] >= self.least)
        if not len(chosen):
            return None
        values = self._real(stored[chosen])
        middles = self.points[chosen]
        reach = values[:, 1:5] * self.stride
        boxes = np.empty_like(reach)
        np.subtract(middles, reach[:, :2], out=boxes[:, :2])
        np.add(reach[:, :2], reach[:, 2:], out=boxes[:, 2:])
        landmarks = values[:, 5:] * self.stride + np.tile(middles, 5)
        return 1 / (1 + np.exp(-values[:, 0])), boxes, landmarks

    def _real(self, stored: Array) -> Array:
        if self.meaning is None:
            return (_MIDDLE + _HALF * stored).astype(np.float32)
        return np.asarray(self.meaning[_CHANNEL, stored.view(np.uint8)])


class _Input:
    """The network prepared for one input size: buffers are made once and used for every frame."""

    def __init__(self, weights: Weights, size: tuple[int, int], threshold: float) -> None:
        width, height = size
        self._interpreter = load_network(weights, (1, height, width, 1))
        source = self._interpreter.get_input_details()[0]
        self._quantised = np.dtype(source["dtype"]) == np.int8
        if self._quantised and source["quantization"] != (1 / SCALE, 0):
            found = f"its input is quantised as {source['quantization']}"
            raise WeightsError(weights.name, found, str((1 / SCALE, 0)), _ADVICE)
        self._source = source["index"]
        dark = PADDING - OFFSET if self._quantised else (PADDING - OFFSET) / SCALE
        self._picture = np.full((1, height, width, 1), dark, source["dtype"])
        self._dark = self._picture[0, 0, 0, 0].copy()
        self._filled: tuple[int, ...] = (0, 0)
        details = self._interpreter.get_output_details()
        if len(details) != len(STRIDES):
            found = f"not a face network: it has {len(details)} outputs"
            raise WeightsError(weights.name, found, str(len(STRIDES)), _ADVICE)
        self._levels = []
        logit = math.log(threshold / (1 - threshold))
        for stride, detail in zip(STRIDES, details, strict=True):
            expected = (1, height // stride, width // stride, len(_CHANNEL))
            if tuple(detail["shape"].tolist()) != expected:
                found = f"one of its outputs has the shape {tuple(detail['shape'].tolist())}"
                raise WeightsError(weights.name, found, str(expected), _ADVICE)
            least = (logit - _MIDDLE[0]) / _HALF[0]
            meaning = None
            if self._quantised:
                scale, zero_point = detail["quantization"]
                least = least / scale + zero_point
                levels = (np.arange(256, dtype=np.uint8).view(np.int8).astype(np.float64) - zero_point) * scale
                meaning = (_MIDDLE[:, None] + _HALF[:, None] * levels).astype(np.float32)
            read = self._interpreter.tensor(detail["index"])
            self._levels.append(_Level(stride, centres(height, width, stride), read, least, meaning))

    def run(self, picture: npt.NDArray[np.uint8]) -> tuple[Array, Array, Array]:
        """Run the network on a picture that fits into the input.

        Returns:
            Scores ``(n,)``, boxes ``(n, 4)`` as left, top, width, height and landmarks ``(n, 10)`` in pixels of the
            input, of all cells whose score reaches the threshold.
        """
        self._fill(picture)
        self._interpreter.invoke()
        found = [part for level in self._levels if (part := level.decode()) is not None]
        if len(found) == 1:
            return found[0]
        if not found:
            return np.zeros(0, np.float32), np.zeros((0, 4), np.float32), np.zeros((0, 10), np.float32)
        scores, boxes, landmarks = (np.concatenate(parts) for parts in zip(*found))
        return scores, boxes, landmarks

    def _fill(self, picture: npt.NDArray[np.uint8]) -> None:
        if picture.shape != self._filled:  # what another shape left beside the picture
            self._picture[:] = self._dark
            self._filled = picture.shape
        rows, columns = picture.shape
        place = self._picture[0, :rows, :columns, 0]
        if self._quantised:
            np.bitwise_xor(picture, 0x80, out=place.view(np.uint8))  # the same as luma - 128
        else:
            np.divide(np.subtract(picture, OFFSET, dtype=np.float32), SCALE, out=place)
        self._interpreter.set_tensor(self._source, self._picture)
