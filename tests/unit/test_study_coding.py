"""What human coders are given: clips around the segments that were drawn, in time to the frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from clips import make_clip, read_number
from runs import videmo
from videmo.cli.app import app
from videmo.errors import RecordingError
from videmo.study.coders import code_cells, segment_rows
from videmo.study.codes import Code
from videmo.study.sampling import clip_of, code_sheet
from videmo.video.clips import cut_clip
from videmo.video.probe import probe


def shown(path: Path) -> list[tuple[float, int]]:
    """Time and number of each picture of a clip."""
    with av.open(str(path)) as container:
        assert not container.streams.audio
        return [(round(float(frame.time or 0), 3), read_number(np.asarray(frame.to_ndarray(format="gray"))))
                for frame in container.decode(video=0)]  # fmt: skip


@pytest.mark.parametrize("rotation", [0, 90])
def test_a_clip_begins_at_the_frame_that_is_wanted(rotation: int, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", frames=100, audio="aac", rotation=rotation, bframes=2, size=(162, 122))
    count = cut_clip(probe(tmp_path / "a.mp4"), 1.6, 2.4, tmp_path / "clip.mp4")
    assert shown(tmp_path / "clip.mp4") == [(round(place / 25, 3), 40 + place) for place in range(20)]
    assert count == 20


def test_frames_keep_their_distances_where_the_rate_varies(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.5, 0.54, 0.6, 1.3, 1.34, 2.0]
    make_clip(tmp_path / "a.mp4", times=times, start_s=1.5)
    cut_clip(probe(tmp_path / "a.mp4"), 0.5, 1.34, tmp_path / "clip.mp4")
    assert shown(tmp_path / "clip.mp4") == [(0.0, 2), (0.04, 3), (0.1, 4), (0.8, 5)]


def test_the_same_clip_has_the_same_bytes(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", frames=60)
    for name in ("one.mp4", "two.mp4"):
        cut_clip(probe(tmp_path / "a.mp4"), 0.5, 1.5, tmp_path / name)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_nothing_is_left_where_nothing_could_be_cut(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", frames=25, time_base=Fraction(1, 25))
    with pytest.raises(RecordingError, match="nothing could be decoded"):
        cut_clip(probe(tmp_path / "a.mp4"), 5.0, 6.0, tmp_path / "clip.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_margins_end_with_the_recording_and_names_say_no_label() -> None:
    row = {"recording": "day1/a.mp4", "person": 2, "label": "funny", "onset_s": 0.4, "duration_s": 6.0}
    clip = clip_of(row, 7.0, 1.0)
    assert (clip.begin_s, clip.end_s, clip.in_clip_s) == (0.0, 7.0, 0.4)
    assert clip.name == "day1/a.mp4/00000.40s-person-2.mp4"
    assert "funny" not in code_sheet([row], [clip])
    assert code_sheet([row], [clip]).splitlines()[1].endswith("coding/clips/day1/a.mp4/00000.40s-person-2.mp4,0.400")
    assert code_sheet([row]).splitlines()[0] == "recording,person,coder,onset,duration,code"


@pytest.mark.slow
def test_clips_are_cut_announced_and_may_be_left_out(samples: Path, tmp_path: Path) -> None:
    clips, out, study = tmp_path / "in", tmp_path / "out", tmp_path / "study"
    clips.mkdir()
    (clips / "a.mp4").write_bytes((samples / "expressions.mp4").read_bytes())
    assert videmo("analyze", clips, "--out", out, "--fps", "5", "--no-annotate", "--no-plots").returncode == 0
    assert videmo("study", "init", out, "--to", study).returncode == 0
    (study / "events.csv").write_text("onset,duration,label\n2,1.5,one\n4,1,two\n", "utf-8")
    runner = CliRunner()
    said = runner.invoke(app, ["study", "code", str(study)]).output
    assert "cutting  2 clips of 6 s, about" in " ".join(said.split("\n"))
    assert "written  2 clips in" in said
    sheet = pd.read_csv(study / "codes.csv")
    assert sheet["in_clip_s"].tolist() == [1.0, 1.0]
    for row in sheet.itertuples():
        with av.open(str(study / str(row.clip))) as container:
            assert float(container.duration or 0) / 1e6 == pytest.approx(row.duration + 2, abs=0.25)
    assert runner.invoke(app, ["study", "check", str(study)]).exit_code == 0, "an empty sheet is no code"
    (study / "codes.csv").unlink()
    (clips / "a.mp4").unlink()
    said = runner.invoke(app, ["study", "code", str(study)]).output
    assert "no clips of a.mp4" in said
    assert "clip" not in pd.read_csv(study / "codes.csv")
    (study / "codes.csv").unlink()
    assert "cutting" not in runner.invoke(app, ["study", "code", str(study), "--no-clips"]).output


def test_a_segment_counts_by_its_own_length_however_long_the_codes_go_on() -> None:
    """The last segment is coded for 0.4 of its 10 s, whether anything is coded later or not."""
    words = ("neutral", "happy", "sad")
    coders = ("A", "B")
    codes = [
        Code("a.mp4", "", coder, at, 10.0, code) for coder in coders for at, code in ((0.0, "happy"), (20.0, "sad"))
    ]
    codes += [Code("a.mp4", "", "A", 39.6, 0.8, "happy"), Code("a.mp4", "", "B", 39.6, 0.8, "sad")]
    later = [Code("a.mp4", "", coder, 90.0, 5.0, "neutral") for coder in coders]
    segments = pd.DataFrame(
        {"recording_onset_s": [0.0, 20.0, 40.0], "recording": "a.mp4", "person": 1, "duration_s": 10.0}
    )
    segments[list(words)] = 0.3
    found = []
    for every in (codes, [*codes, *later]):
        coded = code_cells(("a.mp4", 1), every, None, words, {}, words)
        rows = pd.DataFrame(segment_rows([coded], segments, words))
        found.append(rows[["code", "n", "icc_a1"]])
    pd.testing.assert_frame_equal(*found)
    assert found[0]["n"].unique().tolist() == [2]
