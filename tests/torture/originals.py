"""Small recordings of a face in every container and codec that this FFmpeg can write."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np

from clips import Picture, make_clip

from .harness import ROOT

FRAMES: Final = 24
FPS: Final = 12
_SIZE: Final = (160, 120)
_PLAIN: Final[dict[str, Any]] = {"frames": FRAMES, "fps": FPS, "gop": 6, "size": _SIZE}

# Name of the file: how it is made.
FORMATS: Final[dict[str, dict[str, Any]]] = {
    "h264.mp4": {"audio": "aac"},
    "h264-b.mp4": {"bframes": 2},
    "h264-faststart.mp4": {"mux_options": {"movflags": "faststart"}},
    "h264-fragmented.mp4": {"mux_options": {"movflags": "frag_keyframe+empty_moov"}, "audio": "aac"},
    "h264-rotated.mov": {"rotation": 90},
    "h264-10bit.mp4": {"pix_fmt": "yuv420p10le"},
    "hevc.mp4": {"codec": "libx265"},
    "av1.mp4": {"codec": "libsvtav1", "options": {"preset": "12", "svtav1-params": "lp=1"}},
    "mpeg4.mp4": {"codec": "mpeg4", "audio": "aac"},
    "mjpeg.mov": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "prores.mov": {"codec": "prores_ks", "pix_fmt": "yuv422p10le"},
    "h263.3gp": {"codec": "h263", "size": (176, 144)},
    "h264.mkv": {"audio": "flac"},
    "h264-varying.mkv": {"times": [0.0, 0.1, 0.13, 0.4, 0.5, 0.55, 0.9, 1.0, 1.01, 1.3, 1.4, 1.6, 1.9]},
    "hevc.mkv": {"codec": "libx265", "bframes": 2},
    "ffv1.mkv": {"codec": "ffv1"},
    "vp8.webm": {"codec": "libvpx"},
    "vp9.webm": {"codec": "libvpx-vp9", "audio": "libopus"},
    "vp9.ivf": {"codec": "libvpx-vp9"},
    "mpeg4.avi": {"codec": "mpeg4", "audio": "mp2"},
    "h264.avi": {"bframes": 2},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "huffyuv.avi": {"codec": "huffyuv", "pix_fmt": "yuv422p"},
    "flv1.flv": {"codec": "flv"},
    "h264.flv": {"audio": "aac"},
    "h264.ts": {"audio": "mp2"},
    "h264.m2ts": {"muxer": "mpegts", "mux_options": {"mpegts_m2ts_mode": "1"}},
    "mpeg2.ts": {"codec": "mpeg2video", "fps": 25},
    "mpeg1.mpg": {"codec": "mpeg1video", "fps": 25, "audio": "mp2"},
    "mpeg2.vob": {"codec": "mpeg2video", "fps": 25},
    "mpeg2.m2v": {"codec": "mpeg2video", "fps": 25, "muxer": "mpeg2video"},
    "mpeg2.mxf": {"codec": "mpeg2video", "fps": 25},
    "raw.h264": {"muxer": "h264"},
    "raw.hevc": {"codec": "libx265", "muxer": "hevc"},
    "raw.mjpeg": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "raw.y4m": {"codec": "wrapped_avframe", "muxer": "yuv4mpegpipe", "size": (80, 60)},
    "wmv2.wmv": {"codec": "wmv2"},
    "msmpeg4.asf": {"codec": "msmpeg4"},
    "theora-less.ogv": {"codec": "libvpx", "muxer": "ogg"},
    "rv20.rm": {"codec": "rv20", "size": (176, 144)},
    "dv.dv": {"codec": "dvvideo", "size": (720, 576), "fps": 25, "frames": 6},
    "mpeg4.nut": {"codec": "mpeg4"},
    "snow.nut": {"codec": "snow", "options": {"strict": "-2"}},
    "gif.gif": {"codec": "gif", "pix_fmt": "rgb8"},
}


@lru_cache(maxsize=8)
def face_pictures(size: tuple[int, int]) -> Callable[[int], Picture]:
    """What a recording shows: a face that changes its expression, from the samples."""
    frames = []
    with av.open(str(ROOT / "samples" / "expressions.mp4")) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index % 10 == 0:
                frames.append(frame.to_ndarray(format="rgb24"))
    down, across = frames[0].shape[:2]
    width = min(across, down * size[0] // size[1])
    left = (across - width) // 2
    small = [
        np.ascontiguousarray(cv2.resize(frame[:, left : left + width], size, interpolation=cv2.INTER_AREA))
        for frame in frames
    ]
    return lambda number: small[number % len(small)]


def originals(folder: Path) -> dict[str, Path]:
    """Make the recordings, or find them where they were made; those that this FFmpeg can't write are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for name, how in FORMATS.items():
        path = folder / name
        if not path.exists():
            _make(path, how)
        if path.stat().st_size:
            made[name] = path
    return made


def _make(path: Path, how: dict[str, Any]) -> None:
    partial = path.with_name(f"partial-{path.name}")
    wanted = {**_PLAIN, **how}
    try:
        make_clip(partial, pictures=face_pictures(wanted["size"]), **wanted)
    except Exception as exc:  # no such encoder: an empty file says so the next time
        print(f"{path.name} is left out: {type(exc).__name__} {exc}")
        partial.write_bytes(b"")
    shutil.move(partial, path)
