"""Read logs of time and what was on the screen: Gorilla and FaceReader. Those of Qualtrics don't say when."""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

from videmo.errors import StudyError
from videmo.study import cells
from videmo.study.importers.imported import Imported, Options, Row, column_of
from videmo.study.importers.texts import below_header, number_in, text_of, time_at
from videmo.study.sheet import Cell, Sheet, read_sheet

_HOLE_S: Final = 1.0
"""Seconds: a longer step between two rows of a log, if it is ten times the usual one, is a hole."""
_CENTURY: Final = (946_684_800_000, 4_102_444_800_000)
"""Milliseconds from 1970 to 2000 and to 2100."""
_STAMPS: Final = "milliseconds since 1970, such as 1772373912345"
_NO_SCREENS: Final = ("BEGIN TASK", "END TASK")


def read_gorilla(name: str, content: bytes, options: Options) -> Imported:
    """Read Gorilla's table of one task: a screen lasts from its first event to the first of the next screen.

    An event whose reaction time is known began by so much earlier than it was noted. Times are points in time (UTC),
    accurate to 50 to 100 ms: the cast has to say when each recording began.
    """
    sheet = read_sheet(text_of(content).encode(), name)
    stamp = sheet.require(("UTC Timestamp",), "in milliseconds")
    person = sheet.require(("Participant Private ID", "Participant Public ID"), "who took part")
    endless: list[str] = []
    rows = list(_screens(sheet, stamp, person, options, endless))
    notes = [f"{name}: Gorilla's times are accurate to 50 to 100 ms, and in UTC: fill in start_utc of each recording"]
    if endless:
        notes.append(f"{name}: left out, since nothing follows that would be their end: {', '.join(endless)}")
    return Imported(tuple(rows), notes=tuple(notes))


def _screens(sheet: Sheet, stamp: str, person: str, options: Options, endless: list[str]) -> Iterator[Row]:
    """Yield the screens; those without an end are noted: the last one of each participant, unless the task ends."""
    trial, screen = sheet.find(("Trial Number",)), sheet.find(("Screen", "Screen Name", "Zone Name"))
    display, reaction = sheet.find(("Display",)), sheet.find(("Reaction Time",))
    label = column_of(sheet, options.label, ("condition", "Spreadsheet: condition", "Display", "Task Name"))
    stimulus = column_of(sheet, options.stimulus, ("stimulus", "Spreadsheet: stimulus", "video", "image"))
    now: tuple[str, ...] = ()
    begun, first = 0.0, -1
    for row in range(len(sheet.rows) + 1):
        if row == len(sheet.rows) or not sheet.at(row, stamp).known:  # END OF FILE
            key: tuple[str, ...] = ("",)
            time = begun
        else:
            who = sheet.at(row, person).text
            key = (who, *(sheet.get(row, column).text for column in (trial, display, screen)))
            since = number_in(sheet.get(row, reaction).text) or 0.0
            time = round((_stamp(sheet.at(row, stamp)) - since) / 1000, 6)
        if key == now:
            continue
        meant = first >= 0 and options.wants(_screen(sheet, first, screen))
        if meant and sheet.get(first, trial).text not in _NO_SCREENS:
            name = sheet.get(first, label).text or _screen(sheet, first, screen)
            if now[0] != key[0]:
                endless.append(f"{name!r} of {now[0]} at {_iso(begun)}")
            elif time > begun:
                yield Row(
                    0.0, round(time - begun, 6), name, sheet.get(first, stimulus).text, "stimulus", now[0],
                    options.recording, _iso(begun),
                )  # fmt: skip
        now, begun, first = key, time, row


def _stamp(cell: Cell) -> float:
    """Read a point in time in milliseconds since 1970.

    Raises:
        StudyError: it is none of this century, such as one in seconds, or a spreadsheet left out its last digits.
    """
    found = cells.number(cell)
    if "e" in cell.text.lower():
        advice = "Import the file as Gorilla wrote it; a spreadsheet rounded these numbers."
        raise cell.fail(f"{cell.text}, which lacks its last digits", _STAMPS, advice)
    if not _CENTURY[0] <= found < _CENTURY[1]:
        said = "which may be seconds" if _CENTURY[0] <= found * 1000 < _CENTURY[1] else "which is not in this century"
        raise cell.fail(f"{cell.text}, {said}", _STAMPS)
    return found


def _screen(sheet: Sheet, row: int, column: str | None) -> str:
    return sheet.get(row, column).text


def _iso(since_1970: float) -> str:
    moment = datetime.datetime.fromtimestamp(round(since_1970, 3), datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_facereader(name: str, content: bytes, options: Options) -> Imported:
    """Read a detailed log of FaceReader: runs of equal values in ``Stimulus``, or ``Event Marker`` if it is empty.

    A row lasts to the next one, but for those before a hole in the log, which last as long as most do.

    Raises:
        StudyError: there is no such column, or times are no times or don't grow.
    """
    sheet = below_header(content, name, ("Video Time",))
    column = _with_content(sheet, ("Stimulus", "Event Marker"))
    people, video = sheet.find(("Participant Name", "Participant")), _video(text_of(content))
    times = [time_at(sheet, row, "Video Time") for row in range(len(sheet.rows))]
    steps = [later - time for time, later in pairwise(times)]
    for row, step in enumerate(steps, 1):
        if step <= 0:
            cell, which = sheet.at(row, "Video Time"), "is before" if step < 0 else "is also that of"
            advice = "Import the log of each recording by itself."
            raise cell.fail(f"{cell.text}, which {which} the row above", "times that grow", advice)
    usual = statistics.median(steps) if steps else 0.0
    holes = {row for row, step in enumerate(steps, 1) if step > max(_HOLE_S, 10 * usual)}
    rows: list[Row] = []
    begin = 0
    for row in range(1, len(sheet.rows) + 1):
        same = row < len(sheet.rows) and sheet.at(row, column).text == sheet.at(begin, column).text
        if same and row not in holes:
            continue
        label = sheet.at(begin, column)
        end = times[row - 1] + usual if row == len(times) or row in holes else times[row]
        if label.known and label.text != "-" and end > times[begin] and options.wants(label.text):
            person = sheet.get(begin, people).text or options.participant
            rows.append(Row(times[begin], round(end - times[begin], 6), label.text, label.text, "stimulus", person,
                            options.recording or video))  # fmt: skip
        begin = row
    if not holes:
        return Imported(tuple(rows))
    where = ", ".join(f"{times[row - 1]:g} to {times[row]:g} s" for row in sorted(holes)[:3])
    more = f" and {len(holes) - 3} more" if len(holes) > 3 else ""
    return Imported(tuple(rows), notes=(f"{name}: the log has nothing from {where}{more}: events end there",))


def _with_content(sheet: Sheet, names: tuple[str, ...]) -> str:
    """Return the first of some columns in which anything stands.

    Raises:
        StudyError: there is none of them.
    """
    there = [found for name in names if (found := sheet.find((name,)))]
    if not there:
        return sheet.require(names, "what was shown")
    rows = range(len(sheet.rows))
    return next((each for each in there if any(sheet.at(row, each).text not in ("", "-") for row in rows)), there[0])


def _video(text: str) -> str:
    """Return the name of the video that a log is about, from the lines above its table."""
    for line in text.splitlines()[:20]:
        key, _, path = line.replace(",", "\t", 1).partition("\t")
        if key.strip(' :"').lower() == "filename" and path.strip(' "\t'):
            plain = path.strip(' "\t').replace("\\", "/")
            return PurePosixPath(plain).name
    return ""


def refuse_qualtrics(name: str, content: bytes, options: Options) -> Imported:
    """Refuse an export of Qualtrics: it doesn't say when a stimulus was shown.

    Raises:
        StudyError: always.
    """
    found = "Qualtrics counts from when a page was loaded in the browser, which is not tied to the video"
    advice = (
        "Use its answers as columns of participants.csv. For onsets, write events.csv with times since each page was "
        "loaded, and measure in each recording when that was: its offset_s."
    )
    raise StudyError(name, found, advice=advice)
