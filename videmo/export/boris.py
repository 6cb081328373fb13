"""Write BORIS projects (format 7.0, which BORIS opens from version 7 on)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from videmo.export.contents import (
    SEEN,
    Contents,
    Stretch,
    episodes_of,
    persons_of,
    printable,
    relative_url,
    seen_stretches,
)
from videmo.files import write_text
from videmo.measures.emotions import OTHER
from videmo.plots.style import COLOURS

_FORMAT = "7.0"
_PLAYERS = 8
_EMOTION, _VISIBILITY = "displayed emotion", "visibility"
_KEYS = {
    "neutral": "n",
    "happy": "h",
    "sad": "s",
    "surprise": "u",
    "angry": "a",
    "fear": "f",
    "disgust": "d",
    SEEN: "v",
}


def write(contents: Contents, stem: Path) -> list[Path]:
    """Write a project with one observation: persons are subjects, emotions and being in view are state events.

    BORIS opens it, or imports its observation into another project. It cannot import tables of events from CSV.
    """
    path = stem.with_name(f"{stem.name}.boris")
    # ASCII with escapes: BORIS reads it in the encoding of the system that it runs on.
    write_text(path, json.dumps(_project(contents, path), indent=1) + "\n")
    return [path]


def _project(contents: Contents, path: Path) -> dict[str, Any]:
    key = printable(contents.key)
    persons = persons_of(contents)
    return {
        "time_format": "hh:mm:ss",
        "project_date": contents.modified.strftime("%Y-%m-%dT%H:%M:%S"),
        "project_name": key,
        "project_description": "Displayed emotions found by videmo. Comments hold mean and highest probability.",
        "project_format_version": _FORMAT,
        "subjects_conf": {
            str(place): {"key": str(person) if person < 10 else "", "name": contents.called(person), "description": ""}
            for place, person in enumerate(persons)
        },
        "behaviors_conf": {str(place): _behaviour(code) for place, code in enumerate((*contents.words, SEEN))},
        "observations": {key: _observation(contents, persons, path)},
        "behavioral_categories": [_EMOTION, _VISIBILITY],
        "independent_variables": {},
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
    }


def _behaviour(code: str) -> dict[str, Any]:
    return {
        "type": "State event",
        "key": _KEYS[code],
        "code": code,
        "description": "",
        "color": COLOURS.get(code, ""),
        "category": _VISIBILITY if code == SEEN else _EMOTION,
        "modifiers": {},
        "excluded": "",
        "coding map": "",
    }


def _observation(contents: Contents, persons: list[int], path: Path) -> dict[str, Any]:
    media = unquote(relative_url(contents.linked, path.parent), errors="backslashreplace").removeprefix("./")
    recording = contents.manifest.recording
    return {
        "file": {str(player + 1): [media] if player == 0 else [] for player in range(_PLAYERS)},
        "type": "MEDIA",
        "date": contents.modified.strftime("%Y-%m-%dT%H:%M:%S.000"),
        "description": "",
        "time offset": 0.0,
        "events": _events(contents, persons),
        "observation time interval": [0, 0],
        "independent_variables": {},
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "media_creation_date_as_offset": False,
        "media_scan_sampling_duration": 0,
        "image_display_duration": 1,
        "close_behaviors_between_videos": False,
        "media_info": {
            "length": {media: contents.duration_s},
            "fps": {media: recording.average_fps or 0.0},
            "hasVideo": {media: True},
            "hasAudio": {media: bool(recording.audio)},
            "offset": {"1": 0.0},
        },
    }


def _events(contents: Contents, persons: list[int]) -> list[list[Any]]:
    """List time, subject, behaviour, modifier, comment and frame index of events. A state is a pair of events."""
    events: list[tuple[int, int, list[Any]]] = []
    for person in persons:
        subject = contents.called(person)
        for stretch in (*episodes_of(contents, person), *seen_stretches(contents, person)):
            for ends, ms in enumerate((stretch.start_ms, stretch.end_ms)):
                comment = "" if ends else _certainty(stretch)
                # What ends comes before what begins at the same moment, so that states of one kind stay paired.
                events.append((ms, 1 - ends, [ms / 1000, subject, stretch.label, "", comment, "NA"]))
    return [event for *_, event in sorted(events, key=lambda item: (item[0], item[1], item[2][1:3]))]


def _certainty(stretch: Stretch) -> str:
    if stretch.label == SEEN:
        return ""
    likelier = f", {OTHER} {stretch.other:.2f}" if stretch.flagged else ""
    return f"mean {stretch.mean:.2f}, peak {stretch.peak:.2f}{likelier}"
