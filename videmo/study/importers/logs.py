"""Read logs in which stimuli begin and end in rows of their own: BORIS, Gorilla, FaceReader."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from videmo.errors import StudyError
from videmo.study import cells
from videmo.study.importers.imported import Imported, Options, Row
from videmo.study.sheet import Sheet, decoded, read_sheet

_NOBODY: Final = ("", "No focal subject")


def read_boris(name: str, content: bytes, options: Options) -> Imported:
    """Read either export of BORIS: tabular events (START, STOP, POINT) or aggregated events (start and stop in a row).

    Times are those of the media file, so they need no offset.
    """
    sheet = _below_header(content, name, ("Behavior",))
    if sheet.find(("Start (s)",)):
        return Imported(tuple(_aggregated(sheet, options)))
    sheet.require(("Behavior type",), "START, STOP or POINT")
    return Imported(tuple(_paired(sheet, options)))


def _below_header(content: bytes, name: str, known: Sequence[str]) -> Sheet:
    """Read a table that may have lines of another kind above its line of names."""
    text = decoded(content, name)
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if all(word in line for word in known):
            return read_sheet("\n".join(lines[place:]).encode(), name)
    raise StudyError(name, f"no line with the column {known[0]}", "an export of events")


def _aggregated(sheet: Sheet, options: Options) -> Iterator[Row]:
    for row in range(len(sheet.rows)):
        behavior = sheet.at(row, "Behavior").text
        if options.wants(behavior):
            start, stop = cells.number(sheet.at(row, "Start (s)")), sheet.get(row, sheet.find(("Stop (s)",)))
            length = round(cells.number(stop) - start, 6) if stop.known else 0.0
            yield _event(sheet, row, behavior, start, length, options)


def _paired(sheet: Sheet, options: Options) -> Iterator[Row]:
    begun: dict[tuple[str, str, str], float] = {}
    for row in range(len(sheet.rows)):
        behavior, kind = sheet.at(row, "Behavior").text, sheet.at(row, "Behavior type").text.upper()
        if not options.wants(behavior):
            continue
        time = cells.number(sheet.at(row, sheet.require(("Time", "Start (s)"), "of each event")))
        key = (
            sheet.get(row, sheet.find(("Observation id",))).text,
            sheet.get(row, sheet.find(("Subject",))).text,
            behavior,
        )
        if kind == "START":
            begun[key] = time
        elif kind == "POINT":
            yield _event(sheet, row, behavior, time, 0.0, options)
        elif kind == "STOP":
            if key not in begun:
                raise sheet.at(row, "Behavior type").fail(f"{behavior!r} stops without having started")
            start = begun.pop(key)
            yield _event(sheet, row, behavior, start, round(time - start, 6), options)
    for key in begun:
        raise StudyError(
            sheet.name, f"{key[-1]!r} starts at {begun[key]:g} s and never stops", advice="Close it in BORIS."
        )


def _event(sheet: Sheet, row: int, label: str, start: float, length: float, options: Options) -> Row:
    subject = sheet.get(row, sheet.find(("Subject",))).text
    media = sheet.get(row, sheet.find(("Media file name", "Media file"))).text
    return Row(
        onset_s=start,
        duration_s=length,
        label=label,
        kind="stimulus" if length > 0 else "marker",
        participant=options.participant if subject in _NOBODY else subject,
        recording=options.recording or (f"*{PurePosixPath(media.replace(chr(92), '/')).name}" if media else ""),
    )


def read_gorilla(name: str, content: bytes, options: Options) -> Imported:
    """Read Gorilla's table of one task: a screen lasts from its first event to the first of the next screen.

    Times are points in time (UTC), accurate to 50 to 100 ms: the cast has to say when each recording began.
    """
    sheet = read_sheet(content, name)
    stamp = sheet.require(("UTC Timestamp",), "in milliseconds")
    person = sheet.require(("Participant Private ID", "Participant Public ID"), "who took part")
    rows = list(_screens(sheet, stamp, person, options))
    note = f"{name}: Gorilla's times are accurate to 50 to 100 ms, and in UTC: fill in start_utc of each recording"
    return Imported(tuple(rows), notes=(note,))


def _screens(sheet: Sheet, stamp: str, person: str, options: Options) -> Iterator[Row]:
    trial, screen = sheet.find(("Trial Number",)), sheet.find(("Screen", "Screen Name", "Zone Name"))
    display = sheet.find(("Display",))
    label = sheet.find(("condition", "Spreadsheet: condition", "Display", "Task Name"))
    stimulus = sheet.find(("stimulus", "Spreadsheet: stimulus", "video", "image"))
    now: tuple[str, ...] = ()
    begun, first = 0.0, -1
    for row in range(len(sheet.rows) + 1):
        if row == len(sheet.rows) or not sheet.at(row, stamp).known:  # END OF FILE
            key: tuple[str, ...] = ("",)
            time = begun
        else:
            who = sheet.at(row, person).text
            key = (who, *(sheet.get(row, column).text for column in (trial, display, screen)))
            time = cells.number(sheet.at(row, stamp)) / 1000
        if key == now:
            continue
        if (
            first >= 0
            and time > begun
            and now[0] == (key[0] or now[0])
            and options.wants(_screen(sheet, first, screen))
        ):
            yield Row(
                0.0, round(time - begun, 6), sheet.get(first, label).text or _screen(sheet, first, screen),
                sheet.get(first, stimulus).text, "stimulus", now[0], options.recording, _iso(begun),
            )  # fmt: skip
        now, begun, first = key, time, row


def _screen(sheet: Sheet, row: int, column: str | None) -> str:
    return sheet.get(row, column).text


def _iso(since_1970: float) -> str:
    moment = datetime.datetime.fromtimestamp(round(since_1970, 3), datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_facereader(name: str, content: bytes, options: Options) -> Imported:
    """Read a detailed log of FaceReader: runs of equal values in ``Stimulus`` or ``Event Marker``."""
    sheet = _below_header(content, name, ("Video Time",))
    column = sheet.find(("Stimulus",)) or sheet.require(("Event Marker", "Stimulus"), "what was shown")
    times = [cells.seconds(sheet.at(row, "Video Time")) for row in range(len(sheet.rows))]
    rows: list[Row] = []
    begin = 0
    for row in range(1, len(sheet.rows) + 1):
        if row < len(sheet.rows) and sheet.at(row, column).text == sheet.at(begin, column).text:
            continue
        label = sheet.at(begin, column)
        end = times[row] if row < len(times) else times[-1]
        if label.known and label.text != "-" and end > times[begin] and options.wants(label.text):
            rows.append(Row(times[begin], round(end - times[begin], 6), label.text, label.text, "stimulus",
                            options.participant, options.recording))  # fmt: skip
        begin = row
    return Imported(tuple(rows))


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
