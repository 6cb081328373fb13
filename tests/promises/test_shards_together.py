"""Shards: the same bytes as one run, whatever happens to them."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from runs import cold, leftovers, tables, videmo
from videmo.results.folder import ResultsFolder

OPTIONS = ("--fps", "2", "--no-annotate", "--no-plots", "--jobs", "1")


@pytest.fixture(scope="module")
def source(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four recordings, one of which is none."""
    root = tmp_path_factory.mktemp("shards") / "in"
    (root / "day 1").mkdir(parents=True)
    shutil.copy(samples / "phone-rotated.mp4", root / "a.mp4")
    shutil.copy(samples / "phone-rotated.mp4", root / "day 1" / "it's b.mp4")
    shutil.copy(samples / "two-people.mp4", root / "c.mp4")
    (root / "broken.mp4").write_bytes(b"no video at all" * 100)
    return root


@pytest.fixture(scope="module")
def whole(source: Path) -> Path:
    out = source.parent / "whole"
    assert cold("analyze", source, "--out", out, *OPTIONS).returncode == 1
    return out


def shard(source: Path, out: Path, which: str, *more: str) -> subprocess.CompletedProcess[str]:
    return videmo("analyze", source, "--out", out, *OPTIONS, "--shard", which, *more)


def hidden(out: Path) -> list[str]:
    return sorted(path.name for path in out.glob(".videmo-shard*") if path.suffix == ".json")


@pytest.mark.slow
def test_shards_and_a_gathering_give_the_same_bytes(source: Path, whole: Path) -> None:
    out = source.parent / "shards"  # beside that of the whole run: both say alike where the recordings lie
    for index in (3, 1, 2):
        done = shard(source, out, f"{index}/3")
        assert f"Shard {index} of 3:" in done.stdout
        assert not (out / "recordings.csv").exists()
    done = videmo("gather", out)
    assert done.returncode == 1
    assert "3 shards: 3 recordings finished, 1 failed." in done.stdout
    assert "broken.mp4" in done.stderr
    assert tables(out) == tables(whole)
    assert (out / "index.html").read_bytes() == (whole / "index.html").read_bytes()
    assert leftovers(out) == []
    assert hidden(out) == []
    assert json.loads((out / "run.json").read_text()) == json.loads((whole / "run.json").read_text())
    assert videmo("analyze", source, "--out", out, *OPTIONS).stdout.count("skipped (finished before)") == 1


@pytest.mark.slow
def test_what_is_missing_is_named_until_it_is_there(source: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert shard(source, out, "1/2").returncode in (0, 1)
    done = videmo("gather", out)
    assert done.returncode == 1
    assert "shard 2/2 never began" in done.stderr
    assert {".videmo-shard-0001.json", ".videmo-shards.json"} < {*hidden(out)}
    (key, *_) = [
        key for key in json.loads((out / ".videmo-shard-0001.json").read_text())["keys"] if key != "broken.mp4"
    ]
    ResultsFolder(out).recording(key).reopen()
    done = videmo("gather", out)
    assert "shard 1/2 has not finished" in done.stderr
    assert key in done.stderr
    for which in ("1/2", "2/2"):
        shard(source, out, which)
    videmo("gather", out)
    assert tables(out) == tables(whole)
    assert hidden(out) == []
    assert videmo("gather", out).stderr.strip().endswith("no shard has worked here. Analyse with shards first.")


def test_other_numbers_and_settings_are_refused_while_it_goes_on(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert shard(source / "a.mp4", out, "1/1").returncode == 0
    for more in (("1/2",), ("1/1", "--fps", "3")):
        done = shard(source / "a.mp4", out, *more)
        assert done.returncode == 2
        assert "have begun there" in done.stderr
    with ResultsFolder(out).lock():
        pass
    assert videmo("gather", out).returncode == 0
    assert shard(source / "a.mp4", out, "2/2").returncode == 0


def test_nobody_works_twice_at_the_same_place(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = ResultsFolder(out)
    with folder.lock_shard(1, lambda: None), folder.lock_shard(2, lambda: None):
        for done in (videmo("gather", out), videmo("analyze", source / "a.mp4", "--out", out, *OPTIONS)):
            assert done.returncode == 1
            assert "shards are at work there" in done.stderr
            assert f"process {os.getpid()} on " in done.stderr, "it says who"
        done = shard(source / "a.mp4", out, "1/2")
        assert (done.returncode, "shard 1 is at work already" in done.stderr) == (1, True)
    assert shard(source / "a.mp4", out, "1/1").returncode == 0


def test_a_plan_is_written_and_used(source: Path, tmp_path: Path) -> None:
    out, plan = tmp_path / "out", tmp_path / "plan.csv"
    done = videmo("analyze", source, "--out", out, "--dry-run", "--plan", plan)
    assert f"written  {plan}" in done.stdout
    known = pd.read_csv(plan)
    assert known["recording"].tolist() == ["a.mp4", "c.mp4", "day 1/it's b.mp4"]
    assert known["seconds"].between(3, 11).all()
    before = plan.read_bytes()
    shares = [
        videmo("analyze", source, "--out", out, "--dry-run", "--shard", f"{number}/3", "--plan", plan).stdout
        for number in (1, 2, 3)
    ]
    assert plan.read_bytes() == before, "what one shard would do is no plan for all"
    assert [share.count("would do") for share in shares] == [1, 1, 1], "as the shards themselves would share it"
    assert videmo("analyze", source, "--out", out, "--plan", plan).returncode == 2


FAKE = """#!{python}
import os, re, subprocess, sys
open({log!r}, "a").write(" ".join(sys.argv[1:]) + "\\n")
wrapped = next(each.removeprefix("--wrap=") for each in sys.argv if each.startswith("--wrap="))
array = next((re.fullmatch(r"--array=1-([0-9]+)", each) for each in sys.argv if each.startswith("--array")), None)
for number in range(1, int(array[1]) + 1) if array else [0]:
    task = {{"SLURM_ARRAY_TASK_ID": str(number), "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": array[1],
            "SLURM_ARRAY_TASK_STEP": "1"}} if array else {{}}
    subprocess.run(["bash", "-c", wrapped], env=os.environ | task, stdout=sys.stderr)
print(4711)
"""


@pytest.mark.slow
def test_the_script_for_slurm_does_all_of_it(source: Path, whole: Path, tmp_path: Path) -> None:
    out, tools, log = tmp_path / "re sults", tmp_path / "bin", tmp_path / "log"
    tools.mkdir()
    put(tools / "sbatch", FAKE.format(python=sys.executable, log=str(log)))
    put(tools / "videmo", f'#!/bin/sh\nexec "{sys.executable}" -m videmo "$@"\n')
    text = videmo("cluster-script", "slurm", "--shards", "2", "--", source, "--out", out, *OPTIONS[:-2]).stdout
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
    subprocess.run(["bash"], input=text, env=environment, text=True, check=True, capture_output=True)
    first, second = log.read_text().splitlines()
    assert "--array=1-2" in first
    assert "--dependency=afterany:4711" in second
    assert tables(out) == tables(whole)
    assert hidden(out) == []


def put(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_a_script_has_to_know_where_the_results_are() -> None:
    arguments: Sequence[str] = ("cluster-script", "pbs", "--", "in")
    done = videmo(*arguments)
    assert (done.returncode, "where the results are" in done.stderr) == (2, True)
