"""Read what programs write: whatever their encoding, and with the decimal marks of their country."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from videmo.errors import StudyError
from videmo.study import cells
from videmo.study.sheet import Sheet, read_sheet

_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)?(e[+-]?\d+)?", re.IGNORECASE)
_CLOCK: Final = re.compile(r"(\d+):(\d{1,2}):(\d{1,2}(?:[.,]\d+|:\d{3})?)$")
_FRAMES: Final = re.compile(r"\d+[:;]\d{1,2}[:;]\d{1,2}[:;]\d+$")
_MARKS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def text_of(content: bytes) -> str:
    """Decode a log: UTF-8 or UTF-16, with or without a mark; else the encoding of old Windows programs."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    start = content[:400]
    if len(start) > 3 and start[1::2].count(0) > len(start) / 4:
        return content.decode("utf-16-le", errors="replace")
    if len(start) > 3 and start[::2].count(0) > len(start) / 4:
        return content.decode("utf-16-be", errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def number_in(text: str) -> float | None:
    """Return a number with a decimal point or comma; None where there is none."""
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def seconds_in(text: str) -> float | None:
    """Return a time in seconds, or as ``hh:mm:ss.mmm``; None where there is none.

    Behind a last colon, three digits are milliseconds; others may be frames, and nobody says how long these are.
    """
    clock = _CLOCK.match(text)
    if clock is None:
        return number_in(text)
    hours, minutes, rest = clock.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(re.sub("[,:]", ".", rest))


def below_header(content: bytes, name: str, known: Sequence[str]) -> Sheet:
    """Read a table that may have lines of another kind above its line of names.

    Raises:
        StudyError: no line has all of the names that are known, or what follows is no table.
    """
    lines = text_of(content).splitlines(keepends=True)
    for place, line in enumerate(lines):
        names = [cell.strip(' "\t') for cell in re.split("[,;\t]", line.strip())]
        if all(word in names for word in known):
            return read_sheet("".join(lines[place:]).encode(), name)
    raise StudyError(name, f"no line with the column {known[0]}", "an export of events")


def time_at(sheet: Sheet, row: int, column: str) -> float:
    """Read a time that has to be there.

    Raises:
        StudyError: it is none, or may count frames.
    """
    cell = sheet.at(row, column)
    if _FRAMES.match(cell.text) and seconds_in(cell.text) is None:
        advice = "Export times in seconds or milliseconds."
        raise cell.fail(f"{cell.text}, whose last part may be frames", "hh:mm:ss.mmm", advice)
    found = seconds_in(cell.text)
    return cells.seconds(cell) if found is None else round(found, 9)
