"""What a study tells over time: of those alone who count, and of the difference that it compares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import Face, make_study, put_recording, smile
from videmo import read_study
from videmo.pipeline.study.courses import COURSES
from videmo.pipeline.study.measure import SEGMENTS
from videmo.pipeline.study.run import run_study
from videmo.pipeline.study.tables import COMPARISONS, PARTICIPANTS

pytestmark = pytest.mark.slow

QUICK = "[compare]\npermutations = 99\nbootstraps = 99\nmeasures = ['mean']\nemotions = ['happy']\n"
QUICK += "[timecourse]\npermutations = 99\nsurrogates = 99\n"


def plan(contrast: str) -> str:
    primary = f'primary = {{ measure = "mean", emotion = "happy", contrast = "{contrast}" }}'
    return f'[study]\nresults = "../out"\n{primary}\n{QUICK}'


@pytest.fixture
def tables_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = (SEGMENTS, PARTICIPANTS, COMPARISONS, COURSES)
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", stages)


@pytest.mark.usefixtures("tables_alone")
def test_who_is_left_out_of_comparisons_is_so_over_time(tmp_path: Path) -> None:
    people, cast = "participant_id\n", "recording,participant_id\n"
    unseen: Callable[[np.ndarray], np.ndarray] = lambda times: np.where((times >= 10) & (times < 27), 0.0, 1.0)  # noqa: E731
    for number in range(8):
        coverage = unseen if number >= 5 else np.ones_like
        face = Face(smile((4, 9), (28, 33), height=0.5, noise=0.02, seed=number), coverage=coverage)
        put_recording(tmp_path / "out", f"s{number}.mp4", [face], 40.0)
        people, cast = people + f"s{number}\n", cast + f"s{number}.mp4,s{number}\n"
    events = "onset,duration,label,kind\n0,3,rest,baseline\n28,5,neutral,stimulus\n"
    events += "".join(f"{onset},5,funny,stimulus\n" for onset in (4, 10, 16, 22))
    study = tmp_path / "study"
    study.mkdir()
    files = {"participants.csv": people, "cast.csv": cast, "events.csv": events,
             "study.toml": plan("label: funny - neutral")}  # fmt: skip
    for name, text in files.items():
        (study / name).write_text(text, encoding="utf-8")
    run_study(study)
    found = read_study(study)
    assert found.comparisons.query("primary == 'yes'")["n_pairs"].item() == 5
    courses = found.timecourse.query("emotion == 'happy'")
    assert courses.groupby("label")["n"].max().to_dict() == {"funny": 5, "neutral": 8}, "each label by itself"
    assert found.clusters[["n_a", "n_b", "n_pairs"]].drop_duplicates().to_numpy().tolist() == [[5, 5, 5]]
    shared = found.isc.query("emotion == 'happy'").groupby(["label", "participant_id"]).size()
    assert {label: len(rows) - 1 for label, rows in shared.groupby(level=0)} == {"funny": 5, "neutral": 8}
    assert found.isc.query("participant_id == '(all)'").groupby("label")["n"].unique().map(list).to_dict() == {
        "funny": [5], "neutral": [8]
    }  # fmt: skip
    (study / "study.toml").write_text(plan("label: funny - neutral") + "[validity]\nmin_segments = 0.25\n", "utf-8")
    run_study(study)
    assert read_study(study).timecourse.query("emotion == 'happy' and label == 'funny'")["n"].max() == 8


@pytest.mark.usefixtures("tables_alone")
def test_the_difference_of_two_labels_has_a_course(tmp_path: Path) -> None:
    study = make_study(tmp_path, 8, plan=plan("group: patient - control | funny - neutral"))
    run_study(study)
    courses = read_study(study).timecourse.query("emotion == 'happy'")
    both = courses[courses["label"] == "funny - neutral"]
    assert both["group"].unique().tolist() == ["group: control", "group: patient"]
    for group, own in both.groupby("group"):
        mean = courses[courses["group"] == group].set_index(["label", "time_s"])["mean"]
        expected = mean.loc["funny"] - mean.loc["neutral"]
        np.testing.assert_allclose(own.set_index("time_s")["mean"], expected, atol=2e-6)
    assert both["n"].unique().tolist() == [4]
    assert both[["share_above", "valid_share"]].isna().all(axis=None)
    assert courses[courses["label"] == "funny"]["share_above"].notna().all()


@pytest.mark.parametrize("contrast", ["group: patient - control", "group: patient - control | funny - neutral"])
@pytest.mark.figures
def test_what_is_drawn_is_what_is_compared(tmp_path: Path, contrast: str) -> None:
    study = make_study(tmp_path, 6, plan=plan(contrast))
    run_study(study)
    drawn = (study / "results" / "plots" / "timecourse.svg").read_text(encoding="utf-8")
    wanted = ["happy, during funny", "happy, during neutral", "group: patient"]
    if "|" in contrast:
        wanted = ["patient, funny - neutral", "control, funny - neutral"]
    assert all(f"<!-- {text} -->" in drawn for text in (contrast, *wanted))
    methods = (study / "results" / "methods.md").read_text(encoding="utf-8")
    answer = read_study(study).info["answer"]
    assert answer in methods
    assert ("the difference funny − neutral of displayed happy" in answer) == ("|" in contrast)
    assert "p values of clusters were corrected over emotions and labels by Holm's method (1979)" in methods
    assert "Holm, S. (1979)" in methods


@pytest.mark.figures
def test_the_figure_of_a_dyad_names_its_session(tmp_path: Path) -> None:
    cast = "recording,participant_id,person,session,dyad,role\n"
    for session in "12":
        for number in range(3):
            seed = 10 * number + int(session)
            faces = [Face(smile((5, 8), (13, 16), noise=0.05, seed=seed)) for _ in range(2)]
            put_recording(tmp_path / "out", f"d{number}-{session}.mp4", faces)
            cast += "".join(f"d{number}-{session}.mp4,{who}{number},{person},{session},D{number},{who}\n"
                            for person, who in enumerate("ab", 1))  # fmt: skip
    study = tmp_path / "study"
    study.mkdir()
    people = "participant_id\n" + "".join(f"{who}{number}\n" for number in range(3) for who in "ab")
    toml = (
        f'[study]\nresults = "../out"\n{QUICK}[synchrony]\nwindow_s = 4\nstep_s = 2\nmax_lag_s = 1\nsurrogates = 99\n'
    )
    files = {"participants.csv": people, "cast.csv": cast, "study.toml": toml,
             "events.csv": "onset,duration,label,kind\n0,3,rest,baseline\n4,14,play,stimulus\n"}  # fmt: skip
    for name, text in files.items():
        (study / name).write_text(text, encoding="utf-8")
    run_study(study)
    best = pd.read_csv(study / "results" / "synchrony.csv").query("emotion == 'happy'")
    best = best.sort_values("peak_z", ascending=False).iloc[0]
    drawn = (study / "results" / "plots" / "dyad-01.svg").read_text(encoding="utf-8")
    session = best["recording"].removesuffix(".mp4")[-1]
    assert f"<!-- {best['dyad']}, session {session}: happy, play -->" in drawn
