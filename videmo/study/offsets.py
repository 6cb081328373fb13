"""Fill what logs say of the beginning of recordings into the cast: where it belongs, and nothing is there yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from videmo.spreadsheet import csv_table, csv_unsafe
from videmo.study.importers.imported import Offset, seconds
from videmo.study.participants import ID, SESSION, known_as
from videmo.study.recording_names import fits, meant
from videmo.study.sheet import Cell, clean, read_sheet
from videmo.study.syncing import written_rows

_SAME_S: Final = 0.0005
"""Offsets that differ by less are one."""
_COLUMN: Final = "offset_s"
_Whose = tuple[str, str]
"""Participant and session."""


@dataclass(frozen=True, slots=True)
class Filled:
    """Say what became of an offset."""

    offset: Offset
    recordings: tuple[str, ...] = ()
    """Whose it is."""
    written: bool = False
    """Whether it was filled in; else it stood there already."""
    why_not: str = ""
    """Why it is not in the cast, in words; empty if it is."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of a cast, of which some cells are understood."""

    row: list[str]
    line: int
    recording: str
    participant: str
    session: str


def with_offsets(
    content: bytes, name: str, offsets: Sequence[Offset], *, recording: str = "", recordings: Collection[str] = ()
) -> tuple[str, list[Filled]]:
    """Fill offsets into the text of a cast; everything else in it stays as it is.

    An offset belongs to the one recording of its participant, session and log. Where there are several, where logs
    contradict each other, or where somebody wrote another offset, nothing is filled in.

    Args:
        content: of ``cast.csv``.
        name: as errors call it.
        offsets: what the logs say.
        recording: that the logs are about, if that was said.
        recordings: keys of those that there are, to tell what a pattern in the cast stands for.

    Raises:
        StudyError: the cast is no table, or has no column of recordings.
    """
    rows, header, sign = written_rows(content, name, (_COLUMN,))
    lines = _lines(rows, header, read_sheet(content, name).lines)
    filled = [
        _fill(own, [each for each in lines if _is_about(each, whose, recording)], header.index(_COLUMN), recordings)
        for whose, own in _grouped(offsets, lines).items()
    ]
    return csv_table(rows, sign), filled


def _lines(rows: list[list[str]], header: list[str], lines: Sequence[int]) -> list[_Line]:
    def text(row: list[str], *names: str) -> str:
        found = next((Cell(clean(row[header.index(each)]), "") for each in names if each in header), Cell("", ""))
        return found.text if found.known else ""

    return [
        _Line(row, line, csv_unsafe(text(row, "recording")), text(row, ID, "participant"), text(row, "session"))
        for row, line in zip(rows[1:], lines)
    ]


def _grouped(offsets: Sequence[Offset], lines: Sequence[_Line]) -> dict[_Whose, list[Offset]]:
    """Put those together that are of the same participant and session, under the names that the cast has for them."""
    people, sessions = {each.participant for each in lines}, {each.session for each in lines} - {""}
    groups: dict[_Whose, list[Offset]] = {}
    for each in offsets:
        whose = known_as(each.participant, people), known_as(each.session, sessions, SESSION)
        groups.setdefault(whose, []).append(each)
    return dict(sorted(groups.items()))


def _is_about(line: _Line, whose: _Whose, recording: str) -> bool:
    """Tell whether a row is about somebody in a session, and a recording, as far as each is known."""
    participant, session = whose
    there = not recording or fits(recording, line.recording)
    then = not session or not line.session or session == line.session
    return there and then and participant in ("", line.participant)


def _fill(own: Sequence[Offset], lines: Sequence[_Line], place: int, recordings: Collection[str]) -> Filled:
    """Fill in what logs say of one participant and session.

    Args:
        own: what they say.
        lines: the rows that are about them.
        place: the column.
        recordings: keys of all that there are.
    """
    first, where = own[0], sorted({each.recording for each in lines})
    if max(each.offset_s for each in own) - min(each.offset_s for each in own) > _SAME_S:
        said = " and ".join(dict.fromkeys(each.log for each in own))
        return Filled(first, why_not=f"{said} say different ones; give the logs different sessions, or fill it in")
    if not where:
        return Filled(first, why_not="no row of cast.csv is about this participant")
    if len(where) > 1:
        return Filled(first, why_not=f"in several recordings: {', '.join(where)}; fill it in at the one it is about")
    found = meant(where[0], recordings) or where
    if len(found) > 1:
        return Filled(first, why_not=f"{where[0]!r} stands for {len(found)} recordings; write a row for each")
    return _put(first, lines, place, tuple(found))


def _put(offset: Offset, lines: Sequence[_Line], place: int, recordings: tuple[str, ...]) -> Filled:
    """Write an offset into the rows of one recording, unless another one stands in any of them."""
    empty = []
    for each in lines:
        there = Cell(clean(each.row[place]), "")
        if not there.known:
            empty.append(each)
        elif not _is_number(there.text, offset.offset_s):
            return Filled(offset, recordings, why_not=f"cast.csv, line {each.line}, says {there.text}")
    for each in empty:
        each.row[place] = seconds(offset.offset_s)
    return Filled(offset, recordings, written=bool(empty))


def _is_number(text: str, value: float) -> bool:
    try:
        return abs(float(text) - value) <= _SAME_S
    except ValueError:
        return False
