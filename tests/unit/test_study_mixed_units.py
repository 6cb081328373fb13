"""Studies that compare roles of dyads and participants: what is counted is what comes first, each by its own unit."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from studies import Face, put_recording, smile
from videmo.pipeline.study.courses import COURSES
from videmo.pipeline.study.dyads import DYADS
from videmo.pipeline.study.measure import SEGMENTS
from videmo.pipeline.study.page import PAGE
from videmo.pipeline.study.run import run_study
from videmo.pipeline.study.tables import COMPARISONS, PARTICIPANTS

pytestmark = pytest.mark.slow

PLAN = (
    '[study]\nresults = "../out"\n[compare]\npermutations = 99\nbootstraps = 99\nmeasures = ["mean"]\n'
    'emotions = ["happy"]\n[timecourse]\npermutations = 99\nsurrogates = 99\n[synchrony]\nsurrogates = 99\n'
)
ONE = "onset,duration,label,kind\n0,3,rest,baseline\n4,6,play,stimulus\n"


def run(root: Path, monkeypatch: pytest.MonkeyPatch, events: str, contrasts: str) -> Path:
    """Run a study of ten dyads of a child and a parent of known ages, without figures; returns what was made."""
    people, cast = "participant_id,age\n", "recording,participant_id,person,dyad,role\n"
    for number in range(10):
        faces = [Face(smile((5, 8), height=0.4 + 0.02 * number + shift, noise=0.02, seed=number)) for shift in (0, 0.1)]
        put_recording(root / "out", f"d{number}.mp4", faces)
        people += f"a{number},{4 + number}\nb{number},{30 + 2 * number}\n"
        cast += f"d{number}.mp4,a{number},1,D{number},child\nd{number}.mp4,b{number},2,D{number},parent\n"
    study = root / "study"
    study.mkdir()
    files = {"participants.csv": people, "cast.csv": cast, "events.csv": events,
             "study.toml": PLAN.replace("[compare]\n", f"[compare]\ncontrasts = {contrasts}\n")}  # fmt: skip
    for name, text in files.items():
        (study / name).write_text(text, encoding="utf-8")
    stages = (SEGMENTS, PARTICIPANTS, COMPARISONS, COURSES, DYADS, PAGE)
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", stages)
    run_study(study)
    return study / "results"


def test_dyads_are_counted_where_roles_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(tmp_path, monkeypatch, ONE, '["role", "age"]')
    rows = pd.read_csv(made / "comparisons.csv").set_index("contrast")
    assert (rows.loc["role", "n_pairs"], rows.loc["age", "n_pairs"]) == (10, 20)
    flow = pd.read_csv(made / "exclusions.csv").query("level == 'flow'").set_index("reason")["count"]
    assert flow["compared"] == 10
    methods = (made / "methods.md").read_text(encoding="utf-8")
    assert "20 had usable segments; 10 dyads were compared." in methods
    assert "The unit was the participant, and the dyad where roles were compared; frames were never units." in methods
    assert "two levels within units were compared by paired t" in methods.replace("Two", "two")
    assert "resamples of units" in methods
    assert "**Result.** In 10 dyads, displayed happy" in methods
    assert json.loads((made / "study.json").read_text(encoding="utf-8"))["participants"]["compared"] == 10


def test_participants_are_counted_where_age_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(tmp_path, monkeypatch, ONE, '["age", "role"]')
    methods = (made / "methods.md").read_text(encoding="utf-8")
    assert "20 had usable segments; 20 participants were compared." in methods
    assert "The unit was the participant, and the dyad where roles were compared" in methods
    assert "**Result.** In 20 participants, displayed happy" in methods


def test_one_unit_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(tmp_path, monkeypatch, ONE, '["role"]')
    methods = (made / "methods.md").read_text(encoding="utf-8")
    assert "The unit was the dyad; frames were never units." in methods
    assert "Two levels within dyads were compared by paired t" in methods
