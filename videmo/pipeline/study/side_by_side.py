"""Compute several things at once, in threads: numpy lets them run side by side, and they share what they read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from videmo.machine import usable_cores

Item = TypeVar("Item")
Result = TypeVar("Result")
_THREADS: Final = 4
"""Threads at most: each has courses of all participants in memory."""


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None) -> Iterator[Result]:
    """Yield the result for each item, in the order of the items, whatever is ready first.

    Args:
        work: is called in several threads at once; what it raises is raised where its result would be yielded.
        items: are taken little by little, in the caller's thread.
        threads: how many work at once; as many as there are cores, at most 4, by default.
    """
    count = threads or min(_THREADS, usable_cores())
    pool = ThreadPoolExecutor(count)
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
