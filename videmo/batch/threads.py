"""Run work in threads where numpy takes the time, which lets other threads run meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from joblib import Parallel, delayed

T = TypeVar("T")
R = TypeVar("R")


class Threads:
    """Distribute pieces of work over threads; results come in the order of the pieces."""

    def __init__(self, jobs: int) -> None:
        """Use ``jobs`` threads at once."""
        self._jobs = jobs

    def __call__(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        """Yield the result for each piece."""
        if self._jobs == 1:
            yield from map(function, pieces)
            return
        parallel = Parallel(n_jobs=self._jobs, backend="threading", return_as="generator")
        yield from parallel(delayed(function)(piece) for piece in pieces)
