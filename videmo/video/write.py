"""Encode the frames of a chunk as an H.264 segment, which `mux` joins to others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import cv2
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace

from videmo.errors import OutputError
from videmo.files import replacing
from videmo.records import Recording
from videmo.video.displayed import even
from videmo.video.planar import Plane, planes_in, planes_of

_AVX_512F = 13
"""OpenCV's number for AVX-512 Foundation; its Python module has no name for it."""
SEGMENT_SUFFIX = ".nut"
"""NUT keeps time stamps in any time base to the tick."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Say in words of our own why a file can't be written."""
    try:
        yield
    except av.error.FFmpegError as exc:
        advice = "Check that the disk is not full."
        raise OutputError(path, f"cannot be written ({exc.strerror})", advice=advice) from exc


class SegmentWriter:
    """Encode the frames of one chunk. Time stamps are kept; there are no B-frames, so segments can be joined."""

    def __init__(self, container: OutputContainer, recording: Recording, quality: int) -> None:
        self._container = container
        stream = container.add_stream("libx264", rate=recording.nominal_rate)
        stream.width, stream.height = even(recording.width), even(recording.height)
        stream.pix_fmt = "yuv420p"
        stream.time_base = recording.time_base
        context = stream.codec_context
        context.time_base = recording.time_base
        context.thread_count = 1
        context.max_b_frames = 0
        context.gop_size = max(1, round(2 * recording.nominal_rate))
        context.options = {"preset": "veryfast", "crf": str(quality), "forced-idr": "1", **same_everywhere()}
        self._stream = stream
        self._recording = recording

    def write(self, picture: Plane, pts: int, source: av.VideoFrame | None = None) -> None:
        """Encode one picture; afterwards its memory may be used again.

        Args:
            picture: planar 4:2:0, limited range, ``(height * 3 / 2, width)`` with even width and height.
            pts: time stamp in ticks of the recording's time base, increasing.
            source: the decoded picture that it was made from; the first one determines how colours are labelled.
        """
        if source is not None and not self._stream.codec_context.is_open:
            self._label_colours(source)
        frame = _frame_of(picture)
        frame.pts, frame.time_base = pts, self._recording.time_base
        self.encode(frame)

    def encode(self, picture: av.VideoFrame) -> None:
        """Encode a 4:2:0 picture of the written size at its own time stamp, as it is."""
        self._container.mux(self._stream.encode(picture))

    def _label_colours(self, source: av.VideoFrame) -> None:
        """Label the colours: without labels, players guess by the size of the picture, and often wrongly."""
        context = self._stream.codec_context
        context.color_range = ColorRange.MPEG
        if source.format.is_rgb:  # FFmpeg's scaler made it with the matrix of BT.601
            context.colorspace = Colorspace.ITU601
            return
        context.colorspace = source.colorspace
        context.color_primaries = source.color_primaries
        context.color_trc = source.color_trc

    def close(self) -> None:
        """Encode the frames that the encoder still holds."""
        self._container.mux(self._stream.encode(None))


def _frame_of(picture: Plane) -> av.VideoFrame:
    """Make FFmpeg's frame of a picture: from where it is, if PyAV can."""
    rows, width = picture.shape
    height = rows * 2 // 3
    if height % 4 == 0:  # PyAV takes any other picture for a lower one
        return av.VideoFrame.from_numpy_buffer(picture, format="yuv420p")
    frame = av.VideoFrame(width, height, "yuv420p")
    for target, plane in zip(planes_in(frame), planes_of(picture), strict=True):
        target[:] = plane
    return frame


def same_everywhere() -> dict[str, str]:
    """Return the encoder's options that make the same pictures the same bytes.

    x264's AVX-512 code (macroblock tree) reads memory that was never written where the width is not a multiple of 128:
    its output then depends on what the process did before. Its AVX2 code writes the same bytes as all older code.
    """
    return {"x264-params": "asm=AVX2"} if cv2.checkHardwareSupport(_AVX_512F) else {}


@contextmanager
def segment_writer(path: Path, recording: Recording, *, quality: int) -> Iterator[SegmentWriter]:
    """Open a segment for writing; it appears under ``path`` when the block ends well.

    Raises:
        OutputError: it can't be written.
    """
    with (
        replacing(path) as partial,
        translated(path),
        av.open(str(partial.absolute()), "w", format="nut") as container,
    ):
        writer = SegmentWriter(container, recording, quality)
        yield writer
        writer.close()


@contextmanager
def growing_segment(path: Path, recording: Recording, *, quality: int) -> Iterator[SegmentWriter]:
    """Open a segment as `segment_writer` does, but under its own name from the first frame: it survives a power cut.

    Raises:
        OutputError: it can't be written.
    """
    options = {"flush_packets": "1"}
    with translated(path), av.open(str(path.absolute()), "w", format="nut", options=options) as container:
        writer = SegmentWriter(container, recording, quality)
        yield writer
        writer.close()
