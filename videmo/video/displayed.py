"""Turn decoded pictures into what is displayed, drawn on and encoded: upright planar 4:2:0 of even size."""

from __future__ import annotations

from typing import Final

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from videmo.records import Box, Recording
from videmo.video.display import displayed_size, fitted, turned
from videmo.video.planar import Plane, planes_in, planes_of
from videmo.video.probe import inconvertible

_BLACK: Final = (16, 128)
"""Brightness and colour of what a smaller picture leaves free."""


def even(pixels: int) -> int:
    """Return the next even number: 4:2:0 has one colour sample for two by two pixels."""
    return pixels + pixels % 2


def displayed_yuv420p(
    picture: av.VideoFrame, recording: Recording, aspect: float | None = None, *, for_jpeg: bool = False
) -> Plane:
    """Turn a decoded picture into what `SegmentWriter.write` takes: displayed size, made even, limited range.

    A picture of other proportions than the recording's is fitted into it, with black beside it.

    Args:
        picture: as decoded.
        recording: has the displayed size, and says how pictures are turned.
        aspect: width of the picture's pixels over their height; by default as in the recording.
        for_jpeg: whether to convert colours to BT.601, as in every JPEG, instead of keeping them.

    Returns:
        ``(height * 3 / 2, width)``, contiguous, in memory of its own.

    Raises:
        RecordingError: FFmpeg can't convert the pixel format.
    """
    aspect = recording.pixel_aspect if aspect is None else aspect
    whole = recording.width, recording.height
    place = fitted(displayed_size(picture.width, picture.height, aspect, recording.rotation), whole)
    if (place.width, place.height) == whole:
        return _upright(picture, recording, whole, for_jpeg=for_jpeg)
    smaller = _upright(picture, recording, (round(place.width), round(place.height)), for_jpeg=for_jpeg)
    return _framed(smaller, place, whole)


def _upright(picture: av.VideoFrame, recording: Recording, size: tuple[int, int], *, for_jpeg: bool) -> Plane:
    """Scale, mirror and rotate a picture to a displayed size, which is made even."""
    width, height = size[::-1] if recording.rotation % 180 else size
    plain = picture
    if for_jpeg or not _is_plain(picture, width, height):
        plain = _converted(picture, even(width), even(height), recording, for_jpeg=for_jpeg)
    return _copied(plain, recording.rotation, recording.mirrored)


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


def _is_plain(picture: av.VideoFrame, width: int, height: int) -> bool:
    """Tell whether a picture needs no conversion: an unlabelled 4:2:0 picture has limited range, as everywhere.

    FFmpeg's scaler would copy such a picture to the same bytes, in as much time as encoding it takes.
    """
    return (
        picture.format.name == "yuv420p"
        and picture.color_range != ColorRange.JPEG
        and (picture.width, picture.height) == (width, height) == (even(width), even(height))
    )


def _converted(
    picture: av.VideoFrame, width: int, height: int, recording: Recording, *, for_jpeg: bool
) -> av.VideoFrame:
    """Convert a picture, in this thread: workers fill the cores, and starting FFmpeg's own threads costs more.

    An odd size would leave half a colour sample: the converter adds a column or row by stretching one pixel.
    """
    colours = Colorspace.ITU601 if for_jpeg else None
    try:  # by a converter of its own: another thread may be converting the same picture
        return VideoReformatter().reformat(
            picture, width, height, "yuv420p", dst_colorspace=colours, dst_color_range=ColorRange.MPEG, threads=1
        )
    except (av.error.FFmpegError, ValueError) as exc:
        raise inconvertible(picture, recording.path) from exc


def _copied(picture: av.VideoFrame, rotation: int, mirrored: bool) -> Plane:
    """Copy the planes of a 4:2:0 picture without their padding, as they are displayed."""
    sideways = rotation % 180 != 0
    width, height = (picture.height, picture.width) if sideways else (picture.width, picture.height)
    pixels = np.empty((height * 3 // 2, width), np.uint8)
    for target, stored in zip(planes_of(pixels), planes_in(picture), strict=True):
        target[:] = turned(stored, rotation, mirrored)
    return pixels
