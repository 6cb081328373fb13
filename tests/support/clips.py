"""Tiny synthetic clips whose pictures tell their own number."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange

Picture = npt.NDArray[np.uint8]

COLUMNS, ROWS = 4, 3
"""The grid of gray blocks: the first is always bright, the last always dark, the others are the bits of the number."""
BRIGHT, DARK = 210, 45
AUDIO_RATE = 48000

# The display matrices of QuickTime: x' = a x + c y, y' = b x + d y with y pointing down; 16.16, the last one 2.30.
_MATRICES = {
    90: (0, -65536, 0, 65536, 0, 0, 0, 0, 1 << 30),
    180: (-65536, 0, 0, 0, -65536, 0, 0, 0, 1 << 30),
    270: (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30),
}


def number_picture(number: int, size: tuple[int, int] = (160, 120)) -> Picture:
    """Draw a number (0 to 1023) as gray blocks: ``(height, width, 3)`` RGB."""
    bits = [1, *(number >> place & 1 for place in range(COLUMNS * ROWS - 2)), 0]
    picture = np.empty((size[1], size[0], 3), np.uint8)
    for bit, (rows, columns) in zip(bits, _cells(size[1], size[0])):
        picture[rows, columns] = BRIGHT if bit else DARK
    return picture


def read_number(luma_plane: Picture) -> int:
    """Read the number off the brightness of a picture; -1 if it isn't upright, is too small, or shows none."""
    bits = []
    for rows, columns in _cells(*luma_plane.shape):
        block = luma_plane[rows, columns]
        height, width = block.shape
        inner = block[height // 4 : max(1, height - height // 4), width // 4 : max(1, width - width // 4)]
        if inner.size == 0:
            return -1
        bits.append(float(inner.mean()) > (BRIGHT + DARK) / 2)
    if not bits[0] or bits[-1]:
        return -1
    return sum(1 << place for place, bit in enumerate(bits[1:-1]) if bit)


def _cells(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    down = [round(height * step / ROWS) for step in range(ROWS + 1)]
    across = [round(width * step / COLUMNS) for step in range(COLUMNS + 1)]
    for top, bottom in pairwise(down):
        for left, right in pairwise(across):
            yield slice(top, bottom), slice(left, right)


def make_clip(
    path: Path,
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    size: tuple[int, int] = (160, 120),
    times: Sequence[float] | None = None,
    fps: int = 25,
    frames: int = 50,
    time_base: Fraction | None = None,
    gop: int = 12,
    bframes: int = 0,
    options: dict[str, str] | None = None,
    audio: str | Sequence[str] | None = None,
    audio_start_s: float = 0.0,
    click_s: float | None = None,
    rotation: int = 0,
    matrix: tuple[int, int, int, int] | None = None,
    stored: tuple[int, int] | None = None,
    aspect: Fraction | None = None,
    start_s: float = 0.0,
    full_range: bool = False,
    mux_options: dict[str, str] | None = None,
    muxer: str | None = None,
    pictures: Callable[[int], Picture] | None = None,
) -> list[float]:
    """Write a clip; its container is chosen by the suffix of ``path``.

    Args:
        path: the file to write.
        size: *displayed* width and height: a rotated clip stores its pictures turned.
        times: presentation time of each frame in seconds, for variable rates; else ``frames`` frames at ``fps``.
        time_base: seconds in a tick for the encoder; ``1 / fps`` or, with ``times``, a millisecond.
        audio: codec of each audio stream: a tone as long as the video.
        audio_start_s: how much later the audio begins than the video.
        click_s: instead of a tone, silence with a short burst at this time of the clip.
        rotation: degrees counter-clockwise from the stored to the displayed picture, told by a display matrix.
        matrix: any other display matrix, as a, b, c, d; each -1, 0 or 1.
        stored: width and height of stored pictures, which are scaled to it; with square pixels the displayed ones.
        aspect: width of a stored pixel over its height, as the file says.
        start_s: added to all time stamps.
        full_range: black is 0 and white is 255, and the file says so.
        muxer: name of the container's format, where the suffix does not say it.
        pictures: what each frame shows as RGB, displayed size; its number in gray blocks by default.

    Returns:
        The presentation time of each frame, as written, ``start_s`` included.
    """
    tick = time_base or (Fraction(1, fps) if times is None else Fraction(1, 1000))
    moments = [index / fps for index in range(frames)] if times is None else list(times)
    stamps = [round((moment + start_s) / tick) for moment in moments]
    length_s = moments[-1] + (moments[-1] - moments[-2] if len(moments) > 1 else 1 / fps)
    a, b, c, d = matrix or (1, 0, 0, 1)
    width, height = stored or (size[::-1] if rotation % 180 or a == 0 else size)
    draw = pictures or (lambda number: number_picture(number, size))
    colour_range = ColorRange.JPEG if full_range else ColorRange.MPEG
    with av.open(str(path), "w", format=muxer, options=mux_options or {}) as container:
        stream: Any = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        context = stream.codec_context
        context.time_base = tick
        stream.time_base = tick
        context.gop_size, context.max_b_frames, context.thread_count = gop, bframes, 1
        if full_range:
            context.color_range = int(ColorRange.JPEG)
        context.options = _defaults(codec, gop, bframes) | (options or {})
        if aspect:
            context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_matrix(_MATRICES[rotation])
        if matrix:
            stream.set_display_matrix((a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30))
        wanted = (audio,) if isinstance(audio, str) else tuple(audio or ())
        sounds: list[Any] = [container.add_stream(name, rate=AUDIO_RATE, layout="stereo") for name in wanted]
        container.start_encoding()
        for number, sound in enumerate(sounds):
            begins = round((start_s + audio_start_s) * AUDIO_RATE)
            for part in _sound(sound, 440.0 * (number + 1), length_s - audio_start_s, click_s, audio_start_s):
                part.pts = (part.pts or 0) + begins
                container.mux(sound.encode(part))
            container.mux(sound.encode(None))
        for number, stamp in enumerate(stamps):
            turned = _turned_back(np.rot90(draw(number), -(rotation // 90)), a, b, c, d)
            if stored:
                turned = cv2.resize(turned, stored, interpolation=cv2.INTER_AREA)
            frame = av.VideoFrame.from_ndarray(turned, format="rgb24")
            if pix_fmt != "rgb24":
                frame = frame.reformat(format=pix_fmt, dst_color_range=int(colour_range), threads=1)
            frame.pts, frame.time_base = stamp, tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return [float(stamp * tick) for stamp in stamps]


def _turned_back(picture: Picture, a: int, b: int, c: int, d: int) -> Picture:
    """Store a picture so that a display matrix shows it as it is."""
    if a == 0:
        picture = np.swapaxes(picture, 0, 1)
    columns, rows = (b, c) if a == 0 else (a, d)
    return np.ascontiguousarray(picture[::rows, ::columns])


def remux(
    source: Path, target: Path, edit: Callable[[int, Any], None] | None = None, *, most: int | None = None
) -> None:
    """Copy the video of a clip into another container.

    Args:
        source: the clip.
        target: its suffix chooses the container.
        edit: changes packets; is called with the place of each in the file, from 0, and with the packet.
        most: so many packets, those that come first in the file; None for all.
    """
    with av.open(str(source)) as clip, av.open(str(target), "w") as container:
        stream = container.add_stream_from_template(clip.streams.video[0])
        packets = [packet for packet in clip.demux(video=0) if packet.size][:most]
        for number, packet in enumerate(packets):
            packet.stream = stream
            if edit is not None:
                edit(number, packet)
            container.mux(packet)


def first_frames(source: Path, target: Path, count: int, *, gop: int, bframes: int = 0) -> None:
    """Write the first frames of a clip of a constant rate anew, with more keyframes, between which it can be cut.

    Args:
        source: the clip.
        target: the new clip, without sound.
        count: how many frames.
        gop: frames from keyframe to keyframe.
    """
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate
        fps, shown = round(stream.average_rate), []
        for frame in container.decode(stream):
            shown.append(frame.to_ndarray(format="rgb24"))
            if len(shown) == count:
                break
    size = (shown[0].shape[1], shown[0].shape[0])
    make_clip(target, size=size, fps=fps, frames=len(shown), gop=gop, bframes=bframes, pictures=shown.__getitem__)


def claim_keyframes(path: Path, places: Sequence[int]) -> None:
    """Have an MP4 call other frames keyframes, apart from the first one.

    Args:
        path: of the clip, which has one keyframe more.
        places: of the frames in the file, from 1, ascending.
    """
    content = bytearray(path.read_bytes())
    begin = content.index(b"stss")
    (count,) = struct.unpack(">I", content[begin + 8 : begin + 12])
    assert count == len(places) + 1
    content[begin + 16 : begin + 12 + 4 * count] = struct.pack(f">{count - 1}I", *places)
    path.write_bytes(content)


def damage_packets(path: Path, which: range, *, keep: int = 0) -> None:
    """Overwrite packets of a clip's video with noise.

    Args:
        which: places of the packets in the file, from 0.
        keep: bytes at the beginning of each packet that stay. With 5, H.264 in MP4 still looks like a whole picture of
            its kind to who doesn't decode it.
    """
    with av.open(str(path)) as container:
        spans = [(packet.pos, packet.size) for packet in container.demux(container.streams.video[0]) if packet.size]
    content = bytearray(path.read_bytes())
    noise = np.random.default_rng(1).integers(1, 256, len(content), np.uint8).tobytes()
    for position, size in spans[which.start : which.stop]:
        assert position is not None
        content[position + keep : position + size] = noise[position + keep : position + size]
    path.write_bytes(content)


def _defaults(codec: str, gop: int, bframes: int) -> dict[str, str]:
    if codec == "libx264":
        plan = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={bframes}:b-adapt=0"
        return {"preset": "ultrafast", "crf": "18", "x264-params": plan}
    if codec == "libx265":
        plan = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={bframes}:b-adapt=0:pools=none:frame-threads=1"
        return {"preset": "ultrafast", "x265-params": plan + ":log-level=none:open-gop=0"}
    if codec in ("libvpx", "libvpx-vp9"):
        return {"deadline": "realtime", "cpu-used": "8", "crf": "20"}
    return {}


def _sound(
    stream: Any, pitch: float, length_s: float, click_s: float | None, begins_s: float
) -> Iterator[av.AudioFrame]:
    seconds = np.arange(max(1, round(length_s * AUDIO_RATE))) / AUDIO_RATE
    wave = 0.3 * np.sin(2 * np.pi * pitch * seconds)
    if click_s is not None:
        since = seconds + begins_s - click_s
        wave = np.where((since >= 0) & (since < 0.02), np.sin(2 * np.pi * 2000 * since), 0.0)
    samples = np.repeat((wave * 30000).astype(np.int16), 2)[None]
    wanted = stream.codec_context
    resampler = av.AudioResampler(format=wanted.format, layout=wanted.layout, rate=wanted.rate, frame_size=1024)
    whole = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
    whole.sample_rate, whole.pts, whole.time_base = AUDIO_RATE, 0, Fraction(1, AUDIO_RATE)
    yield from resampler.resample(whole)
    yield from resampler.resample(None)


def drop_packets(path: Path, target: Path, gone: range) -> None:
    """Copy a clip without some of its packets."""
    with av.open(str(path)) as clip, av.open(str(target), "w") as container:
        stream = container.add_stream_from_template(clip.streams.video[0])
        packets = [packet for packet in clip.demux(video=0) if packet.size]
        for number, packet in enumerate(packets):
            if number not in gone:
                packet.stream = stream
                container.mux(packet)
