"""Turn decoded pictures into what is displayed, drawn on and encoded: upright planar 4:2:0 of even size."""

from __future__ import annotations

from typing import Final

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from videmo.records import Recording
from videmo.video.planar import Plane, planes_in, planes_of
from videmo.video.probe import inconvertible

_ROTATE: Final = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}


def even(pixels: int) -> int:
    """Return the next even number: 4:2:0 has one colour sample for two by two pixels."""
    return pixels + pixels % 2


def displayed_yuv420p(picture: av.VideoFrame, recording: Recording, *, for_jpeg: bool = False) -> Plane:
    """Turn a decoded picture into what `SegmentWriter.write` takes: displayed size, made even, limited range.

    Args:
        picture: as decoded.
        recording: has the displayed size and the rotation.
        for_jpeg: whether to convert colours to BT.601, as in every JPEG, instead of keeping them.

    Returns:
        ``(height * 3 / 2, width)``, contiguous, in memory of its own.

    Raises:
        RecordingError: FFmpeg can't convert the pixel format.
    """
    turned = recording.rotation % 180 != 0
    width, height = (recording.height, recording.width) if turned else (recording.width, recording.height)
    plain = picture
    if for_jpeg or not _is_plain(picture, width, height):
        plain = _converted(picture, even(width), even(height), recording, for_jpeg=for_jpeg)
    return _copied(plain, recording.rotation)


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


def _copied(picture: av.VideoFrame, rotation: int) -> Plane:
    """Copy the planes of a 4:2:0 picture without their padding, upright."""
    turned = rotation % 180 != 0
    width, height = (picture.height, picture.width) if turned else (picture.width, picture.height)
    pixels = np.empty((height * 3 // 2, width), np.uint8)
    for target, stored in zip(planes_of(pixels), planes_in(picture), strict=True):
        if rotation:
            cv2.rotate(stored, _ROTATE[rotation], target)
        else:
            target[:] = stored
    return pixels
