"""Read and write ``cast.csv``, in which the user says which participant each person of each recording is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from videmo.errors import PeopleError
from videmo.persons.cast import Cast, Role
from videmo.persons.people import clean_name
from videmo.persons.written import Columns, number_in, rows_of
from videmo.spreadsheet import csv_path, csv_plain, csv_safe, csv_table, csv_text

COLUMNS: Final = Columns(
    read=("recording", "person", "participant", "confirmed"),
    for_orientation=("first_s", "last_s", "sights", "apart", "maybe_same_as"),
    needed=(frozenset({"recording"}), frozenset({"person"}), frozenset({"participant"})),
)
COMMAS: Final = ","
SEMICOLONS: Final = ";"
"""What separates columns where commas are decimal marks."""
_MARK: Final = "\ufeff"
"""What tells such a spreadsheet that the file is UTF-8."""
_YES: Final = frozenset({"yes", "y", "true", "1", "x"})
_NO: Final = frozenset({"", "no", "n", "false", "0"})


@dataclass(frozen=True, slots=True)
class Seen:
    """Tell what helps to recognise a person of a recording in the file; it is not read."""

    first_s: float
    last_s: float
    sights: int
    """By how many sights the face is known; 0 if it can't be recognised."""
    apart: float | None = None
    """Mean distance to the other faces of the participant; None if there is no other."""
    maybe: tuple[tuple[str, float], ...] = ()
    """Participants who may be the same, and how far apart they are."""


def parse_cast(text: str, path: Path) -> Cast:
    """Read the text of a ``cast.csv``; the path is for errors.

    Raises:
        PeopleError: it contradicts itself or is no such table; the error names the line.
    """
    roles: dict[tuple[str, int], Role] = {}
    for line, row in rows_of(text.removeprefix(_MARK), path, COLUMNS):
        where = f"{path}, line {line}"
        recording, person = csv_path(row["recording"]), number_in(row["person"], "person", where)
        if not recording:
            raise PeopleError(where, "no recording", "its path below the folder, as in recordings.csv")
        if (recording, person) in roles:
            other = roles[recording, person].where.rpartition(" ")[2]
            found = f"person {person} of {recording} is already in line {other}"
            raise PeopleError(where, found, advice="Remove one of the two lines.")
        participant = clean_name(csv_plain(row["participant"]))
        rest = tuple(row[name] for name in COLUMNS.for_orientation)
        confirmed = _confirmed(row["confirmed"], where)
        roles[recording, person] = Role(recording, person, participant, confirmed, where, rest if any(rest) else ())
    return Cast(tuple(roles.values()), path)


def _confirmed(cell: str, where: str) -> bool:
    text = cell.strip().lower()
    if text not in _YES | _NO:
        raise PeopleError(where, f"confirmed is {cell.strip()!r}", "yes, or nothing")
    return text in _YES


def cast_text(roles: Iterable[Role], seen: Mapping[tuple[str, int], Seen], separator: str = COMMAS) -> str:
    """Write the text of a ``cast.csv``, which `parse_cast` reads.

    Args:
        roles: in the order of the lines.
        seen: what is known of persons, by recording and number; the lines of others keep what they said.
        separator: `SEMICOLONS` for a file that Excel opens with a double click where commas are decimal marks.
    """
    rows: list[tuple[object, ...]] = [(*COLUMNS.read, *COLUMNS.for_orientation)]
    for role in roles:
        known = seen.get((role.recording, role.person))
        said = (csv_safe(role.recording), role.person, csv_text(role.participant), "yes" if role.confirmed else "")
        rows.append((*said, *(_seen(known, separator) if known else role.rest)))
    return (_MARK if separator == SEMICOLONS else "") + csv_table(rows, separator)


def _seen(seen: Seen, separator: str) -> tuple[str, ...]:
    numbers = (
        f"{seen.first_s:.1f}",
        f"{seen.last_s:.1f}",
        str(seen.sights),
        "" if seen.apart is None else f"{seen.apart:.3f}",
    )
    return (
        *(number.replace(".", "," if separator == SEMICOLONS else ".") for number in numbers),
        "; ".join(f"{csv_text(name)} ({apart:.3f})" for name, apart in seen.maybe),
    )
