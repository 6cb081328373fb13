"""``videmo doctor``: what it finds, and that it finds what is wrong."""

from __future__ import annotations

import json
import math
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inline import InlineEngine
from runs import videmo
from videmo.batch.engines.protocol import Finished, Task, WorkerLost
from videmo.doctor import libraries, machines
from videmo.doctor.findings import FAULT, OK, WARNING
from videmo.doctor.libraries import look_at_codecs, look_at_libraries
from videmo.doctor.machines import look_at_cores, look_at_memory, look_at_places, look_at_processor
from videmo.doctor.selftest import KNOWN, self_test
from videmo.machine import memory_bytes, usable_cores
from videmo.video import codecs


class CrashingEngine(InlineEngine):
    """Every worker crashes."""

    def submit(self, task: Task) -> Future[Finished]:
        future: Future[Finished] = Future()
        future.set_exception(WorkerLost("signal 4"))
        return future


@pytest.mark.slow
def test_all_is_well_here(tmp_path: Path) -> None:
    done = videmo("doctor", "--out", tmp_path / "not yet" / "there")
    assert done.returncode == 0, done.stdout
    topics = [line.split()[1] for line in done.stdout.splitlines() if line.startswith(("ok", "warning"))]
    assert topics == [
        "videmo", "Python", "OpenCV", "LiteRT", "numpy", "pandas", "matplotlib", "PyAV", "codecs", "encoders",
        "processor", "cores", "memory", "results", "scratch", "self-test",
    ]  # fmt: skip
    assert "videmo works here" in done.stdout.splitlines()[-1]
    assert not (tmp_path / "not yet").exists(), "nothing is left behind"


@pytest.mark.slow
def test_programs_can_read_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = videmo("doctor", "--json", "--out", tmp_path / "file" / "results")
    assert done.returncode == 1
    found = {each["topic"]: each for each in json.loads(done.stdout)}
    assert found["results"]["status"] == "fault"
    assert "cannot be written to" in found["results"]["says"]
    assert found["self-test"]["status"] in ("ok", "warning"), "a warning if the machine is busy"
    assert "results: " in done.stderr


@pytest.mark.slow
def test_other_results_than_expected_are_a_fault() -> None:
    assert self_test(InlineEngine(1), slow_s=math.inf).status == OK
    slow = self_test(InlineEngine(1), slow_s=0.0)
    assert (slow.status, "busy or slow" in slow.advice) == (WARNING, True)
    known = replace(KNOWN, frames=14, written=74, duration_s=2.0, face=(0.0, 0.0, 65.0, 87.0), sad_until_s=3.0)
    found = self_test(InlineEngine(1), known)
    assert found.status == FAULT
    assert "15 frames with 1 persons were seen, not 14 with one" in found.says
    assert "it was taken for 3 s long, not 2 s" in found.says
    assert "not at 0, 0, 65, 87" in found.says
    assert "it was called happy and sad and surprise where it looks sad" in found.says
    assert "the annotated video has 75 frames, not 74" in found.says


def test_a_library_that_cannot_be_loaded_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "_LIBRARIES", {"Gone": ("no_such_module", "no-such-package")})
    ((found,), features) = look_at_libraries(InlineEngine(1))
    assert (found.topic, found.status, features) == ("Gone", FAULT, "")
    assert found.says == "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"


def test_a_library_that_crashes_is_a_fault() -> None:
    found, _ = look_at_libraries(CrashingEngine(1))
    assert {each.status for each in found} == {FAULT}
    (pyav,) = look_at_codecs(CrashingEngine(1))
    assert pyav.says == "cannot be loaded: it crashes (signal 4)"


@pytest.mark.parametrize(
    ("missing", "statuses"),
    [((), [OK, OK, OK]), (("ProRes",), [OK, WARNING, OK]), (("H.264",), [OK, FAULT, OK])],
)
def test_kinds_of_video_that_cannot_be_read_are_named(
    missing: tuple[str, ...], statuses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {name: ("no_such_codec",) if name in missing else known for name, known in codecs._DECODERS.items()}
    monkeypatch.setattr(codecs, "_DECODERS", there)
    found = list(look_at_codecs(InlineEngine(1)))
    assert [each.status for each in found] == statuses
    assert all(f"not {name}" in found[1].says for name in missing)


def test_without_an_encoder_no_annotated_video_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codecs, "_ENCODERS", {"H.264": "no_such_codec", "AAC": "aac"})
    encoders = list(look_at_codecs(InlineEngine(1)))[-1]
    assert (encoders.status, encoders.says) == (FAULT, "no H.264: annotated videos can't be written")


def test_processors_are_told_apart_by_what_networks_need() -> None:
    assert look_at_processor("SSE SSE2 *AVX2 *AVX512-SKX?").says.endswith("AVX2")
    old = look_at_processor("SSE SSE2 *AVX? *AVX2?")
    assert old.status == WARNING
    assert "without AVX2" in old.says
    assert look_at_processor("").status == OK, "nobody could ask"


def test_too_little_memory_is_a_warning_with_a_number_of_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "usable_cores", lambda: 8)
    monkeypatch.setattr(machines, "memory_bytes", lambda: 2 << 30)
    monkeypatch.setattr(machines, "free_bytes", lambda: 1 << 30)
    found = look_at_memory()
    assert (found.status, found.advice) == (WARNING, "Close other programs, or run 3 jobs at a time.")
    monkeypatch.setattr(machines, "memory_bytes", lambda: None)
    assert look_at_memory().status == OK


def test_cores_that_may_not_be_used_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "usable_cores", lambda: 2)
    monkeypatch.setattr(machines.os, "cpu_count", lambda: 64)
    assert look_at_cores().says.startswith("2 of 64 may be used")


def test_a_full_disk_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1 << 20

    monkeypatch.setattr(machines.shutil, "disk_usage", lambda folder: Usage)
    assert [found.status for found in look_at_places(tmp_path)] == [WARNING, WARNING]


# What containers may use.


@pytest.fixture
def groups(tmp_path: Path) -> Any:
    """Limits as Linux shows them; returns what writes one and the arguments that point there."""

    def write(own: str, **limits: str) -> dict[str, Path]:
        (tmp_path / "own").write_text(own)
        for name, text in limits.items():
            path = tmp_path / "limits" / name.replace("__", "/").replace("_of_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return {"limits": tmp_path / "limits", "own": tmp_path / "own"}

    return write


def test_cores_are_those_of_the_container(groups: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)), raising=False)
    assert usable_cores(**groups("0::/\n")) == 16
    assert usable_cores(**groups("0::/\n", cpu_of_max="max 100000\n")) == 16
    assert usable_cores(**groups("0::/\n", cpu_of_max="250000 100000\n")) == 3, "two and a half"
    assert usable_cores(**groups("0::/\n", cpu_of_max="5000 100000\n")) == 1
    assert usable_cores(limits=Path("/none"), own=Path("/none")) == 16


def test_a_group_is_limited_by_those_around_it(groups: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)), raising=False)
    told = groups(
        "0::/job/step\n", job__step__cpu_of_max="800000 100000", job__cpu_of_max="400000 100000", cpu_of_max="max 1"
    )
    assert usable_cores(**told) == 4


def test_the_first_version_of_control_groups_is_read_too(groups: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)), raising=False)
    own = "4:memory:/box\n3:cpu,cpuacct:/box\n1:name=systemd:/\n"
    told = groups(
        own, cpu__box__cpu_of_cfs_quota_us="200000", cpu__box__cpu_of_cfs_period_us="100000",
        memory__box__memory_of_limit_in_bytes=str(1 << 30),
    )  # fmt: skip
    assert usable_cores(**told) == 2
    assert memory_bytes(**told) == 1 << 30
    assert usable_cores(**groups(own, cpu__box__cpu_of_cfs_quota_us="-1")) == 16


def test_memory_is_that_of_the_container(groups: Any) -> None:
    whole = memory_bytes(**groups("0::/\n"))
    assert memory_bytes(**groups("0::/\n", memory_of_max="max")) == whole
    assert memory_bytes(**groups("0::/\n", memory_of_max=str(123 << 20))) == 123 << 20
