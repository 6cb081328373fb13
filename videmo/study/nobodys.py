"""Tell of events that fit nobody's recording: one line for each participant, in the order of the table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from videmo.study.design import Design, Remark
from videmo.study.events import Event

_SHOWN: Final = 6


def nobodys_events(design: Design, met: Collection[str]) -> Iterator[Remark]:
    """Remark on events of which nobody is told to have met any; markers are for clocks alone.

    Args:
        design: of the study.
        met: where the events stand that somebody met.
    """
    whose: dict[str, list[Event]] = {}
    for event in sorted(design.events, key=_line):
        if event.where not in met and event.kind != "marker":
            whose.setdefault(event.scope.get("participant_id") or event.where, []).append(event)
    for _, own in sorted(whose.items(), key=lambda each: (not each[1][0].scope.get("participant_id"), *_key(each))):
        yield _remark(design, own)


def _key(each: tuple[str, Sequence[Event]]) -> tuple[object, ...]:
    name, own = each
    return (name,) if own[0].scope.get("participant_id") else _line(own[0])


def _line(event: Event) -> tuple[str, int]:
    found = re.search(r"^(.*?)(\d+)$", event.where)
    return (found[1], int(found[2])) if found else (event.where, 0)


def _remark(design: Design, own: Sequence[Event]) -> Remark:
    name, first = own[0].scope.get("participant_id", ""), own[0]
    if len(own) == 1:
        return Remark(first.where, f"nobody's event: {first.label!r} fits no participant's recording")
    labels = sorted({event.label for event in own})
    listed = ", ".join(map(repr, labels[:_SHOWN])) + (" …" if len(labels) > _SHOWN else "")
    why = "is in no recording" if not design.of(name) else "is in no recording that they fit"
    return Remark(first.where, f"nobody's events: {len(own)} of {name!r} ({listed}), who {why}")
