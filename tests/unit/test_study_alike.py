"""What looks alike is told apart: levels that are numbers, comparisons by other names, rows of one stimulus or dyad."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import make_study
from videmo import read_study
from videmo.pipeline.study.courses import COURSES
from videmo.pipeline.study.dyads import DYADS
from videmo.pipeline.study.measure import SEGMENTS
from videmo.pipeline.study.page import PAGE
from videmo.pipeline.study.run import run_study
from videmo.pipeline.study.tables import COMPARISONS, PARTICIPANTS
from videmo.study.contrasts import Contrast, with_primary
from videmo.study.design import Facts, Seat, Seen
from videmo.study.participants import Participants
from videmo.study.plan import CompareSection, Plan
from videmo.study.seats import Units, in_all_levels
from videmo.study.unit_values import unit_values

QUICK = (
    "permutations = 199\nbootstraps = 199\nmeasures = ['mean']\nemotions = ['happy', 'sad']\n"
    "[timecourse]\npermutations = 199\nsurrogates = 99\n"
)


def run(monkeypatch: pytest.MonkeyPatch, study: Path, *stages: object) -> Path:
    """Run some stages of a study, without figures; returns the folder of what was made."""
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS, PARTICIPANTS, *stages))
    run_study(study)
    return study / "results"


@pytest.mark.slow
@pytest.mark.parametrize("levels", [("1", "0"), ("2", "1")])
def test_levels_may_be_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, levels: tuple[str, str]) -> None:
    first, second = levels
    plan = (
        "[study]\nresults = '../out'\nfactors = ['dose']\n"
        f"primary = {{ measure = 'mean', emotion = 'happy', contrast = 'dose: {first} - {second}' }}\n"
        f"[compare]\ncontrasts = ['dose']\n{QUICK}"
    )
    study = make_study(tmp_path, 9, plan=plan)
    rows = "".join(f"sub-{number + 1:02},{number % 3}\n" for number in range(9))
    (study / "participants.csv").write_text(f"participant_id,dose\n{rows}", encoding="utf-8")
    run(monkeypatch, study, COMPARISONS, COURSES, PAGE)
    row = read_study(study).comparisons.query("primary == 'yes'").iloc[0]
    assert (row["level_a"], row["level_b"]) == levels
    answer = json.loads((study / "results" / "study.json").read_text(encoding="utf-8"))["answer"]
    assert answer.startswith("In 3 and 3 participants")
    assert f"did not differ reliably between {first} and {second}: difference" in answer


@pytest.mark.slow
def test_the_primary_comparison_is_made_once_however_it_is_spelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = (
        "[study]\nresults = '../out'\n"
        f"primary = {{ measure = 'mean', emotion = 'happy', contrast = 'label' }}\n[compare]\n{QUICK}"
    )
    made = run(monkeypatch, make_study(tmp_path, 8, plan=plan, groups=False), COMPARISONS, COURSES)
    table = pd.read_csv(made / "comparisons.csv")
    assert table[["emotion", "primary"]].to_numpy().tolist() == [["happy", "yes"], ["sad", "no"]]
    assert table["p_holm"].isna().tolist() == [True, False], "it stands alone"
    clusters = pd.read_csv(made / "clusters.csv")
    assert clusters["contrast"].nunique() == 1


def test_contrasts_are_the_same_however_they_are_spelled() -> None:
    pair, turned, both = (
        Contrast("group", ("a", "b")),
        Contrast("group", ("b", "a")),
        Contrast("group", ("a", "b"), whole=True),
    )
    three = Contrast("group", ("a", "b", "c"), whole=True)
    assert with_primary([both, three], pair) == [pair, three]
    assert with_primary([turned], pair) == [pair]
    assert with_primary([three], pair) == [pair, three]
    assert with_primary([pair, three], None) == [pair, three]
    within = Contrast("group", ("a", "b"), ("x", "y"))
    assert with_primary([pair, Contrast("group", ("b", "a"), ("y", "x"))], within) == [pair, within]


@pytest.mark.slow
def test_one_stimulus_under_two_labels_has_rows_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ("0,3,rest,,baseline", "4,6,alone,clip1,stimulus", "12,6,together,clip1,stimulus")
    events = "\n".join(["onset,duration,label,stimulus,kind", *rows, ""])
    plan = f"[study]\nresults = '../out'\n[compare]\n{QUICK}"
    made = run(monkeypatch, make_study(tmp_path, 4, plan=plan, events=events, groups=False), COURSES)
    table = pd.read_csv(made / "isc.csv")
    assert set(zip(table["label"], table["stimulus"])) == {("alone", "clip1"), ("together", "clip1")}
    assert not table.duplicated(["label", "stimulus", "emotion", "participant_id"]).any()


@pytest.mark.slow
def test_windows_of_a_dyad_say_of_which_recording_and_label_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = "recording,participant_id,dyad,session\n" + "".join(
        f"sub-0{number}_task-film.mp4,{'sub-01' if number % 2 else 'sub-02'},d,s{(number + 1) // 2}\n"
        for number in range(1, 5)
    )
    plan = (
        f"[study]\nresults = '../out'\n[baseline]\ncorrection = 'none'\n[compare]\n{QUICK}"
        "[synchrony]\nwindow_s = 4\nstep_s = 4\nmax_lag_s = 0.2\nsurrogates = 99\n"
    )
    events = "onset,duration,label,kind\n4,14,talk,stimulus\n"
    study = make_study(tmp_path, 4, plan=plan, events=events, groups=False, cast_csv=cast)
    made = run(monkeypatch, study, DYADS)
    table = pd.read_csv(made / "synchrony_windows.csv")
    assert table["recording"].nunique() == 2
    assert not table.duplicated(["dyad", "recording", "label", "emotion", "window_start_s", "lag_s"]).any()


def segments(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    """Segments as they are compared: participant, dyad, label and the mean of happy."""
    return pd.DataFrame(
        [
            {"participant_id": who, "session": "", "dyad": dyad, "role": "", "recording": "r", "person": "1",
             "event": label, "label": label, "stimulus": "", "used": "yes", "valid_s": 5.0, ("happy", "mean"): value}
            for who, dyad, label, value in rows
        ]
    )  # fmt: skip


def test_levels_of_a_dyad_are_those_of_the_same_people() -> None:
    contrast, plan = Contrast("label", ("funny", "neutral")), Plan(compare=CompareSection(unit="dyad"))
    rows = [
        ("P1", "d1", "funny", 0.5), ("P1", "d1", "neutral", 0.5), ("Q1", "d1", "neutral", 0.1),
        ("P2", "d2", "funny", 0.6), ("P2", "d2", "neutral", 0.4), ("Q2", "d2", "funny", 0.2),
        ("Q2", "d2", "neutral", 0.2), ("P3", "d3", "funny", 0.9), ("Q3", "d3", "neutral", 0.1),
    ]  # fmt: skip
    found = unit_values(segments(*rows), contrast, Participants((), ()), plan)
    assert found.units == ("d1", "d2")
    assert found.values[:, :, 0].tolist() == [[0.5, 0.5], [pytest.approx(0.4), pytest.approx(0.3)]]
    assert {each.unit: each.reason for each in found.left} == {
        "Q1": "no used segment of 'funny', which the other of dyad 'd1' has",
        "P3": "no used segment of 'neutral', which the other of dyad 'd3' has",
        "Q3": "no used segment of 'funny', which the other of dyad 'd3' has",
    }
    rows[5] = ("Q2", "d2", "funny", float("nan"))
    found = unit_values(segments(*rows), contrast, Participants((), ()), plan)
    assert found.values[1, :, 0].tolist() == [0.6, 0.4], "a value that one of them lacks is no level of the other"


def test_courses_of_a_dyad_are_those_of_the_same_people() -> None:
    seats = [Seat("P", "", "d", ""), Seat("Q", "", "d", "")]
    side = Units(("d",), np.array([0, 0]), np.array([0, 1]), np.array([0, 0]))
    (one, other) = in_all_levels([side, side], [np.array([True, False]), np.array([True, True])], seats)
    assert (one.of.tolist(), one.member.tolist()) == ([0, -1], [0, -1])
    assert (other.of.tolist(), other.member.tolist()) == ([0, -1], [0, -1])
    assert in_all_levels([side, side], [np.array([True, True])] * 2, seats)[0].of.tolist() == [0, 0]


def test_a_number_means_the_person_with_it_whoever_is_called_like_it() -> None:
    facts = Facts("r.mp4", 9, (Seen(1, "2", 5), Seen(2, "1", 5), Seen(3, "Anna", 5)))
    assert [getattr(facts.person_called(text), "number", None) for text in ("1", "2", "3", "Anna", "4", "")] == [
        1, 2, 3, 3, None, None,
    ]  # fmt: skip
