"""Make and split planar 4:2:0 pictures, the common form of decoders and encoders."""

from __future__ import annotations

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from videmo.records import Box, Recording
from videmo.video.display import displayed_size, fitted, turned
from videmo.video.probe import inconvertible

Plane = npt.NDArray[np.uint8]
_BLACK = (16, 128)
"""Brightness and colour of what a smaller picture leaves free."""


def planes_of(picture: Plane) -> tuple[Plane, Plane, Plane]:
    """Return the planes of a picture as views into it: brightness, and two of colour half as wide and high.

    Args:
        picture: ``(height * 3 / 2, width)``, even sizes, contiguous.
    """
    rows, width = picture.shape
    height = rows * 2 // 3
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    return picture[:height], chroma[0], chroma[1]


def even(pixels: int) -> int:
    """Return the next even number: 4:2:0 has one colour sample for two by two pixels."""
    return pixels + pixels % 2


def displayed_yuv420p(
    picture: av.VideoFrame, recording: Recording, aspect: float | None = None, *, for_jpeg: bool = False
) -> npt.NDArray[np.uint8]:
    """Turn a decoded picture into what `SegmentWriter.write` takes: displayed size, made even, limited range.

    A picture of other proportions than the recording's is fitted into it, with black beside it.

    Args:
        picture: as decoded.
        recording: has the displayed size, and says how pictures are turned.
        aspect: width of the picture's pixels over their height; by default as in the recording.
        for_jpeg: whether to convert colours to BT.601, as in every JPEG, instead of keeping them.

    Raises:
        RecordingError: FFmpeg can't convert the pixel format.
    """
    aspect = recording.pixel_aspect if aspect is None else aspect
    own, whole = displayed_size(picture.width, picture.height, aspect, recording.rotation), _size(recording)
    place = fitted(own, whole)
    if (place.width, place.height) == whole:
        return _converted(picture, recording, whole, for_jpeg)
    return _framed(_converted(picture, recording, (round(place.width), round(place.height)), for_jpeg), place, whole)


def _size(recording: Recording) -> tuple[int, int]:
    return recording.width, recording.height


def _framed(smaller: Plane, place: Box, whole: tuple[int, int]) -> Plane:
    """Put a picture into the middle of a black one."""
    width, height = even(whole[0]), even(whole[1])
    framed = np.full((height * 3 // 2, width), _BLACK[1], np.uint8)
    framed[:height] = _BLACK[0]
    left, top = (round(edge / 2) * 2 for edge in (place.left, place.top))
    for target, source, scale in zip(planes_of(framed), planes_of(smaller), (1, 2, 2), strict=True):
        part = target[top // scale :, left // scale :][: source.shape[0], : source.shape[1]]
        part[:] = source[: part.shape[0], : part.shape[1]]
    return framed


def _converted(picture: av.VideoFrame, recording: Recording, size: tuple[int, int], for_jpeg: bool) -> Plane:
    """Scale, mirror and rotate a picture to a displayed size, which is made even."""
    width, height = size[::-1] if recording.rotation % 180 else size
    try:
        # An odd size would leave half a colour sample: the converter adds a column or row by stretching one pixel.
        if for_jpeg:  # by a converter of its own: another thread may be writing the same picture to a file
            plain = VideoReformatter().reformat(
                picture, even(width), even(height), "yuv420p",
                dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.MPEG,
            )  # fmt: skip
        else:
            plain = picture.reformat(
                width=even(width), height=even(height), format="yuv420p", dst_color_range=ColorRange.MPEG
            )
    except (av.error.FFmpegError, ValueError) as exc:
        raise inconvertible(picture, recording.path) from exc
    pixels = np.asarray(plain.to_ndarray(), np.uint8)
    if not recording.rotation and not recording.mirrored:
        return np.ascontiguousarray(pixels)
    planes = [turned(plane, recording.rotation, recording.mirrored) for plane in planes_of(pixels)]
    shape = planes[0].shape
    return np.concatenate([plane.reshape(-1) for plane in planes]).reshape(shape[0] * 3 // 2, shape[1])
