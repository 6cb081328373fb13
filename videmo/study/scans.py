"""Read when recordings began from the ``_scans.tsv`` of BIDS."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from videmo.study.sheet import read_sheet


@dataclass(frozen=True, slots=True)
class Scans:
    """Hold what one such file says."""

    starts: dict[str, str]
    """By the path of a file, relative to the table's folder: when it began, with its zone."""
    without_zone: int
    """Files whose time has no zone, so that it is no point in time."""


def read_scans(content: bytes, name: str) -> Scans:
    """Read ``filename`` and ``acq_time``; a time in UTC ends in Z, others are local times of an unknown place.

    Raises:
        StudyError: it is no such table, or a time is none.
    """
    sheet = read_sheet(content, name)
    file, time = sheet.require(("filename",), "of each recording"), sheet.find(("acq_time",))
    starts: dict[str, str] = {}
    without_zone = 0
    for row in range(len(sheet.rows)):
        cell = sheet.get(row, time)
        if not cell.known:
            continue
        try:
            moment = datetime.datetime.fromisoformat(cell.text)
        except ValueError:
            raise cell.fail(f"{cell.text!r} is not a point in time", "such as 2026-03-01T14:05:09.250Z") from None
        if moment.tzinfo is None:
            without_zone += 1
        else:
            starts[sheet.at(row, file).text.replace("\\", "/")] = moment.isoformat().replace("+00:00", "Z")
    return Scans(starts, without_zone)
