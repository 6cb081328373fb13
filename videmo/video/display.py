"""Say how stored pictures are displayed: pixels that are not square, mirrored and turned pictures, other sizes."""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import Any, Final

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.packet import Packet
from av.sidedata.sidedata import Type
from av.video.stream import VideoStream

from videmo.records import Box, Recording

SQUARE: Final = 1.0
_ROTATE: Final = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
_MATRIX: Final = struct.Struct("=9i")
_OBLONG: Final = 10.0
"""Pixels that claim to be more oblong than this are taken for square: no camera has them, and memory has an end."""
_SHAPELESS: Final = frozenset({"mpegts", "mpeg", "mpegvideo", "h264", "hevc"})
"""Containers that say nothing of the shape of pixels."""
_SLACK: Final = 2.0
"""Pixels by which proportions may differ through rounding."""


def _nameless(cls: type[Type], number: object) -> Type:
    """Name a kind of side data that PyAV does not know, such as EXIF; a frame that has any could be asked for none."""
    kind: Any = object.__new__(cls)
    kind._name_, kind._value_ = f"KIND_{number}", number
    return kind


Type._missing_ = classmethod(_nameless)  # type: ignore[assignment]


def orientation_of(frame: av.VideoFrame) -> tuple[int, bool]:
    """Return how a stored picture is to be displayed: first mirrored left to right or not, then rotated.

    Returns:
        Degrees (0, 90, 180, 270) anticlockwise, and whether it is mirrored before that.
    """
    data: Any = frame.side_data.get("DISPLAYMATRIX")
    if data is None or len(bytes(data)) != _MATRIX.size:
        return 0, False
    # x' = a x + c y, y' = b x + d y, with y pointing down.
    a, b, _, c, d, *_ = _MATRIX.unpack(bytes(data))
    mirrored = a * d - b * c < 0
    if mirrored:  # what is left once the picture is mirrored
        a, b = -a, -b
    return round(math.degrees(math.atan2(-b, a)) / 90) * 90 % 360, mirrored


def turned(pixels: npt.NDArray[np.uint8], rotation: int, mirrored: bool = False) -> npt.NDArray[np.uint8]:
    """Mirror and rotate stored pixels, ``(rows, columns)`` or ``(rows, columns, 3)``, as `orientation_of` says."""
    if mirrored:
        pixels = np.asarray(cv2.flip(pixels, 1), np.uint8)
    return np.asarray(cv2.rotate(pixels, _ROTATE[rotation]), np.uint8) if rotation else pixels


def stream_aspect(stream: VideoStream) -> float:
    """Return the width of a stored pixel over its height, as the container says, or else the encoded stream."""
    return believable(stream.sample_aspect_ratio)


class PixelShape:
    """The shape of the pixels, picture by picture: broadcasts change between 4:3 and 16:9 on the way.

    Args:
        stream: freshly opened.
        recording: as it was probed.
    """

    def __init__(self, stream: VideoStream, recording: Recording) -> None:
        self._context, self._aspect = stream.codec_context, recording.pixel_aspect
        self._said = self._context.sample_aspect_ratio
        # Other containers state a shape themselves, which holds whatever the encoded stream says.
        self._watched = bool(_SHAPELESS & set(recording.container.split(",")))
        self._next: tuple[int, float] | None = None

    def watch(self, packet: Packet) -> None:
        """Note what the decoder found in a packet."""
        if not self._watched:
            return
        said = self._context.sample_aspect_ratio
        if said is not None and said != self._said and packet.pts is not None:
            self._said, self._next = said, (packet.pts, believable(said))

    def of(self, picture: av.VideoFrame) -> float:
        """Return the width of a picture's pixels over their height."""
        if self._next is not None and picture.pts is not None and picture.pts >= self._next[0]:
            self._aspect, self._next = self._next[1], None
        return self._aspect


class FirstShape:
    """Tell whether pictures are displayed in the recording's size, without working it out for each of them.

    Args:
        recording: as it was probed.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._known: tuple[int, int, float] | None = None
        self._other = False

    def is_other(self, picture: av.VideoFrame, aspect: float) -> bool:
        """Tell whether a picture, whose pixels are of that aspect, is displayed in another size."""
        shape = picture.width, picture.height, aspect
        if shape != self._known:
            size = displayed_size(*shape, self._recording.rotation)
            self._known, self._other = shape, size != (self._recording.width, self._recording.height)
        return self._other


def believable(aspect: Fraction | None) -> float:
    """Return a pixel's width over its height; 1 where nothing or nonsense is said of it."""
    if aspect is None or not 1 / _OBLONG <= aspect <= _OBLONG:
        return SQUARE
    return float(aspect)


def displayed_size(columns: int, rows: int, aspect: float, rotation: int) -> tuple[int, int]:
    """Return the width and height of a displayed picture, whose pixels are square.

    The rows stay as they are stored, and the columns become more or fewer.

    Args:
        columns: stored.
        rows: stored.
        aspect: width of a stored pixel over its height.
        rotation: as for `orientation_of`.
    """
    across = max(1, round(columns * aspect))
    return (rows, across) if rotation % 180 else (across, rows)


def fitted(size: tuple[int, int], whole: tuple[int, int]) -> Box:
    """Say where a picture lies in another that it is scaled to fit into: in its middle, with its own proportions.

    Args:
        size: width and height of the picture.
        whole: width and height of the one that it has to fit into.
    """
    scale = min(whole[0] / size[0], whole[1] / size[1])
    width, height = size[0] * scale, size[1] * scale
    if whole[0] - width < _SLACK and whole[1] - height < _SLACK:
        return Box(0.0, 0.0, float(whole[0]), float(whole[1]))
    return Box((whole[0] - width) / 2, (whole[1] - height) / 2, width, height)
