"""Time that is excluded counts nowhere: in no measure, no dyad, and in no agreement of coders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import EVENTS, PLAN, Face, make_study, put_recording, smile
from videmo.pipeline.study import dyads
from videmo.pipeline.study.coders import CODERS
from videmo.pipeline.study.measure import SEGMENTS
from videmo.pipeline.study.run import open_study, run_study
from videmo.pipeline.study.tables import COMPARISONS
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
    (stretch,) = dyads.stretches(update, *dyads_of(update.study.design))
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
