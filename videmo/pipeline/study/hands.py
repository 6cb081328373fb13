"""Let other hands do pieces of the work on a study, while this process goes on with the next one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)
WAITING: Final = 12
"""Results that wait at most for the one before them."""


class Promise(Protocol[Result_co]):
    """Stand for the result of a piece of work that was begun."""

    @property
    def ready(self) -> bool:
        """Tell whether it need not be waited for."""
        ...

    def withdraw(self) -> bool:
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


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """Keep what a piece of work returned."""

    value: Result
    ready: bool = True

    def withdraw(self) -> bool:
        """Return False."""
        return False

    def result(self) -> Result:
        """Return it."""
        return self.value


@dataclass(frozen=True, slots=True)
class Wrong:
    """Keep what a piece of work raised, until its turn comes."""

    error: Exception
    ready: bool = True

    def withdraw(self) -> bool:
        """Return False."""
        return False

    def result(self) -> Any:
        """Raise it."""
        raise self.error


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

    def here(item: Item) -> Promise[Result]:
        try:
            return Done(work(update, item))
        except Exception as exc:
            return Wrong(exc)

    for item in items:
        waiting.append((item, hands.begin(work, item) if hands.free else here(item)))
        if isinstance(waiting[-1][1], Wrong):
            break
        while waiting and (waiting[0][1].ready or len(waiting) > WAITING):
            first, promise = waiting.popleft()
            yield (here(first) if promise.withdraw() else promise).result()
    while waiting:
        # At the end, this process takes back what nobody has begun.
        for place in range(len(waiting) - 1, -1, -1):
            item, promise = waiting[place]
            if promise.withdraw():
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
        """Do it here, at once."""
        return Done(work(self.update, *given))
