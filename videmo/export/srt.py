"""Write SubRip: subtitles for any player."""

from __future__ import annotations

import io
from pathlib import Path

from webvtt import srt

from videmo.export.captions import cues_of
from videmo.export.contents import Contents
from videmo.files import write_text

_HARMLESS = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")"})
"""SubRip has no escapes, and players take ``<…>`` and ``{…}`` for formatting."""


def write(contents: Contents, stem: Path) -> list[Path]:
    """Write the episodes as subtitles; times to the millisecond."""
    path = stem.with_name(f"{stem.name}.srt")
    text = io.StringIO()
    srt.write(text, [cue.caption(cue.text.translate(_HARMLESS)) for cue in cues_of(contents)])
    write_text(path, text.getvalue() + "\n")
    return [path]
