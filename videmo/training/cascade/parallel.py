"""Declare what training expects of whoever spreads independent pieces of work over cores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class ParallelMap(Protocol):
    """Apply a function to pieces of work; results come in the order of the pieces, however many workers there are."""

    def __call__(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        """Yield the result for each piece."""
        ...


def serial_map(function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
    """Apply a function to one piece after the other."""
    yield from map(function, pieces)
