"""Mend time stamps that are far off: what comes out goes forward, and ordinary stamps stay as they are."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")

AHEAD: Final = 9
"""Frames that are looked at together where a stamp may be off: up to four of them in a row are recognised as such."""
FAR_S: Final = 2.0
"""A step longer than this may lead to a stamp that is off; the frames behind it tell ..."""
_UNUSUAL: Final = 8
"""... if it is this many times as long as the step before."""
_USUAL: Final = 1.5
"""Usual steps up to which a frame simply follows the one before."""
_FEW: Final = 2
"""At most this many of them are off where a clock begins anew."""
ABSURD_S: Final = 3600.0
"""A step longer than this to the last few frames of a recording leads to stamps that are off."""


class Mender(Generic[T]):
    """Pass on frames in their order, with stamps that increase where the ticks allow it.

    A stamp that does not fit between those around it is replaced by one that does: evenly between its neighbours, or at
    the usual step behind the last one. What a stamp becomes depends on a few frames around it alone, so that it is the
    same wherever a recording is cut. A clock that begins anew goes on from where it was; recordings with such clocks
    are not cut.

    Args:
        usual: ticks of the usual step between frames.
        per_s: ticks in a second.
        floor: the first frame's stamp is not below it; None where there is no such limit.
        whole: True if all frames of a recording pass, which may then move on together to reach it.
    """

    def __init__(self, usual: int, per_s: float, *, floor: int | None = None, whole: bool = False) -> None:
        self.restarts = 0
        """How often the clock began anew so far."""
        self._usual = max(1, usual)
        self._far, self._absurd = FAR_S * per_s, ABSURD_S * per_s
        self._waiting: deque[tuple[int, T]] = deque()
        self._last: int | None = None
        self._floor, self._whole = floor, whole
        self._step = self._usual
        self._sure = self._shift = 0

    def mended(self, frames: Iterable[tuple[int, T]]) -> Iterator[tuple[int, bool, T]]:
        """Yield all frames with their stamps and whether these are mended.

        A frame at the usual distance from the one before comes at once, while its pixels are still in the processor's
        cache; others wait until the one behind them is known.
        """
        for stamp, frame in frames:
            self._waiting.append((stamp + self._shift, frame))
            yield from self._ready(final=False)
        yield from self._ready(final=True)

    def _ready(self, *, final: bool) -> Iterator[tuple[int, bool, T]]:
        while self._waiting and (final or len(self._waiting) > 1 or self._is_next()):
            if self._sure:
                self._sure -= 1
            elif not self._is_calm():
                if not final and len(self._waiting) < AHEAD:
                    return
                yield from self._settled(final=final)
                continue
            yield self._passed(*self._waiting.popleft())

    def _is_next(self) -> bool:
        """Tell whether the only waiting frame is at the usual distance from the last one."""
        return self._last is not None and 0 < self._waiting[0][0] - self._last <= _USUAL * self._usual

    def _is_calm(self) -> bool:
        stamp = self._waiting[0][0]
        if self._last is not None:
            step = stamp - self._last
            if step <= 0 or (step > self._far and step > _UNUSUAL * self._step):
                return False
        return len(self._waiting) == 1 or stamp < self._waiting[1][0]

    def _settled(self, *, final: bool) -> Iterator[tuple[int, bool, T]]:
        """Decide which of the waiting stamps are right, and pass on the frames up to the last of these."""
        stamps = [stamp for stamp, _ in self._waiting]
        right = rising(stamps, self._last)
        anew = self._begins_anew(stamps, right)
        if anew is not None:
            yield from self._sorted(anew, [place for place in right if place < anew])
            self._go_on()
        elif right == list(range(len(stamps))) and not (final and self._is_absurd(stamps[0])):
            self._sure = len(stamps)  # a long step, and then all goes on from there
        elif not right or (final and self._is_absurd(stamps[right[0]])):
            yield from self._sorted(len(stamps) if final else 1, [])
        else:
            yield from self._sorted(len(stamps) if final else right[-1] + 1, right)

    def _is_absurd(self, stamp: int) -> bool:
        return self._last is not None and stamp - self._last > self._absurd

    def _begins_anew(self, stamps: Sequence[int], right: Sequence[int]) -> int | None:
        """Return where stamps begin that go on among themselves, but behind the last one."""
        chain = rising(stamps)
        if self._last is None or len(right) > _FEW or len(chain) < AHEAD - _FEW or stamps[chain[0]] > self._last:
            return None
        return chain[0]

    def _go_on(self) -> None:
        """Put the waiting stamps, and those that come, behind the last one."""
        assert self._last is not None
        self._move_on(self._last + self._usual - self._waiting[0][0])
        self.restarts += 1

    def _move_on(self, shift: int) -> None:
        self._shift += shift
        self._waiting = deque((stamp + shift, frame) for stamp, frame in self._waiting)

    def _sorted(self, count: int, right: Sequence[int]) -> Iterator[tuple[int, bool, T]]:
        """Pass on some of the waiting frames: those at the places that are right as they are, the others mended."""
        passed = 0
        for place in self._with_room(right):
            yield from self._replaced(place - passed, self._waiting[place - passed][0])
            yield self._passed(*self._waiting.popleft())
            passed = place + 1
        yield from self._replaced(count - passed, None)

    def _with_room(self, right: Sequence[int]) -> Sequence[int]:
        """Leave out those of the first right stamps before which the frames that come first find no room."""
        if self._last is not None or self._floor is None or right[:1] == [0]:
            return right
        floor, least = self._floor, self._usual // 2 or 1
        return [place for place in right if self._waiting[place][0] - floor >= place * least]

    def _replaced(self, count: int, until: int | None) -> Iterator[tuple[int, bool, T]]:
        """Pass on frames whose stamps are wrong, evenly before the next right stamp if there is one."""
        if not count:
            return
        begin = self._last
        for place in range(1, count + 1):
            if begin is None and self._floor is not None:
                left = self._usual if until is None else min(self._usual, (until - self._floor) // count)
                stamp = (self._floor + count * left if until is None else until) - (count + 1 - place) * left
            elif until is None:
                stamp = (0 if begin is None else begin) + place * self._usual
            elif begin is None:
                stamp = until - (count + 1 - place) * self._usual
            else:
                stamp = begin + (until - begin) * place // (count + 1)
            yield self._passed(stamp, self._waiting.popleft()[1], mended=True)

    def _passed(self, stamp: int, frame: T, *, mended: bool = False) -> tuple[int, bool, T]:
        if self._last is None and self._whole and self._floor is not None and stamp < self._floor:
            if self._floor - stamp <= self._absurd:
                self._move_on(self._floor - stamp)
            stamp = self._floor
        if self._last is not None and stamp > self._last:
            self._step = stamp - self._last
        self._last = stamp
        return stamp, mended, frame


def rising(stamps: Sequence[int], floor: int | None = None) -> list[int]:
    """Return the places of the longest chain of stamps that increase; of several, the one that ends lowest.

    Args:
        stamps: in the order of the frames.
        floor: the chain begins above this.
    """
    tails: list[int] = []
    places: list[int] = []
    before = [-1] * len(stamps)
    for place, stamp in enumerate(stamps):
        if floor is not None and stamp <= floor:
            continue
        length = bisect_left(tails, stamp)
        if length == len(tails):
            tails.append(stamp)
            places.append(place)
        elif stamp < tails[length]:
            tails[length], places[length] = stamp, place
        else:
            continue  # the same stamp again: the first one counts
        before[place] = places[length - 1] if length else -1
    chain: list[int] = []
    place = places[-1] if places else -1
    while place >= 0:
        chain.append(place)
        place = before[place]
    return chain[::-1]
