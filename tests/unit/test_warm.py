"""A run that is split off from a process that has imported everything is like one that was started afresh."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import videmo as videmo_package
from conftest import SAMPLES
from runs import cold, tables, videmo
from warm import POSSIBLE, Warm

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not POSSIBLE, reason="processes are split on Linux alone")]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def warm() -> Warm:
    return Warm()


@pytest.mark.parametrize("arguments", [("--help",), ("probe", "nowhere.mp4"), ("analyze", ".", "--fps", "-3"), ("x",)])
def test_it_says_the_same_and_has_the_same_exit_code(arguments: tuple[str, ...]) -> None:
    split, fresh = (run(*arguments) for run in (videmo, cold))
    assert (split.returncode, split.stdout, split.stderr) == (fresh.returncode, fresh.stdout, fresh.stderr)


def test_it_writes_the_same_tables_with_workers_of_its_own(samples: Path, tmp_path: Path) -> None:
    clip = samples / "no-face.mp4"
    for name, run in (("split", videmo), ("fresh", cold)):
        done = run("analyze", clip, "--out", tmp_path / name, "--fps", "2", "--no-annotate", "--no-plots")
        assert done.returncode == 0, done.stderr
    assert tables(tmp_path / "split") == tables(tmp_path / "fresh") != {}


def test_it_works_in_the_folder_that_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"")
    assert "broken.mp4: the file is empty (0 bytes)" in videmo("probe", "broken.mp4", cwd=tmp_path).stderr


def test_who_has_changed_the_environment_gets_a_fresh_start(warm: Warm, monkeypatch: pytest.MonkeyPatch) -> None:
    assert warm.fits(["--help"])
    monkeypatch.setenv("VIDEMO_MODELS", "/elsewhere")
    assert not warm.fits(["--help"])


def test_a_run_that_takes_too_long_is_killed_and_the_next_one_runs(warm: Warm, samples: Path, tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        warm.run(["analyze", str(samples), "--out", "out"], tmp_path, timeout=0.2)
    assert warm.run(["--version"], tmp_path, timeout=60).stdout.startswith("videmo ")


def test_its_workers_are_split_off_as_well(warm: Warm, tmp_path: Path) -> None:
    code = """
from videmo.batch.engines.process import WorkerProcess
worker = WorkerProcess(None)
with open(f"/proc/{worker._process.pid}/cmdline") as worker_said, open("/proc/self/cmdline") as said:
    print(worker_said.read() == said.read())
worker.kill()
"""
    assert warm.run([], tmp_path, 60, code=code).stdout == "True\n"


def test_lines_of_python_have_arguments_a_folder_and_an_environment(warm: Warm, tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "something.py").write_text("WORD = 'found'\n")
    code = "import os, sys, tempfile, something\nprint(sys.argv, os.getcwd(), tempfile.gettempdir(), something.WORD)"
    environment = {"PYTHONPATH": str(tmp_path / "ours"), "TMPDIR": str(tmp_path / "ours")}
    done = warm.run(["a", "b"], tmp_path, 60, code=code, environment=environment)
    assert done.stdout == f"['-c', 'a', 'b'] {tmp_path} {tmp_path / 'ours'} found\n"
    assert warm.run([], tmp_path, 60, code="import sys; sys.exit(7)").returncode == 7


def test_another_copy_of_the_package_takes_the_place_of_this_one(warm: Warm, tmp_path: Path) -> None:
    shutil.copytree(Path(videmo_package.__file__).parent, tmp_path / "videmo")
    (tmp_path / "videmo" / "version.py").write_text('"""The version."""\n\n__version__ = "0.0.7"\n')
    assert warm.run(["--version"], tmp_path, 60, package=str(tmp_path)).stdout == "videmo 0.0.7\n"
    arguments = ["analyze", str(SAMPLES / "no-face.mp4"), "--out", "out", "--fps", "1", "--jobs", "1", "--no-annotate"]
    done = warm.run(arguments, tmp_path, 60, package=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "no-face.mp4" / "run.json").read_text())["videmo"] == "0.0.7"
