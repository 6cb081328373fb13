"""Tell which videos can be read and written: what the FFmpeg can do that PyAV brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import av

_DECODERS: Final = {
    "H.264": ("h264",), "H.265": ("hevc",), "AV1": ("libdav1d", "libaom-av1"), "VP9": ("vp9",), "VP8": ("vp8",),
    "MPEG-1": ("mpeg1video",), "MPEG-2": ("mpeg2video",), "MPEG-4": ("mpeg4",), "Motion JPEG": ("mjpeg",),
    "ProRes": ("prores",), "DNxHD": ("dnxhd",), "DV": ("dvvideo",), "WMV": ("wmv3",), "VC-1": ("vc1",),
    "Theora": ("theora",), "FFV1": ("ffv1",),
}  # fmt: skip
"""By the name of each kind of video: FFmpeg's decoders for it, one of which has to be there."""
_ENCODERS: Final = {"H.264": "libx264", "AAC": "aac"}
_NEEDED: Final = ("H.264",)


@dataclass(frozen=True, slots=True)
class Abilities:
    """Tell what FFmpeg can do, by the names that people know."""

    version: str
    """Of PyAV."""
    ffmpeg: str
    decoded: tuple[str, ...]
    not_decoded: tuple[str, ...]
    encoded: tuple[str, ...]
    not_encoded: tuple[str, ...]
    needed: tuple[str, ...] = _NEEDED
    """Kinds of video without which nothing works."""


def abilities() -> Abilities:
    """Ask FFmpeg what it can do."""
    read = {name: any(_is_there(codec, "r") for codec in codecs) for name, codecs in _DECODERS.items()}
    written = {name: _is_there(codec, "w") for name, codec in _ENCODERS.items()}
    return Abilities(av.__version__, av.ffmpeg_version_info, *_sorted(read), *_sorted(written))


def _sorted(found: dict[str, bool]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(name for name in found if found[name]), tuple(name for name in found if not found[name])


def _is_there(codec: str, mode: Literal["r", "w"]) -> bool:
    try:
        av.codec.Codec(codec, mode)
    except (av.codec.codec.UnknownCodecError, ValueError):
        return False
    return True
