"""Read logs of programs that present stimuli: PsychoPy, E-Prime, and the events of BIDS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from videmo.errors import StudyError
from videmo.study.events import read_events
from videmo.study.importers.imported import Imported, Offset, Options, Row, column_of
from videmo.study.importers.texts import number_in, text_of
from videmo.study.recording_names import pattern_of
from videmo.study.sheet import Sheet, did_you_mean, read_sheet

_STARTED: Final = ".started"
_STOPPED: Final = ".stopped"
_CAMERA: Final = re.compile(r"(.+[_-])?(web)?cam(era)?([_-]?\d+)?", re.IGNORECASE)
_STIMULI: Final = ("stimulus", "stim_file", "movie_file", "movieFile", "videoFile", "image", "imageFile", "video")


def read_psychopy(name: str, content: bytes, options: Options) -> Imported:
    """Read a CSV of PsychoPy: a row per trial, ``<component>.started`` and ``.stopped`` in seconds.

    The start of a camera component gives the offset: of the one that is chosen, else of one whose name says so. Without
    a choice of components, those count that both start and stop; their label is the column ``condition``,
    ``trial_type`` or ``label``, else the component's name. Where a component was stopped by the end of its routine,
    that is its end.
    """
    sheet = read_sheet(text_of(content).encode(), name)
    components = [each.removesuffix(_STARTED) for each in sheet.columns if each.endswith(_STARTED)]
    cameras = _cameras(components, name, options)
    ending = [each for each in components if f"{each}{_STOPPED}" in sheet.columns and each not in cameras]
    shown = [each for each in ending if options.wants(each)]
    if not shown:
        listed = ", ".join(components) or "none"
        raise StudyError(name, "no component with .started and .stopped", advice=f"It has these components: {listed}.")
    person = sheet.find(("participant", "participant_id"))
    endless: list[str] = []
    rows = [row for component in shown for row in _shown(sheet, component, person, options, endless)]
    offsets = _offsets(sheet, cameras[:1], person, options)
    notes = [] if offsets else [_no_camera(name)]
    if len(cameras) > 1:
        notes.append(f"{name}: the cameras are {' and '.join(cameras)}; the offset is that of {cameras[0]}")
    if len(shown) > 1 and not options.only:
        notes.append(f"{name}: events of {', '.join(shown)}; choose those that count")
    if endless:
        notes.append(f"{name}: left out, since they have no end: {', '.join(endless)}")
    return Imported(tuple(rows), offsets, tuple(notes))


def _shown(sheet: Sheet, component: str, person: str | None, options: Options, endless: list[str]) -> Iterator[Row]:
    label = column_of(sheet, options.label, ("trial_type", "label", "condition"))
    stimulus = column_of(sheet, options.stimulus, _STIMULI)
    for row in range(len(sheet.rows)):
        onset = number_in(sheet.at(row, f"{component}{_STARTED}").text)
        if onset is None:
            continue  # the row of another routine
        end = number_in(sheet.at(row, f"{component}{_STOPPED}").text) or _end_of_routine(sheet, row, onset)
        if end is None or end <= onset:
            endless.append(f"{component} at {onset:g} s")
            continue
        yield Row(
            onset_s=onset,
            duration_s=round(end - onset, 9),
            label=sheet.get(row, label).text or component,
            stimulus=sheet.get(row, stimulus).text,
            participant=sheet.get(row, person).text or options.participant,
            recording=options.recording,
            session=sheet.get(row, sheet.find(("session",))).text,
        )


def _end_of_routine(sheet: Sheet, row: int, onset: float) -> float | None:
    """Return when the routine ended that a component was in: what started before it and stopped after it."""
    ends = []
    for column in sheet.columns:
        other = column.removesuffix(_STOPPED)
        if other != column and f"{other}{_STARTED}" in sheet.columns:
            start, stop = (number_in(sheet.at(row, f"{other}{part}").text) for part in (_STARTED, _STOPPED))
            if start is not None and stop is not None and start <= onset < stop:
                ends.append(stop)
    return min(ends, default=None)


def _cameras(components: Sequence[str], name: str, options: Options) -> list[str]:
    """Return the components that recorded the video: the one that is chosen, else those whose names say so."""
    if not options.camera:
        return [each for each in components if _CAMERA.fullmatch(each)]
    if options.camera not in components:
        advice = did_you_mean(options.camera, components, "components")
        raise StudyError(name, f"no component {options.camera!r} that starts", advice=advice)
    return [options.camera]


def _offsets(sheet: Sheet, cameras: Sequence[str], person: str | None, options: Options) -> tuple[Offset, ...]:
    """Return the first start of a camera for each participant and session."""
    found: dict[tuple[str, str], Offset] = {}
    for camera in cameras:
        for row in range(len(sheet.rows)):
            began = number_in(sheet.at(row, f"{camera}{_STARTED}").text)
            if began is not None:
                whose = sheet.get(row, person).text or options.participant
                session = sheet.get(row, sheet.find(("session",))).text
                found.setdefault((whose, session), Offset(whose, session, -began, PurePosixPath(sheet.name).name))
    return tuple(found.values())


def _no_camera(name: str) -> str:
    what = "the time of the recording at which the experiment began"
    return f"{name}: no camera component: choose the one that recorded, or fill in offset_s, {what}"


def read_eprime(name: str, content: bytes, options: Options) -> Imported:
    """Read E-Prime's own text log (UTF-16, LogFrames), or a table of E-DataAid; times are in milliseconds."""
    text = text_of(content)
    frames = _frames(text) if "*** LogFrame Start ***" in text else _data_aid(text, name)
    for wanted in filter(None, (options.label, options.stimulus)):
        _check_attribute(frames, wanted, name)
    endless: list[str] = []
    rows = [row for frame in frames for row in _of_frame(frame, options, endless)]
    notes = [f"{name}: fill in offset_s, the time of the recording at which E-Prime began"]
    if endless:
        notes.append(f"{name}: left out, since they have no end: {', '.join(endless)}")
    return Imported(tuple(rows), notes=tuple(notes))


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
            frames.append({**{key: header[key] for key in ("Subject", "Session") if key in header}, **(current or {})})
            current = None
        elif current is not None and ":" in plain:
            key, _, value = plain.partition(":")
            current[key.strip()] = value.strip()
    return frames


def _data_aid(text: str, name: str) -> list[dict[str, str]]:
    """Read a table; the first line of an export may name the file it was made from."""
    lines = text.splitlines(keepends=True)
    if lines and not any(sign in lines[0].strip() for sign in "\t,;"):
        lines = lines[1:]
    sheet = read_sheet("".join(lines).encode(), name)
    return [dict(zip(sheet.columns, row)) for row in sheet.rows]


def _check_attribute(frames: list[dict[str, str]], wanted: str, name: str) -> None:
    known = list(dict.fromkeys(key.partition("[")[0] for frame in frames for key in frame))
    if wanted not in known:
        raise StudyError(name, f"no attribute {wanted!r}", advice=did_you_mean(wanted, known, "attributes"))


def _said(frame: dict[str, str], names: tuple[str, ...]) -> str:
    """Return the first of some attributes, which tables of E-DataAid call after their level: ``Procedure[Trial]``."""
    for wanted in names:
        for key, value in reversed(frame.items()):
            if key.partition("[")[0] == wanted and value not in ("", "NULL"):
                return value
    return ""


def _of_frame(frame: dict[str, str], options: Options, endless: list[str]) -> Iterator[Row]:
    label = _said(frame, (options.label,) if options.label else ("Condition", "TrialType", "Label", "Procedure"))
    stimulus = _said(frame, (options.stimulus,) if options.stimulus else ("Stimulus", "Movie", "Image", "Filename"))
    for key, value in frame.items():
        component, level = key.partition("[")[0].removesuffix(".OnsetTime"), key.partition("[")[1:]
        onset = number_in(value)
        if not key.partition("[")[0].endswith(".OnsetTime") or not options.wants(component) or not onset:
            continue
        end = _end(frame, component, "".join(level), onset)
        if end is None:
            endless.append(f"{component} at {onset:g} ms")
            continue
        person = frame.get("Subject", "") or options.participant
        yield Row(onset / 1000, round((end - onset) / 1000, 6), label or component, stimulus, "stimulus", person,
                  options.recording, session=frame.get("Session", ""))  # fmt: skip


def _end(frame: dict[str, str], component: str, level: str, onset: float) -> float | None:
    """Return the end of what was shown: as logged, else by the duration that was asked for."""
    for name in ("OffsetTime", "FinishTime"):
        end = number_in(frame.get(f"{component}.{name}{level}", ""))
        if end is not None and end > onset:
            return end
    length = number_in(frame.get(f"{component}.Duration{level}", ""))
    return onset + length if length is not None and length > 0 else None


def read_bids(name: str, content: bytes, options: Options) -> Imported:
    """Read ``sub-01_task-film_events.tsv``; the name says whose events they are, and in which recordings."""
    plain = PurePosixPath(name.replace("\\", "/")).name
    stem = plain.removesuffix("_events.tsv")
    subject = re.match(r"(sub-[A-Za-z0-9]+)", plain)
    # Behind the last entity comes another one or the end of the name: run-1 is not run-10.
    pattern = f"*{pattern_of(stem)}[_.]*" if stem != plain else options.recording
    rows = [
        Row(event.onset_s, event.duration_s, event.label, event.stimulus, event.kind,
            subject[1] if subject else options.participant, pattern)
        for event in read_events(read_sheet(text_of(content).encode(), name), {})
    ]  # fmt: skip
    return Imported(tuple(rows))
