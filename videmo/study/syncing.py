"""Find where the clock of the events lies in recordings: from markers that both saw, or from points in time."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from videmo.errors import StudyError
from videmo.spreadsheet import csv_path, csv_table
from videmo.study import cells
from videmo.study.clock import ODD_RATE, Clock, fit_clock
from videmo.study.sheet import clean, decoded, delimiter_of, did_you_mean, read_sheet

READING_S: Final = 0.04
"""By so much a marker is misread: a frame at 25 per second."""
_CLOCK_COLUMNS: Final = ("offset_s", "rate")


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment that is seen in the events and in a recording."""

    recording: str
    event_s: float
    recording_s: float
    where: str = ""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Say where the clock of the events lies in one recording."""

    recording: str
    clock: Clock
    markers: int
    """0 if it comes from points in time."""
    largest_s: float
    """How far the worst marker lies from the fit, in seconds."""
    notes: tuple[str, ...]


def read_markers(content: bytes, name: str) -> list[Marker]:
    """Read a table of markers: ``recording, event, seen``; times in seconds or as ``hh:mm:ss.mmm``.

    Raises:
        StudyError: a column is missing or a time makes no sense.
    """
    sheet = read_sheet(content, name)
    where = sheet.require(("recording",), "in which a marker is seen")
    event = sheet.require(("event", "event_s", "onset"), "its time on the clock of the events")
    seen = sheet.require(("seen", "seen_s", "recording_s"), "its time in the recording")
    return [
        Marker(cells.recording(sheet.at(row, where)), cells.seconds(sheet.at(row, event)),
               cells.seconds(sheet.at(row, seen)), f"{name}, line {sheet.lines[row]}")
        for row in range(len(sheet.rows))
    ]  # fmt: skip


def fit_markers(markers: Sequence[Marker], lengths: Mapping[str, float]) -> list[Fitted]:
    """Fit offset and rate for each recording: exactly from two markers, by least squares from more.

    Args:
        markers: two or more of each recording.
        lengths: of the recordings that there are, in seconds.

    Raises:
        StudyError: a recording is not known, has fewer than two markers or one beyond its ends, or the rate is off by
            more than 2 %.
    """
    by_recording: dict[str, list[Marker]] = {}
    for each in markers:
        _check(each, lengths)
        by_recording.setdefault(each.recording, []).append(each)
    return [_fitted(key, by_recording[key]) for key in sorted(by_recording)]


def _check(marker: Marker, lengths: Mapping[str, float]) -> None:
    if marker.recording not in lengths:
        advice = did_you_mean(marker.recording, lengths, "recordings")
        raise StudyError(marker.where, f"no recording {marker.recording!r} in the results", advice=advice)
    length = lengths[marker.recording]
    if not -1e-6 <= marker.recording_s <= length + 0.5:
        found = f"a marker at {marker.recording_s:g} s of {marker.recording}, which is {length:.1f} s long"
        raise StudyError(marker.where, found, "a time within the recording", "Name the time of the events first.")


def _fitted(recording: str, markers: Sequence[Marker]) -> Fitted:
    where = f"{markers[0].where} ({recording})" if markers[0].where else recording
    event_s, seen_s = (np.array([getattr(each, name) for each in markers]) for name in ("event_s", "recording_s"))
    clock = fit_clock(event_s.tolist(), seen_s.tolist(), where)
    largest = float(np.abs(clock.offset_s + clock.rate * event_s - seen_s).max())
    return Fitted(recording, clock, len(markers), largest, tuple(_notes(clock, float(np.ptp(event_s)), largest)))


def _notes(clock: Clock, apart_s: float, largest_s: float) -> Sequence[str]:
    notes = []
    uncertain = READING_S * np.sqrt(2) / apart_s
    if abs(clock.rate - 1) > ODD_RATE:
        notes.append(
            f"the two clocks differ by {100 * abs(clock.rate - 1):.2f} %, which is more than clocks usually do"
        )
    if uncertain > ODD_RATE:
        notes.append(
            f"the markers are {apart_s:g} s apart: misread by one frame of 25 per second, the rate is off by "
            f"{100 * uncertain:.1f} %; take markers near the beginning and the end"
        )
    if largest_s > 2 * READING_S:
        notes.append(f"a marker lies {largest_s:.3f} s from where the others put it: check it")
    return notes


def from_times(recording: str, zero_utc: float, start_utc: float, length_s: float) -> Fitted:
    """Place a clock by points in time: when it read 0, and when the recording began, both in seconds since 1970."""
    offset = round(zero_utc - start_utc, 6)
    notes = []
    if not -length_s <= offset <= length_s:
        notes.append(f"the clock of the events read 0 {_hours(offset)}: are both times right, with their zones?")
    return Fitted(recording, Clock(offset, 1.0), 0, 0.0, tuple(notes))


def _hours(offset: float) -> str:
    return f"{abs(offset) / 3600:.1f} hours {'after' if offset > 0 else 'before'} the recording began"


def with_clocks(content: bytes, name: str, found: Sequence[Fitted], fits: Callable[[str, str], bool]) -> str:
    """Fill clocks into the text of a cast; everything else in it stays as it is.

    Args:
        content: of ``cast.csv``.
        name: as errors call it.
        found: the clocks.
        fits: tells whether a recording is meant by what stands in a row: a key or a pattern.

    Raises:
        StudyError: no row is about a recording, or one row is about several with different clocks.
    """
    rows, header, sign = written_rows(content, name, _CLOCK_COLUMNS)
    _fill(rows, header, name, found, fits)
    return csv_table(rows, sign)


def written_rows(content: bytes, name: str, columns: Sequence[str]) -> tuple[list[list[str]], list[str], str]:
    """Take the text of a cast apart, to fill in some columns and leave the rest as it is.

    Args:
        content: of ``cast.csv``.
        name: as errors call it.
        columns: those to fill in; they are added if they are not there.

    Returns:
        The rows, that of names first, each with as many cells; the names in small letters; and the separator.

    Raises:
        StudyError: it is no table, or has no column of recordings.
    """
    read_sheet(content, name).require(("recording",), "who is who in which recording")
    text = decoded(content, name)
    sign = delimiter_of(text, name)
    written = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    rows = [row for row in written if any(clean(cell) for cell in row)]
    header = [clean(cell).lower() for cell in rows[0]]
    added = [column for column in columns if column not in header]
    rows = [[*rows[0], *added], *([*row, *[""] * (len(rows[0]) + len(added) - len(row))] for row in rows[1:])]
    return rows, header + added, sign


def _fill(
    rows: list[list[str]], header: list[str], name: str, found: Sequence[Fitted], fits: Callable[[str, str], bool]
) -> None:
    filled = set()
    for number, row in enumerate(rows[1:], 2):
        said = csv_path(row[header.index("recording")])
        own = [each for each in found if fits(each.recording, said)]
        if len({each.clock for each in own}) > 1:
            listed = ", ".join(each.recording for each in own)
            advice = "Write one row for each recording."
            raise StudyError(
                f"{name}, row {number}", f"{said!r} stands for {listed}, whose clocks differ", advice=advice
            )
        for each in own[:1]:
            row[header.index("offset_s")] = f"{each.clock.offset_s:.6f}".rstrip("0").rstrip(".")
            row[header.index("rate")] = f"{each.clock.rate:.9f}".rstrip("0").rstrip(".")
        filled |= {each.recording for each in own}
    for each in found:
        if each.recording not in filled:
            raise StudyError(name, f"no row is about {each.recording!r}", advice="Add one, with the participant's id.")
