"""Read numbers, times, dates and words from the cells of a table."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from typing import Final

from videmo.spreadsheet import csv_unsafe
from videmo.study.sheet import Cell, did_you_mean

_COMMA: Final = re.compile(r"[+-]?\d{1,3}(\.?\d{3})*,\d+$|[+-]?\d+,\d+$")
_DATE: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}-[A-Za-z]{3}(-\d+)?$")
_CLOCK: Final = re.compile(r"(-?)(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)$")
_YES: Final = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False, "y": True, "n": False}


def looks_like_decimal_comma(text: str) -> bool:
    """Tell whether a text is a number with a decimal comma."""
    return _COMMA.match(text) is not None


def number(cell: Cell) -> float:
    """Read a number.

    Raises:
        StudyError: it is none, or not a finite one.
    """
    text = cell.text
    if looks_like_decimal_comma(text):
        raise cell.fail(f"{text!r} has a decimal comma", "a decimal point", f"Write {text.replace(',', '.')}.")
    if text[:1] in "=@":
        raise cell.fail(f"{text!r} is a formula", "a number", "Save the values, not the formulas.")
    if _DATE.match(text):
        raise cell.fail(f"{text!r} is a date", "a number")
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise cell.fail(f"{text!r} is not a number", "a number")
    return value


def seconds(cell: Cell, unit: float = 1.0) -> float:
    """Read a time in seconds, or as ``hh:mm:ss.mmm``.

    Args:
        cell: to read.
        unit: of plain numbers, in seconds: 0.001 for milliseconds.

    Raises:
        StudyError: it is no time; dates are told apart.
    """
    clock = _CLOCK.match(cell.text)
    if clock:
        sign, hours, minutes, rest = clock.groups()
        if int(minutes) >= 60 or float(rest) >= 60:
            raise cell.fail(f"{cell.text!r} has more than 59 minutes or seconds", "a time such as 00:01:05.250")
        return (-1 if sign else 1) * (int(hours or 0) * 3600 + int(minutes) * 60 + float(rest))
    if _DATE.match(cell.text):
        raise cell.fail(f"{cell.text!r} is a date", "a time in seconds since the clock of the events read 0")
    return round(number(cell) * unit, 9)


def whole(cell: Cell) -> int:
    """Read a whole number from 1.

    Raises:
        StudyError: it is none.
    """
    value = number(cell)
    if value != int(value) or value < 1:
        raise cell.fail(f"{cell.text!r} is not a whole number", "1, 2, …")
    return int(value)


def yes(cell: Cell, default: bool) -> bool:
    """Read ``yes`` or ``no``.

    Raises:
        StudyError: it is neither.
    """
    if not cell.known:
        return default
    if cell.text.lower() not in _YES:
        raise cell.fail(f"{cell.text!r} is neither yes nor no", "yes or no")
    return _YES[cell.text.lower()]


def one_of(cell: Cell, choices: Sequence[str], default: str) -> str:
    """Read one of some words, in any letter case.

    Raises:
        StudyError: it is another word; the error names the nearest.
    """
    if not cell.known:
        return default
    if cell.text.lower() not in choices:
        found = f"{cell.text!r} is not known"
        raise cell.fail(found, f"one of {', '.join(choices)}", did_you_mean(cell.text, choices, "words"))
    return cell.text.lower()


def utc(cell: Cell) -> float:
    """Read a point in time as ISO 8601 with its zone; in seconds since 1970, UTC.

    Raises:
        StudyError: it is none, or its zone is missing.
    """
    expected = "a time with its zone, such as 2026-03-01T14:05:09.250+01:00"
    try:
        moment = datetime.datetime.fromisoformat(cell.text)
    except ValueError:
        raise cell.fail(f"{cell.text!r} is not a point in time", expected) from None
    if moment.tzinfo is None:
        raise cell.fail(f"{cell.text!r} has no zone", expected, "Add Z for UTC, or the distance from it.")
    return moment.timestamp()


def point_in_time(text: str, where: str) -> float:
    """Read a point in time that does not stand in a table, as `utc` does."""
    return utc(Cell(text.strip(), where))


def recording(cell: Cell) -> str:
    """Read the key of a recording, or a pattern, as it was before a spreadsheet was kept from computing it.

    Raises:
        StudyError: it is empty.
    """
    return csv_unsafe(label(cell, "recording"))


def label(cell: Cell, what: str) -> str:
    """Read a name that must be there.

    Raises:
        StudyError: it is empty.
    """
    if not cell.known:
        if cell.text:
            advice = "Write it in full, such as 'negative affect' or 'neutral audio'."
            raise cell.fail(f"{cell.text}, which stands for a missing value", f"a {what}", advice)
        raise cell.fail(f"no {what}", advice="Fill it in; in merged cells, only the first has a text.")
    return cell.text
