"""Write projects for human coders: empty, but for the stretches that they look at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pympi import Elan

from videmo.export.contents import printable, relative_url
from videmo.files import write_text
from videmo.plots.style import COLOURS
from videmo.version import __version__

_KEYS = {"neutral": "n", "happy": "h", "sad": "s", "surprise": "u", "angry": "a", "fear": "f", "disgust": "d"}
_TO_CODE = "to code"
_PLAYERS = 8


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time to look at, in seconds of the recording."""

    onset_s: float
    duration_s: float
    person: int


def write_elan(path: Path, media: Path, stretches: Sequence[Stretch]) -> None:
    """Write an ``.eaf`` with the stretches in one tier, and an empty tier for each person's codes.

    Args:
        path: of the file.
        media: the video, which is linked by its relative path.
        stretches: that are looked at.
    """
    eaf = Elan.Eaf(author=f"videmo {__version__}")
    eaf.adocument.update({"DATE": "1970-01-01T00:00:00+00:00", "FORMAT": "3.0", "VERSION": "3.0"})
    url = relative_url(media, path.parent)
    eaf.add_linked_file(url, relpath=url, mimetype="video/mp4")
    eaf.remove_tier("default")
    eaf.add_tier(_TO_CODE)
    for stretch in stretches:
        begin, end = round(1000 * stretch.onset_s), round(1000 * (stretch.onset_s + stretch.duration_s))
        eaf.add_annotation(_TO_CODE, begin, end, f"person {stretch.person}")
    for person in sorted({stretch.person for stretch in stretches}):
        eaf.add_tier(f"person {person}")
    write_text(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{Elan.to_string(eaf)}\n')


def write_boris(
    path: Path, recordings: Mapping[str, tuple[Path, float, Sequence[Stretch]]], words: Sequence[str]
) -> None:
    """Write a BORIS project with one observation per recording, emotions as behaviours, and the stretches as events.

    Args:
        path: of the file.
        recordings: by key the video, its length in seconds, and the stretches that are looked at.
        words: the emotions that coders choose from.
    """
    persons = sorted({each.person for _, _, stretches in recordings.values() for each in stretches})
    behaviours = [(word, _KEYS.get(word, ""), "displayed emotion") for word in words]
    behaviours.append((_TO_CODE, "", "stretch"))
    project = {
        "time_format": "hh:mm:ss", "project_date": "1970-01-01T00:00:00", "project_name": path.stem,
        "project_description": "Stretches to code, drawn by videmo.", "project_format_version": "7.0",
        "subjects_conf": {str(place): {"key": str(person) if person < 10 else "", "name": f"person {person}",
                                       "description": ""} for place, person in enumerate(persons)},
        "behaviors_conf": {str(place): _behaviour(*each) for place, each in enumerate(behaviours)},
        "observations": {printable(key): _observation(path, *recordings[key]) for key in sorted(recordings)},
        "behavioral_categories": ["displayed emotion", "stretch"], "independent_variables": {}, "coding_map": {},
        "behaviors_coding_map": [], "converters": {},
    }  # fmt: skip
    write_text(path, json.dumps(project, indent=1) + "\n")


def _behaviour(code: str, key: str, category: str) -> dict[str, Any]:
    return {"type": "State event", "key": key, "code": code, "description": "", "color": COLOURS.get(code, ""),
            "category": category, "modifiers": {}, "excluded": "", "coding map": ""}  # fmt: skip


def _observation(path: Path, media: Path, length_s: float, stretches: Sequence[Stretch]) -> dict[str, Any]:
    events = [
        [round(time, 3), f"person {each.person}", _TO_CODE, "", "", "NA"]
        for each in stretches
        for time in (each.onset_s, each.onset_s + each.duration_s)
    ]
    file = unquote(relative_url(media, path.parent), errors="backslashreplace").removeprefix("./")
    return {
        "file": {str(player + 1): [file] if player == 0 else [] for player in range(_PLAYERS)}, "type": "MEDIA",
        "date": "1970-01-01T00:00:00.000", "description": "", "time offset": 0.0, "events": events,
        "observation time interval": [0, 0], "independent_variables": {}, "visualize_spectrogram": False,
        "visualize_waveform": False, "media_creation_date_as_offset": False, "media_scan_sampling_duration": 0,
        "image_display_duration": 1, "close_behaviors_between_videos": False,
        "media_info": {"length": {file: length_s}, "fps": {file: 0.0}, "hasVideo": {file: True},
                       "hasAudio": {file: False}, "offset": {"1": 0.0}},
    }  # fmt: skip
