"""Which recordings a shard has to do, and the scripts that run all of them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from videmo.batch.shards import Shard, chosen, parse_shard, plan_text, read_plan
from videmo.cli.app import app
from videmo.cli.scripts import SCRIPTS, script_for
from videmo.errors import UsageError
from videmo.records import Source

SOURCES = [Source(Path(f"/v/{number}.mp4"), f"day {number % 3}/{number}.mp4") for number in range(200)]


@pytest.mark.parametrize("count", [1, 3, 7, 200])
def test_each_recording_has_one_shard(count: int) -> None:
    parts = [chosen(SOURCES, Shard(index, count)) for index in range(1, count + 1)]
    assert sorted((source for part in parts for source in part), key=SOURCES.index) == SOURCES
    if count <= 7:
        assert min(map(len, parts)) > 0.5 * len(SOURCES) / count


def test_a_recording_stays_with_its_shard_whatever_comes_beside_it() -> None:
    some = chosen(SOURCES[:50], Shard(2, 5))
    assert some == [source for source in chosen(SOURCES, Shard(2, 5)) if source in SOURCES[:50]]


def test_a_plan_shares_the_work_evenly() -> None:
    plan = {source.key: 1.0 + (place % 17) ** 2 for place, source in enumerate(SOURCES)}
    parts = [chosen(SOURCES, Shard(index, 7), plan) for index in range(1, 8)]
    assert sorted((source for part in parts for source in part), key=SOURCES.index) == SOURCES
    loads = [sum(plan[source.key] for source in part) for part in parts]
    assert max(loads) - min(loads) <= 17**2
    assert max(loads) < 1.02 * sum(loads) / 7


def test_a_recording_that_is_gone_when_a_shard_begins_changes_no_other_share() -> None:
    plan = {source.key: 1.0 + (place % 17) ** 2 for place, source in enumerate(SOURCES)}
    for there in (SOURCES[1:], [*SOURCES[:80], *SOURCES[90:]], [*SOURCES, Source(Path("/v/new.mp4"), "new.mp4")]):
        for index in range(1, 8):
            before = chosen(SOURCES, Shard(index, 7), plan)
            now = chosen(there, Shard(index, 7), plan)
            assert [source for source in now if source in SOURCES] == [source for source in before if source in there]


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = {"=a,b.mp4": 12.5, "day/ü.mp4": 0.0}
    (tmp_path / "plan.csv").write_text(plan_text(plan), "utf-8")
    assert read_plan(tmp_path / "plan.csv") == plan
    for wrong in ("recording\na.mp4\n", "recording,seconds\na.mp4,long\n"):
        (tmp_path / "plan.csv").write_text(wrong)
        with pytest.raises(UsageError, match="not a plan"):
            read_plan(tmp_path / "plan.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        read_plan(tmp_path / "none.csv")


def test_a_shard_is_read() -> None:
    assert parse_shard("3/16") == Shard(3, 16)
    slurm = {"SLURM_ARRAY_TASK_ID": "9", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "15"}
    assert parse_shard("auto", {**slurm, "SLURM_ARRAY_TASK_STEP": "2"}) == Shard(5, 8)
    grid = {"SGE_TASK_ID": "4", "SGE_TASK_FIRST": "0", "SGE_TASK_LAST": "9", "SGE_TASK_STEPSIZE": "1"}
    assert parse_shard("auto", grid) == Shard(5, 10)


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "-1/3", "1/100000", "", "1/3/5"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a shard"):
        parse_shard(text)


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, "this is no array of jobs"),
        ({"SGE_TASK_ID": "undefined"}, "this is no array of jobs"),
        ({"PBS_ARRAY_INDEX": "3"}, "PBS does not say how many"),
        ({"SLURM_ARRAY_TASK_ID": "x"}, "this is no array of jobs"),
    ],
)
def test_without_an_array_the_shard_has_to_be_said(environment: dict[str, str], found: str) -> None:
    with pytest.raises(UsageError, match=found):
        parse_shard("auto", environment)


HARD = ["it's a {folder}/", "--out", "re sults"]


@pytest.mark.parametrize("scheduler", list(SCRIPTS))
def test_a_script_names_every_part(scheduler: str) -> None:
    text = script_for(scheduler, HARD, "re sults", 12)
    assert "gather" in text
    assert "12" in text


@pytest.mark.parametrize("scheduler", ["slurm", "pbs"])
def test_a_script_of_the_shell_is_one(scheduler: str) -> None:
    text = script_for(scheduler, HARD, "re sults", 12)
    done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def script(*arguments: str, scheduler: str = "slurm") -> Result:
    """What the command prints for some arguments of an analysis."""
    return CliRunner().invoke(app, ["cluster-script", scheduler, "--shards", "3", "--", *arguments])


@pytest.mark.parametrize("scheduler", list(SCRIPTS))
def test_a_script_keeps_the_number_of_jobs_that_is_asked_for(scheduler: str) -> None:
    text = script("in", "--out", "s3://bucket/out", "-j9", scheduler=scheduler).output
    assert "-j9" in text
    assert "--jobs" not in text.replace("--keep-going --jobs 16", "")
    assert re.search(r"cpus-per-task=9|ncpus=9|threads: 9|cpus 9", text)
    assert "videmo gather s3://bucket/out" in text
    assert "--jobs" in script("in", "--out", "o", scheduler=scheduler).output.replace("--keep-going --jobs 16", "")


def test_a_script_gathers_where_the_jobs_write() -> None:
    for arguments in (("-oout x",), ("--out", "one", "--out=out x"), ("-o", "out x")):
        assert "gather '\"'\"'out x'\"'\"'" in script("in", *arguments).output, arguments


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--shard", "1/3"), "makes no sense in each of several jobs. Leave it out, and say with --shards into how"),
        (("--dry-run",), "makes no sense in each of several jobs. Leave it out; to see"),
        (("--no-anotate",), "No such option: --no-anotate"),
        (("--fps", "often"), "--fps often: not a number"),
        (("--jobs", "0"), "Invalid value for '--jobs'"),
    ],
)
def test_what_no_job_would_understand_is_refused(arguments: tuple[str, ...], found: str) -> None:
    done = script("in", "--out", "out", *arguments)
    assert done.exit_code != 0
    assert "#!/bin" not in done.output
    assert found in " ".join(re.sub(r"\x1b\[[0-9;]*m|│", "", f"{done.output} {done.exception}").split())
