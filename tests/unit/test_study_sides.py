"""Who is in a comparison: never on both sides of an independent test, and left out with a word alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import PLAN, make_study
from videmo.pipeline.study.begin import check_study
from videmo.pipeline.study.courses import COURSES
from videmo.pipeline.study.measure import SEGMENTS
from videmo.pipeline.study.run import run_study
from videmo.pipeline.study.tables import COMPARISONS, PARTICIPANTS
from videmo.results.study import StudyFolder
from videmo.study import compare
from videmo.study.statistics.rows import who_counts

QUICK = PLAN + "[compare]\npermutations = 99\nbootstraps = 99\nmeasures = ['mean']\nemotions = ['happy']\n"
QUICK += "[timecourse]\npermutations = 99\nsurrogates = 99\n"


def shown(funny: str, neutral: str) -> str:
    """Events of some participants, by the last digits of their ids."""
    rows = [f"4,6,funny,sub-0{n}" for n in funny] + [f"12,6,neutral,sub-0{n}" for n in neutral]
    return "onset,duration,label,participant_id\n" + "\n".join(rows) + "\n"


def tables(study: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, pd.DataFrame]:
    """The tables of a study, without figures and page."""
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, PARTICIPANTS, COMPARISONS, COURSES))
    run_study(study)
    return {path.stem: pd.read_csv(path) for path in (study / "results").glob("*.csv")}


def test_within_needs_two_who_have_all_and_between_takes_nobody_twice() -> None:
    met = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], bool)
    assert who_counts(met)[0] is False
    assert who_counts(met)[1].tolist() == [True, False, True, False]
    paired, counts = who_counts(np.vstack([met, [[True, True]]]))
    assert (paired, counts.tolist()) == (True, [False, True, False, False, True])


@pytest.mark.slow
def test_nobody_stands_on_both_sides_of_an_independent_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_study(tmp_path, 6, events=shown("123", "3456"), plan=QUICK)
    checked = check_study(study)
    assert checked.planned[0].counts == "participants: funny 2, neutral 3"
    why = "in several levels of an independent comparison: 'funny' and 'neutral'"
    assert f"sub-03: not in 'label: funny - neutral' ({why})" in checked.left_out
    made = tables(study, monkeypatch)
    row = made["comparisons"].query("primary == 'yes'").iloc[0]
    assert (row["design"], row["n_a"], row["n_b"]) == ("between", 2, 3)
    out = made["exclusions"]
    assert out.loc[out["event"] == "label: funny - neutral", ["participant_id", "reason"]].to_numpy().tolist() == [
        ["sub-03", why]
    ]
    kept = StudyFolder(study).kept_flow()
    assert kept["flow"]["compared"] == 5
    assert any("sub-03 had several of its levels" in remark for remark in kept["remarks"])


@pytest.mark.slow
def test_who_lacks_a_level_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_study(tmp_path, 6, events=shown("123456", "1234"), plan=QUICK)
    people = (study / "participants.csv").read_text(encoding="utf-8").replace("sub-02,patient,21", "sub-02,n/a,n/a")
    (study / "participants.csv").write_text(people, encoding="utf-8")
    left = check_study(study).left_out
    out = tables(study, monkeypatch)["exclusions"]
    named = {(row.participant_id, row.event): row.reason for row in out.itertuples()}
    for who in ("sub-05", "sub-06"):
        for contrast in ("label: funny - neutral", "group: control - patient | funny - neutral"):
            assert named[who, contrast] == "no segment of 'neutral'"
            assert f"{who}: not in '{contrast}' (no segment of 'neutral')" in left
    assert named["sub-02", "group: control - patient"] == "group is unknown"
    assert named["sub-02", "age"] == "age is unknown"
    assert "sub-02: not in 'age' (age is unknown)" in left
    alone = "group: control - patient | funny - neutral"
    assert named.pop(("sub-04", alone)) == "nobody else with group 'patient'"  # sub-06 lacks neutral
    assert not any(who in ("sub-01", "sub-03", "sub-04") for who, _ in named)


def test_plain_values_of_one_participant_are_not_compared_with_themselves() -> None:
    index = [(1, "a"), (2, "a"), (3, "a"), (3, "b"), (4, "b"), (5, "b")]
    values = pd.Series([0.1, 0.2, 0.3, 0.5, 0.6, 0.7], index=pd.MultiIndex.from_tuples(index))
    found = compare(values, permutations=99, bootstraps=99)
    assert (found.design, found.n, found.left_out) == ("between", 4, ("3",))
    both = compare(pd.concat([values, pd.Series([0.4], index=pd.MultiIndex.from_tuples([(4, "a")]))]))
    assert (both.design, both.n, both.left_out) == ("within", 2, ("1", "2", "5"))


@pytest.mark.slow
def test_groups_that_differ_in_valid_time_are_told_that_their_peaks_are_not_comparable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths = [f"4,{6 if n % 2 else 4},funny,sub-0{n}\n12,6,neutral,sub-0{n}" for n in range(1, 7)]
    events = "onset,duration,label,participant_id\n" + "\n".join(lengths) + "\n"
    plan = QUICK.replace("'mean'", "'peak'").replace("label: funny - neutral", "group: control - patient | funny")
    study = make_study(tmp_path, 6, events=events, plan=plan)
    tables(study, monkeypatch)
    assert (
        "group: control - patient | funny: peak, top10_mean: segments have 4.0 to 6.0 s of valid time; the longer one "
        "reaches higher peaks by chance alone"
    ) in StudyFolder(study).kept_flow()["remarks"]


@pytest.mark.slow
def test_other_rules_are_always_tried_nine_rows_with_a_reason_for_empty_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = "\n".join(line for line in QUICK.split("\n") if not line.startswith("primary"))
    study = make_study(tmp_path, 4, plan=plan)
    found = tables(study, monkeypatch)["sensitivity"]
    assert (len(found), set(found["primary"]), set(found["contrast"])) == (9, {"no"}, {"label: funny - neutral"})
    assert found["p_permutation"].notna().all()
    assert found["reason"].isna().all()
    (study / "study.toml").write_text(QUICK + "[baseline]\nsource = 'none'\ncorrection = 'none'\n", encoding="utf-8")
    none = tables(study, monkeypatch)["sensitivity"]
    assert (len(none), set(none["primary"])) == (9, {"yes"})
    empty = none[none["p_permutation"].isna()]
    assert set(empty["correction"]) == {"subtract"}
    assert set(empty["reason"]) == {'8 of 8 segments have no baseline to subtract: source = "none" in [baseline]'}
    assert len(empty) == 3
