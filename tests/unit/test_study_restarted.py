"""Dyads of whom somebody is in several recordings: a camera was restarted, or a recording was lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import Face, Shown, put_recording
from videmo.pipeline.study.dyads import DYADS
from videmo.pipeline.study.run import open_study
from videmo.pipeline.study.update import StudyUpdate

pytestmark = pytest.mark.slow

PLAN = """[study]
results = "../out"
[baseline]
source = "none"
correction = "none"
[synchrony]
surrogates = 99
"""
TALK = "onset,duration,label\n5,50,talk\n65,50,talk\n"
NUMBERS = ["label", "emotion", "windows", "valid_share", "peak_z", "peak_lag_s", "mean_abs_z", "r0", "p", "reason"]


def moved(seed: int, begin: float = 0.0) -> Shown:
    """A face that moves by chance, from some second on."""
    chance = np.random.default_rng(seed)
    course = 0.5 + 0.2 * np.convolve(chance.normal(size=1000), np.ones(8) / np.sqrt(8), mode="valid")
    return lambda times: course[((times + begin) / 0.2).astype(int)]


def opened(root: Path, takes: Sequence[str], events: str, column: str = "offset_s") -> StudyUpdate:
    """A study of one dyad: each take is ``name,offset``, or another thing about it, as the cast has it.

    Names tell whose it is, and from which second on, how long: ``A_0_120.mp4``.
    """
    rows = []
    for take in takes:
        name, told = take.split(",")
        who, begin, length = name.removesuffix(".mp4").split("_")
        if not (root / "out" / name).exists():
            put_recording(root / "out", name, [Face(moved(ord(who), float(begin)))], float(length))
        rows.append(f"{name},{who},1,d,{who},{told}")
    study = root / "study"
    study.mkdir(exist_ok=True)
    cast = "\n".join([f"recording,participant_id,person,dyad,role,{column}", *rows, ""])
    texts = {"participants.csv": "participant_id\nA\nB\n", "cast.csv": cast, "events.csv": events, "study.toml": PLAN}
    for name, text in texts.items():
        (study / name).write_text(text, encoding="utf-8")
    return open_study(study)


def synchrony(update: StudyUpdate) -> pd.DataFrame:
    """The table of a study."""
    DYADS.run(update)
    return pd.read_csv(update.folder.path / "results" / "synchrony.csv", keep_default_na=False, na_values=[""])


def remarks(update: StudyUpdate) -> list[str]:
    """What is odd about a dyad."""
    return [str(each).rpartition("/")[2] for each in update.study.remarks if "dyad 'd'" in str(each)]


@pytest.mark.parametrize(
    "events", [TALK, TALK.replace("65,50,talk", "65,50,play"), "onset,duration,label\n5,110,talk\n"]
)
def test_a_camera_that_was_restarted_changes_nothing(tmp_path: Path, events: str) -> None:
    """Not even during an event, with time that is excluded of both."""
    events = events.replace("label", "label,kind").replace("talk\n", "talk,\n").replace("play\n", "play,\n")
    events += "20,3,door,exclude\n58,4,door,exclude\n"
    whole = synchrony(opened(tmp_path, ["A_0_120.mp4,", "B_0_120.mp4,"], events))
    update = opened(tmp_path, ["A_0_120.mp4,", "B_0_60.mp4,0", "B_60_60.mp4,-60"], events)
    found = synchrony(update)
    assert set(found["recording"]) == {"A_0_120.mp4 + B_0_60.mp4 + B_60_60.mp4"}
    pd.testing.assert_frame_equal(found[NUMBERS], whole[NUMBERS])
    assert remarks(update) == []
    other = synchrony(opened(tmp_path, ["A_0_40.mp4,", "A_40_80.mp4,-40", "B_0_60.mp4,", "B_60_60.mp4,-60"], events))
    assert len(other) == len(whole)
    pd.testing.assert_frame_equal(other[NUMBERS].drop(columns="p"), whole[NUMBERS].drop(columns="p"))


def test_events_of_each_recording_are_those_of_the_dyad(tmp_path: Path) -> None:
    whole = synchrony(opened(tmp_path, ["A_0_120.mp4,", "B_0_120.mp4,"], TALK))
    events = "onset,duration,label,recording\n" + "".join(
        f"{onset},50,talk,{name}\n"
        for onset, name in ((5, "A_0_120.mp4"), (5, "B_0_60.mp4"), (65, "A_0_120.mp4"), (65, "B_60_60.mp4"))
    )
    found = synchrony(opened(tmp_path, ["A_0_120.mp4,", "B_0_60.mp4,", "B_60_60.mp4,-60"], events))
    pd.testing.assert_frame_equal(found[NUMBERS], whole[NUMBERS])


def test_clocks_that_are_told_in_utc(tmp_path: Path) -> None:
    whole = synchrony(opened(tmp_path, ["A_0_120.mp4,", "B_0_120.mp4,"], TALK))
    events = "onset_utc,duration,label\n2026-03-01T10:00:05Z,50,talk\n2026-03-01T10:01:05Z,50,talk\n"
    first, second = "2026-03-01T10:00:00Z", "2026-03-01T10:01:00Z"
    takes = [f"A_0_120.mp4,{first}", f"B_0_60.mp4,{first}", f"B_60_60.mp4,{second}"]
    found = synchrony(opened(tmp_path, takes, events, "start_utc"))
    pd.testing.assert_frame_equal(found[NUMBERS], whole[NUMBERS])


def test_recordings_that_are_of_other_times_are_rows_of_their_own(tmp_path: Path) -> None:
    """A third of A is of a time of which nothing of B is left."""
    takes = ["A_0_60.mp4,", "A_60_60.mp4,-60", "A_120_60.mp4,-120", "B_0_60.mp4,", "B_120_60.mp4,-120"]
    update = opened(tmp_path, takes, TALK + "125,50,talk\n")
    found = synchrony(update).query("emotion == 'happy'")
    assert found["recording"].tolist() == ["A_0_60.mp4 + B_0_60.mp4", "A_120_60.mp4 + B_120_60.mp4"]
    assert found["valid_share"].tolist() == [1.0, 1.0]
    assert found["windows"].tolist() == [5, 5]
    said = remarks(update)
    assert [each.split(" is compared")[0] for each in said[:1]] == ["cast.csv, line 3: A_60_60.mp4 of 'A'"]
    assert said[1:] == ["events.csv, line 3: there is no time of 'talk' at which both of the dyad 'd' were filmed"]


def test_where_a_recording_was_lost_and_no_clock_tells_nothing_is_compared(tmp_path: Path) -> None:
    events = "onset,duration,label\n5,50,talk\n"
    update = opened(tmp_path, ["A_0_60.mp4,", "A_60_60.mp4,", "B_60_60.mp4,"], events)
    assert len(remarks(update)) == 3
    assert all("fill in offset_s or start_utc" in each for each in remarks(update))
    assert synchrony(update).empty
    update = opened(tmp_path, ["A_0_60.mp4,", "A_60_60.mp4,", "B_0_60.mp4,", "B_60_60.mp4,"], events)
    assert set(synchrony(update)["recording"]) == {"A_0_60.mp4 + B_0_60.mp4", "A_60_60.mp4 + B_60_60.mp4"}
    assert remarks(update) == []


def test_events_tell_where_the_clock_does_not(tmp_path: Path) -> None:
    events = "onset,duration,label,recording\n5,50,talk,A_0_60.mp4\n5,50,play,A_60_60.mp4\n5,50,play,B_60_60.mp4\n"
    update = opened(tmp_path, ["A_0_60.mp4,", "A_60_60.mp4,", "B_60_60.mp4,"], events)
    assert set(synchrony(update)["recording"]) == {"A_60_60.mp4 + B_60_60.mp4"}
    assert ["A_0_60.mp4 of 'A' is compared with nothing" in each for each in remarks(update)] == [True]
