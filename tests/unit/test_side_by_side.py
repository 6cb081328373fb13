"""Several things are computed at once, and come in order."""

from __future__ import annotations

import threading

import pytest

from videmo.pipeline.study.side_by_side import side_by_side


def test_results_come_in_order_though_the_first_is_ready_last() -> None:
    later = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert later.wait(60)
        if number == 1:
            later.set()
        return number * number

    assert list(side_by_side(work, range(20), threads=2)) == [number * number for number in range(20)]


def test_items_are_taken_little_by_little() -> None:
    taken: list[int] = []

    def items() -> object:
        for number in range(100):
            taken.append(number)
            yield number

    results = side_by_side(lambda number: number, items(), threads=2)  # type: ignore[arg-type,var-annotated]
    assert next(results) == 0
    assert len(taken) <= 4
    results.close()


def test_what_goes_wrong_is_raised_in_its_place() -> None:
    def work(number: int) -> float:
        return 1 / (number - 2)

    results = side_by_side(work, range(4), threads=2)
    assert [next(results), next(results)] == [-0.5, -1.0]
    with pytest.raises(ZeroDivisionError):
        next(results)
