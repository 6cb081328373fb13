"""Read the events that BORIS exports: one per row, or beginnings and ends in rows of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from videmo.errors import StudyError
from videmo.study.importers.imported import Imported, Options, Row, column_of
from videmo.study.importers.texts import below_header, number_in, time_at
from videmo.study.sheet import Sheet

_NOBODY: Final = ("", "No focal subject")
_MEDIA: Final = ("Media file name", "Media file", "Media file path")


def read_boris(name: str, content: bytes, options: Options) -> Imported:
    """Read either export of BORIS: tabular events (START, STOP, POINT) or aggregated events (start and stop in a row).

    Times are made those of the media file: without the observation's time offset, and in the second of several files
    that were queued, since its beginning. So they need no offset. An observation that contradicts itself is left out,
    with a remark.

    Raises:
        StudyError: it is none of them.
    """
    sheet = below_header(content, name, ("Behavior",))
    if sheet.find(("Start (s)",)):
        return Imported(tuple(_aggregated(sheet, options)))
    kind = sheet.require(("Behavior type", "Status"), "START, STOP or POINT")
    rows: list[Row] = []
    notes: list[str] = []
    for observation, places in _observations(sheet).items():
        try:
            rows += list(_paired(sheet, places, kind, options))  # all of its events, or none
        except StudyError as exc:
            which = f"observation {observation!r} is left out" if observation else "left out"
            notes.append(f"{which}: {exc}")
    return Imported(tuple(rows), notes=tuple(notes))


def _aggregated(sheet: Sheet, options: Options) -> Iterator[Row]:
    stop = sheet.find(("Stop (s)",))
    for row in range(len(sheet.rows)):
        behavior = sheet.at(row, "Behavior").text
        if options.wants(behavior):
            start = time_at(sheet, row, "Start (s)")
            known = stop is not None and sheet.get(row, stop).known
            end = time_at(sheet, row, str(stop)) if known else start
            yield _event(sheet, row, behavior, start, round(end - start, 6), options)


def _observations(sheet: Sheet) -> dict[str, list[int]]:
    """Return the rows of each observation."""
    column = sheet.find(("Observation id",))
    found: dict[str, list[int]] = {}
    for row in range(len(sheet.rows)):
        found.setdefault(sheet.get(row, column).text, []).append(row)
    return found


def _paired(sheet: Sheet, rows: Iterable[int], kind_column: str, options: Options) -> Iterator[Row]:
    time_column = sheet.require(("Time", "Start (s)"), "of each event")
    keys = ("Observation id", "Subject", "Modifier")
    told_apart = [each for each in sheet.columns if each.startswith(keys)]
    begun: dict[tuple[str, ...], float] = {}
    for row in rows:
        behavior, kind = sheet.at(row, "Behavior").text, sheet.at(row, kind_column).text.upper()
        if not options.wants(behavior):
            continue
        time = time_at(sheet, row, time_column)
        key = (*(sheet.at(row, column).text for column in told_apart), behavior)
        if kind == "START":
            if key in begun:
                raise sheet.at(row, kind_column).fail(f"{behavior!r} starts again before it has stopped")
            begun[key] = time
        elif kind == "POINT":
            yield _event(sheet, row, behavior, time, 0.0, options)
        elif kind == "STOP":
            if key not in begun:
                raise sheet.at(row, kind_column).fail(f"{behavior!r} stops without having started")
            start = begun.pop(key)
            yield _event(sheet, row, behavior, start, round(time - start, 6), options)
        else:
            raise sheet.at(row, kind_column).fail(f"{kind!r} is not known", "START, STOP or POINT")
    for key, start in begun.items():
        found = f"{key[-1]!r} starts at {start:g} s and never stops"
        raise StudyError(sheet.name, found, advice="Close it in BORIS.")


def _event(sheet: Sheet, row: int, label: str, start: float, length: float, options: Options) -> Row:
    subject = sheet.get(row, sheet.find(("Subject",))).text
    media = _file(sheet.get(row, sheet.find(_MEDIA)).text)
    chosen = column_of(sheet, options.label, ())
    return Row(
        onset_s=round(start - _before(sheet, row, media), 6),
        duration_s=length,
        label=sheet.get(row, chosen).text or label,
        stimulus=sheet.get(row, column_of(sheet, options.stimulus, ())).text,
        kind="stimulus" if length > 0 else "marker",
        participant=options.participant if subject in _NOBODY else subject,
        recording=options.recording or media,
    )


def _file(path: str) -> str:
    known = path if path.upper() not in ("NA", "NOT FOUND") else ""
    return PurePosixPath(known.replace(chr(92), "/")).name


def _before(sheet: Sheet, row: int, media: str) -> float:
    """Return the time of the observation at which a media file begins: its offset, and the files queued before it."""
    offset = number_in(sheet.get(row, sheet.find(("Time offset (s)", "Time offset"))).text) or 0.0
    queue = sheet.get(row, sheet.find(("Source",))).text.partition("|")[0].partition(":")[2].split(";")
    lengths = sheet.get(row, sheet.find(("Media duration (s)",))).text.partition("|")[0].split(";")
    files = [_file(each) for each in queue]
    if len(files) > 1 and len(files) == len(lengths) and files.count(media) == 1:
        offset += sum(number_in(each) or 0.0 for each in lengths[: files.index(media)])
    return offset
