"""Which chunks go into one task: all of them once, in order, long where handing out costs, short at the end."""

from __future__ import annotations

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from inline import Kept
from simulated import Film, work_of
from tasks import Says
from videmo.batch.portions import Portions
from videmo.batch.queue import _Queue, run_tasks
from videmo.batch.tasks import Chunk
from videmo.batch.waiting import Packed, Waiting
from videmo.records import Chunk as Stretch
from videmo.records import Source
from videmo.settings import Settings


def work(key: str, chunks: int, chunk_s: float = 10.0) -> Kept:
    """The work on a recording, as far as portions look at it."""
    stretches = tuple(Stretch(index, index, index, index + 1, chunk_s) for index in range(chunks))
    return Kept(SimpleNamespace(source=Source(Path(key), key), chunks=stretches, weight=chunks * chunk_s))


def portions(slots: int, worthwhile_s: float) -> Portions:
    return Portions(SimpleNamespace(slots=slots, worthwhile_s=worthwhile_s))  # type: ignore[arg-type]


def drawn(queue: _Queue) -> list[Any]:
    found = []
    while queue:
        found.append(queue.draw())
    return found


@pytest.mark.parametrize(("slots", "worthwhile_s"), [(1, 0.0), (4, 0.02), (64, 0.4), (1000, 6.7)])
def test_each_chunk_is_handed_out_once_and_the_longest_recording_first(slots: int, worthwhile_s: float) -> None:
    makes = portions(slots, worthwhile_s)
    short, long = work("short", 7), work("long", 500)
    tasks = drawn(_Queue([makes.begin(short, 0), makes.begin(long, 0), Says("first")]))
    assert isinstance(tasks.pop(0), Says)
    belongs = [task.work for task in tasks]
    assert belongs == sorted(belongs, key=lambda each: each is short)
    for reference in (short, long):
        spans = [(task.index, task.count) for task in tasks if task.work is reference]
        assert [index for first, count in spans for index in range(first, first + count)] == list(
            range(len(reference.get().chunks))
        )


def test_where_handing_out_costs_nothing_each_chunk_is_a_task() -> None:
    makes = portions(2, 0.0)
    assert {task.count for task in drawn(_Queue([makes.begin(work("a", 50), 0)]))} == {1}


def test_tasks_are_as_long_as_pays_off_and_shorter_at_the_end() -> None:
    makes = portions(4, 0.5)
    makes.note(0, 100.0, 5.0)  # twenty times as fast as the recording plays
    counts = [task.count for task in drawn(_Queue([makes.begin(work("a", 1000), 0)]))]
    assert counts[0] == 10, "5 s, with half a second for each chunk of 10 s"
    assert counts[-1] == 1
    assert counts == sorted(counts, reverse=True)
    crowded = portions(1000, 6.7)
    crowded.note(0, 100.0, 5.0)
    assert {task.count for task in drawn(_Queue([crowded.begin(work("a", 130), 0)]))} == {13}


def test_a_recording_that_failed_is_not_handed_out_any_further() -> None:
    makes = portions(1, 0.0)
    queue = _Queue([makes.begin(work("a", 10), 0), makes.begin(work("b", 3), 0)])
    assert [queue.draw().source.key for _ in range(2)] == ["a", "a"]
    makes.drop("a")
    assert [task.source.key for task in drawn(queue)] == ["b", "b", "b"]


def test_a_supply_that_is_empty_ends_a_run() -> None:
    makes, done = portions(1, 0.0), []

    class Engine:
        slots, worthwhile_s = 1, 0.0

        def submit(self, task: Chunk) -> Any:
            from concurrent.futures import Future

            future: Any = Future()
            future.set_result(SimpleNamespace(task=task, failure="oh"))
            return future

    def follow(finished: Any) -> list[Any]:
        done.append(finished.task.index)
        makes.drop("a")
        return []

    run_tasks([makes.begin(work("a", 10), 0)], follow, Engine())  # type: ignore[arg-type]
    assert done == [0]


def test_work_that_waits_is_unpacked_when_its_turn_comes_and_is_the_same() -> None:
    works = [work_of(Film(f"{number}.mp4", 30.0 + number), Settings()) for number in range(3)]
    known: dict[Settings, Settings] = {}
    makes, begun = portions(2, 0.0), []

    def begin(work: Any) -> list[Any]:
        begun.append(work.source.key)
        return [makes.begin(Kept(work), 0)]

    queue = _Queue([Waiting(each, Packed(each, known), begin) for each in works])
    tasks = [queue.draw()]
    assert begun == ["2.mp4"], "the longest, and no other yet"
    tasks += drawn(queue)
    at_once = drawn(_Queue([makes.begin(Kept(each), 0) for each in works]))
    assert [(task.source.key, task.index, task.rank) for task in tasks] == [
        (task.source.key, task.index, task.rank) for task in at_once
    ]
    assert {task.source.key: task.work.get() for task in tasks} == {each.source.key: each for each in works}
    assert len({id(task.work.get().settings) for task in tasks}) == 1


def test_work_that_is_slim_is_the_same_work() -> None:
    whole = work_of(Film("a.mp4", 100.0), Settings())
    known: dict[Settings, Settings] = {}
    first, second = whole.slim(known), work_of(Film("a.mp4", 100.0), Settings()).slim(known)
    assert first == second == whole
    assert first.settings is second.settings
    assert all(one.end_pts is other.start_pts for one, other in itertools.pairwise(first.chunks))
