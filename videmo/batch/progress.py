"""Follow a run: what is planned, done and left, for whoever shows it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from videmo.pipeline.run import Phase
    from videmo.pipeline.work import Work
    from videmo.records import Outcome

DOING: Final = {
    "observe": "analysing", "search": "looking for faces to hide", "annotation": "writing video", "": "finishing",
}  # fmt: skip
"""Words for the stages that go chunk by chunk, and for what is done in one go after them."""
_READ, _LOOK, _WRITE, _FINISH = 1.0, 3.0, 6.5, 3000.0
"""What it costs to decode a frame, to look for faces in it, to decode it and write it into a video, and to do the rest
of a phase, in decoded frames. Measured on one machine (reports/benchmarks/throughput.md): first guesses, until a run
has measured its own."""
COUNTLESS: Final = 1 << 20
"""More tasks at a time than any cluster does: how many it does shows while it is at work."""
_USUAL_FPS: Final = 25.0


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of work on a recording that is done."""

    work: Work
    stage: str
    """The stage that went through a chunk; empty for what is done in one go."""
    seconds: float
    """Length of the chunk."""
    frames: int
    """Frames that were looked at or written; none where an earlier run had done so."""
    took_s: float
    """How long it took in its worker."""
    pieces: int = 1
    """Number of chunks, where it is several."""
    host: str = ""
    """The machine that did it, where that is known."""

    @property
    def kept(self) -> bool:
        """Tell whether an earlier run had done it."""
        return bool(self.stage) and not self.frames


class Listener(Protocol):
    """Receive what happens during a run. All methods are called in the main process."""

    def noted(self, words: str) -> None:
        """Note what the user should know before the work begins, in a sentence."""
        ...

    def inspected(self, done: int, total: int) -> None:
        """Note that ``done`` of all ``total`` recordings are planned."""
        ...

    def planned(self, work: Work, phases: Sequence[Phase]) -> None:
        """Note that work on a recording is about to be handed out."""
        ...

    def advanced(self, step: Step) -> None:
        """Note that a piece of that work is done."""
        ...

    def ended(self, outcome: Outcome) -> None:
        """Note that a recording is analysed, skipped or failed."""
        ...


class Silent:
    """Tells nobody."""

    def noted(self, words: str) -> None:
        """Ignore it."""

    def inspected(self, done: int, total: int) -> None:
        """Ignore it."""

    def planned(self, work: Work, phases: Sequence[Phase]) -> None:
        """Ignore it."""

    def advanced(self, step: Step) -> None:
        """Ignore it."""

    def ended(self, outcome: Outcome) -> None:
        """Ignore it."""


class Estimate:
    """Estimates what is left of a run.

    Each stage has a pace of its own, measured by what was done in this run; what an earlier run had done says nothing
    about it. A stage that has not begun is guessed from those that have.

    Args:
        jobs: number of tasks at a time.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs, self._frames = jobs, 0
        self._started: float | None = None
        self._planned = 0.0
        self._left: dict[str, dict[str, float]] = {}
        self._pieces: dict[str, int] = {}
        self._left_of_all: dict[str, float] = defaultdict(float)
        self._pieces_of_all = 0
        self._measured: dict[str, float] = defaultdict(float)
        self._took_s: dict[str, float] = defaultdict(float)

    def plan(self, work: Work, phases: Sequence[Phase]) -> float:
        """Add the work on a recording and return its amount."""
        self._started = self._started or time.monotonic()
        left: dict[str, float] = defaultdict(float)
        pieces = len(phases)
        for phase in phases:
            left[""] += _FINISH
            if phase.chunked:
                stage = phase.chunked[-1].name
                left[stage] += sum(_amount(work, stage, chunk.duration_s) for chunk in work.chunks)
                pieces += len(work.chunks)
        self._left[work.source.key], self._pieces[work.source.key] = left, pieces
        self._planned += sum(left.values())
        self._pieces_of_all += pieces
        for stage, amount in left.items():
            self._left_of_all[stage] += amount
        return sum(left.values())

    def advance(self, step: Step) -> float:
        """Note a piece of work and return its amount."""
        amount, key = _amount(step.work, step.stage, step.seconds), step.work.source.key
        self._left[key][step.stage] -= amount
        self._left_of_all[step.stage] -= amount
        self._pieces[key] -= step.pieces
        self._pieces_of_all -= step.pieces
        self._frames += step.frames
        if not step.kept:
            self._measured[step.stage] += amount
            self._took_s[step.stage] += step.took_s
        return amount

    def end(self, key: str) -> None:
        """Note that nothing more is done for a recording: it is finished, or failed."""
        for stage, amount in self._left.pop(key, {}).items():
            self._left_of_all[stage] -= amount
        self._pieces_of_all -= self._pieces.pop(key, 0)

    @property
    def share(self) -> float:
        """Return how much of the work is done, 0 to 1."""
        left = sum(self._left_of_all.values())
        return min(1.0, max(0.0, 1 - left / self._planned)) if self._planned else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Return about how long the rest takes; None before there is anything to go by, and when nothing is left."""
        pieces, measured = self._pieces_of_all, sum(self._measured.values())
        if not pieces or not measured:
            return None
        usual = sum(self._took_s.values()) / measured
        paces = {stage: self._took_s[stage] / amount for stage, amount in self._measured.items() if amount}
        alone = sum(amount * paces.get(stage, usual) for stage, amount in self._left_of_all.items())
        return max(0.0, alone) / self._at_once(pieces)

    def _at_once(self, pieces: int) -> float:
        """Return how many of the pieces that are left are done at a time: on a cluster, as many as were so far."""
        if self._jobs < COUNTLESS:
            return min(self._jobs, pieces)
        elapsed = time.monotonic() - self._started if self._started else 0.0
        return max(1.0, min(pieces, sum(self._took_s.values()) / max(elapsed, 1e-6)))

    @property
    def fps(self) -> float:
        """Return how many frames were looked at or written per second so far."""
        elapsed = time.monotonic() - self._started if self._started else 0.0
        return self._frames / max(elapsed, 1e-6)


def _amount(work: Work, stage: str, seconds: float) -> float:
    """Guess what a stage costs for some seconds of a recording, in decoded frames."""
    fps = work.recording.average_fps or _USUAL_FPS
    if not stage:
        return _FINISH
    if stage == "annotation":
        return seconds * fps * _WRITE
    return seconds * (fps * _READ + min(fps, work.settings.reading.fps or fps) * _LOOK)


@dataclass(frozen=True, slots=True)
class Progress:
    """Tells how far an analysis has come."""

    share: float
    """How much of the work is done, 0 to 1."""
    seconds_left: float | None
    """About how long the rest takes; None while there is nothing to go by."""
    recording: str
    """The recording that something was done for; empty while files are inspected."""
    doing: str
    """What is done for it: ``inspecting``, ``analysing``, ``looking for faces to hide``, ``writing video``,
    ``finishing``; and how it ended: ``analysed``, ``skipped`` or ``failed``."""
    ended: int
    """Number of recordings that are finished or failed."""
    recordings: int
    """Number of all of them."""


class Told:
    """Tells a function how far a run has come.

    Args:
        tell: is called in the thread of the run; an error in it ends the run.
        jobs: number of tasks at a time.
    """

    def __init__(self, tell: Callable[[Progress], object], jobs: int) -> None:
        self._tell, self._estimate = tell, Estimate(jobs)
        self._ended = self._total = 0

    def noted(self, words: str) -> None:
        """Ignore it: it says nothing about how far the run has come."""

    def inspected(self, done: int, total: int) -> None:
        """Tell how many recordings are planned."""
        self._total = total
        self._say("", "inspecting")

    def planned(self, work: Work, phases: Sequence[Phase]) -> None:
        """Count what is to do."""
        self._estimate.plan(work, phases)

    def advanced(self, step: Step) -> None:
        """Tell that a piece is done."""
        self._estimate.advance(step)
        self._say(step.work.source.key, DOING[step.stage])

    def ended(self, outcome: Outcome) -> None:
        """Tell how a recording ended."""
        self._ended += 1
        self._estimate.end(outcome.source.key)
        self._say(outcome.source.key, outcome.status)

    def _say(self, recording: str, doing: str) -> None:
        left = self._estimate.seconds_left
        share = 1.0 if self._ended == self._total else self._estimate.share
        self._tell(Progress(share, left, recording, doing, self._ended, self._total))
