"""Tasks in the right order, in workers that crash, ask, and end with their run."""

from __future__ import annotations

import ctypes
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest

from videmo.batch.engines import channel, guard
from videmo.batch.engines.execute import execute
from videmo.batch.engines.local import LocalEngine
from videmo.batch.engines.process import BOOT, WorkerProcess
from videmo.batch.engines.protocol import Finished, Reference, Task, WorkerLost
from videmo.batch.queue import run_tasks
from videmo.errors import OutputError, RecordingError
from videmo.files import write_text
from videmo.records import Source
from videmo.results.names import GUARD

posix = pytest.mark.skipif(os.name != "posix", reason="signals are sent")


@dataclass(frozen=True)
class _Of:
    """A task by name, which also says what it does."""

    name: str
    rank: int = 0
    weight: float = 0.0

    @property
    def source(self) -> Source:
        return Source(Path(self.name), self.name)

    def run(self) -> Any:
        return self.name.upper()


class _Pid(_Of):
    def run(self) -> int:
        return os.getpid()


@dataclass(frozen=True)
class _Written(_Of):
    """Writes a file when it may."""

    begun: Path | None = None
    go: Path | None = None

    def run(self) -> None:
        if self.begun is not None:
            self.begun.touch()
        while self.go is not None and not self.go.exists():
            time.sleep(0.01)
        write_text(Path(self.name), "here")


class _Crash(_Of):
    """Takes its process down where it is bad, as a decoder may."""

    def run(self) -> int:
        if "bad" in self.name:
            os.kill(os.getpid(), signal.SIGSEGV)
        return 1


@dataclass(frozen=True)
class _CrashOnce(_Of):
    mark: Path = Path()

    def run(self) -> str:
        if not self.mark.exists():
            self.mark.touch()
            os._exit(1)
        return "survived"


@dataclass(frozen=True)
class _Sleep(_Of):
    seconds: float = 0.0

    def run(self) -> None:
        time.sleep(self.seconds)


@dataclass(frozen=True)
class _SleepAndWrite(_Of):
    """A long piece of work that writes at its end. Says when it has begun."""

    folder: Path = Path()
    kernel: bool = True

    def run(self) -> None:
        if not self.kernel:  # as on a system where only the pipe tells that the run is gone
            ctypes.CDLL(None).prctl(1, 0)
        (self.folder / "begun").write_text(str(os.getpid()))
        if self.kernel and sys.platform == "linux":
            ctypes.PyDLL(None).sleep(3)  # holds the interpreter's lock, as foreign code may
        else:
            time.sleep(3.0)
        (self.folder / "written").touch()


class _Value:
    """A shared value that counts how often it travels."""

    travelled: ClassVar[int] = 0

    def __init__(self, content: str) -> None:
        self.content = content

    def __getstate__(self) -> dict[str, str]:
        _Value.travelled += 1
        return {"content": self.content}


@dataclass(frozen=True)
class _Ask(_Of):
    reference: Reference[Any] | None = None

    def run(self) -> tuple[int, str]:
        assert self.reference is not None
        return os.getpid(), self.reference.get().content


class _Raises(_Of):
    def run(self) -> None:
        if self.name == "known":
            raise RecordingError("known", "it is broken", advice="Mend it.")
        raise ValueError("oh")


class _BadResult(_Of):
    def run(self) -> Any:
        return lambda: None


class _OneWay:
    """Can be pickled and not be unpickled."""

    def __init__(self, fails: bool = True) -> None:
        if fails:
            raise ValueError("not here")

    def __reduce__(self) -> tuple[type[_OneWay], tuple[()]]:
        return _OneWay, ()


class _OneWayResult(_Of):
    def run(self) -> Any:
        return _OneWay(fails=False)


@dataclass(frozen=True)
class _Holding(_Of):
    thing: Any = None


class _Prints(_Of):
    def run(self) -> str:
        print("noise")
        os.write(1, b"noise of foreign code\n")
        return sys.stdin.read()


class _ByHand:
    """Runs tasks at once, in this process; notes their order and how many were under way."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.order: list[str] = []
        self.most = self._out = 0

    def submit(self, task: Task) -> Future[Finished]:
        self.order.append(task.source.key)
        self._out += 1
        self.most = max(self.most, self._out)
        future: Future[Finished] = Future()
        threading.Timer(0.01, self._end, (future, task)).start()
        return future

    def _end(self, future: Future[Finished], task: Task) -> None:
        self._out -= 1
        future.set_result(execute(task))


class _Loses(_ByHand):
    """Loses the worker of every task, and says that it has tried again itself."""

    def _end(self, future: Future[Finished], task: Task) -> None:
        future.set_exception(WorkerLost("gone", tried_alone=True))


def run(tasks: list[Any], slots: int = 2) -> dict[str, Finished]:
    """Run tasks in workers; returns what came of each, by name."""
    finished: dict[str, Finished] = {}

    def note(result: Finished) -> list[Task]:
        finished[result.task.source.key] = result
        return []

    with LocalEngine(slots) as engine:
        run_tasks(tasks, note, engine)
    assert not workers()
    return finished


def workers() -> list[psutil.Process]:
    """The workers of this process."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if any("videmo.batch.engines.worker" in part for part in child.cmdline()):
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def test_tasks_go_by_rank_then_weight_then_as_they_came() -> None:
    engine = _ByHand(1)
    tasks = [_Of("light", 1, 1.0), _Of("heavy", 1, 2.0), _Of("first"), _Of("also heavy", 1, 2.0)]
    run_tasks(tasks, lambda finished: [], engine)
    assert engine.order == ["first", "heavy", "also heavy", "light"]


def test_no_more_tasks_are_under_way_than_there_are_slots() -> None:
    engine = _ByHand(3)
    run_tasks([_Of(str(number)) for number in range(20)], lambda finished: [], engine)
    assert engine.most == 3
    assert len(engine.order) == 20


def test_what_follows_is_run_too() -> None:
    engine = _ByHand(2)

    def follow(finished: Finished) -> list[Task]:
        return [_Of(finished.value + "!")] if len(finished.value) < 4 else []

    run_tasks([_Of("a")], follow, engine)
    assert engine.order == ["a", "A!", "A!!", "A!!!"]


def test_a_task_that_the_engine_tried_alone_is_not_tried_again() -> None:
    engine = _Loses(2)
    results: list[Finished] = []
    run_tasks([_Of("a"), _Of("b")], lambda finished: results.append(finished) or [], engine)
    assert engine.order == ["a", "b"]
    assert all("crashed the worker process twice" in result.failure for result in results)


@pytest.mark.slow
def test_what_a_short_recording_brings_does_not_wait_for_a_long_one() -> None:
    order: list[str] = []

    def follow(finished: Finished) -> list[Task]:
        name = finished.task.source.key
        order.append(name)
        return [_Sleep("follows")] if name == "short" else []

    with LocalEngine(2) as engine:
        run_tasks([_Sleep("long", seconds=2.0), _Sleep("short")], follow, engine)
    assert order == ["short", "follows", "long"]


def test_even_one_task_at_a_time_runs_in_a_worker() -> None:
    pids = {result.value for result in run([_Pid("a"), _Pid("b")], slots=1).values()}
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_a_worker_starts_only_when_there_is_a_task_for_it() -> None:
    with LocalEngine(8) as engine:
        assert not workers()
        pids = {engine.submit(_Pid(name)).result().value for name in "abc"}
        assert len(workers()) == len(pids) == 1


def test_more_tasks_than_slots_are_refused() -> None:
    with LocalEngine(1) as engine:
        engine.submit(_Sleep("a", seconds=0.5))
        with pytest.raises(RuntimeError, match="no slot is free"):
            engine.submit(_Sleep("b"))


@posix
@pytest.mark.parametrize("slots", [1, 2])
def test_a_crashing_decoder_costs_its_recording_alone(slots: int) -> None:
    finished = run([_Crash(name) for name in ("a", "bad1", "b", "c", "bad2", "d")], slots)
    assert {name for name, result in finished.items() if result.failure} == {"bad1", "bad2"}
    assert "crashed the worker process twice" in finished["bad1"].failure
    assert len(finished) == 6


def test_a_task_that_loses_its_worker_once_is_tried_again(tmp_path: Path) -> None:
    assert run([_CrashOnce("a", mark=tmp_path / "mark"), _Of("b")])["a"].value == "survived"


@posix
def test_a_worker_that_is_killed_while_it_has_nothing_to_do_costs_nothing() -> None:
    results: list[Finished] = []

    def follow(finished: Finished) -> list[Task]:
        results.append(finished)
        if len(results) == 1:
            [worker] = workers()
            worker.kill()
            worker.wait(5)
            return [_Of("b")]
        return []

    with LocalEngine(2) as engine:
        run_tasks([_Of("a")], follow, engine)
    assert [result.value for result in results] == ["A", "B"]


def test_errors_come_back_as_failures() -> None:
    finished = run([_Raises("known"), _Raises("clip.mp4")])
    assert finished["known"].failure == "known: it is broken. Mend it."
    assert finished["clip.mp4"].failure.startswith("clip.mp4: unexpected error (ValueError: oh).")
    assert "Traceback" in finished["clip.mp4"].details


def test_what_cannot_be_pickled_is_a_failure_of_its_task_alone() -> None:
    finished = run(
        [
            _BadResult("result"),
            _OneWayResult("one-way result"),
            _Holding("task", thing=lambda: None),
            _Holding("one-way task", thing=_OneWay(fails=False)),
            _Of("good"),
        ]
    )
    assert finished.pop("good").value == "GOOD"
    assert len(finished) == 4
    for name, result in finished.items():
        assert result.failure.startswith(f"{name}: unexpected"), result.failure


def test_what_a_task_prints_or_reads_does_not_disturb() -> None:
    assert run([_Prints("a")], slots=1)["a"].value == ""


def test_large_tasks_and_results_travel() -> None:
    name = "x" * 5_000_000
    assert run([_Of(name)], slots=1)[name].value == name.upper()


def test_a_shared_value_travels_to_each_worker_once() -> None:
    _Value.travelled = 0
    results: list[Finished] = []
    with LocalEngine(2) as engine:
        reference = engine.share(_Value("x" * 100_000))
        assert len(pickle.dumps(_Ask("a", reference=reference))) < 400
        tasks = [_Ask(str(number), reference=reference) for number in range(50)]
        run_tasks(tasks, lambda finished: results.append(finished) or [], engine)
    assert {content for _, content in (result.value for result in results)} == {"x" * 100_000}
    assert _Value.travelled == len({pid for pid, _ in (result.value for result in results)}) <= 2
    assert reference.get().content == "x" * 100_000


def test_a_worker_keeps_few_shared_values_and_asks_again() -> None:
    results: list[Finished] = []
    with LocalEngine(1) as engine:
        references = [engine.share(_Value(str(number))) for number in range(20)]
        tasks = [_Ask(str(number), reference=references[number % 20]) for number in range(40)]
        run_tasks(tasks, lambda finished: results.append(finished) or [], engine)
    assert all(result.value[1] == str(int(result.task.source.key) % 20) for result in results)


def test_a_shared_value_that_cannot_be_pickled_fails_its_tasks_and_nothing_else() -> None:
    with LocalEngine(1) as engine:
        reference = engine.share(lambda: None)
        assert "unexpected" in engine.submit(_Ask("a", reference=reference)).result().failure
        assert engine.submit(_Of("b")).result().value == "B"


def test_a_shared_value_lives_as_long_as_its_reference() -> None:
    with LocalEngine(1) as engine:
        engine.share(_Value("a"))
        assert not engine._shared


def test_a_script_that_guards_no_main_part_does_not_start_itself_again(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "print('begins')\n"
        "from test_engines import _Of, LocalEngine\n"
        "with LocalEngine(2) as engine:\n"
        "    print(engine.submit(_Of('a')).result().value)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=_environment(), check=True)
    assert done.stdout.split() == ["begins", "A"]


SCRIPT = """
import sys
from pathlib import Path
from test_engines import GUARD, LocalEngine, _SleepAndWrite, run_tasks
folder = Path(sys.argv[1])
with LocalEngine(2, guard=folder / GUARD) as engine:
    run_tasks([_SleepAndWrite("a", folder=folder, kernel=sys.argv[2] == "kernel")], lambda finished: [], engine)
"""


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}


def _begin(folder: Path, *, kernel: bool = True) -> tuple[subprocess.Popen[bytes], int]:
    """Start a run with a long task; returns it and the worker's process id once the task is under way."""
    command = [sys.executable, "-c", SCRIPT, str(folder), "kernel" if kernel else "pipe"]
    process = subprocess.Popen(command, env=_environment(), start_new_session=True, stderr=subprocess.DEVNULL)
    begun = folder / "begun"
    for _ in range(400):
        if begun.exists() and begun.read_text():
            return process, int(begun.read_text())
        time.sleep(0.05)
    raise AssertionError("the task did not begin")


def _ends(pid: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


@posix
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT"])
def test_a_worker_ends_with_its_run_in_the_middle_of_a_task(name: str, tmp_path: Path) -> None:
    process, worker = _begin(tmp_path)
    process.send_signal(getattr(signal, name))  # to the run alone
    process.wait(10)
    assert _ends(worker, within_s=2.0)
    guard.wait_until_free(tmp_path / GUARD, patience_s=1.0)
    assert not (tmp_path / "written").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is only the pipe, and every test is of it")
def test_the_pipe_alone_ends_a_worker_too(tmp_path: Path) -> None:
    process, worker = _begin(tmp_path, kernel=False)
    process.kill()
    process.wait(10)
    assert _ends(worker, within_s=2.0)
    time.sleep(max(0.0, 3.2 - (time.time() - (tmp_path / "begun").stat().st_mtime)))
    assert not (tmp_path / "written").exists()


def test_a_worker_that_was_stopped_until_its_run_ended_writes_nothing_when_it_goes_on(tmp_path: Path) -> None:
    mark, begun, go = (tmp_path / name for name in ("mark", "begun", "go"))
    mark.touch()
    worker = WorkerProcess(None, mark=str(mark))
    try:
        first = _Written(str(tmp_path / "first"))
        assert worker.ask(channel.TASK, pickle.dumps(first))[0] == channel.DONE
        assert (tmp_path / "first").read_text() == "here"
        late = _Written(str(tmp_path / "late"), begun=begun, go=go)
        asking = threading.Thread(target=lambda: worker.ask(channel.TASK, pickle.dumps(late)))
        asking.start()
        while not begun.exists():
            time.sleep(0.01)
        mark.unlink()  # it is in the middle of its task, and its run ends
        go.touch()
        asking.join()
    finally:
        worker.kill()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["begun", "first", "go"]


@posix
def test_a_worker_whose_answers_nobody_reads_ends_without_a_word() -> None:
    """Its run can be gone before it has answered for the first time."""
    command = [sys.executable, "-c", BOOT, json.dumps([*map(str, sys.path)]), ""]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert worker.stdin is not None
    assert worker.stdout is not None
    assert worker.stderr is not None
    worker.stdout.close()
    assert worker.wait(60) == 0
    assert worker.stderr.read() == b""
    worker.stdin.close()
    worker.stderr.close()


def test_an_interrupt_while_a_worker_starts_leaves_none_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start(*args: Any, **kwargs: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*args, **kwargs))
        signal.raise_signal(signal.SIGINT)
        return started[-1]

    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(KeyboardInterrupt), LocalEngine(1) as engine:
        engine.submit(_Pid("any"))
    assert [process.poll() for process in started] == [-signal.SIGKILL]


def test_a_lost_terminal_ends_all(tmp_path: Path) -> None:
    process, worker = _begin(tmp_path)
    os.killpg(process.pid, signal.SIGHUP)
    process.wait(10)
    assert _ends(worker, within_s=2.0)


@posix
def test_a_new_run_waits_for_the_workers_of_a_killed_one(tmp_path: Path) -> None:
    process, worker = _begin(tmp_path)
    path = tmp_path / GUARD
    assert not guard.removed(path)
    with pytest.raises(OutputError, match="still writing to it"):
        guard.wait_until_free(path, patience_s=0.2)
    os.kill(worker, signal.SIGSTOP)  # it can't even notice that it is killed by the pipe
    process.kill()
    process.wait(10)
    guard.wait_until_free(path, patience_s=2.0)
    assert not path.exists()


def test_a_guard_that_nobody_holds_is_free(tmp_path: Path) -> None:
    path = tmp_path / GUARD
    assert guard.removed(path)
    guard.hold(path).close()
    assert path.exists()
    assert guard.removed(path)
    assert not path.exists()


def test_any_number_of_workers_hold_a_guard_together(tmp_path: Path) -> None:
    first, second = guard.hold(tmp_path / "guard"), guard.hold(tmp_path / "guard")
    first.close()
    assert not guard.removed(tmp_path / "guard")
    second.close()
    assert guard.removed(tmp_path / "guard")
