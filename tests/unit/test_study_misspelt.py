"""What drops out of a comparison because of how it is spelled is told, and what is merely another level is not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from studies import EVENTS, PLAN, make_study
from videmo.pipeline.study.begin import check_study
from videmo.pipeline.study.measure import SEGMENTS
from videmo.pipeline.study.run import run_study
from videmo.pipeline.study.tables import COMPARISONS, PARTICIPANTS
from videmo.study.misspelt import meant_by

GROUPS = (
    PLAN + "[compare]\npermutations = 99\nbootstraps = 99\nmeasures = ['mean']\nemotions = ['happy']\n"
    "contrasts = ['label: funny - neutral', 'group: patient - control | funny']\n"
)


def change(study: Path, file: str, old: str, new: str) -> None:
    path = study / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def odd(study: Path) -> str:
    return "\n".join(map(str, check_study(study).study.remarks))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Control", "control"), ("contrl", "control"), ("con trol", "control"), ("smiel", "smile"), ("other", ""),
        ("control 2", ""), ("uncontrol", ""), ("c", ""), ("controls", "control"), ("film 1", ""),
    ],
)  # fmt: skip
def test_slips_of_the_hand_are_told_from_other_names(name: str, meant: str) -> None:
    assert meant_by(name, ["control", "patient", "smile", "film 2"]) == meant


@pytest.mark.slow
@pytest.mark.parametrize("typo", ["Control", "contrl"])
def test_a_misspelt_group_is_told_and_who_has_it_is_left_out_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typo: str
) -> None:
    study = make_study(tmp_path, 6, plan=GROUPS)
    assert "named in no comparison" not in odd(study)
    change(study, "participants.csv", "sub-03,control", f"sub-03,{typo}")
    said = f"group {typo!r} (1 participant: sub-03) is named in no comparison. Did you mean 'control'?"
    assert f"participants.csv, line 4: {said}" in odd(study)
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, PARTICIPANTS, COMPARISONS))
    run_study(study)
    out = pd.read_csv(study / "results" / "exclusions.csv").query("level == 'participant'")
    assert out[["participant_id", "event", "reason"]].to_numpy().tolist() == [
        ["sub-03", "group: patient - control | funny",
         f"group {typo!r} is named in no comparison; did you mean 'control'?"]
    ]  # fmt: skip


@pytest.mark.slow
def test_another_group_is_no_misspelt_one_and_yet_said_to_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(tmp_path, 6, plan=GROUPS)
    change(study, "participants.csv", "sub-03,control", "sub-03,relative")
    assert "named in no comparison" not in odd(study)
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, PARTICIPANTS, COMPARISONS))
    run_study(study)
    out = pd.read_csv(study / "results" / "exclusions.csv").query("level == 'participant'")
    assert out["reason"].tolist() == ["group 'relative' is named in no comparison"]


def test_a_misspelt_label_is_told(tmp_path: Path) -> None:
    more = "8,2,Funny,stimulus\n15,2,rest,stimulus\n"
    study = make_study(tmp_path, 4, plan=GROUPS, events=EVENTS.replace("4,6,funny", "4,3,funny") + more)
    assert "label 'Funny' (1 event) is named in no comparison. Did you mean 'funny'?" in odd(study)
    assert "label 'rest'" not in odd(study)
    change(study, "study.toml", "contrasts = ['label: funny - neutral',", "contrasts = ['label',")
    assert "'Funny' and 'funny' are compared as two levels of label: if they are one, correct it" in odd(study)


def test_codes_that_stand_for_nothing_are_named(tmp_path: Path) -> None:
    key = "sub-01_task-film.mp4"
    rows = [f"{key},anna,{second},1,{code}" for second, code in enumerate(["smile", "smiel", "yawn", "yawn", ""])]
    study = make_study(tmp_path, 2, codes_csv="\n".join(["recording,coder,onset,duration,code", *rows, ""]))
    said = odd(study)
    assert "codes.csv, line 2: the code 'smile' (once) stands for no emotion" in said
    assert "codes.csv, line 4: the code 'yawn' (2 times) stands for no emotion" in said
    assert "(nothing)" not in said
    plan = (study / "study.toml").read_text(encoding="utf-8")
    (study / "study.toml").write_text(f"{plan}[codes]\nsmile = 'happy'\nyawn = 'yawn'\n", encoding="utf-8")
    said = odd(study)
    assert (
        "'smiel' (once) stands for no emotion, so that it always disagrees with videmo. Did you mean 'smile'?" in said
    )
    assert "'smile' (once)" not in said
    assert "'yawn'" not in said
