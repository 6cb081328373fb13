"""Valence in a study is the column of the tables, with five words and with seven."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import PLAN, make_study
from videmo.errors import StudyError
from videmo.measures.emotions import EMOTIONS, SEVEN
from videmo.pipeline.study.begin import all_segments, check_study
from videmo.pipeline.study.run import open_study
from videmo.study.guess import guess_study
from videmo.study.plan import read_plan

SEVEN_PLAN = PLAN.replace("[study]", '[study]\nemotions = "seven"')
OWN = '[measures]\nvalence = "valence"\n'
SPELLED = '[measures]\nvalence = "happy - max(sad, angry)"\n'


def afraid(root: Path) -> None:
    """Make seven words of the five in all timelines, with fear as what is strongest, and a valence of its own."""
    for file in sorted((root / "out").rglob("timeline.csv")):
        table = pd.read_csv(file)
        told = table[list(EMOTIONS)] * 0.4
        for name in ("fear", "disgust"):
            told[name] = {"fear": 0.5, "disgust": 0.1}[name]
        table = table.drop(columns=[*EMOTIONS, "emotion", "confidence"]).join(told[list(SEVEN)])
        # Frame by frame, and averaged then: no formula about the means of a cell gives it.
        table["valence"] = (told["happy"] - told["fear"] - 0.0125).round(4)
        table.to_csv(file, index=False)


def valence_of(study: Path) -> pd.DataFrame:
    return all_segments(open_study(study), ["valence"])


def test_valence_of_seven_words_is_that_of_the_tables(tmp_path: Path) -> None:
    study = make_study(tmp_path, 2, plan=SEVEN_PLAN + OWN)
    afraid(tmp_path)
    row = valence_of(study).iloc[1]
    table = pd.read_csv(tmp_path / "out" / row["recording"] / "timeline.csv")
    inside = table["start_s"].between(row["onset_s"] - 1e-6, row["onset_s"] + row["duration_s"] - 0.1)
    assert row["mean"] == pytest.approx(table.loc[inside, "valence"].mean(), abs=1e-6)
    assert row["mean"] < -0.1


def test_valence_of_five_words_is_that_of_the_tables_and_a_formula_stays_what_it_was(tmp_path: Path) -> None:
    study = make_study(tmp_path, 2, plan=PLAN + SPELLED)
    before = valence_of(study)
    for file in (tmp_path / "out").rglob("timeline.csv"):
        table = pd.read_csv(file)
        table["valence"] = 0.25
        table.to_csv(file, index=False)
    pd.testing.assert_frame_equal(valence_of(study), before)
    (study / "study.toml").write_text(PLAN + OWN, "utf-8")
    assert valence_of(study)["mean"].to_numpy() == pytest.approx(0.25)


def test_valence_may_be_part_of_a_formula() -> None:
    plan = read_plan(b'[measures]\npleasure = "max(valence, 0) + abs(valence)"\n', "study.toml")
    assert plan.emotions == (*EMOTIONS, "pleasure")
    assert plan.measures["pleasure"]({"valence": np.array([-0.5, 0.25])}) == pytest.approx([0.5, 0.5])


def test_a_timeline_without_valence_is_named_with_what_to_do(tmp_path: Path) -> None:
    study = make_study(tmp_path, 2, plan=PLAN + OWN)
    with pytest.raises(StudyError, match=r"sub-01_task-film\.mp4.*no column valence.*videmo report"):
        check_study(study)


@pytest.mark.parametrize(
    ("plan", "told"),
    [(SEVEN_PLAN + SPELLED, True), (SEVEN_PLAN + OWN, False), (PLAN + SPELLED, False),
     (SEVEN_PLAN + '[measures]\nvalence = "happy - max(sad, angry, fear, disgust)"\n', False)],
)  # fmt: skip
def test_a_valence_that_forgets_words_of_the_tables_is_remarked_on(tmp_path: Path, plan: str, told: bool) -> None:
    study = make_study(tmp_path, 2, plan=plan)
    remarks = [each.words for each in open_study(study).study.remarks if "valence" in each.words]
    assert bool(remarks) is told
    if told:
        assert "fear and disgust" in remarks[0]
        assert 'valence = "valence"' in remarks[0]


def test_methods_and_the_page_say_what_valence_is() -> None:
    from videmo.pipeline.study.page import _emotions_of
    from videmo.study.contrasts import Contrast
    from videmo.study.focus import Focus
    from videmo.study.valence import made_words

    plan = read_plan((SEVEN_PLAN + OWN).encode(), "study.toml")
    assert made_words(plan) == (
        " valence is the probability of happy less the highest of sad, angry, fear and disgust, taken face by face."
    )
    spelled = read_plan((PLAN + '[measures]\nlow = "0 - valence"\n').encode(), "study.toml")
    assert made_words(spelled) == (
        " low is 0 - valence. valence in it is the probability of happy less the highest of sad and angry, taken face "
        "by face."
    )
    focus = Focus(Contrast("label", ("funny", "neutral")), "valence", "mean", True)
    assert _emotions_of(plan, focus) == ["happy", "sad", "angry", "fear", "disgust"]


def test_the_valence_that_init_suggests_is_the_one_of_the_tables() -> None:
    text = guess_study({}, "../out", "").plan
    (line,) = [line for line in text.splitlines() if line.startswith("# valence")]
    plan = read_plan(text.replace(line, line.removeprefix("# ")).encode(), "study.toml")
    assert plan.measures["valence"].text == "valence"
