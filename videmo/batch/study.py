"""Bring a study up to date with a second process, where there is so much to do that it pays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, TypeVar

from videmo.batch.engines.local import LocalEngine
from videmo.batch.engines.protocol import Finished, Reference
from videmo.batch.hold import guarded
from videmo.machine import usable_cores
from videmo.pipeline.study.hands import Alone, Hands
from videmo.pipeline.study.run import Ran, run_study
from videmo.pipeline.study.update import StudyUpdate
from videmo.records import Source
from videmo.study.one_thread import one_thread

Result = TypeVar("Result")
WORTHWHILE: Final = 40
"""Participants from which on a second process saves more time than it takes to start."""
AHEAD: Final = 3
"""Pieces that it has at most before it is given more: what comes after that which it is doing lies ready."""


def bring_study_up_to_date(
    path: Path, *, anew: Collection[str] = (), say: Callable[[str], None] = lambda words: None
) -> Ran:
    """Do what `run_study` does, by this process and one more; the files are the same.

    Args:
        path: the folder of the study.
        anew: as for `run_study`.
        say: likewise.

    Raises:
        StudyError, ResultsError, OutputError: as for `run_study`.
    """
    return run_study(path, anew=anew, say=say, helped=second_process)


@contextmanager
def second_process(update: StudyUpdate) -> Iterator[Hands]:
    """Yield a second process for a study; none for a small one, or where there is only one core.

    Raises:
        OutputError: that of a killed run doesn't end.
    """
    with guarded(update.folder.guard):
        if len(update.people) < WORTHWHILE or usable_cores() < 2:
            yield Alone(update)
            return
        # Linear algebra gets one thread (`one_thread`). OpenBLAS that was never prepared for two multiplies matrices in
        # single precision in three times as long.
        with LocalEngine(1, guard=update.folder.guard, out=update.folder.made, threads=2) as engine:
            second = SecondProcess(engine, update)
            try:
                yield second
            finally:
                second.begin_nothing()


@dataclass(frozen=True, slots=True)
class Piece(Generic[Result]):
    """A piece of the work on a study, as a `Task`."""

    update: Reference[StudyUpdate]
    source: Source
    work: Callable[..., Result]
    given: tuple[Any, ...]
    rank: ClassVar[int] = 0
    weight: ClassVar[float] = 0.0

    @one_thread
    def run(self) -> Result:
        """Do it."""
        return self.work(self.update.get(), *self.given)


class SecondProcess:
    """A process that does pieces of the work on a study, one after the other.

    Args:
        engine: of one slot.
        update: of the study.
    """

    def __init__(self, engine: LocalEngine, update: StudyUpdate) -> None:
        self._engine, self._update = engine, update
        self._shared = engine.share(update)
        self._source = Source(update.folder.path, "")
        # A worker lives as long as the thread that started it.
        self._thread = ThreadPoolExecutor(1, "videmo-study")
        self._begun: list[Future[Finished]] = []
        self._lost = False

    @property
    def free(self) -> bool:
        """Tell whether it has little to do, and could be started so far."""
        self._begun = [each for each in self._begun if not each.done()]
        return len(self._begun) < AHEAD and not self._lost

    def begin(self, work: Callable[..., Result], *given: Any) -> Begun[Result]:
        """Line a piece up."""
        piece = Piece(self._shared, self._source, work, given)
        future = self._thread.submit(self._do, piece)
        self._begun.append(future)
        return Begun(self._update, piece, future)

    def begin_nothing(self) -> None:
        """Leave what was lined up; what was begun goes on."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _do(self, piece: Piece[Any]) -> Finished:
        try:
            return self._engine.submit(piece).result()
        except OSError:  # the system starts no more processes
            self._lost = True
            raise


@dataclass(frozen=True, slots=True)
class Begun(Generic[Result]):
    """The result of a piece that a second process does."""

    update: StudyUpdate
    piece: Piece[Result]
    future: Future[Finished]

    def done(self) -> bool:
        """Tell whether it is done."""
        return self.future.done()

    def cancel(self) -> bool:
        """Take it back, unless it was begun; returns whether it is."""
        return self.future.cancel()

    def result(self) -> Result:
        """Wait for the result. What the other process could not do is done here: it works, or raises what is wrong."""
        while not self.future.done():  # little by little: where waiting can't be interrupted, Ctrl-C is heard so
            wait([self.future], timeout=0.5)
        if not self.future.cancelled() and self.future.exception() is None:
            finished = self.future.result()
            if not finished.failure:
                value: Result = finished.value
                return value
        return self.piece.work(self.update, *self.piece.given)
