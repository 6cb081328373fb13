"""A study is brought up to date by two processes: the same files, whoever does what, and whatever happens to one."""

from __future__ import annotations

import dataclasses
import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from studies import PLAN, make_study
from videmo.batch import study as batch_study
from videmo.batch.study import SecondProcess, bring_study_up_to_date, second_process
from videmo.errors import StudyError
from videmo.pipeline.study.hands import Alone, in_turn
from videmo.pipeline.study.run import open_study, run_study
from videmo.pipeline.study.stages import STUDY_STAGES
from videmo.pipeline.study.update import StudyUpdate

QUICK = PLAN + "[compare]\npermutations = 199\nbootstraps = 199\n[timecourse]\npermutations = 199\nsurrogates = 99\n"


class Slow:
    """Hands that begin nothing before they are asked for it, and keep the last piece from being withdrawn."""

    def __init__(self) -> None:
        self.begun: list[int] = []

    @property
    def free(self) -> bool:
        return len(self.begun) < 3

    def begin(self, work: Callable[..., Any], *given: Any) -> Any:
        self.begun.append(given[0])
        return Late(work, given, kept=len(self.begun) == 1)


class Late:
    def __init__(self, work: Callable[..., Any], given: tuple[Any, ...], kept: bool) -> None:
        self._work, self._given, self._kept = work, given, kept

    def done(self) -> bool:
        return False

    def cancel(self) -> bool:
        return not self._kept

    def result(self) -> Any:
        assert self._kept, "what was withdrawn is not waited for"
        return self._work("there", *self._given)


def test_results_come_in_the_order_of_the_items_and_what_nobody_began_is_taken_back() -> None:
    hands, done = Slow(), []

    def work(where: str, item: int) -> int:
        done.append((where, item))
        return item * item

    assert list(in_turn(hands, "here", work, range(6))) == [0, 1, 4, 9, 16, 25]
    assert hands.begun == [0, 1, 2]
    assert done == [("here", 3), ("here", 4), ("here", 5), ("here", 2), ("here", 1), ("there", 0)]


def test_items_are_taken_little_by_little() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    found = in_turn(Alone("here"), "here", lambda where, item: item, items())
    assert next(found) == 0
    assert len(taken) == 1


def test_few_results_wait_for_one_that_is_not_begun_or_takes_long() -> None:
    hands = Slow()
    found = in_turn(hands, "here", lambda where, item: item, range(1000))
    taken = [next(found) for _ in range(20)]
    assert taken == list(range(20))


def test_the_first_item_that_goes_wrong_is_told_whoever_does_it() -> None:
    def work(where: str, item: int) -> int:
        if item in (0, 2, 3):
            raise ValueError(f"item {item} is wrong")
        return item

    for hands in (Slow(), Alone("here")):
        with pytest.raises(ValueError, match="item 0 is wrong"):
            list(in_turn(hands, "here", work, range(6)))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_study(tmp_path_factory.mktemp("hands"), 8, plan=QUICK)


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a study of a few participants have a second process, whatever machine this is."""
    monkeypatch.setattr(batch_study, "WORTHWHILE", 2)
    monkeypatch.setattr(batch_study, "usable_cores", lambda: 2)
    monkeypatch.setattr("videmo.pipeline.study.measure.PEOPLE", 2)


def _files(folder: Path) -> dict[str, bytes]:
    made = folder / "results"
    return {
        str(path.relative_to(made)): path.read_bytes()
        for path in sorted(made.rglob("*"))
        if path.is_file() and path.name != ".videmo.lock"
    }


@pytest.fixture(scope="module")
def alone(study: Path) -> dict[str, bytes]:
    copied = study.parent / "alone"
    shutil.copytree(study, copied)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("videmo.pipeline.study.measure.PEOPLE", 2)
        run_study(copied)
    return _files(copied)


def _copied(study: Path) -> Path:
    """Return a copy beside the study, so that the results are where it says."""
    copied = study.parent / f"copy-{len(list(study.parent.iterdir()))}"
    shutil.copytree(study, copied)
    return copied


@pytest.mark.slow
@pytest.mark.usefixtures("two")
@pytest.mark.figures
def test_two_processes_make_the_same_files(
    study: Path, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    begin = SecondProcess.begin

    def noted(self: SecondProcess, work: Callable[..., Any], *given: Any) -> Any:
        begun.append(getattr(work, "__name__", str(getattr(work, "func", work))))
        return begin(self, work, *given)

    monkeypatch.setattr(SecondProcess, "begin", noted)
    copied = _copied(study)
    done = bring_study_up_to_date(copied)
    assert _files(copied) == alone
    assert {"run_stage", "draw_some"} <= set(begun)
    assert len(done.done) >= 5
    assert bring_study_up_to_date(copied).done == ()


def _fatal(update: StudyUpdate, item: int) -> int:
    if os.environ.get("VIDEMO_TEST_PARENT") != str(os.getpid()):
        os._exit(7)
    return item + 100


def _long(update: StudyUpdate, item: int) -> int:
    time.sleep(60)
    return item


def _plain(update: StudyUpdate, item: int) -> int:
    return item


def _wrong(update: StudyUpdate, item: int) -> int:
    raise StudyError(update.folder.path, f"item {item} is wrong")


@pytest.mark.usefixtures("two")
def test_what_a_lost_process_was_doing_is_done_here(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDEMO_TEST_PARENT", str(os.getpid()))
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    update = open_study(study)
    with update.folder.lock(), second_process(update) as hands:
        assert list(in_turn(hands, update, _fatal, range(5))) == [100, 101, 102, 103, 104]


@pytest.mark.usefixtures("two")
def test_what_is_wrong_is_told_as_if_it_had_been_done_here(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    update = open_study(study)
    with update.folder.lock(), second_process(update) as hands, pytest.raises(StudyError, match=r"item 3 is wrong"):
        hands.begin(_wrong, 3).result()


@pytest.mark.usefixtures("two")
def test_an_interrupt_leaves_no_process_though_pieces_are_lined_up(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    update = open_study(study)

    def interrupted() -> None:
        with second_process(update) as hands:
            for item in range(3):
                hands.begin(_long, item)
            time.sleep(0.3)
            raise KeyboardInterrupt

    for _ in range(3):
        with update.folder.lock(), pytest.raises(KeyboardInterrupt):
            interrupted()
        assert not [child for child in psutil.Process().children() if "engines.worker" in " ".join(child.cmdline())]
        assert not update.folder.guard.exists()


@pytest.mark.usefixtures("two")
def test_where_no_process_can_be_started_everything_is_done_here(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*given: Any, **options: Any) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr("videmo.batch.engines.process.subprocess.Popen", refused)
    update = open_study(study)
    with update.folder.lock(), second_process(update) as hands:
        assert list(in_turn(hands, update, _plain, range(8))) == list(range(8))
        assert not hands.free


@pytest.mark.usefixtures("two")
def test_what_an_earlier_stage_found_wrong_is_told_first(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(update: StudyUpdate) -> None:
        raise StudyError(update.folder.path, "the second one")

    stages = [
        dataclasses.replace(stage, run=wrong) if stage.name == "timecourse" else stage for stage in STUDY_STAGES[:4]
    ]
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", stages)
    begin = SecondProcess.begin

    def with_a_fault(self: SecondProcess, work: Callable[..., Any], *given: Any) -> Any:
        return begin(self, _wrong, 1) if given == ("comparisons",) else begin(self, work, *given)

    monkeypatch.setattr(SecondProcess, "begin", with_a_fault)
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    with pytest.raises(StudyError, match="item 1 is wrong"):
        bring_study_up_to_date(_copied(study))


def test_a_small_study_has_no_second_process(study: Path) -> None:
    update = open_study(study)
    with update.folder.lock(), second_process(update) as hands:
        assert isinstance(hands, Alone)


@pytest.mark.slow
@pytest.mark.usefixtures("two")
@pytest.mark.figures
def test_nothing_is_left_of_a_run_that_is_interrupted(
    study: Path, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*given: Any) -> None:
        raise KeyboardInterrupt

    copied = _copied(study)
    with monkeypatch.context() as patch:
        patch.setattr("videmo.pipeline.study.courses._rounded", interrupted)
        with pytest.raises(KeyboardInterrupt):
            bring_study_up_to_date(copied)
    left = _files(copied)
    assert not [name for name in left if name not in alone], left.keys()
    bring_study_up_to_date(copied)
    assert _files(copied) == alone
