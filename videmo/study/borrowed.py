"""Notice baselines that are taken from what was shown before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from videmo.study.design import Design, Placement, Remark
from videmo.study.events import Event
from videmo.study.plan import Plan

_CHANGES: Final = ("change", "peak_change")
"""Measures that are about a baseline whatever is subtracted."""


def borrowed_baselines(design: Design, plan: Plan) -> Iterator[Remark]:
    """Remark on segments whose baseline, the time before their onset, lies in the stimulus before.

    Args:
        design: of the study.
        plan: its settings; nothing is said where no value that is compared is about a baseline.
    """
    settings = plan.baseline
    compared = {*plan.compare.measures, plan.primary.measure}
    if settings.source not in ("auto", "before") or not (settings.correction == "subtract" or compared & {*_CHANGES}):
        return
    found = [(event, before) for placement in design.placements
             if settings.source == "before" or not _has_own(design, placement)
             for event, before in _borrowing(design, placement, settings.before_s)]  # fmt: skip
    if found:
        event, before = found[0]
        time = f"the {settings.before_s:g} s before"
        whose = f"1 segment, {time} its" if len(found) == 1 else f"{len(found)} segments, {time} their"
        yield Remark(
            event.where,
            f"the baseline of {whose} onset, lies in the "
            f"stimulus before: that of {event.label!r} in {before.label!r}; add events of the kind baseline",
        )


def _has_own(design: Design, placement: Placement) -> bool:
    """Tell whether a participant has events of the kind baseline in that session."""
    return any(
        design.stretches(each, "baseline")
        for each in design.of(placement.participant_id)
        if each.session == placement.session
    )


def _borrowing(design: Design, placement: Placement, before_s: float) -> Iterator[tuple[Event, Event]]:
    """Yield the events of one placement that begin just after another one, with that."""
    last: tuple[float, Event] | None = None
    for onset, event in design.happenings(placement, "stimulus"):
        if last is not None and last[0] > onset - before_s + 1e-6:
            yield event, last[1]
        end = onset + event.duration_s
        if last is None or end > last[0]:
            last = end, event
