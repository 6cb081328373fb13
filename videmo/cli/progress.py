"""Show the progress of a run: bars on a terminal, plain lines elsewhere, nothing with --quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Self

from videmo.cli.console import printable

if TYPE_CHECKING:
    from rich.progress import TaskID

    from videmo.pipeline.run import Phase
    from videmo.pipeline.work import Work
    from videmo.records import Outcome

_VERB = {"observe": "analysing", "search": "looking for faces to hide", "annotation": "writing video"}
_LINE_EVERY_S = 5.0


def progress_for(*, quiet: bool) -> _Nothing | _Lines | _Bars:
    """Choose how to show progress."""
    if quiet:
        return _Nothing()
    return _Bars() if sys.stderr.isatty() else _Lines()


class _Nothing(AbstractContextManager["_Nothing"]):
    """Show nothing."""

    def __exit__(self, *_: object) -> None: ...

    def inspected(self, done: int, total: int) -> None: ...

    def planned(self, work: Work, phases: Sequence[Phase]) -> None: ...

    def advanced(self, work: Work, stage: str, seconds: float, frames: int) -> None: ...

    def ended(self, outcome: Outcome) -> None: ...


class _Amounts:
    """Count what is planned and done, in seconds of video."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.planned_s = 0.0
        self.done_s = 0.0
        self.frames = 0

    def plan(self, work: Work, phases: Sequence[Phase]) -> float:
        """Add the work on a recording and return its amount."""
        length = sum(chunk.duration_s for chunk in work.chunks)
        amount = length * sum(bool(phase.chunked) for phase in phases)
        self.planned_s += amount
        return amount

    def advance(self, seconds: float, frames: int) -> None:
        self.done_s += seconds
        self.frames += frames

    def words(self) -> str:
        """Word the frames per second and the time left."""
        elapsed = max(time.monotonic() - self.started, 1e-6)
        rate = f"{self.frames / elapsed:.0f} frames/s"
        if not self.done_s or self.planned_s <= self.done_s:
            return rate
        left = elapsed * (self.planned_s - self.done_s) / self.done_s
        return f"{rate}, about {_duration(left)} left"


class _Lines(AbstractContextManager["_Lines"]):
    """Print a line for each recording that ends, and now and then one about the work in progress."""

    def __init__(self) -> None:
        self._amounts = _Amounts()
        self._last = time.monotonic()
        self._ended = 0
        self._total = 0

    def __exit__(self, *_: object) -> None: ...

    def inspected(self, done: int, total: int) -> None:
        self._total = total

    def planned(self, work: Work, phases: Sequence[Phase]) -> None:
        self._amounts.plan(work, phases)

    def advanced(self, work: Work, stage: str, seconds: float, frames: int) -> None:
        self._amounts.advance(seconds, frames)
        if time.monotonic() - self._last >= _LINE_EVERY_S:
            self._last = time.monotonic()
            self._say(f"{_VERB[stage]} {work.source.key} ({self._amounts.words()})")

    def ended(self, outcome: Outcome) -> None:
        self._ended += 1
        self._say(f"[{self._ended}/{self._total}] {_outcome_words(outcome)}")

    def _say(self, words: str) -> None:
        print(printable(words), file=sys.stderr, flush=True)


class _Bars(AbstractContextManager["_Bars"]):
    """Show one bar for the whole run and one for each recording that is being worked on."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[note]}", markup=False),
            console=self._console,
            transient=True,
        )
        self._amounts = _Amounts()
        self._whole = self._progress.add_task("inspecting files", total=None, note="")
        self._bars: dict[str, TaskID] = {}
        self._lengths: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # of a terminal that is gone: what ends the run is told elsewhere
            self._progress.stop()

    def inspected(self, done: int, total: int) -> None:
        self._progress.update(self._whole, completed=done, total=total, note=f"{done} of {total}")

    def planned(self, work: Work, phases: Sequence[Phase]) -> None:
        self._lengths[work.source.key] = self._amounts.plan(work, phases)
        self._progress.reset(
            self._whole, total=max(self._amounts.planned_s, 0.1), description="all recordings", note=""
        )

    def advanced(self, work: Work, stage: str, seconds: float, frames: int) -> None:
        self._amounts.advance(seconds, frames)
        self._progress.update(self._whole, completed=self._amounts.done_s, note=self._amounts.words())
        if work.source.key not in self._bars:
            self._bars[work.source.key] = self._progress.add_task(
                printable(work.source.key)[-40:], total=max(self._lengths.get(work.source.key, 0.0), 0.1), note=""
            )
        self._progress.update(self._bars[work.source.key], advance=seconds, note=_VERB[stage])

    def ended(self, outcome: Outcome) -> None:
        if outcome.source.key in self._bars:
            self._progress.remove_task(self._bars.pop(outcome.source.key))
        self._console.print(printable(_outcome_words(outcome)), markup=False, highlight=False, soft_wrap=True)


def _outcome_words(outcome: Outcome) -> str:
    if outcome.status == "failed":
        return f"failed    {outcome.source.key}"
    if outcome.status == "skipped":
        return f"skipped   {outcome.source.key}: finished before"
    people = "1 person" if outcome.people == 1 else f"{outcome.people or 'no'} persons"
    return f"analysed  {outcome.source.key}: {outcome.duration_s:.1f} s, {outcome.frames} frames, {people}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
