"""Guess from the names of recordings who takes part, and write the inputs of a study to fill in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from videmo.spreadsheet import csv_safe, csv_table, csv_text
from videmo.study.cast import COLUMNS
from videmo.study.design import SECOND, Facts
from videmo.study.name_patterns import NameParts, parts_of_names

_BIDS: Final = re.compile(r"(?:^|/)(sub-[A-Za-z0-9]+)(?:[_/]|$)")
_PATTERN: Final = "the names of recordings, participant_condition"
_SESSION: Final = re.compile(r"(?:_|/)(ses-[A-Za-z0-9]+)(?:[_/]|$)")
_TASK: Final = re.compile(r"_task-([A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class Guess:
    """The inputs of a study, as texts."""

    participants: str
    cast: str
    events: str
    plan: str
    how: str
    """By what participants were told apart, in words."""
    people: int


@dataclass(frozen=True, slots=True)
class _Part:
    recording: str
    participant: str
    session: str
    person: str
    dyad: str
    role: str


def guess_study(
    recordings: Mapping[str, Facts], results: str, title: str, *, events: str = "", participants: str = "",
    starts: Mapping[str, str] | None = None, cast: Mapping[str, Mapping[int, str]] | None = None,
) -> Guess:  # fmt: skip
    """Fill in the inputs of a study as far as can be.

    Participants are told apart by who is who in the results, else by BIDS names (``sub-01``), else by the first folders
    that differ, else by names such as ``P01_film`` where these can be read in one way only, else each recording is
    one. A second person who is seen long in a recording makes a dyad.

    Args:
        recordings: what there is.
        results: the folder of results, relative to the study's.
        title: of the study.
        events: the table of events, if it is known already.
        participants: the table of participants, if it is known already.
        cast: who the persons of recordings are, where that was said of the results.
        starts: when recordings began, with the zone, by key, as far as that is known.
    """
    named, how = _named(recordings)
    said = {key: persons for key, persons in (cast or {}).items() if key in named}
    patterned = {} if said else _patterned(recordings)
    parts = [
        part
        for key in sorted(named)
        for part in (
            _said(recordings[key], said[key], _session(key)) if key in said else _parts(recordings[key], *named[key])
        )
    ]
    ids = sorted({part.participant for part in parts})
    return Guess(
        participants=participants or _table(("participant_id", "group"), [(csv_text(name), "") for name in ids]),
        cast=_table(COLUMNS, [_row(part, (starts or {}).get(part.recording, "")) for part in parts]),
        events=events or _events(recordings, named, patterned),
        plan=_plan(results, title, _words(recordings.values()), _told(patterned), whole=not events),
        how="who is who in the results" if said else how,
        people=len(ids),
    )


def _named(recordings: Mapping[str, Facts]) -> tuple[dict[str, tuple[str, str]], str]:
    """Return the participant and session of each recording that has results, and by what they were told apart."""
    keys = [key for key, facts in recordings.items() if not facts.failed]
    bids = {key: found[1] for key in keys if (found := _BIDS.search(key))}
    if keys and len(bids) == len(keys):
        return {key: (bids[key], _session(key)) for key in keys}, "the names sub-… of BIDS"
    inner = _below_what_all_share(keys)
    folders = {key: inner[key].parts[0] for key in keys if len(inner[key].parts) > 1}
    if len(folders) == len(keys) and len(set(folders.values())) > 1:
        return {key: (folders[key], "") for key in keys}, "the top folders"
    if patterned := _patterned(recordings):
        return {key: (parts.participant, "") for key, parts in patterned.items()}, _PATTERN
    stems = Counter(path.with_suffix("") for path in inner.values())
    names = {}
    for key, path in inner.items():
        stem = path.with_suffix("")
        names[key] = (str(stem if stems[stem] == 1 else path), "")
    return names, "the recordings, one each"


def _patterned(recordings: Mapping[str, Facts]) -> dict[str, NameParts]:
    """Return participant and condition of each recording, where the names in one folder say both; else nothing."""
    keys = [key for key, facts in recordings.items() if not facts.failed]
    inner = _below_what_all_share(keys)
    stems = {key: path.stem for key, path in inner.items()}
    if any(len(path.parts) > 1 for path in inner.values()) or any(_BIDS.search(key) for key in keys):
        return {}
    found = parts_of_names(list(stems.values()))
    return {key: found[stem] for key, stem in stems.items()} if found and len(set(stems.values())) == len(stems) else {}


def _told(patterned: Mapping[str, NameParts]) -> str:
    """Word a comment that says how names of recordings were read; empty where they were not."""
    if not patterned:
        return ""
    key, parts = min(patterned.items())
    return (
        f"# Names of recordings were read as participant and condition: {_quiet(PurePosixPath(key).name)} is "
        f"{_quiet(parts.participant)}\n# during {_quiet(parts.condition)}. Correct participants.csv, cast.csv and "
        "events.csv if they mean something else.\n"
    )


def _quiet(name: str) -> str:
    """Make any name fit to stand in a comment."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _below_what_all_share(keys: Sequence[str]) -> dict[str, PurePosixPath]:
    """Return the rest of each key behind the folders that all have in common: those say nothing about anybody."""
    parts = {key: PurePosixPath(key).parts for key in keys}
    shared = 0
    while (
        all(len(each) > shared + 1 for each in parts.values()) and len({each[shared] for each in parts.values()}) == 1
    ):
        shared += 1
    return {key: PurePosixPath(*each[shared:]) for key, each in parts.items()}


def _session(key: str) -> str:
    found = _SESSION.search(key)
    return found[1] if found else ""


def _parts(facts: Facts, participant: str, session: str) -> list[_Part]:
    """Give the person who is seen longest a line, and one more to a second who is seen nearly as long."""
    ranked = sorted(facts.persons, key=lambda person: (-person.seen_s, person.number))
    first = ranked[0] if ranked else None
    second = ranked[1] if len(ranked) > 1 and ranked[1].seen_s > SECOND * ranked[0].seen_s else None
    if first is None or second is None:
        person = str(first.number) if first else ""
        return [_Part(facts.key, participant, session, person, "", "")]
    both = sorted((first, second), key=lambda person: person.number)
    return [
        _Part(facts.key, f"{participant}-{letter}", session, str(person.number), participant, letter)
        for letter, person in zip("AB", both)
    ]


def _said(facts: Facts, persons: Mapping[int, str], session: str) -> list[_Part]:
    """Give each person who is known and takes part a line; two who are both seen long make a dyad."""
    seen = {person.number: person.seen_s for person in facts.persons}
    known = sorted((number, name) for number, name in persons.items() if name and number in seen)
    times = sorted((seen[number] for number, _ in known), reverse=True)
    if len(known) != 2 or times[1] <= SECOND * times[0]:
        return [_Part(facts.key, name, session, str(number), "", "") for number, name in known]
    dyad = "-".join(sorted(name for _, name in known))
    return [_Part(facts.key, name, session, str(number), dyad, letter) for letter, (number, name) in zip("AB", known)]


def _row(part: _Part, start_utc: str) -> tuple[str, ...]:
    texts = (part.participant, part.person, part.session, part.dyad, part.role)
    return (csv_safe(part.recording), *map(csv_text, texts), "", "", start_utc)


def _events(
    recordings: Mapping[str, Facts], named: Mapping[str, tuple[str, str]], patterned: Mapping[str, NameParts]
) -> str:
    """Write one event over each whole recording: named after its task, its condition or itself."""
    rows = []
    for key in sorted(named):
        task = _TASK.search(key)
        own = patterned[key].condition if key in patterned else PurePosixPath(key).stem
        label = task[1] if task else own
        rows.append(("0", f"{recordings[key].duration_s:.3f}", csv_text(label), "stimulus", csv_safe(key)))
    return _table(("onset", "duration", "label", "kind", "recording"), rows)


def _table(columns: Iterable[str], rows: Sequence[Sequence[str]]) -> str:
    return csv_table([columns, *rows])


def _words(recordings: Iterable[Facts]) -> str:
    """Return which words for emotions the recordings were analysed with: the fewer, if that differs."""
    found = {each.emotions for each in recordings if not each.failed}
    return "seven" if found == {"seven"} else "five"


def _plan(results: str, title: str, emotions: str, told: str, *, whole: bool) -> str:
    """Write the settings; where events are whole recordings, there is nothing before them to subtract."""
    correction = (
        'correction = "none"      # whole recordings have no baseline: subtract once there are events; zscore'
        if whole
        else 'correction = "subtract"  # none, zscore'
    )
    words = "" if emotions == "five" else f'emotions = "{emotions}"\n'
    quoted = results.replace("\\", "\\\\").replace('"', '\\"')
    named = title.replace("\\", "\\\\").replace('"', '\\"')
    return f"""{told}[study]
title = "{named}"
results = "{quoted}"
{words}seed = 1
# Name the one comparison that you decided on before looking at the data:
# primary = {{ measure = "top10_mean", emotion = "happy", contrast = "label: funny - neutral" }}
# Variables of participants.csv whose numbers name groups:
# factors = ["group"]

[baseline]
source = "auto"          # event, before, none; auto takes events of the kind baseline, else the second before
{correction}

[validity]
min_share = 0.5          # valid share of its time that a segment needs
min_segments = 0.5       # share of a participant's segments of each compared label that has to be used
threshold = 0.5          # probability from which an emotion counts as shown

[compare]
# contrasts = ["label: funny - neutral", "group: patient - control | funny", "age"]
measures = ["mean", "top10_mean", "time_above"]
unit = "participant"     # dyad

[measures]
# valence = "valence"    # the column of the tables; or a formula of emotions and valence
"""
