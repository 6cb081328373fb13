"""Cut a short, silent excerpt out of a recording: upright, and with times to the tick, for people to look at."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np

from videmo.errors import RecordingError
from videmo.files import replacing
from videmo.records import Recording
from videmo.video.stills import read_between
from videmo.video.write import same_everywhere, translated

_CLOCK: Final = 90_000
"""Ticks per second."""
QUALITY: Final = 20
"""Of x264: lower is better; 20 shows no difference."""


def cut_clip(recording: Recording, begin_s: float, end_s: float, target: Path, *, steady: bool = True) -> int:
    """Encode what is seen from one time to another; time 0 of the clip is the first of them.

    Args:
        recording: as probed.
        begin_s: in seconds from the container's start.
        end_s: likewise.
        target: an MP4.
        steady: False if the recording's clock began anew or had to be mended.

    Returns:
        The number of pictures.

    Raises:
        RecordingError: the recording can't be opened, or nothing could be decoded in that time.
        OutputError: the clip can't be written.
    """
    options = {"movflags": "faststart", "fflags": "+bitexact"}
    count, last = 0, -1
    with replacing(target) as partial, translated(target):
        with av.open(str(partial.absolute()), "w", format="mp4", options=options) as container:
            stream = container.add_stream("libx264", rate=recording.nominal_rate)
            stream.width, stream.height = recording.width // 2 * 2, recording.height // 2 * 2
            stream.pix_fmt = "yuv420p"
            stream.time_base = stream.codec_context.time_base = Fraction(1, _CLOCK)
            stream.codec_context.thread_count, stream.codec_context.max_b_frames = 1, 0
            stream.codec_context.options = {"preset": "veryfast", "crf": str(QUALITY), **same_everywhere()}
            for time_s, picture in read_between(recording, begin_s, end_s, steady=steady):
                whole = np.ascontiguousarray(picture[: stream.height, : stream.width])
                frame = av.VideoFrame.from_ndarray(whole, format="rgb24").reformat(format="yuv420p", threads=1)
                last = max(last + 1, round((time_s - begin_s) * _CLOCK))
                frame.pts, frame.time_base = last, Fraction(1, _CLOCK)
                container.mux(stream.encode(frame))
                count += 1
            container.mux(stream.encode(None))
        if not count:
            found = f"nothing could be decoded from {begin_s:.1f} to {end_s:.1f} s"
            raise RecordingError(recording.path, found, advice="Copy the recording again from its source.")
    return count
