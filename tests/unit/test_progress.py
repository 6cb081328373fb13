"""How far a run has come: what is left of it, and how that is shown."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

import videmo
from videmo.batch.progress import COUNTLESS, Estimate, Progress, Step, Told
from videmo.pipeline.graph import STAGES
from videmo.pipeline.run import Phase
from videmo.progress import Bars, Lines
from videmo.records import Chunk, Outcome, Source
from videmo.settings import ReadingSettings, Settings

STAGE = {stage.name: stage for stage in STAGES}
OBSERVING = Phase((STAGE["observe"],), (STAGE["observe"], STAGE["tables"]), last=True)
BOTH = (
    Phase((STAGE["observe"],), (STAGE["observe"], STAGE["tables"]), last=False),
    Phase((STAGE["annotation"],), (STAGE["annotation"],), last=True),
)
CHUNK_S = 60.0


def work(key: str = "a.mp4", chunks: int = 10, fps: float | None = None) -> Any:
    """The work on a recording with 25 frames per second."""
    return SimpleNamespace(
        source=Source(Path(key), key),
        recording=SimpleNamespace(average_fps=25.0),
        chunks=[Chunk(index, None, None, None, CHUNK_S) for index in range(chunks)],
        settings=Settings(reading=ReadingSettings(fps=fps)),
    )


def step(of: Any, took_s: float, stage: str = "observe", frames: int = 1500) -> Step:
    return Step(of, stage, CHUNK_S if stage else 0.0, frames if stage else 0, took_s)


def outcome(of: Any, status: str = "analysed", quality: str = "good") -> Outcome:
    return Outcome(of.source, status, frames=1500, duration_s=60.0, people=1, quality=quality)


# What is left.


def test_chunks_that_an_earlier_run_did_say_nothing_about_the_pace() -> None:
    estimate, one = Estimate(1), work()
    estimate.plan(one, [OBSERVING])
    for _ in range(8):
        estimate.advance(step(one, 0.01, frames=0))
    assert estimate.seconds_left is None, "nothing was measured"
    estimate.advance(step(one, 12.0))
    assert estimate.seconds_left == pytest.approx(12.0 + 12.0 * 3000 / (4 * 25 * CHUNK_S), rel=0.01)
    assert 0.8 < estimate.share < 0.95


def test_videos_that_are_still_to_be_written_count() -> None:
    estimate, one = Estimate(1), work()
    estimate.plan(one, BOTH)
    for _ in range(10):
        estimate.advance(step(one, 10.0))
    assert estimate.seconds_left == pytest.approx(162 + 10, rel=0.05), "guessed: 1.6 times as long"
    estimate.advance(step(one, 5.0, ""))
    estimate.advance(step(one, 30.0, "annotation"))
    assert estimate.seconds_left == pytest.approx(9 * 30 + 5), "each at its own pace"


def test_a_few_frames_per_second_are_looked_at_much_faster_than_all_are_written() -> None:
    slow, fast = Estimate(1), Estimate(1)
    for estimate, fps in ((slow, None), (fast, 2.0)):
        one = work(fps=fps)
        estimate.plan(one, BOTH)
        for _ in range(10):
            estimate.advance(step(one, 10.0))
    assert fast.seconds_left is not None
    assert slow.seconds_left is not None
    assert fast.seconds_left > 3 * slow.seconds_left


def test_workers_share_what_is_left_as_long_as_there_is_enough_for_all() -> None:
    estimate, one = Estimate(4), work(chunks=5)
    estimate.plan(one, [OBSERVING])
    estimate.advance(step(one, 12.0))
    assert estimate.seconds_left == pytest.approx((4 * 12.0 + 6.0) / 4)
    for _ in range(4):
        estimate.advance(step(one, 12.0))
    assert estimate.seconds_left == pytest.approx(6.0), "one piece is left"
    estimate.advance(step(one, 6.0, ""))
    assert (estimate.seconds_left, estimate.share) == (None, 1.0)


def test_what_failed_is_not_waited_for() -> None:
    estimate, one, other = Estimate(1), work("a.mp4"), work("b.mp4")
    estimate.plan(one, [OBSERVING])
    estimate.plan(other, [OBSERVING])
    estimate.advance(step(one, 10.0))
    before = estimate.seconds_left
    estimate.end("b.mp4")
    assert before is not None
    assert estimate.seconds_left == pytest.approx(before - 105.0, rel=0.01)


def test_frames_of_an_earlier_run_are_not_counted_as_speed() -> None:
    estimate, one = Estimate(1), work()
    assert estimate.fps == 0
    estimate.plan(one, [OBSERVING])
    estimate.advance(step(one, 0.01, frames=0))
    assert estimate.fps == 0


# How it is shown.


def shown(width: int) -> list[str]:
    """The lines that a terminal of some width shows in the middle of a run."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    bars, one = Bars(2, console=console), work("a folder/with a long name/of a recording of somebody.mp4")
    bars.inspected(1, 1)
    bars.planned(one, BOTH)
    for _ in range(5):
        bars.advanced(step(one, 100.0))
    with console.capture() as capture:
        console.print(bars._progress.get_renderable())
    return [line for line in capture.get().splitlines() if line.strip()]


@pytest.mark.parametrize("width", [45, 60, 80, 200])
def test_percent_and_bar_stay_on_narrow_terminals(width: int) -> None:
    lines = shown(width)
    assert len(lines) == 2, "one for the run, one for the recording"
    for line in lines:
        assert len(line) <= width
        assert line.lstrip().startswith("18 % ━")
    assert "about 19 min left" in lines[0]


def test_lines_tell_what_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    lines, one = Lines(1, videos=True), work()
    lines.inspected(1, 1)
    lines.planned(one, [OBSERVING])
    lines.ended(outcome(one))
    assert capsys.readouterr().err == "[1/1] written   a.mp4: annotated video of 60.0 s\n"


def test_lines_say_what_is_poor(capsys: pytest.CaptureFixture[str]) -> None:
    lines, one = Lines(1), work()
    lines.inspected(1, 1)
    lines.ended(outcome(one, quality="poor"))
    assert capsys.readouterr().err == "[1/1] analysed  a.mp4: 60.0 s, 1500 frames, 1 person, poor quality\n"


# From Python.


def test_a_function_is_told() -> None:
    told: list[Progress] = []
    listener, one = Told(told.append, 1), work(chunks=2)
    listener.inspected(1, 1)
    listener.planned(one, BOTH)
    for stage in ("observe", "observe", "", "annotation", "annotation", ""):
        listener.advanced(step(one, 1.0, stage))
    listener.ended(outcome(one))
    assert [each.doing for each in told] == [
        "inspecting", "analysing", "analysing", "finishing", "writing video", "writing video", "finishing", "analysed",
    ]  # fmt: skip
    shares = [each.share for each in told]
    assert shares == sorted(shares)
    assert told[0] == Progress(0.0, None, "", "inspecting", 0, 1)
    assert told[-1] == Progress(1.0, None, "a.mp4", "analysed", 1, 1)


@pytest.mark.slow
def test_python_shows_how_far_it_has_come(samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[videmo.Progress] = []
    clip = samples / "phone-rotated.mp4"
    videmo.analyze(clip, out=tmp_path, fps=2, annotate=False, plots=False, report=False, progress=told.append)
    assert (told[-1].share, told[-1].doing, told[-1].ended, told[-1].recordings) == (1.0, "analysed", 1, 1)
    assert capsys.readouterr().err == ""
    videmo.analyze(clip, out=tmp_path, fps=2, annotate=False, plots=False, report=False, progress=True)
    assert "[1/1] skipped" in capsys.readouterr().err

    def stop(progress: videmo.Progress) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        videmo.analyze(clip, fps=1, progress=stop)


def test_on_a_cluster_the_time_left_follows_from_how_much_was_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    left = []
    for jobs in (1, COUNTLESS):
        clock = [100.0]
        monkeypatch.setattr("videmo.batch.progress.time.monotonic", clock.pop)
        clock.append(100.0)
        estimate, one = Estimate(jobs), work(chunks=40)
        estimate.plan(one, [OBSERVING])
        for _ in range(20):
            estimate.advance(step(one, 2.0))
        clock += [110.0]
        left.append(estimate.seconds_left)
    assert left[1] == pytest.approx(left[0] / 4), "40 s of work were done in 10 s"
