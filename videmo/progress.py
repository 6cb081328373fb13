"""Show the progress of a run: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Final, Self

from videmo.batch.progress import DOING, Estimate, Silent, Step
from videmo.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import ProgressColumn, TaskID

    from videmo.pipeline.run import Phase
    from videmo.pipeline.work import Work
    from videmo.records import Outcome

_LINE_EVERY_S: Final = 5.0
_BAR: Final = (8, 30)
"""Narrowest and widest bar, in columns; a quarter of the terminal between them."""
_NAME: Final = (6, 40)
"""Fewest and most columns for the name of a recording, whose end says more than its beginning."""
_BESIDE: Final = 5 + 3 + 18
"""Columns for the percentage, between all, and for the time that is left."""


def progress_for(*, quiet: bool, jobs: int = 1, videos: bool = False) -> Nothing | Lines | Bars:
    """Choose how to show progress.

    Args:
        quiet: whether to show nothing.
        jobs: number of tasks at a time.
        videos: whether annotated videos are written, and nothing else.
    """
    if quiet:
        return Nothing()
    return Bars(jobs, videos=videos) if sys.stderr.isatty() else Lines(jobs, videos=videos)


class Nothing(Silent, AbstractContextManager["Nothing"]):
    """Shows nothing."""

    def __exit__(self, *_: object) -> None: ...


class Lines(AbstractContextManager["Lines"]):
    """Prints a line for each recording that ends, and now and then one about the work in progress.

    Args:
        jobs: number of tasks at a time.
        videos: whether annotated videos are written, and nothing else.
    """

    def __init__(self, jobs: int, *, videos: bool = False) -> None:
        self._estimate, self._videos = Estimate(jobs), videos
        self._last = time.monotonic()
        self._ended = self._total = 0

    def __exit__(self, *_: object) -> None: ...

    def noted(self, words: str) -> None:
        """Print it."""
        self._say(words)

    def inspected(self, done: int, total: int) -> None:
        """Note how many recordings there are."""
        self._total = total

    def planned(self, work: Work, phases: Sequence[Phase]) -> None:
        """Count what is to do."""
        self._estimate.plan(work, phases)

    def advanced(self, step: Step) -> None:
        """Tell what is being done, every few seconds."""
        self._estimate.advance(step)
        if time.monotonic() - self._last >= _LINE_EVERY_S:
            self._last = time.monotonic()
            self._say(f"{DOING[step.stage]} {step.work.source.key} ({_words(self._estimate)})")

    def ended(self, outcome: Outcome) -> None:
        """Tell how a recording ended."""
        self._ended += 1
        self._estimate.end(outcome.source.key)
        self._say(f"[{self._ended}/{self._total}] {_outcome_words(outcome, videos=self._videos)}")

    def _say(self, words: str) -> None:
        print(printable(words), file=sys.stderr, flush=True)


class Bars(AbstractContextManager["Bars"]):
    """Shows one bar for the whole run and one for each recording that is being worked on.

    On a narrow terminal names are cut off, not the bars.

    Args:
        jobs: number of tasks at a time.
        videos: whether annotated videos are written, and nothing else.
        console: where to show them; None for the standard error stream.
    """

    def __init__(self, jobs: int, *, videos: bool = False, console: Console | None = None) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._console = console or Console(stderr=True)
        self._progress = Progress(*_columns(self._console.width), console=self._console, transient=True)
        self._estimate, self._videos = Estimate(jobs), videos
        self._whole = self._progress.add_task("inspecting files", total=None, note="")
        self._bars: dict[str, TaskID] = {}
        self._amounts: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # of a terminal that is gone: what ends the run is told elsewhere
            self._progress.stop()

    def noted(self, words: str) -> None:
        """Print it above the bars."""
        self._console.print(printable(words), markup=False, highlight=False, soft_wrap=True)

    def inspected(self, done: int, total: int) -> None:
        """Show how many recordings are planned."""
        self._progress.update(self._whole, completed=done, total=total, note=f"{done} of {total}")

    def planned(self, work: Work, phases: Sequence[Phase]) -> None:
        """Count what is to do."""
        self._amounts[work.source.key] = self._estimate.plan(work, phases)
        self._progress.update(self._whole, total=1.0, completed=0.0, description="all recordings", note="")

    def advanced(self, step: Step) -> None:
        """Move on the bar of a recording and that of the whole."""
        amount, key = self._estimate.advance(step), step.work.source.key
        if key not in self._bars:
            name = printable(key)[-_NAME[1] :]
            self._bars[key] = self._progress.add_task(name, total=self._amounts[key], note="")
        self._progress.update(self._bars[key], advance=amount, note=DOING[step.stage])
        self._show_whole()

    def ended(self, outcome: Outcome) -> None:
        """Take away the bar of a recording, and print how it ended."""
        self._estimate.end(outcome.source.key)
        if outcome.source.key in self._bars:
            self._progress.remove_task(self._bars.pop(outcome.source.key))
            self._show_whole()
        words = _outcome_words(outcome, videos=self._videos)
        self._console.print(printable(words), markup=False, highlight=False, soft_wrap=True)

    def _show_whole(self) -> None:
        self._progress.update(self._whole, completed=self._estimate.share, note=_words(self._estimate))


def _columns(width: int) -> list[ProgressColumn]:
    """Make the columns of bars: of those, only names and notes give way where there is no room."""
    from rich.progress import BarColumn, ProgressColumn, Task, TextColumn
    from rich.table import Column
    from rich.text import Text

    class Cut(ProgressColumn):
        """Shows one line of text, cut off where it doesn't fit."""

        def __init__(self, text: str, most: int | None = None) -> None:
            self._text = text
            super().__init__(Column(min_width=4, max_width=most))

        def render(self, task: Task) -> Text:
            return Text(self._text.format(task=task), no_wrap=True, overflow="ellipsis")

    bar = _between(_BAR, width // 4)
    return [
        TextColumn("{task.percentage:>3.0f} %", table_column=Column(no_wrap=True, min_width=5)),
        BarColumn(bar_width=bar, table_column=Column(no_wrap=True, min_width=bar)),
        Cut("{task.description}", _between(_NAME, width - bar - _BESIDE)),
        Cut("{task.fields[note]}"),
    ]


def _between(limits: tuple[int, int], wanted: int) -> int:
    return max(limits[0], min(limits[1], wanted))


def _words(estimate: Estimate) -> str:
    """Word the time left, which counts most where there is little room, and the frames per second."""
    left, fps = estimate.seconds_left, estimate.fps
    rate = f"{fps:.0f} frames/s" if fps >= 9.5 else f"{fps:.1f} frames/s"
    return rate if left is None else f"about {duration(left)} left, {rate}"


def _outcome_words(outcome: Outcome, *, videos: bool) -> str:
    """Word how a recording ended."""
    key = outcome.source.key
    if outcome.status == "failed":
        return f"failed    {key}"
    if outcome.status == "skipped":
        return f"skipped   {key}: finished before"
    if videos:
        return f"written   {key}: annotated video of {outcome.duration_s:.1f} s"
    if outcome.status == "renewed":
        return f"renewed   {key}: not analysed again"
    people = "1 person" if outcome.people == 1 else f"{outcome.people or 'no'} persons"
    poor = ", poor quality" if outcome.quality == "poor" else ""
    frames = "1 frame" if outcome.frames == 1 else f"{outcome.frames} frames"
    return f"analysed  {key}: {outcome.duration_s:.1f} s, {frames}, {people}{poor}"


def duration(seconds: float) -> str:
    """Word a duration roughly."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
