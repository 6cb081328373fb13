"""Hold events that were imported, and write them as a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from videmo.errors import StudyError
from videmo.spreadsheet import csv_safe, csv_table, csv_text
from videmo.study.sheet import Sheet, did_you_mean

COLUMNS: Final = ("onset", "duration", "label", "stimulus", "kind", "participant_id", "session", "recording")


@dataclass(frozen=True, slots=True)
class Options:
    """What the user says about a file."""

    only: tuple[str, ...] = ()
    """Names of components, objects, tiers or behaviors that count; all if empty."""
    participant: str = ""
    """Whose events they are, where the file doesn't say."""
    recording: str = ""
    """In which recording, whatever the file says; empty for what it says."""
    label: str = ""
    """The column that says what is compared; those that the program usually has, if empty."""
    stimulus: str = ""
    """Likewise, which item it was."""
    camera: str = ""
    """The component that recorded the video; those whose names say so, if empty."""

    def wants(self, name: str) -> bool:
        """Tell whether a component, tier or behavior counts."""
        return not self.only or name in self.only


def column_of(sheet: Sheet, wanted: str, usual: Sequence[str]) -> str | None:
    """Return the column that the user wants, else the first of the usual ones that is there.

    Raises:
        StudyError: there is no column that is called so.
    """
    if not wanted:
        return sheet.find(tuple(usual))
    found = sheet.find((wanted,))
    if found is None:
        advice = did_you_mean(wanted, sheet.columns, "columns")
        raise StudyError(f"{sheet.name}, line 1", f"no column {wanted!r}", advice=advice)
    return found


@dataclass(frozen=True, slots=True)
class Row:
    """One event."""

    onset_s: float
    duration_s: float
    label: str
    stimulus: str = ""
    kind: str = "stimulus"
    participant: str = ""
    recording: str = ""
    utc: str = ""
    """The onset as a point in time, in place of `onset_s`."""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Offset:
    """Say where the clock of a log lies in the recording that was made meanwhile."""

    participant: str
    """Empty where the log doesn't say."""
    session: str
    """Likewise."""
    offset_s: float
    """The time of the recording at which the clock of the log reads 0."""
    log: str
    """That says so."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Events, and where the clock of the log lies in recordings, as far as the files say."""

    rows: tuple[Row, ...] = ()
    offsets: tuple[Offset, ...] = ()
    notes: tuple[str, ...] = ()

    def joined(self, other: Imported) -> Imported:
        """Add those of another file."""
        notes = tuple(dict.fromkeys([*self.notes, *other.notes]))
        return Imported(self.rows + other.rows, self.offsets + other.offsets, notes)

    def sessions_apart(self) -> Imported:
        """Forget the sessions, unless somebody has several: programs call the one session of everybody ``001``."""
        known = {(row.participant, row.session) for row in self.rows}
        if len(known) > len({participant for participant, _ in known}):
            return self
        rows = tuple(dataclasses.replace(row, session="") for row in self.rows)
        offsets = tuple(dataclasses.replace(each, session="") for each in self.offsets)
        return dataclasses.replace(self, rows=rows, offsets=offsets)

    def table(self) -> str:
        """Write ``events.csv``; times to the millisecond or finer, in order."""
        absolute = any(row.utc for row in self.rows)
        columns = ["onset_utc" if absolute else "onset", *COLUMNS[1:]]
        used = [
            name for name in columns if name in ("onset", "onset_utc", "duration", "label", "kind") or self._has(name)
        ]
        rows = [used]
        for row in sorted(self.rows, key=_in_order):
            cells = {
                "onset": seconds(row.onset_s), "onset_utc": row.utc, "label": csv_text(row.label), "kind": row.kind,
                "duration": seconds(row.duration_s) if row.kind != "marker" else "n/a",
                "stimulus": csv_text(row.stimulus), "participant_id": csv_text(row.participant),
                "session": csv_text(row.session), "recording": csv_safe(row.recording),
            }  # fmt: skip
            rows.append([cells[name] for name in used])
        return csv_table(rows)

    def _has(self, name: str) -> bool:
        attribute = {"participant_id": "participant"}.get(name, name)
        return any(getattr(row, attribute) for row in self.rows)


def _in_order(row: Row) -> tuple[object, ...]:
    return row.participant, row.session, row.recording, row.utc, row.onset_s, row.label


def seconds(value: float) -> str:
    """Write a time: to the microsecond, without zeros at the end."""
    return f"{value:.6f}".rstrip("0").rstrip(".") or "0"
