"""Read logs of programs that present stimuli: PsychoPy, E-Prime, and the events of BIDS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from videmo.errors import StudyError
from videmo.study import cells
from videmo.study.events import read_events
from videmo.study.importers.imported import Imported, Options, Row
from videmo.study.sheet import Sheet, read_sheet

_STARTED: Final = ".started"
_STOPPED: Final = ".stopped"
_CAMERAS: Final = ("cam", "camera", "webcam")
_STIMULI: Final = ("stimulus", "stim_file", "movie_file", "movieFile", "videoFile", "image", "imageFile", "video")


def read_psychopy(name: str, content: bytes, options: Options) -> Imported:
    """Read a CSV of PsychoPy: a row per trial, ``<component>.started`` and ``.stopped`` in seconds.

    The start of a camera component gives the offset. Without a choice of components, those count that both start and
    stop; their label is the column ``condition``, ``trial_type`` or ``label``, else the component's name.
    """
    sheet = read_sheet(content, name)
    components = [each.removesuffix(_STARTED) for each in sheet.columns if each.endswith(_STARTED)]
    shown = [each for each in components if f"{each}{_STOPPED}" in sheet.columns and each not in _CAMERAS]
    shown = [each for each in shown if options.wants(each)]
    if not shown:
        listed = ", ".join(components) or "none"
        raise StudyError(name, "no component with .started and .stopped", advice=f"It has these components: {listed}.")
    person = sheet.find(("participant",))
    rows = [row for component in shown for row in _shown(sheet, component, person, options)]
    offsets = _camera(sheet, person, options)
    return Imported(tuple(rows), offsets, () if offsets else (_no_camera(name),))


def _shown(sheet: Sheet, component: str, person: str | None, options: Options) -> Iterator[Row]:
    label = sheet.find(("trial_type", "label", "condition"))
    stimulus = sheet.find(_STIMULI)
    for row in range(len(sheet.rows)):
        start, stop = sheet.at(row, f"{component}{_STARTED}"), sheet.at(row, f"{component}{_STOPPED}")
        if not _is_time(start.text) or not _is_time(stop.text):
            continue  # the row of another routine, or the component was not stopped
        onset = cells.number(start)
        named = sheet.get(row, label).text or component
        yield Row(
            onset_s=onset,
            duration_s=cells.number(stop) - onset,
            label=named,
            stimulus=sheet.get(row, stimulus).text,
            participant=sheet.get(row, person).text or options.participant,
            recording=options.recording,
        )


def _is_time(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", text.lower()))


def _camera(sheet: Sheet, person: str | None, options: Options) -> dict[str, float]:
    column = next((f"{each}{_STARTED}" for each in _CAMERAS if f"{each}{_STARTED}" in sheet.columns), None)
    found: dict[str, float] = {}
    for row in range(len(sheet.rows)):
        cell = sheet.get(row, column)
        if column and _is_time(cell.text):
            found.setdefault(sheet.get(row, person).text or options.participant, -cells.number(cell))
    return found


def _no_camera(name: str) -> str:
    return f"{name}: no camera component: fill in offset_s, the time of the recording at which the experiment began"


def read_eprime(name: str, content: bytes, options: Options) -> Imported:
    """Read E-Prime's own text log (UTF-16, LogFrames), or a table of E-DataAid; times are in milliseconds."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16").encode()
    text = content.decode("utf-8-sig", errors="replace")
    frames = _frames(text) if "*** LogFrame Start ***" in text else _data_aid(text, name)
    rows = [row for frame in frames for row in _of_frame(frame, options)]
    return Imported(tuple(rows), notes=(f"{name}: fill in offset_s, the time of the recording at which E-Prime began",))


def _frames(text: str) -> list[dict[str, str]]:
    """Read the frames of a log; what the header says of the subject is added to each."""
    frames: list[dict[str, str]] = []
    header: dict[str, str] = {}
    current: dict[str, str] | None = None
    for line in text.splitlines():
        plain = line.strip()
        if plain in ("*** Header Start ***", "*** LogFrame Start ***"):
            current = {}
        elif plain == "*** Header End ***":
            header, current = current or {}, None
        elif plain == "*** LogFrame End ***":
            frames.append({**{key: header[key] for key in ("Subject",) if key in header}, **(current or {})})
            current = None
        elif current is not None and ":" in plain:
            key, _, value = plain.partition(":")
            current[key.strip()] = value.strip()
    return frames


def _data_aid(text: str, name: str) -> list[dict[str, str]]:
    """Read a table; the first line of an export may name the file it was made from."""
    lines = text.split("\n")
    if lines and "\t" not in lines[0] and "," not in lines[0]:
        lines = lines[1:]
    sheet = read_sheet("\n".join(lines).encode(), name)
    return [dict(zip(sheet.columns, row)) for row in sheet.rows]


def _of_frame(frame: dict[str, str], options: Options) -> Iterator[Row]:
    label = next((frame[key] for key in ("Condition", "TrialType", "Label", "Procedure") if frame.get(key)), "")
    stimulus = next((frame[key] for key in ("Stimulus", "Movie", "Image", "Filename") if frame.get(key)), "")
    for key, value in frame.items():
        component = key.removesuffix(".OnsetTime")
        ends = frame.get(f"{component}.OffsetTime", "")
        if key == component or not options.wants(component) or not _is_time(value) or not _is_time(ends):
            continue
        onset, end = float(value) / 1000, float(ends) / 1000
        if end > onset:
            person = frame.get("Subject", "") or options.participant
            yield Row(onset, round(end - onset, 6), label or component, stimulus, "stimulus", person, options.recording)


def read_bids(name: str, content: bytes, options: Options) -> Imported:
    """Read ``sub-01_task-film_events.tsv``; the name says whose events they are, and in which recordings."""
    plain = PurePosixPath(name.replace("\\", "/")).name
    stem = plain.removesuffix("_events.tsv")
    subject = re.match(r"(sub-[A-Za-z0-9]+)", plain)
    pattern = f"*{stem}*" if stem != plain else options.recording
    rows = [
        Row(event.onset_s, event.duration_s, event.label, event.stimulus, event.kind,
            subject[1] if subject else options.participant, pattern)
        for event in read_events(read_sheet(content, name), {})
    ]  # fmt: skip
    return Imported(tuple(rows))
