"""Fill into the cast of a study where the clock of the events lies in its recordings."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from videmo.errors import StudyError
from videmo.pipeline.study.facts import facts_for
from videmo.results.study import StudyFolder
from videmo.study import cells
from videmo.study.design import Facts
from videmo.study.plan import read_plan
from videmo.study.recording_names import means, whole_key
from videmo.study.sheet import Cell, decoded, did_you_mean
from videmo.study.syncing import Fitted, Marker, fit_markers, from_times, read_markers, with_clocks


@dataclass(frozen=True, slots=True)
class Synced:
    """The result of `sync_study`."""

    path: Path
    """Of the cast."""
    found: tuple[Fitted, ...]


def sync_by_markers(path: Path, markers: Sequence[Marker], table: Path | None = None, only: str = "") -> Synced:
    """Fit the clock of the events from markers that are seen in both.

    Args:
        path: folder of the study.
        markers: of any recordings.
        table: a file with more of them.
        only: the key of the recording to place, or the end of it; empty for all that have markers.

    Raises:
        StudyError: a marker makes no sense, or a clock is off by more than 2 %; nothing is written then.
        OutputError: the cast can't be written.
    """
    read = read_markers(_content(table), str(table)) if table is not None else []
    lengths = _lengths(_recordings(path))
    whole = [dataclasses.replace(each, recording=whole_key(each.recording, lengths)) for each in [*markers, *read]]
    if only:
        key = whole_key(only, lengths)
        whole = [each for each in whole if each.recording == key]
        if not whole:
            raise StudyError(str(table), f"no marker of {key!r}", "two or more of them")
    return _written(path, fit_markers(whole, lengths), lengths)


def sync_by_times(path: Path, recording: str, zero_utc: float, start_utc: float) -> Synced:
    """Place the clock of the events by the time at which it read 0, and that at which the recording began.

    Args:
        path: folder of the study.
        recording: its key, or the end of it.
        zero_utc: in seconds since 1970.
        start_utc: likewise.

    Raises:
        StudyError: there is no such recording, or no cast; nothing is written then.
        OutputError: the cast can't be written.
    """
    lengths = _lengths(_recordings(path))
    recording = whole_key(recording, lengths)
    if recording not in lengths:
        advice = did_you_mean(recording, lengths, "recordings")
        raise StudyError(path, f"no recording {recording!r} in the results", advice=advice)
    return _written(path, [from_times(recording, zero_utc, start_utc, lengths[recording])], lengths)


def _recordings(path: Path) -> Mapping[str, Facts]:
    folder = StudyFolder(path)
    inputs = folder.inputs()
    if not inputs:
        raise StudyError(path, "no study here", "the folder of a study", "Let 'videmo study init' make one.")
    name, content = inputs.get("plan", (str(path), b""))
    return facts_for(folder, read_plan(content, name), name, decoded(content, name))[1]


def _lengths(facts: Mapping[str, Facts]) -> dict[str, float]:
    return {key: each.duration_s for key, each in facts.items() if not each.failed}


def _written(path: Path, found: Sequence[Fitted], keys: Collection[str]) -> Synced:
    folder = StudyFolder(path)
    files = folder.inputs()
    if "cast" not in files:
        advice = "Let 'videmo study init' write one: offset_s and rate stand in it."
        raise StudyError(path, "no cast.csv", advice=advice)
    name, content = files["cast"]
    text = with_clocks(content, name, found, lambda key, said: means(said, key, keys))
    return Synced(folder.write_input("cast", text), tuple(found))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise StudyError(path, f"cannot be read ({exc.strerror})", advice="Check its name and permissions.") from exc


def parse_marker(text: str, recording: str) -> Marker:
    """Understand ``12.5=14.83``: the time of the events, then that of the recording; also ``hh:mm:ss.mmm``.

    Raises:
        StudyError: it is no such pair.
    """
    parts = text.split("=")
    where = f"marker {text}"
    if len(parts) != 2:
        raise StudyError(
            where, f"{len(parts)} times", "the time of the events, = and that of the recording: 12.5=14.83"
        )
    event_s, seen_s = (cells.seconds(Cell(part.strip(), where)) for part in parts)
    return Marker(recording, event_s, seen_s, where)
