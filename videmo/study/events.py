"""Read what happened when: ``events.csv``, on the clock of the experiment."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from videmo.errors import StudyError
from videmo.study import cells
from videmo.study.participants import SESSION, known_as
from videmo.study.sheet import Cell, Sheet, did_you_mean

KINDS: Final = ("stimulus", "baseline", "exclude", "marker")
ONSET: Final = ("onset", "onset_s", "start", "start_s", "Start (s)", "begin")
ONSET_MS: Final = ("onset_ms", "start_ms")
ONSET_UTC: Final = ("onset_utc",)
DURATION: Final = ("duration", "duration_s")
DURATION_MS: Final = ("duration_ms",)
END: Final = ("end", "end_s", "stop", "stop_s", "Stop (s)")
END_MS: Final = ("end_ms", "stop_ms")
LABEL: Final = ("trial_type", "label", "condition", "Behavior", "name", "stimulus")
STIMULUS: Final = ("stim_file", "stimulus", "item")
SCOPES: Final = ("recording", "participant_id", "dyad", "session")
ALL: Final = ("", "*")
_KNOWN: Final = (
    *ONSET, *ONSET_MS, *ONSET_UTC, *DURATION, *DURATION_MS, *END, *END_MS, *LABEL, *STIMULUS, *SCOPES, "kind", "scope",
)  # fmt: skip
_SAME_S: Final = 0.01
"""Times that differ by less are the same, rounded."""
_BIDS: Final = re.compile(r"(^|[/\\_])events[.]tsv$")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that began at a time and lasted."""

    onset_s: float
    """On the clock of the events; since 1970, UTC, if `absolute`."""
    duration_s: float
    """0 for a marker."""
    label: str
    stimulus: str = ""
    kind: str = "stimulus"
    scope: Mapping[str, str] = field(default_factory=dict)
    """Whose event it is: values of some of `SCOPES`; everybody's if empty."""
    absolute: bool = False
    where: str = ""
    """File and line, for errors."""

    @property
    def order(self) -> tuple[object, ...]:
        """Return what events are sorted by, so that the order of rows makes no difference."""
        return (self.onset_s, self.duration_s, self.kind, self.label, self.stimulus, sorted(self.scope.items()))


def read_events(sheet: Sheet, known: Mapping[str, Collection[str]]) -> tuple[Event, ...]:
    """Read events, in order of time.

    Args:
        sheet: the table.
        known: the values that each of `SCOPES` may have, where that is known.

    Raises:
        StudyError: a time, a label or a scope makes no sense, an event is there twice, or none is to be compared.
    """
    events = read_rows(sheet, known)
    if not any(event.kind == "stimulus" for event in events):
        raise StudyError(sheet.name, "no event of the kind stimulus", "something to compare")
    return events


def read_rows(sheet: Sheet, known: Mapping[str, Collection[str]]) -> tuple[Event, ...]:
    """Do the same as `read_events` for events of any kinds, none of which has to be compared."""
    columns = _Columns.of(sheet)
    events: dict[tuple[object, ...], Event] = {}
    for row in range(len(sheet.rows)):
        event = _event(sheet, row, columns, known)
        key = tuple(map(str, event.order))
        if key in events:
            found = f"the same event as in line {events[key].where.rpartition(' ')[2]}"
            raise StudyError(event.where, found, advice="Remove one of the two lines.")
        events[key] = event
    return tuple(sorted(events.values(), key=lambda event: event.order))


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns that hold the parts of an event."""

    onset: str
    onset_unit: float
    absolute: bool
    length: str | None
    length_unit: float
    is_end: bool
    label: str
    stimulus: str | None
    scopes: Mapping[str, str]

    @classmethod
    def of(cls, sheet: Sheet) -> _Columns:
        onset, unit, absolute = sheet.find(ONSET), 1.0, False
        if onset is None and (onset := sheet.find(ONSET_MS)):
            unit = 0.001
        if onset is None and (onset := sheet.find(ONSET_UTC)):
            absolute = True
        onset = onset or sheet.require(ONSET, "when each event begins, in seconds")
        length, length_unit, is_end = _length(sheet)
        label = sheet.require(LABEL, "what is compared", "" if _BIDS.search(sheet.name) else "label")
        sheet.refuse_alike(("kind", "stimulus", "scope", *SCOPES), _KNOWN)
        scopes = {name: found for name in SCOPES if (found := sheet.find((name,)))}
        if "scope" in (name.lower() for name in sheet.columns):
            scopes["scope"] = str(sheet.find(("scope",)))
        return cls(onset, unit, absolute, length, length_unit, is_end, label, sheet.find(STIMULUS), scopes)


def _length(sheet: Sheet) -> tuple[str | None, float, bool]:
    """Find the column that says how long events last: its name, its unit in seconds, whether it is an end."""
    for names, unit, is_end in (
        (DURATION, 1.0, False), (DURATION_MS, 0.001, False), (END, 1.0, True), (END_MS, 0.001, True),
    ):  # fmt: skip
        found = sheet.find(names)
        if found:
            return found, unit, is_end
    kinds = sheet.find(("kind",))
    if kinds and all(sheet.at(row, kinds).text.lower() == "marker" for row in range(len(sheet.rows))):
        return None, 1.0, False
    return sheet.require(DURATION, "how long each event lasts, in seconds; or a column end"), 1.0, False


def _event(sheet: Sheet, row: int, columns: _Columns, known: Mapping[str, Collection[str]]) -> Event:
    kind = cells.one_of(sheet.get(row, sheet.find(("kind",))), KINDS, "stimulus")
    if _is_moment(sheet, row, columns):
        kind = "marker"
    start = sheet.at(row, columns.onset)
    if not start.known:
        raise start.fail("no onset", "a time in seconds")
    onset = cells.utc(start) if columns.absolute else cells.seconds(start, columns.onset_unit)
    duration = _duration(sheet.get(row, columns.length), onset, kind, columns)
    _refuse_contradictions(sheet, row, onset, duration if kind != "marker" else None, columns)
    return Event(
        onset_s=onset,
        duration_s=duration,
        label=cells.label(sheet.at(row, columns.label), "label"),
        stimulus=_text(sheet.get(row, columns.stimulus)),
        kind=kind,
        scope=_scope(sheet, row, columns.scopes, known),
        absolute=columns.absolute,
        where=f"{sheet.name}, line {sheet.lines[row]}",
    )


def _is_moment(sheet: Sheet, row: int, columns: _Columns) -> bool:
    """Tell whether an event of BIDS has no length: in its tables, which know no kinds, 0 and n/a say so."""
    if not _BIDS.search(sheet.name) or columns.is_end or sheet.find(("kind",)):
        return False
    text = sheet.get(row, columns.length).text.lower()
    return text == "n/a" or (text.replace(".", "", 1).isdigit() and float(text) == 0)


def _text(cell: Cell) -> str:
    return cell.text if cell.known else ""


def _duration(cell: Cell, onset: float, kind: str, columns: _Columns) -> float:
    if kind == "marker":
        return 0.0
    if not cell.known:
        raise cell.fail(f"no duration of an event of the kind {kind}", advice="Fill it in, or call its kind marker.")
    if columns.is_end and columns.absolute:
        value = cells.utc(cell) - onset
    else:
        value = cells.seconds(cell, columns.length_unit) - (onset if columns.is_end else 0.0)
    if value <= 0:
        found = "it ends before it begins" if columns.is_end else f"a duration of {value:g} s"
        raise cell.fail(found, "a time that is longer than 0 s", "Call its kind marker if it has no duration.")
    return round(value, 9)


def _refuse_contradictions(sheet: Sheet, row: int, onset: float, duration: float | None, columns: _Columns) -> None:
    """Refuse times that say something else in another column: an end beside a duration, milliseconds beside seconds."""
    told = [] if columns.absolute else [(ONSET, 1.0, onset), (ONSET_MS, 0.001, onset)]
    if duration is not None:
        told += [(DURATION, 1.0, duration), (DURATION_MS, 0.001, duration)]
        if not columns.absolute:
            told += [(END, 1.0, onset + duration), (END_MS, 0.001, onset + duration)]
    for names, unit, value in told:
        cell = sheet.get(row, sheet.find(names))
        if cell.known and abs(cells.seconds(cell, unit) - value) > _SAME_S:
            used = ", ".join(filter(None, (columns.onset, columns.length)))
            advice = "Correct one of them, or remove the column that does not count."
            raise cell.fail(f"{cell.text!r} contradicts {used}", f"{value / unit:g}", advice)


def _scope(sheet: Sheet, row: int, scopes: Mapping[str, str], known: Mapping[str, Collection[str]]) -> dict[str, str]:
    found = {}
    people = known.get("participant_id", ())
    for name, column in scopes.items():
        cell = sheet.at(row, column)
        if cell.text in ALL or not cell.known:
            continue
        kind = name if name != "scope" else _kind_of(cell, known)
        value = known_as(cell.text, people) if kind == "participant_id" else cell.text
        value = known_as(value, known.get(kind, ()), SESSION) if kind == "session" else value
        if kind == "recording":
            value = cells.recording(cell)
        if kind in known and kind != "recording" and value not in known[kind]:
            what = {"participant_id": "participants", "dyad": "dyads", "session": "sessions"}[kind]
            raise cell.fail(f"no {kind} {cell.text!r}", advice=did_you_mean(cell.text, known[kind], what))
        found[kind] = value
    return found


def _kind_of(cell: Cell, known: Mapping[str, Collection[str]]) -> str:
    """Find out whether a scope is a participant, a dyad, or a recording."""
    fits = [name for name in ("participant_id", "dyad", "recording") if cell.text in known.get(name, ())]
    if len(fits) > 1:
        advice = f"Name the column {fits[0]} or {fits[1]} instead of scope."
        raise cell.fail(f"{cell.text!r} may be a {' or a '.join(fits)}", advice=advice)
    if not fits and known_as(cell.text, people := known.get("participant_id", ())) in people:
        return "participant_id"
    if not fits and any(sign in cell.text for sign in "*?"):
        return "recording"
    if not fits:
        everything = [value for values in known.values() for value in values]
        advice = did_you_mean(cell.text, everything, "participants, dyads and recordings")
        raise cell.fail(f"{cell.text!r} is no participant, dyad or recording", advice=advice)
    return fits[0]


def labels_of(events: Sequence[Event]) -> tuple[str, ...]:
    """List the labels of the stimuli, in order."""
    return tuple(sorted({event.label for event in events if event.kind == "stimulus"}))
