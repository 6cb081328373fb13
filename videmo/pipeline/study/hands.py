"""Let other hands do pieces of the work on a study, while this process goes on with the next one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)
WAITING: Final = 12
"""Results that wait at most for the one before them."""


class Promise(Protocol[Result_co]):
    """Stand for the result of a piece of work that was begun; a `Future` is one."""

    def done(self) -> bool:
        """Tell whether it need not be waited for."""
        ...

    def cancel(self) -> bool:
        """Take back what was not begun yet; returns whether it is."""
        ...

    def result(self) -> Result_co:
        """Wait for the result; raises what the work raised."""
        ...


class Hands(Protocol):
    """Do pieces of work on one study, one after the other."""

    @property
    def free(self) -> bool:
        """Tell whether they should get another piece, lest they have nothing to do."""
        ...

    def begin(self, work: Callable[..., Result], *given: Any) -> Promise[Result]:
        """Begin a piece, or line it up behind those that were begun before.

        Args:
            work: a function of a module; its first argument is the `StudyUpdate`.
            given: its further arguments, picklable.
        """
        ...


def in_turn(hands: Hands, update: Any, work: Callable[..., Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield the result for each item, in the order of the items; other hands and this process take them in turn.

    What the first item raises that goes wrong is raised in its place, whoever does what.

    Args:
        hands: the other ones; where they are never free, everything is done here.
        update: of the study, for what is done here.
        work: as for `Hands.begin`; takes the update and an item.
        items: are taken little by little.
    """
    waiting: deque[tuple[Item, Promise[Result]]] = deque()

    def here(item: Item) -> Future[Result]:
        future: Future[Result] = Future()
        try:
            future.set_result(work(update, item))
        except Exception as exc:  # raised when its turn comes
            future.set_exception(exc)
        return future

    for item in items:
        if hands.free:
            waiting.append((item, hands.begin(work, item)))
        else:
            waiting.append((item, mine := here(item)))
            if mine.exception() is not None:
                break
        while waiting and (waiting[0][1].done() or len(waiting) > WAITING):
            first, promise = waiting.popleft()
            yield (here(first) if promise.cancel() else promise).result()
    while waiting:
        # At the end, this process takes back what nobody has begun.
        for place in range(len(waiting) - 1, -1, -1):
            item, promise = waiting[place]
            if promise.cancel():
                waiting[place] = item, here(item)
                break
        else:
            yield waiting.popleft()[1].result()


@dataclass
class Alone:
    """Stand for no other hands."""

    update: Any
    free: bool = False

    def begin(self, work: Callable[..., Result], *given: Any) -> Promise[Result]:
        """Do it here, at once; what it raises is raised here too."""
        future: Future[Result] = Future()
        future.set_result(work(self.update, *given))
        return future
