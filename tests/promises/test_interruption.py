"""Ctrl-C, SIGTERM, SIGHUP and a lost terminal end a run with one sentence, and nothing of it is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from clips import make_clip
from live import lasting
from runs import command, videmo

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks at processes as Linux shows them"),
]
Run = subprocess.Popen[str]
INTERRUPTED = 130


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough to be at work on for a while, in several chunks."""
    folder = tmp_path_factory.mktemp("recordings")
    make_clip(folder / "short.mp4", size=(640, 480), frames=250, gop=250)
    return lasting(folder / "short.mp4", folder / "long.mp4", 6)


def start(*arguments: str | Path, **options: object) -> Run:
    """Start a run as a shell does a job: in a group of its own."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command(*arguments), text=True, start_new_session=True, **{**pipes, **options})  # type: ignore[call-overload, no-any-return]


def until_it_answers(run: Run) -> None:
    """Wait until a run has its answer to a request to stop, which Python has not by itself."""
    for _ in range(2000):
        with suppress(OSError, StopIteration):
            status = Path(f"/proc/{run.pid}/status").read_text().splitlines()
            caught = next(line for line in status if line.startswith("SigCgt"))
            if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
                return
        time.sleep(0.002)
    raise AssertionError("it never answered")


def until_it_has_workers(run: Run, count: int = 1) -> list[psutil.Process]:
    for _ in range(4000):
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(run.pid).children(recursive=True)
            if len(children) >= count:
                return children
        time.sleep(0.002)
    raise AssertionError("no workers were started")


def partials(out: Path) -> list[Path]:
    return list(out.rglob(".partial-*"))


def ended_well(run: Run, workers: list[psutil.Process], out: Path) -> str:
    """Wait for the end of a run; returns what it said about it."""
    _, said = run.communicate(timeout=30)
    assert run.returncode == INTERRUPTED, said
    assert "interrupted" in said
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(workers, timeout=3)
    assert not alive
    assert not partials(out)
    return said


@pytest.mark.parametrize(
    ("name", "to_all"),
    [
        ("SIGINT", True), ("SIGTERM", False), ("SIGHUP", True),
        *(pytest.param(name, to_all, marks=pytest.mark.thorough)
          for name, to_all in (("SIGINT", False), ("SIGTERM", True), ("SIGHUP", False))),
    ],
)  # fmt: skip
def test_a_request_to_stop_is_answered_like_ctrl_c(name: str, to_all: bool, clip: Path, tmp_path: Path) -> None:
    tables_alone = ("--no-annotate", "--no-plots", "--no-report")
    arguments = ("analyze", clip, "--out", tmp_path, "--jobs", "2", "--fps", "2", *tables_alone)
    run = start(*arguments)
    workers = until_it_has_workers(run)
    time.sleep(1.0)
    workers = until_it_has_workers(run)
    send = os.killpg if to_all else os.kill
    send(run.pid, getattr(signal, name))
    assert "Run the same command again to resume" in ended_well(run, workers, tmp_path)
    assert videmo(*arguments).returncode == 0


@pytest.mark.parametrize("wait_s", [0.0, 0.05, 0.1, 0.2, 0.4, 0.8])
def test_an_early_request_prints_no_traceback(wait_s: float, clip: Path, tmp_path: Path) -> None:
    run = start("analyze", clip, "--out", tmp_path, "--jobs", "2")
    until_it_answers(run)
    time.sleep(wait_s)
    os.killpg(run.pid, signal.SIGINT)
    ended_well(run, [], tmp_path)


@pytest.mark.parametrize("wait_s", [0.0, 0.02, 0.1, 0.3])
def test_a_worker_that_has_just_been_started_prints_no_traceback(wait_s: float, clip: Path, tmp_path: Path) -> None:
    run = start("analyze", clip, "--out", tmp_path, "--jobs", "2")
    workers = until_it_has_workers(run)
    time.sleep(wait_s)
    os.killpg(run.pid, signal.SIGINT)
    ended_well(run, workers, tmp_path)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_commands_without_workers_answer_too(name: str, clip: Path, tmp_path: Path) -> None:
    run = start("probe", *[clip] * 5000)
    until_it_answers(run)
    time.sleep(0.3)
    run.send_signal(getattr(signal, name))
    ended_well(run, [], tmp_path)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_request_that_foreign_code_swallows_is_made_again(name: str) -> None:
    code = f"""
import signal, time
from videmo.cli.interrupts import requests_raise

class Foreign:
    def __del__(self):
        signal.raise_signal(signal.{name})
        time.sleep(0)

try:
    with requests_raise():
        Foreign()
        print("goes on")
        for _ in range(500):
            time.sleep(0.01)
except KeyboardInterrupt as request:
    print("ended by", request)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == (f"goes on\nended by {name}\n", "")


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """A terminal: the end that a person sits at, and the one that programs see."""
    master, slave = os.openpty()
    yield master, slave
    for end in (master, slave):
        with suppress(OSError):
            os.close(end)


def test_a_lost_terminal_ends_a_run(terminal: tuple[int, int], clip: Path, tmp_path: Path) -> None:
    import fcntl
    import termios

    master, slave = terminal
    run = subprocess.Popen(
        command("analyze", clip, "--out", tmp_path, "--jobs", "2", "--no-annotate"),
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(slave)
    workers = until_it_has_workers(run)  # type: ignore[arg-type]
    os.close(master)
    assert run.wait(30) == INTERRUPTED
    _, alive = psutil.wait_procs(workers, timeout=3)
    assert not alive
    assert not partials(tmp_path)


def test_a_run_that_was_told_to_outlive_its_terminal_does(clip: Path, tmp_path: Path) -> None:
    ignoring = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh"]
    arguments = command("analyze", clip, "--out", tmp_path, "--jobs", "2", "--no-annotate", "--fps", "1")
    run = subprocess.Popen([*ignoring, *arguments], start_new_session=True, stdout=subprocess.DEVNULL)
    until_it_has_workers(run)  # type: ignore[arg-type]
    os.killpg(run.pid, signal.SIGHUP)
    assert run.wait(120) == 0


def test_a_run_that_cannot_speak_any_more_ends_all_the_same(clip: Path, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    run = start("analyze", clip, "--out", tmp_path, "--jobs", "2", stdout=writing, stderr=writing)
    os.close(writing)
    workers = until_it_has_workers(run)
    os.close(reading)
    run.terminate()
    assert run.wait(30) == INTERRUPTED
    _, alive = psutil.wait_procs(workers, timeout=3)
    assert not alive


def test_annotate_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    """While a video is written, its recording is not finished; the same command has to find it all the same."""
    (tmp_path / "in").mkdir()
    for name in ("a.mp4", "b.mp4"):
        make_clip(tmp_path / "in" / name, frames=20)
    out = tmp_path / "out"
    assert videmo("analyze", tmp_path / "in", "--out", out, "--no-plots").returncode == 0
    for name in ("a.mp4", "b.mp4"):
        (out / name / ".work").mkdir()
        (out / name / "run.json").rename(out / name / ".work" / "run.json")
        (out / name / "annotated.mp4").unlink()
    done = videmo("annotate", out)
    assert done.returncode == 0, done.stderr
    for name in ("a.mp4", "b.mp4"):
        assert (out / name / "run.json").is_file()
        assert (out / name / "annotated.mp4").is_file()
        assert not (out / name / ".work").exists()
