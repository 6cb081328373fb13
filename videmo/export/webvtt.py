"""Write WebVTT: captions that a browser shows over the video."""

from __future__ import annotations

from pathlib import Path

from webvtt import WebVTT

from videmo.export.captions import cues_of
from videmo.export.contents import Contents
from videmo.files import write_text

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""A cue's text may contain markup; ``>`` is escaped too, because ``-->`` would begin a new cue."""


def write(contents: Contents, stem: Path) -> list[Path]:
    """Write the episodes as captions; times to the millisecond."""
    path = stem.with_name(f"{stem.name}.vtt")
    document = WebVTT(captions=[cue.caption(cue.text.translate(_ESCAPES)) for cue in cues_of(contents)])
    write_text(path, document.content.rstrip("\n") + "\n")
    return [path]
