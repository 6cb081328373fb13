"""What bad input gets: a clear sentence with the file's name, the right exit code, and everything else complete."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import av
import numpy as np
import pandas as pd
import psutil
import pytest

from runs import command, leftovers, link, videmo
from videmo.batch.engines.execute import execute
from videmo.batch.engines.local import LocalEngine
from videmo.batch.tasks import Chunk, PlanAnalysis
from videmo.pipeline.plan import network_hashes
from videmo.records import Source
from videmo.settings import Settings

FAST = ("--fps", "2", "--no-plots", "--no-annotate")
ODD_NAMES = (
    "with space.mp4",
    "quote'and\"double.mp4",
    "ünïcödé-表情.mp4",
    "new\nline.mp4",
    "-dash.mp4",
    "=formula.mp4",
    "[brackets]*.mp4",
    "$dollar.mp4",
)


def write_audio_only(path: Path) -> None:
    """An MP4 with nothing but sound."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_small(path: Path, *, size: tuple[int, int], pix_fmt: str, frames: int, codec: str = "libx264") -> None:
    """A gray clip of any size and format."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        for shade in range(frames):
            picture = np.full((size[1], size[0], 3), 40 + shade, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def remuxed(source: Path, target: Path, options: dict[str, str]) -> None:
    """Copy the video packets into a new file."""
    with av.open(str(source)) as old, av.open(str(target), "w", options=options) as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(old.streams.video[0]):
            if packet.size:
                packet.stream = stream
                new.mux(packet)


def test_a_folder_with_every_kind_of_bad_file(samples: Path, tmp_path: Path) -> None:
    root, out = tmp_path / "in", tmp_path / "out"
    link(samples / "phone-rotated.mp4", root / "good.mp4")
    (root / "empty.mp4").write_bytes(b"")
    (root / "text.mp4").write_text("these are not the frames you are looking for\n" * 50)
    write_audio_only(root / "audio.mp4")
    remuxed(samples / "phone-rotated.mp4", root / "headless.mp4", {})
    tail_index = (root / "headless.mp4").read_bytes()
    (root / "headless.mp4").write_bytes(tail_index[: len(tail_index) // 2])
    remuxed(samples / "expressions.mp4", root / "cut.mp4", {"movflags": "faststart"})
    whole = (root / "cut.mp4").read_bytes()
    (root / "cut.mp4").write_bytes(whole[: len(whole) * 6 // 10])
    (root / "notes.txt").write_text("left alone")
    (root / "cover.jpg").write_bytes(b"left alone")

    done = videmo("analyze", root, "--out", out, *FAST)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr + done.stdout
    table = pd.read_csv(out / "recordings.csv", index_col="recording")
    assert table["status"].to_dict() == {
        "audio.mp4": "failed",
        "cut.mp4": "incomplete",
        "empty.mp4": "failed",
        "good.mp4": "ok",
        "headless.mp4": "failed",
        "text.mp4": "failed",
    }
    for name, words in {
        "empty.mp4": "empty (0 bytes)",
        "text.mp4": "not a readable video",
        "audio.mp4": "no video stream (it has 1 audio stream)",
        "headless.mp4": "not a readable video",
        "cut.mp4": "cut off",
    }.items():
        assert words in table.loc[name, "reason"]
        assert str(tmp_path) not in table.loc[name, "reason"], "a path of this machine"
        assert any(name in line and words in line for line in done.stderr.splitlines())
    assert (out / "good.mp4" / "run.json").is_file()
    seen = pd.read_csv(out / "cut.mp4" / "observations.csv")["time_s"]
    assert 4 < seen.max() < 11
    assert not leftovers(out)
    for name in ("empty.mp4", "text.mp4", "audio.mp4", "headless.mp4"):
        assert not list((out / name).glob("*")) if (out / name).exists() else True


@pytest.mark.slow
def test_small_and_odd_videos_work(tmp_path: Path) -> None:
    root, out = tmp_path / "in", tmp_path / "out"
    root.mkdir()
    write_small(root / "one-frame.mp4", size=(64, 48), pix_fmt="yuv420p", frames=1)
    write_small(root / "odd.mp4", size=(101, 67), pix_fmt="yuv444p", frames=5)
    write_small(root / "gray.mkv", size=(64, 48), pix_fmt="gray", frames=5, codec="ffv1")
    write_small(root / "tiny.mkv", size=(2, 2), pix_fmt="gray", frames=3, codec="ffv1")
    done = videmo("analyze", root, "--out", out)
    assert done.returncode == 0, done.stderr
    frames = pd.read_csv(out / "recordings.csv", index_col="recording")["sampled"].to_dict()
    assert frames == {"gray.mkv": 5, "odd.mp4": 5, "one-frame.mp4": 1, "tiny.mkv": 3}
    for name in frames:
        assert (out / name / "annotated.mp4").stat().st_size > 0
        assert (out / name / "timeline.png").stat().st_size > 0


def test_names_of_all_kinds_and_equal_names_in_two_folders(samples: Path, tmp_path: Path) -> None:
    root, out = tmp_path / "in", tmp_path / "out"
    for name in ODD_NAMES:
        link(samples / "no-face.mp4", root / name)
    link(samples / "no-face.mp4", root / "sub" / "same.mp4")
    link(samples / "phone-rotated.mp4", root / "other" / "same.mp4")
    (root / "sub" / "loop").symlink_to(root)
    done = videmo("analyze", root, "--out", out, "--fps", "1", "--no-annotate")
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(out / "recordings.csv", keep_default_na=False)
    assert len(table) == len(ODD_NAMES) + 2
    assert not any(name[0] in "=+-@" for name in table["recording"]), "a spreadsheet would take it for a formula"
    assert all((out / name / "timeline.png").is_file() for name in ODD_NAMES)
    people = table.set_index("recording")["people"].to_dict()
    assert (people["other/same.mp4"], people["sub/same.mp4"]) == (1, 0)


def test_a_named_file_with_a_dash_in_front_works(samples: Path, tmp_path: Path) -> None:
    shutil.copy(samples / "no-face.mp4", tmp_path / "-clip.mp4")
    done = videmo("analyze", "--out", "out", *FAST, "--", "-clip.mp4", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "-clip.mp4" / "observations.csv").is_file()


@pytest.mark.slow
def test_nothing_to_do_and_wrong_usage_exit_with_two(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no recordings here")
    for arguments, words in (
        (("analyze", tmp_path), "no recordings found"),
        (("analyze", tmp_path / "missing.mp4"), "missing.mp4: no such file"),
        (("analyze", tmp_path, "--fps", "often"), "--fps often"),
        (("analyze", tmp_path, "--fps", "-3"), "--fps -3: out of range"),
        (("analyze", tmp_path, "--detector", "magic"), "--detector magic"),
        (("analyze", tmp_path, "--no-such-option"), "no-such-option"),
        (("analyze",), "PATH"),
    ):
        target = tmp_path / "clip.mp4"
        target.write_bytes(b"")
        if "no recordings" in words:
            target.unlink()
        done = (
            videmo(*arguments, "--out", tmp_path / "out") if "--no-such-option" not in arguments else videmo(*arguments)
        )
        assert done.returncode == 2, (arguments, done.stderr)
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_settings_file_errors_name_the_setting(samples: Path, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("[timeline]\nstep = 0.5\n")
    done = videmo("analyze", samples, "--out", tmp_path / "out", "--config", config)
    assert done.returncode == 2
    assert "timeline.step" in done.stderr
    assert "Did you mean 'timeline.step_s'" in done.stderr


def test_an_output_folder_that_cannot_be_written(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = videmo("analyze", samples / "no-face.mp4", "--out", tmp_path / "file" / "out", *FAST)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_said_plainly_and_leaves_nothing_half_written(samples: Path, tmp_path: Path) -> None:
    small = tmp_path / "disk"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=220k", "tmpfs", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        done = videmo("analyze", samples / "expressions.mp4", "--out", small / "out")
        assert done.returncode == 1
        assert "No space left" in done.stderr
        assert "Traceback" not in done.stderr
        assert not list((small / "out").rglob("annotated.mp4"))
        assert not list((small / "out").rglob("expressions.mp4/run.json"))
        for path in (small / "out").rglob("*.csv"):
            pd.read_csv(path)
    finally:
        subprocess.run(["umount", str(small)], check=False)


def test_a_file_without_permission(samples: Path, tmp_path: Path) -> None:
    clip = tmp_path / "secret.mp4"
    shutil.copy(samples / "no-face.mp4", clip)
    clip.chmod(0)
    if os.access(clip, os.R_OK):
        pytest.skip("root reads everything")
    done = videmo("analyze", clip, "--out", tmp_path / "out", *FAST)
    assert done.returncode == 1
    assert "secret.mp4" in done.stderr
    assert "permission" in done.stderr


def test_control_c_exits_with_130_and_can_go_on(samples: Path, tmp_path: Path) -> None:
    arguments = ("analyze", samples / "expressions.mp4", "--out", tmp_path / "out")
    run = subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    _wait_for_workers(run.pid, 2)
    os.killpg(run.pid, signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert videmo(*arguments, "--no-annotate", "--fps", "2").returncode == 0


def test_a_killed_worker_costs_nothing(samples: Path, tmp_path: Path) -> None:
    run = subprocess.Popen(
        command("analyze", samples / "expressions.mp4", "--out", tmp_path / "out", "--no-annotate", "--jobs", "2"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for worker in _wait_for_workers(run.pid, 2):
        worker.kill()
        break
    _, errors = run.communicate(timeout=120)
    assert run.returncode == 0, errors
    assert (tmp_path / "out" / "expressions.mp4" / "run.json").is_file()


def _wait_for_workers(pid: int, count: int) -> list[psutil.Process]:
    """Wait until a run's workers are busy. Processes that end while one looks at them don't count."""
    for _ in range(600):
        try:
            children = psutil.Process(pid).children(recursive=True)
        except psutil.NoSuchProcess:
            break
        workers = [child for child in children if _seconds_of_work(child) is not None]
        if len(workers) >= count and any((_seconds_of_work(worker) or 0) > 0.7 for worker in workers):
            return workers
        time.sleep(0.05)
    raise AssertionError("no workers came up")


def _seconds_of_work(process: psutil.Process) -> float | None:
    """Processor time of a worker so far; None where the process is no worker, or has ended."""
    try:
        worker = any("videmo.batch.engines.worker" in part for part in process.cmdline())
        return float(process.cpu_times().user) if worker else None
    except psutil.Error:  # gone, or a zombie that nobody has waited for yet
        return None


def test_a_file_that_vanishes_costs_its_recording_alone(samples: Path, tmp_path: Path) -> None:
    clip, settings = tmp_path / "clip.mp4", Settings()
    shutil.copy(samples / "expressions.mp4", clip)
    source, folder = Source(clip, "clip.mp4"), tmp_path / "out" / "clip.mp4"
    work = execute(PlanAnalysis(source, folder, settings, network_hashes(settings), afresh=False)).value
    clip.unlink()
    with LocalEngine(1) as engine:
        result = execute(Chunk(engine.share(work), 0, 0))
    assert "clip.mp4: the file is gone" in result.failure


def test_two_runs_into_one_folder_do_not_mix(samples: Path, tmp_path: Path) -> None:
    arguments = ("analyze", samples / "expressions.mp4", "--out", tmp_path, "--no-annotate")
    first = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait_for_workers(first.pid, 1)
    first.send_signal(signal.SIGSTOP)  # so that it is still there, however long the second one takes to begin
    try:
        second = videmo(*arguments)
    finally:
        first.send_signal(signal.SIGCONT)
    assert second.returncode == 1
    assert "another videmo run" in second.stderr
    assert first.wait(timeout=120) == 0


def test_failures_stay_in_the_table_when_tables_or_videos_are_redone(samples: Path, tmp_path: Path) -> None:
    root, out = tmp_path / "in", tmp_path / "out"
    link(samples / "phone-rotated.mp4", root / "good.mp4")
    (root / "empty.mp4").write_bytes(b"")
    assert videmo("analyze", root, "--out", out, *FAST).returncode == 1
    before = (out / "recordings.csv").read_bytes()
    assert videmo("report", out, "--no-plots").returncode == 0
    assert (out / "recordings.csv").read_bytes() == before
    done = videmo("annotate", out)
    assert done.returncode == 0, done.stderr
    assert (out / "good.mp4" / "annotated.mp4").stat().st_size > 0
    assert (out / "recordings.csv").read_bytes() == before
    assert not leftovers(out)


def test_the_folder_of_one_recording_is_not_taken_for_a_folder_of_results(samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert videmo("analyze", samples / "phone-rotated.mp4", "--out", out, *FAST).returncode == 0
    summary = (out / "phone-rotated.mp4" / "summary.csv").read_bytes()
    for arguments in (
        ("report", out / "phone-rotated.mp4"),
        ("analyze", samples / "no-face.mp4", "--out", out / "phone-rotated.mp4", *FAST),
    ):
        done = videmo(*arguments)
        assert done.returncode == 2
        assert "single recording" in done.stderr
    assert (out / "phone-rotated.mp4" / "summary.csv").read_bytes() == summary


def test_a_failing_video_leaves_the_finished_tables_alone(samples: Path, tmp_path: Path) -> None:
    clip, out = tmp_path / "clip.mp4", tmp_path / "out"
    shutil.copy(samples / "phone-rotated.mp4", clip)
    assert videmo("analyze", clip, "--out", out, *FAST).returncode == 0
    recordings = (out / "recordings.csv").read_bytes()
    clip.rename(tmp_path / "moved.mp4")
    done = videmo("annotate", out)
    assert done.returncode == 1
    assert "clip.mp4: the file is gone" in done.stderr
    assert (out / "clip.mp4" / "run.json").is_file()
    assert (out / "recordings.csv").read_bytes() == recordings


def test_another_recording_of_the_same_name_does_not_replace_results(samples: Path, tmp_path: Path) -> None:
    first = link(samples / "no-face.mp4", tmp_path / "day1" / "a.mp4")
    second = link(samples / "phone-rotated.mp4", tmp_path / "day2" / "a.mp4")
    out = tmp_path / "out"
    assert videmo("analyze", first, "--out", out, *FAST).returncode == 0
    observations = (out / "a.mp4" / "observations.csv").read_bytes()
    done = videmo("analyze", second, "--out", out, *FAST)
    assert done.returncode == 0
    assert "1 recording is called by a longer path, as the results have others of the shorter name" in done.stdout
    assert f"{second} is day2/a.mp4" in done.stdout
    assert (out / "a.mp4" / "observations.csv").read_bytes() == observations
    assert pd.read_csv(out / "recordings.csv")["recording"].tolist() == ["a.mp4", "day2/a.mp4"]


def test_failures_of_other_folders_stay_until_their_files_are_gone(samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bad = tmp_path / "monday" / "bad.mp4"
    bad.parent.mkdir()
    bad.write_bytes(b"")
    link(samples / "no-face.mp4", tmp_path / "tuesday" / "good.mp4")
    assert videmo("analyze", bad.parent, "--out", out, *FAST).returncode == 1
    assert videmo("analyze", tmp_path / "tuesday", "--out", out, *FAST).returncode == 0
    assert pd.read_csv(out / "recordings.csv")["recording"].tolist() == ["bad.mp4", "good.mp4"]
    bad.unlink()
    assert videmo("analyze", tmp_path / "tuesday", "--out", out, *FAST).returncode == 0
    assert pd.read_csv(out / "recordings.csv")["recording"].tolist() == ["good.mp4"]


def test_results_in_a_folder_below_belong_to_that_folder(samples: Path, tmp_path: Path) -> None:
    assert videmo("analyze", samples / "no-face.mp4", "--out", tmp_path / "reports" / "demo", *FAST).returncode == 0
    assert videmo("analyze", samples / "phone-rotated.mp4", "--out", tmp_path / "reports", *FAST).returncode == 0
    table = pd.read_csv(tmp_path / "reports" / "recordings.csv")
    assert table["recording"].tolist() == ["phone-rotated.mp4"]


def test_report_tells_damaged_observations_and_does_the_others(samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    clips = [samples / "no-face.mp4", samples / "phone-rotated.mp4"]
    assert videmo("analyze", *clips, "--out", out, *FAST).returncode == 0
    (out / "no-face.mp4" / "observations.csv").write_text("frame,time_s\n1,2\n")
    done = videmo("report", out, "--step", "1")
    assert done.returncode == 1
    assert "observations.csv: no column" in done.stderr
    table = pd.read_csv(out / "recordings.csv")
    assert table["status"].tolist() == ["failed", "ok"]
    assert videmo("analyze", *clips, "--out", out, "--overwrite", *FAST).returncode == 0
    assert pd.read_csv(out / "recordings.csv")["status"].tolist() == ["ok", "ok"]


def test_a_video_in_another_quality_survives_a_report(samples: Path, tmp_path: Path) -> None:
    assert videmo("analyze", samples / "phone-rotated.mp4", "--out", tmp_path, "--fps", "2").returncode == 0
    assert videmo("annotate", tmp_path, "--quality", "40").returncode == 0
    video = tmp_path / "phone-rotated.mp4" / "annotated.mp4"
    before = video.read_bytes()
    assert videmo("report", tmp_path).returncode == 0
    assert video.read_bytes() == before
