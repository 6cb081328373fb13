"""A run that is split off from a process that has imported everything is like one that was started afresh."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

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
