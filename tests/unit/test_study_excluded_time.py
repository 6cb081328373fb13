"""Time that is excluded counts nowhere: in no measure, no dyad, and in no agreement of coders."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import EVENTS, PLAN, Face, Shown, make_study, put_recording, smile
from videmo import read_study
from videmo.pipeline.study import dyads
from videmo.pipeline.study.coders import CODERS
from videmo.pipeline.study.courses import COURSES
from videmo.pipeline.study.curves import open_courses
from videmo.pipeline.study.dyads import DYADS
from videmo.pipeline.study.measure import SEGMENTS
from videmo.pipeline.study.overview import overview
from videmo.pipeline.study.run import open_study, run_study
from videmo.pipeline.study.tables import COMPARISONS, PARTICIPANTS
from videmo.study.meetings import dyads_of

pytestmark = pytest.mark.slow

QUICK = PLAN + "[compare]\npermutations = 99\nbootstraps = 99\n[validity]\nmin_share = 0.2\n"
AWAY = "4.5,4,door,exclude\n"


def made(study: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> pd.DataFrame:
    """A table of a study, of segments and coders alone."""
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, CODERS))
    run_study(study)
    return pd.read_csv(study / "results" / f"{name}.csv")


def test_an_episode_in_it_is_not_counted_and_one_that_reaches_out_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(tmp_path, 2, events=EVENTS + AWAY, plan=QUICK)
    happy = made(study, monkeypatch, "segments").query("label == 'funny' and emotion == 'happy'")
    assert happy["valid_s"].tolist() == [2.0, 2.0]
    assert happy["episodes"].tolist() == [0, 0]
    (study / "events.csv").write_text(EVENTS + AWAY.replace("4.5,4", "4.5,2"), encoding="utf-8")
    found = made(study, monkeypatch, "segments").query("label == 'funny' and emotion == 'happy'")
    assert found["episodes"].tolist()[1] == 1


def test_it_does_not_count_against_a_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The face is seen in all of the time that counts; a segment of which nothing counts has no share."""
    strict = QUICK.replace("min_share = 0.2", "min_share = 0.9")
    study = make_study(tmp_path, 2, events=EVENTS + AWAY, plan=strict)
    happy = made(study, monkeypatch, "segments").query("label == 'funny' and emotion == 'happy'")
    assert happy["valid_share"].tolist() == [1.0, 1.0]
    assert happy["used"].tolist() == ["yes", "yes"]
    (study / "events.csv").write_text(EVENTS + AWAY.replace("4.5,4", "0,10"), encoding="utf-8")
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, COMPARISONS))
    run_study(study)
    found = pd.read_csv(study / "results" / "segments.csv").query("label == 'funny' and emotion == 'happy'")
    assert found["valid_share"].isna().all()
    assert set(found["reason"]) == {"all of its time is excluded"}
    out = pd.read_csv(study / "results" / "exclusions.csv").query("level == 'segment'")
    assert out["valid_share"].isna().all()
    assert set(out["reason"]) == {"all of its time is excluded"}


def test_dyads_are_not_compared_in_it_not_even_where_only_one_is_excluded(tmp_path: Path) -> None:
    put_recording(tmp_path / "out", "pair.mp4", [Face(smile((5.0, 8.0))), Face(smile((5.2, 8.2)))])
    study = tmp_path / "study"
    study.mkdir()
    for name, text in {
        "participants.csv": "participant_id\nanna\nben\n",
        "cast.csv": "recording,participant_id,person,dyad,role,offset_s\npair.mp4,anna,1,p,A,1\npair.mp4,ben,2,p,B,1\n",
        "events.csv": "onset,duration,label,kind,participant_id\n0,18,talk,,\n4,6,door,exclude,\n"
        "12,3,call,exclude,ben\n",
        "study.toml": '[study]\nresults = "../out"\n',
    }.items():
        (study / name).write_text(text, encoding="utf-8")
    update = open_study(study)
    (stretch,) = dyads.stretches(update, *dyads_of(update.study.design, update.study.recordings))
    cells = np.arange(90) * 0.2
    for values, gone in ((stretch.a, [(4, 10)]), (stretch.b, [(4, 10), (12, 15)])):
        nothing = ~np.isfinite(values[:, 0])
        inside = np.any([(cells >= begin - 1e-6) & (cells < end - 1e-6) for begin, end in gone], axis=0)
        assert (nothing == inside).all()


def test_coders_are_not_compared_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["recording,coder,onset,duration,code"]
    for number in (1, 2):
        for coder, code in (("anna", "happy"), ("ben", "sad")):
            key = f"sub-{number:02}_task-film.mp4"
            lines += [f"{key},{coder},0,4.5,neutral", f"{key},{coder},4.5,4,{code}", f"{key},{coder},8.5,9.5,neutral"]
    codes = "\n".join(lines) + "\n"
    study = make_study(tmp_path, 2, events=EVENTS + AWAY, plan=QUICK, codes_csv=codes)
    table = made(study, monkeypatch, "reliability").set_index(["coder_a", "coder_b", "unit", "code"])
    both = table.loc[("anna", "ben", "0.2 s", "(all)")]
    assert (both["n"], both["agreement"]) == (2 * 70, 1.0)
    confusion = pd.read_csv(study / "results" / "confusion.csv")
    people = confusion[(confusion["coder_a"] == "anna") & (confusion["coder_b"] == "ben")]
    assert people[["code_a", "code_b", "seconds"]].to_numpy().tolist() == [["neutral", "neutral", 28.0]]
    assert table.loc[("anna", "videmo", "0.2 s", "(all)"), "n"] == 2 * 70


def test_a_segment_of_which_nothing_counts_is_not_one_that_somebody_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three segments of a label: one is seen, one is not, one is wholly excluded. One of two is enough, one of three
    would not be."""
    events = "onset,duration,label,kind\n0,3,rest,baseline\n4,4,funny,stimulus\n9,3,funny,stimulus\n14,3,funny,stimulus"
    events += "\n18,2,neutral,stimulus\n13,4.5,door,exclude\n"
    study = make_study(tmp_path, 4, events=events, plan=QUICK)
    seen: Shown = lambda times: np.where((times < 8.5) | (times > 13), 1.0, 0.0)  # noqa: E731
    for number in range(4):
        face = Face(smile((5.0, 8.0), seed=number), coverage=seen)
        key = f"sub-{number + 1:02}_task-film.mp4"
        shutil.rmtree(tmp_path / "out" / key)
        put_recording(tmp_path / "out", key, [face])
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, PARTICIPANTS, COMPARISONS, COURSES))
    run_study(study)
    found = read_study(study)
    assert found.comparisons.query("primary == 'yes'")["n_pairs"].item() == 4
    assert set(found.sensitivity["n_pairs"].dropna()) == {4}
    assert found.timecourse.query("label == 'funny' and emotion == 'happy'")["n"].max() == 4
    assert found.clusters["n_pairs"].max() == 4


def test_time_courses_tell_the_share_of_the_time_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_study(tmp_path, 2, events=EVENTS + "4.5,4.1,door,exclude\n", plan=QUICK)
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, PARTICIPANTS, COMPARISONS, COURSES))
    run_study(study)
    funny = read_study(study).timecourse.query("label == 'funny' and emotion == 'happy' and group == '(all)'")
    share = funny.set_index("time_s")["valid_share"]
    assert share.loc[[0.0, 0.4, 4.6, 5.8]].tolist() == [1.0] * 4, "half of a cell is excluded, the rest seen"
    assert share.loc[0.6:4.4].isna().all()
    assert funny.set_index("time_s")["n"].loc[[0.4, 4.6]].tolist() == [2, 2]
    with open_courses(open_study(study)) as courses:
        seen = overview(courses, "funny", 0, np.arange(2), "seen")
    assert seen.loc[:, 0.6:4.4].isna().all(axis=None)
    assert (seen.drop(columns=[time for time in seen if 0.59 < time < 4.5]) == 1).all(axis=None)


def test_time_courses_tell_the_share_of_the_segments_that_reach_a_cell_each_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A film of 2 s ends before one of 4 s, and one that is shown three times counts three times."""
    events = "onset,duration,label,stimulus\n2,2,short,a\n5,4,short,b\n10,1,often,a\n11,1,often,a\n12,1,often,a\n"
    plan = QUICK + '[baseline]\nsource = "none"\ncorrection = "none"\n'
    study = make_study(
        tmp_path, 2, events=events + "15,1,often,b\n", plan=plan.replace("funny - neutral", "short - often")
    )
    for number in range(2):
        key = f"sub-{number + 1:02}_task-film.mp4"
        shutil.rmtree(tmp_path / "out" / key)
        put_recording(tmp_path / "out", key, [Face(smile((5.0, 8.0)), lambda times: np.where(times < 15, 1.0, 0.6))])
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, PARTICIPANTS, COMPARISONS, COURSES))
    run_study(study)
    happy = read_study(study).timecourse.query("emotion == 'happy' and group == '(all)'").set_index("label")
    assert happy.loc["short", "valid_share"].tolist() == [1.0] * 20
    assert happy.loc["often", "valid_share"].tolist() == pytest.approx([0.9] * 5, abs=1e-6)
    with open_courses(open_study(study)) as courses:
        for label, share in (("short", 1.0), ("often", 0.9)):
            assert np.allclose(overview(courses, label, 0, np.arange(2), "seen"), share, atol=1e-6)


def test_dyads_tell_the_share_of_the_time_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_recording(tmp_path / "out", "pair.mp4", [Face(smile((5.0, 8.0))), Face(smile((5.2, 8.2)))])
    study = tmp_path / "study"
    study.mkdir()
    for name, text in {
        "participants.csv": "participant_id\nanna\nben\n",
        "cast.csv": "recording,participant_id,person,dyad,role\npair.mp4,anna,1,p,A\npair.mp4,ben,2,p,B\n",
        "events.csv": "onset,duration,label,kind,participant_id\n0,18,talk,,\n4,3,door,exclude,\n"
        "12,3,call,exclude,ben\n",
        "study.toml": '[study]\nresults = "../out"\n[synchrony]\nwindow_s = 2\nstep_s = 1\nmax_lag_s = 1\n',
    }.items():
        (study / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, DYADS))
    run_study(study)
    assert read_study(study).synchrony["valid_share"].unique().tolist() == [1.0]
