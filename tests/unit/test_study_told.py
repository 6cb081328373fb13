"""What a study tells of itself: the flow, who was seen, baselines that are none, and what is not compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import EVENTS, PLAN, Face, make_study, put_recording, smile
from videmo import read_study
from videmo.errors import StudyError, UsageError
from videmo.pipeline.study.coders import CODERS
from videmo.pipeline.study.curves import open_courses
from videmo.pipeline.study.measure import SEGMENTS
from videmo.pipeline.study.overview import overview
from videmo.pipeline.study.run import open_study, run_study
from videmo.pipeline.study.tables import COMPARISONS, PARTICIPANTS
from videmo.study import compare
from videmo.study.averaging import Averaged
from videmo.study.cast import Role
from videmo.study.design import Facts, Remark, Seen, _placed
from videmo.study.exclusions import Flow
from videmo.study.means import MeansOver
from videmo.study.methods import Found, Instrument, methods

QUICK = PLAN + "[compare]\npermutations = 99\nbootstraps = 99\nmeasures = ['mean']\nemotions = ['happy']\n"


def stages(monkeypatch: pytest.MonkeyPatch, *wanted: object) -> None:
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", wanted)


@pytest.mark.slow
def test_the_flow_and_who_was_seen_hold_those_too_who_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(tmp_path, 4, plan=QUICK)
    hidden = Face(smile((5, 8)), coverage=lambda times: np.where(times < 6, 1.0, 0.0))
    put_recording(tmp_path / "out", "sub-05_task-film.mp4", [hidden])
    for name, row in (
        ("participants.csv", "sub-05,a,1\nsub-06,a,1\n"),
        ("cast.csv", "sub-05_task-film.mp4,sub-05,1\n"),
    ):
        (study / name).write_text((study / name).read_text(encoding="utf-8") + row, encoding="utf-8")
    stages(monkeypatch, SEGMENTS, PARTICIPANTS, COMPARISONS)
    update = run_study(study).update
    out = read_study(study).exclusions
    flow = out[out["level"] == "flow"]
    assert dict(zip(flow["reason"], flow["count"])) == {"listed": 6, "recorded": 5, "analysed": 4, "compared": 4}
    assert out.loc[out["level"] != "flow", "count"].isna().all()
    with open_courses(update) as courses:
        seen = overview(courses, "funny", 1, np.arange(5), "seen")
        assert not courses.met(courses.keys("funny"))[4]
    assert seen.loc["sub-05"].notna().sum() == 10
    assert seen.loc["sub-01"].notna().all()


@pytest.mark.slow
def test_methods_say_who_is_not_in_the_primary_comparison(tmp_path: Path) -> None:
    study = open_study(make_study(tmp_path, 2, plan=QUICK)).study
    contrast = "label: funny - neutral"
    rows = [
        {"level": "participant", "participant_id": name, "event": event, "reason": reason}
        for name, event, reason in (
            ("sub-01", contrast, "no segment of 'neutral'"), ("sub-02", contrast, "no segment of 'neutral'"),
            ("sub-02", "age", "age is unknown"), ("sub-03", float("nan"), "no recording"),
        )
    ]  # fmt: skip
    over = Averaged({"a": ("x", "y")}, {"a": {"x": 2, "y": 2}}, shared=True, asked=True)
    means = (MeansOver("group: a - b", over, ()),)
    found = Found(Flow(3, 2, 2, 0), None, rows, frozenset(), has_dyads=False, has_codes=False, means=means)
    said = methods(study, None, Instrument("1"), found)
    assert " each alike. In group: a - b, values are means over ‘x’ and ‘y’, each alike; all who are" in said
    assert (
        "Left out: no recording (n = 1). Not in the primary comparison: no segment of 'neutral' (n = 2). 0 seg" in said
    )


@pytest.mark.slow
def test_baselines_in_the_stimulus_before_and_words_that_are_no_groups_are_told(tmp_path: Path) -> None:
    study = make_study(tmp_path, 12, events="onset,duration,label\n4,6,funny\n10,6,neutral\n")
    people = "participant_id,word\n" + "".join(f"sub-{n:02},word {n}\n" for n in range(1, 13))
    (study / "participants.csv").write_text(people, encoding="utf-8")
    said = "\n".join(map(str, open_study(study).study.remarks))
    assert (
        "the baseline of 12 segments, the 1 s before their onset, lies in the stimulus before: that of 'neutral'"
        in said
    )
    assert "word has more than 10 different words: these are no groups, and are not compared" in said
    for events in ("onset,duration,label\n3,6,funny\n10,6,neutral\n", EVENTS.replace("12,", "10,")):
        (study / "events.csv").write_text(events, encoding="utf-8")
        assert "lies in the stimulus before" not in "\n".join(map(str, open_study(study).study.remarks))


def test_baselines_that_nothing_is_subtracted_of_are_not_told(tmp_path: Path) -> None:
    study = make_study(tmp_path, 2, events="onset,duration,label\n4,6,funny\n10,6,neutral\n")
    for correction, more, told in (
        ("subtract", "", True), ("none", "", False), ("zscore", "", False),
        ("none", "[compare]\nmeasures = ['change']\n", True),
    ):  # fmt: skip
        text = f"{PLAN}[baseline]\ncorrection = '{correction}'\n{more}"
        (study / "study.toml").write_text(text, encoding="utf-8")
        said = "\n".join(map(str, open_study(study).study.remarks))
        assert ("lies in the stimulus before" in said) is told, (correction, more)


@pytest.mark.slow
def test_coders_are_correlated_with_the_time_above_the_threshold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["recording,coder,onset,duration,code"]
    for number in range(1, 5):
        key = f"sub-{number:02}_task-film.mp4"
        lines += [f"{key},anna,0,5,neutral", f"{key},anna,5,{number / 2},happy", f"{key},anna,9,9,neutral"]
    study = make_study(tmp_path, 4, plan=QUICK + "[validity]\nthreshold = 0.95\n", codes_csv="\n".join(lines) + "\n")
    stages(monkeypatch, SEGMENTS, CODERS)
    run_study(study)
    table = read_study(study).reliability.query("unit == 'segment' and code == 'happy'")
    assert table["icc_c1"].abs().item() < 1e-9, "nobody is above .95, though happy is the strongest for 3 s"
    assert set(read_study(study).confusion["coder_b"]) == {"videmo"}


def test_what_is_not_there_is_said_of_every_table(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "segments.csv").write_text("participant_id\n", encoding="utf-8")
    results = read_study(tmp_path)
    for name in ("participants_wide", "synchrony_windows", "pseudo_pairs", "confusion"):
        with pytest.raises(Exception, match=rf"{name}\.csv: no such table\. It has segments; tables of dyads"):
            getattr(results, name)


def test_the_design_of_a_comparison_can_be_said() -> None:
    values = {(1, "a"): 0.1, (2, "a"): 0.3, (3, "a"): 0.2, (2, "b"): 0.5, (3, "b"): 0.6, (4, "b"): 0.5, (5, "b"): 0.7}
    values |= {(6, "a"): 0.2}
    given = pd.Series(values)
    quick = {"permutations": 99, "bootstraps": 99}
    assert (compare(given, "within", **quick).design, compare(given, "within", **quick).n) == ("within", 2)
    between = compare(given, "between", **quick)
    assert (between.design, between.n, between.left_out) == ("between", 4, ("2", "3"))
    with pytest.raises(UsageError, match="no design 'betwen'"):
        compare(given, "betwen", **quick)
    with pytest.raises(StudyError, match="levels that can't be related"):
        compare(given, "correlation", **quick)
    numbers = pd.Series([0.1, 0.2, 0.4, 0.3], index=pd.MultiIndex.from_tuples([(n, 20 + n) for n in range(4)]))
    assert compare(numbers, "correlation", **quick).test == "Spearman"
    with pytest.raises(StudyError, match="too few participants"):
        compare(numbers, "within", **quick)


def test_time_in_which_none_of_the_five_words_applies_is_worth_a_note() -> None:
    role = Role("a.mp4", "S01", where="participants.csv, line 2")
    remarks: list[Remark] = []
    facts = Facts("a.mp4", 10.0, (Seen(1, "", 9.0, 0.71), Seen(2, "", 0.5, 1.0)))
    assert _placed(role, facts, remarks).person == 1
    (remark,) = remarks
    assert "person 1 of a.mp4 shows fear or disgust more likely than one of the five words in 71%" in remark.words
    _placed(role, Facts("a.mp4", 10.0, (Seen(1, "", 9.0, 0.09),)), remarks)
    assert len(remarks) == 1
