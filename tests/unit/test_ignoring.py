"""Recordings that are known to be bad, and left out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import videmo
from clips import make_clip
from runs import videmo as command
from videmo.batch.ignoring import sort_out
from videmo.errors import UsageError
from videmo.records import Source

KEYS = ("study/day1/anna.mp4", "study/day1/ben.mp4", "study/day2/anna.mp4", "study/day2/[1].mp4")
SOURCES = [Source(Path("/data") / key, key) for key in KEYS]


@pytest.mark.parametrize(
    ("given", "ignored"),
    [
        (["anna.mp4"], [0, 2]),
        (["day1/anna.mp4"], [0]),
        (["study/day1/anna.mp4"], [0]),
        (["day1"], [0, 1]),
        (["day1/"], [0, 1]),
        (["day?/anna*"], [0, 2]),
        (["*.mp4"], [0, 1, 2, 3]),
        (["/data/study/day2"], [2, 3]),
        (["/data/*/day2/anna.mp4"], [2]),
        (["../data/study/day1/ben.mp4"], [1]),
        (["[[]1].mp4"], [3]),
        (["day*.mp4"], []),
        (["nobody.mp4"], []),
    ],
)
def test_names_folders_paths_and_patterns_are_ignored(
    given: list[str], ignored: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given[0].startswith(".."):
        monkeypatch.chdir("/usr")
    wanted = sorted(KEYS[place] for place in ignored)
    if len(ignored) == len(KEYS):
        with pytest.raises(UsageError, match="no recording is left"):
            sort_out(SOURCES, given)
        return
    found = sort_out(SOURCES, given)
    assert list(found.ignored) == wanted
    assert [source.key for source in found.wanted] == [key for key in KEYS if key not in wanted]
    assert found.idle == (() if ignored else tuple(given))


def test_what_names_a_recording_by_the_letter_is_no_pattern() -> None:
    takes = [Source(Path("/data") / key, key) for key in ("take[1].mp4", "take1.mp4", "take2.mp4")]
    assert sort_out(takes, ["take[1].mp4"]).ignored == ("take[1].mp4",)
    assert sort_out(takes[1:], ["take[1].mp4"]).ignored == ("take1.mp4",)
    assert sort_out(takes, ["take[12].mp4"]).ignored == ("take1.mp4", "take2.mp4")


def test_a_list_in_a_file_is_read(tmp_path: Path) -> None:
    listed = tmp_path / "known-bad.txt"
    listed.write_text("# cut off at the source\n\nday1/anna.mp4\n  ben.mp4  \n")
    assert sort_out(SOURCES, [f"@{listed}", "nobody"]).ignored == (KEYS[0], KEYS[1])
    with pytest.raises(UsageError, match="a name or pattern on each line"):
        sort_out(SOURCES, [f"@{tmp_path / 'none.txt'}"])


@pytest.mark.slow
def test_a_file_that_is_known_to_be_bad_is_no_failure_any_more(tmp_path: Path) -> None:
    recordings, out = tmp_path / "in", tmp_path / "out"
    recordings.mkdir()
    make_clip(recordings / "good.mp4", frames=10)
    (recordings / "bad.mp4").write_text("no video")
    arguments = ("analyze", recordings, "--out", out, "--no-annotate", "--no-plots", "--no-report")
    done = command(*arguments)
    assert done.returncode == 1
    assert "failed" in pd.read_csv(out / "recordings.csv")["status"].tolist()
    done = command(*arguments, "--ignore", "bad.mp4", "--ignore", "gone.mp4")
    assert done.returncode == 0, done.stderr
    assert "1 skipped (finished before), 1 ignored" in done.stdout
    assert "There is no gone.mp4 to ignore." in done.stdout
    assert pd.read_csv(out / "recordings.csv")["status"].tolist() == ["ok"]
    planned = command(*arguments, "--ignore", "bad.mp4", "--dry-run")
    assert "would ignore " in planned.stdout
    assert len(videmo.analyze(recordings, out=out, annotate=False, plots=False, report=False, ignore="bad.mp4")) == 1
