"""How independent pieces of work are spread over cores, as training asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Spread(Protocol):
    """Applies a function to pieces of work; results come in the order of the pieces, however many work at once."""

    def __call__(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        """Yield the result for each piece."""
        ...


def one_by_one(function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
    """The plainest `Spread`."""
    yield from map(function, pieces)
