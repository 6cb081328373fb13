"""Nobody is lost without a word: who has no value, who is alone in a group or a dyad; each segment counts alike."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import EVENTS, PLAN, Face, make_study, put_recording, smile
from videmo.errors import StudyError
from videmo.pipeline.study.begin import check_study
from videmo.pipeline.study.courses import COURSES
from videmo.pipeline.study.measure import SEGMENTS
from videmo.pipeline.study.page import PAGE
from videmo.pipeline.study.run import open_study, run_study
from videmo.pipeline.study.tables import COMPARISONS, PARTICIPANTS
from videmo.results.study import StudyFolder
from videmo.study.script import analysis_script
from videmo.study.statistics.clusters import paired_clusters

QUICK = PLAN + "[compare]\npermutations = 99\nbootstraps = 99\nmeasures = ['mean']\nemotions = ['happy']\n"


def tables(study: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, pd.DataFrame]:
    """The tables of a study, without courses, figures and page."""
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, PARTICIPANTS, COMPARISONS))
    run_study(study)
    return {path.stem: pd.read_csv(path) for path in (study / "results").glob("*.csv")}


def test_who_has_no_value_of_the_primary_measure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = QUICK.replace("top10_mean", "latency_s").replace("label: funny - neutral", "age | funny")
    study = make_study(tmp_path, 8, plan=plan.replace("['mean']", "['mean', 'latency_s']"))
    for number in (1, 2):  # they smile, but never above the threshold
        table = study.parent / "out" / f"sub-0{number}_task-film.mp4" / "timeline.csv"
        shown = pd.read_csv(table)
        shown.assign(happy=shown["happy"] / 2).to_csv(table, index=False)
    checked = check_study(study)
    assert checked.planned[0].counts == "6 participants"
    assert "sub-01: not in 'age | funny' (no latency_s of happy)" in checked.left_out
    made = tables(study, monkeypatch)
    assert made["comparisons"].query("primary == 'yes'")["n_a"].tolist() == [6]
    out = made["exclusions"]
    assert out.loc[out["event"] == "age | funny", ["participant_id", "reason"]].to_numpy().tolist() == [
        ["sub-01", "no latency_s of happy"],
        ["sub-02", "no latency_s of happy"],
    ]
    remarks = StudyFolder(study).kept_flow()["remarks"]
    said = "latency_s has no value of happy for"
    assert f"age | funny: {said} 2 of 8 who are compared; these rows are about the others alone" in remarks
    assert f"age: {said} 8 of 8 who are compared; there are no such rows" in remarks, "nobody smiles in 'neutral'"


def test_levels_without_a_value_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_study(tmp_path, 4, plan=QUICK.replace("top10_mean", "latency_s"))
    assert (
        check_study(study).left_out[0] == "sub-01: not in 'label: funny - neutral' (no latency_s of happy in 'neutral')"
    )


def test_who_is_alone_in_a_group_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_study(tmp_path, 7, plan=QUICK)
    people = (study / "participants.csv").read_text(encoding="utf-8").replace("sub-02,patient", "sub-02,relative")
    (study / "participants.csv").write_text(people, encoding="utf-8")
    alone = "sub-02: not in 'group: control - patient' (nobody else with group 'relative')"
    assert alone in check_study(study).left_out
    (study / "study.toml").write_text(QUICK + 'contrasts = ["group"]\n', encoding="utf-8")
    assert "sub-02: not in 'group' (nobody else with group 'relative')" in check_study(study).left_out
    out = tables(study, monkeypatch)["exclusions"]
    assert out.loc[out["event"] == "group", "participant_id"].tolist() == ["sub-02"]


def test_groups_that_are_not_compared_at_all_are_told(tmp_path: Path) -> None:
    study = make_study(tmp_path, 2, plan=QUICK)
    said = [str(remark) for remark in check_study(study).study.remarks]
    assert any(
        "group is not compared: fewer than two of its groups have two participants or more" in each for each in said
    )


def test_each_segment_counts_alike_in_whatever_dyad_it_was_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(tmp_path, 3, plan=QUICK.replace("top10_mean", "mean"))
    cast = "recording,participant_id,dyad\n"
    for number in range(1, 4):
        put_recording(tmp_path / "out", f"more-{number}.mp4", [Face(smile((13.0, 17.0)))])
        cast += f"sub-0{number}_task-film.mp4,sub-0{number},d{number}\nmore-{number}.mp4,sub-0{number},\n"
    (study / "cast.csv").write_text(cast, encoding="utf-8")
    events = (study / "events.csv").read_text(encoding="utf-8").replace("kind\n", "kind,recording\n")
    rows = [f"{row}," for row in events.strip().split("\n")[1:]]
    rows.append("19,1,neutral,stimulus,sub-*")
    (study / "events.csv").write_text("\n".join([events.split("\n")[0], *rows]) + "\n", encoding="utf-8")
    made = tables(study, monkeypatch)
    long = made["participants_long"].query("emotion == 'happy' and measure == 'mean' and label == 'neutral'")
    assert long["segments"].tolist() == [3, 3, 3]
    row = made["comparisons"].query("primary == 'yes'").iloc[0]
    assert row["mean_b"] == pytest.approx(np.mean(long["value"]), abs=2e-6)


def test_a_dyad_of_one_is_told(tmp_path: Path) -> None:
    cast = "recording,participant_id,dyad\n" + "".join(
        f"sub-0{n}_task-film.mp4,sub-0{n},{'together' if n < 3 else 'lonely'}\n" for n in (1, 2, 3)
    )
    study = make_study(tmp_path, 3, plan=QUICK, cast_csv=cast)
    said = [str(remark) for remark in check_study(study).study.remarks]
    words = "the dyad 'lonely' has one participant alone, 'sub-03': there is nobody to go together with"
    assert [each for each in said if "alone" in each] == [f"{study / 'cast.csv'}, line 4: {words}"]


def test_a_number_has_no_levels(tmp_path: Path) -> None:
    study = make_study(tmp_path, 3, plan=QUICK + 'contrasts = ["age: 20 - 21"]\n')
    with pytest.raises(StudyError, match="names levels of age, which is a number and has none"):
        check_study(study)


def test_the_script_for_r_takes_areas_as_they_are_compared(tmp_path: Path) -> None:
    study = make_study(tmp_path, 3, plan=QUICK.replace("top10_mean", "auc_s"))
    assert "<- chosen$auc_s - chosen$baseline_mean * chosen$duration_s\n" in analysis_script(open_study(study).study)
    text = (study / "study.toml").read_text(encoding="utf-8").replace("auc_s", "peak")
    (study / "study.toml").write_text(text + '[baseline]\ncorrection = "zscore"\n', encoding="utf-8")
    assert "chosen$peak # as measured: only the mean" in analysis_script(open_study(study).study)


def test_courses_that_differ_by_the_same_in_everybody_are_no_surer_than_their_number_allows() -> None:
    first = np.tile([0.0, 0.5, 0.5, 0.0], (3, 1))
    found = paired_clusters(first, np.zeros((3, 4)), min_valid=0.8, permutations=99, seed=1)
    assert [each.p for each in found.found] == [0.25]


def test_the_same_test_of_courses_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = QUICK.replace("label: funny - neutral", "group: control - patient | funny")
    study = make_study(tmp_path, 4, plan=plan + "[timecourse]\npermutations = 99\nsurrogates = 99\n")
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, COURSES))
    run_study(study)
    tested = pd.read_csv(study / "results" / "clusters.csv")[["contrast", "emotion", "cluster"]]
    assert not tested.duplicated().any()
    assert "group: control - patient | funny" in set(tested["contrast"])


def test_no_other_comparison_stands_for_a_primary_one_that_could_not_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = QUICK.replace("label: funny - neutral", "group")
    study = make_study(tmp_path, 5, plan=plan + "[timecourse]\npermutations = 99\nsurrogates = 99\n")
    people = (study / "participants.csv").read_text(encoding="utf-8").replace("sub-01,control", "sub-01,relative")
    (study / "participants.csv").write_text(people, encoding="utf-8")
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, PARTICIPANTS, COMPARISONS, COURSES, PAGE))
    run_study(study)
    said = json.loads((study / "results" / "study.json").read_text(encoding="utf-8"))
    assert said["answer"] == (
        "The primary comparison, group, could not be made: too few participants had values for it."
    )
    assert said["participants"]["compared"] == 0
    assert "**Result.**" not in (study / "results" / "methods.md").read_text(encoding="utf-8")


def test_names_that_contain_the_signs_of_contrasts_can_be_written(tmp_path: Path) -> None:
    study = make_study(tmp_path, 4, plan=QUICK, groups=True)
    for name, old, new in (
        ("participants.csv", "control", "x | y"), ("participants.csv", "patient", "z - w"),
        ("events.csv", "funny", "fun | ny"), ("events.csv", "neutral", "neu - tral"),
    ):  # fmt: skip
        path = study / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    plan = QUICK[: QUICK.index("primary")] + QUICK[QUICK.index("[compare]") :]
    (study / "study.toml").write_text(plan, encoding="utf-8")
    named = [each.contrast for each in check_study(study).planned]
    assert "group: x | y - z - w | fun | ny - neu - tral" in named
    more = ["group | fun | ny", "group: z - w - x | y | neu - tral", "age | fun | ny"]
    (study / "study.toml").write_text(f"{plan}contrasts = {json.dumps(named + more)}\n", encoding="utf-8")
    assert [each.contrast for each in check_study(study).planned] == named + more
    (study / "study.toml").write_text(f'{plan}contrasts = ["group | fun | nz"]\n', encoding="utf-8")
    with pytest.raises(StudyError, match=r"'group \| fun \| nz': no label 'nz'\. The labels are"):
        check_study(study)


def test_time_that_is_excluded_is_not_called_unseen_and_one_alone_is_not_in_several_groups(tmp_path: Path) -> None:
    events = EVENTS + "11,8,phone,exclude\n"
    assert check_study(make_study(tmp_path, 3, plan=QUICK, events=events)).unused == ("all of its time is excluded: 3",)
    left = check_study(make_study(tmp_path / "one", 1, plan=QUICK)).left_out
    assert left[0] == "sub-01: not in 'label: funny - neutral' (nobody else has 'funny' and 'neutral')"


def test_a_time_before_that_is_too_short_for_a_baseline_is_told(tmp_path: Path) -> None:
    study = make_study(tmp_path, 2, plan=QUICK + "[baseline]\nbefore_s = 0.3\n")
    said = [remark.words for remark in check_study(study).study.remarks]
    assert any(each.startswith("the 0.3 s before an onset are never a baseline: that needs 0.5 s") for each in said)
