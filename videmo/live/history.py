"""Keep the last minute: what each person showed, in short cells, and how fast the session runs."""

from __future__ import annotations

import math
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.live.persons import Shown

CELL_S: Final = 0.2
WINDOW_S: Final = 60.0
_RECENT_S: Final = 3.0
"""Rates are taken over the last few seconds."""
_LONGEST_MS: Final = 10_000


class History:
    """Average each person's probabilities in cells of time; what is older than the window is dropped."""

    def __init__(self, cell_s: float = CELL_S, window_s: float = WINDOW_S) -> None:
        self.cell_s = cell_s
        self._most = round(window_s / cell_s) + 1
        self._cells: OrderedDict[int, dict[int, tuple[int, npt.NDArray[np.float64]]]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, time_s: float, people: Sequence[Shown]) -> None:
        """Note what was seen in one picture."""
        number = int(time_s / self.cell_s + 1e-6)
        with self._lock:
            cell = self._cells.setdefault(number, {})
            for shown in people:
                if shown.person:
                    raw = np.array([*shown.raw, shown.raw_other])
                    count, total = cell.get(shown.person, (0, np.zeros(len(raw))))
                    cell[shown.person] = count + 1, total + raw
            while next(iter(self._cells)) <= number - self._most:
                self._cells.popitem(last=False)

    def since(self, number: int) -> list[list[Any]]:
        """Return the cells from a number on as ``[cell, person, [probabilities], other]``; an empty one has person 0.

        The last is the probability of an emotion that the words leave out, None where nobody told.
        """
        rows: list[list[Any]] = []
        with self._lock:
            cells = [(place, dict(cell)) for place, cell in self._cells.items() if place >= number]
        for place, cell in cells:
            rows += [
                [place, person, [round(float(value), 3) for value in total[:-1] / count], plain(total[-1] / count)]
                for person, (count, total) in sorted(cell.items())
            ] or [[place, 0, [], None]]
        return rows


def plain(share: float) -> float | None:
    """Return a share for a page; None for one that is not known, for which JSON has no number."""
    return None if math.isnan(share) else round(float(share), 3)


class Meter:
    """Count frames and measure how long they take. Takes the same memory however long it runs."""

    def __init__(self) -> None:
        self.analysed = 0
        self._recent: deque[float] = deque()
        self._latencies: Counter[int] = Counter()

    def note(self, captured_s: float, done_s: float) -> None:
        """Note when a frame arrived and when its analysis was finished."""
        self.analysed += 1
        self._recent.append(done_s)
        while self._recent[0] < done_s - _RECENT_S:
            self._recent.popleft()
        self._latencies[min(round(1000 * (done_s - captured_s)), _LONGEST_MS)] += 1

    def rate(self, now_s: float) -> float:
        """Return the number of frames analysed per second, lately."""
        recent = [moment for moment in self._recent if moment >= now_s - _RECENT_S]
        span = now_s - recent[0] if len(recent) > 1 else 0.0
        return (len(recent) - 1) / span if span > 0 else 0.0

    def latency_ms(self, share: float) -> int:
        """Return the milliseconds from capture to result that this share of all frames did not exceed."""
        wanted, reached = share * sum(self._latencies.values()), 0
        for milliseconds, count in sorted(self._latencies.items()):
            reached += count
            if reached >= wanted:
                return milliseconds
        return 0
