"""Read what human coders saw: ``codes.csv``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from videmo.errors import StudyError
from videmo.study import cells
from videmo.study.sheet import Sheet

_TOUCHING_S: Final = 0.001
"""Codes that overlap by no more touch each other."""
_NEEDED: Final = ("recording", "coder", "onset", "duration", "code")


@dataclass(frozen=True, slots=True)
class Code:
    """A stretch of time in which a coder saw something, on the clock of the recording."""

    recording: str
    person: str
    """Number or name; empty where the recording has one person."""
    coder: str
    onset_s: float
    duration_s: float
    code: str
    """Empty for a stretch that was looked at, and in which nothing was seen."""
    where: str = ""


def read_codes(sheet: Sheet) -> tuple[Code, ...]:
    """Read codes; rows without a coder are sheets that nobody has filled in yet, and don't count.

    Raises:
        StudyError: a time or a name makes no sense.
    """
    columns = {
        name: sheet.require((name,), "of a code") for name in ("recording", "coder", "onset", "duration", "code")
    }
    sheet.refuse_alike(("person",), (*_NEEDED, "person"))
    found: dict[tuple[object, ...], Code] = {}
    for row in range(len(sheet.rows)):
        if sheet.at(row, columns["coder"]).known:
            code = _code(sheet, row, columns)
            key = (code.recording, code.person, code.coder, code.onset_s, code.code)
            if key in found:
                advice = "Remove one of the two lines."
                raise StudyError(code.where, f"the same as line {found[key].where.rpartition(' ')[2]}", advice=advice)
            found[key] = code
    codes = tuple(found[key] for key in sorted(found, key=lambda key: tuple(map(str, key[:3])) + key[3:]))
    refuse_overlaps(codes, lambda code: (code.recording, code.person))
    return codes


def refuse_overlaps(codes: Iterable[Code], whose: Callable[[Code], tuple[object, ...]]) -> None:
    """Refuse two codes of one coder for the same time of one person: none of them could count.

    Args:
        codes: of all coders.
        whose: returns recording and person.

    Raises:
        StudyError: there are such.
    """
    latest: dict[tuple[object, ...], Code] = {}
    for code in sorted(codes, key=lambda code: (code.onset_s, code.duration_s, code.code)):
        before = latest.get(key := (code.coder, *whose(code)))
        if before is not None and code.onset_s < before.onset_s + before.duration_s - _TOUCHING_S:
            line = before.where.rpartition(" ")[2]
            until = (
                f"{before.code!r} of the same coder (line {line}) lasts until {before.onset_s + before.duration_s:g} s"
            )
            found = f"{code.code!r} from {code.onset_s:g} s on, while {until}"
            raise StudyError(code.where, found, "one code at a time", "Split the rows where the code changes.")
        latest[key] = code


def _code(sheet: Sheet, row: int, columns: Mapping[str, str]) -> Code:
    duration = cells.seconds(sheet.at(row, columns["duration"]))
    if duration <= 0:
        raise sheet.at(row, columns["duration"]).fail(f"a duration of {duration:g} s", "more than 0 s")
    code = sheet.at(row, columns["code"])
    return Code(
        recording=cells.recording(sheet.at(row, columns["recording"])),
        person=sheet.get(row, sheet.find(("person",))).text,
        coder=sheet.at(row, columns["coder"]).text,
        onset_s=cells.seconds(sheet.at(row, columns["onset"])),
        duration_s=duration,
        code=code.text if code.known else "",
        where=f"{sheet.name}, line {sheet.lines[row]}",
    )
