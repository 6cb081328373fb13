"""A study from its inputs to its tables: what counts, what is left out, what is done again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import EVENTS, PLAN, Face, made, make_study, put_recording, shuffled, sketched, smile
from videmo.errors import StudyError
from videmo.pipeline.study.begin import begin_study, check_study
from videmo.pipeline.study.run import open_study, run_study
from videmo.study.columns import SEGMENTS

pytestmark = pytest.mark.slow

QUICK = PLAN + "[compare]\npermutations = 199\nbootstraps = 199\n[timecourse]\npermutations = 199\nsurrogates = 99\n"


def table(study: Path, name: str = "segments") -> pd.DataFrame:
    """A table that was made."""
    return pd.read_csv(study / "results" / f"{name}.csv", keep_default_na=False, na_values=[""])


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was run."""
    study = make_study(tmp_path_factory.mktemp("done"), 6, plan=QUICK)
    run_study(study)
    return study


def test_segments_have_one_row_per_emotion_and_the_columns_that_are_promised(done: Path) -> None:
    found = table(done)
    assert [*found.columns] == [*SEGMENTS, "group", "age"]
    assert len(found) == 6 * 2 * 5
    funny = found[(found["label"] == "funny") & (found["emotion"] == "happy")]
    assert (funny["baseline"] == "event").all()
    assert np.allclose(funny["change"], funny["mean"] - funny["baseline_mean"], atol=2e-6)
    assert (funny["latency_s"] == 1.0).sum() == 5  # at 0.5, noise decides
    assert (funny["used"] == "yes").all()


def test_values_of_participants_are_means_of_their_used_segments(done: Path) -> None:
    long, segments = table(done, "participants_long"), table(done)
    row = long.query("participant_id == 'sub-02' and label == 'funny' and emotion == 'happy' and measure == 'peak'")
    segment = segments.query("participant_id == 'sub-02' and label == 'funny' and emotion == 'happy'")
    assert row["value"].item() == pytest.approx((segment["peak"] - segment["baseline_mean"]).item(), abs=2e-6)
    wide = table(done, "participants_wide")
    assert wide.loc[wide["participant_id"] == "sub-02", "funny.happy.peak"].item() == row["value"].item()
    compared = table(done, "comparisons").query("primary == 'yes'")
    values = long.query("emotion == 'happy' and measure == 'top10_mean'").pivot(
        index="participant_id", columns="label", values="value"
    )
    assert compared["difference"].item() == pytest.approx((values["funny"] - values["neutral"]).mean(), abs=1e-6)
    assert len(table(done, "sensitivity")) == 9


@pytest.mark.figures
def test_shuffled_inputs_give_the_same_bytes(done: Path, tmp_path: Path) -> None:
    shutil.copytree(done.parent / "out", tmp_path / "out")
    study = tmp_path / "study"
    study.mkdir()
    for name in ("participants.csv", "cast.csv", "events.csv"):
        (study / name).write_text(shuffled((done / name).read_text(encoding="utf-8"), 1), encoding="utf-8")
    shutil.copy(done / "study.toml", study)
    run_study(study)
    assert made(study) == made(done)


@pytest.mark.figures
def test_unchanged_inputs_are_skipped_and_changed_events_redo_segments_and_what_follows(
    done: Path, tmp_path: Path
) -> None:
    shutil.copytree(done.parent, tmp_path / "copy")
    study = tmp_path / "copy" / "study"
    assert run_study(study).done == ()
    (study / "events.csv").write_text(EVENTS.replace("4,6,funny", "4,5,funny"), encoding="utf-8")
    with sketched():
        again = run_study(study)
    assert again.done[:3] == ("segments", "values of participants", "comparisons")
    (study / "events.csv").write_text(EVENTS, encoding="utf-8")
    run_study(study)
    assert made(study) == made(done)
    (study / "study.toml").write_text(QUICK.replace("bootstraps = 199", "bootstraps = 299"), encoding="utf-8")
    with sketched():
        assert "segments" not in run_study(study).done


@pytest.mark.figures
def test_a_run_that_broke_off_goes_on_to_the_same_bytes(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(done.parent, tmp_path / "copy")
    study = tmp_path / "copy" / "study"
    shutil.rmtree(study / "results")
    import videmo.pipeline.study.tables as tables

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tables, "exclusions", fail)
        with pytest.raises(KeyboardInterrupt):
            run_study(study)
    assert not (study / "results" / "exclusions.csv").exists()
    assert "segments" in run_study(study).skipped
    assert made(study) == made(done)


def test_events_on_another_clock_give_the_same_segments(done: Path, tmp_path: Path) -> None:
    shutil.copytree(done.parent, tmp_path / "copy")
    study = tmp_path / "copy" / "study"
    lines = EVENTS.strip().split("\n")
    moved = [lines[0]] + [f"{float(row.split(',')[0]) - 2.345:.3f},{row.split(',', 1)[1]}" for row in lines[1:]]
    (study / "events.csv").write_text("\n".join(moved) + "\n", encoding="utf-8")
    cast = (study / "cast.csv").read_text(encoding="utf-8").strip().split("\n")
    (study / "cast.csv").write_text(
        "\n".join([cast[0] + ",offset_s", *(row + ",2.345" for row in cast[1:])]) + "\n", encoding="utf-8"
    )
    run_study(study)
    first, second = table(done), table(study)
    clocks = ["onset_s"]
    assert first.drop(columns=clocks).equals(second.drop(columns=clocks))
    assert np.allclose(first["onset_s"] - second["onset_s"], 2.345)
    assert (study / "results" / "comparisons.csv").read_bytes() == (done / "results" / "comparisons.csv").read_bytes()


def test_a_face_that_is_covered_most_of_the_time_is_left_out_with_its_reason(tmp_path: Path) -> None:
    study = make_study(tmp_path, 5, plan=QUICK)
    covered = Face(smile((5, 8)), coverage=lambda times: np.where((times * 5).astype(int) % 5 < 2, 1.0, 0.0))
    put_recording(tmp_path / "out", "sub-06_task-film.mp4", [covered])
    (study / "participants.csv").write_text(
        (study / "participants.csv").read_text(encoding="utf-8") + "sub-06,control,30\nsub-07,control,31\n", "utf-8"
    )
    (study / "cast.csv").write_text(
        (study / "cast.csv").read_text(encoding="utf-8") + "sub-06_task-film.mp4,sub-06,1\n", encoding="utf-8"
    )
    checked = check_study(study)
    assert any("sub-07: no recording" in line for line in checked.left_out)
    run_study(study)
    out = table(study, "exclusions")
    person = out[(out["participant_id"] == "sub-06") & (out["level"] == "participant")]
    assert person["reason"].tolist() == ["valid share below 0.5 in 2 of 2 segments"]
    assert person["valid_share"].item() == pytest.approx(0.4, abs=0.02)
    segments = table(study)
    assert (segments.loc[segments["participant_id"] == "sub-06", "used"] == "no").all()
    assert table(study, "comparisons").query("primary == 'yes'")["n_pairs"].item() == 5


def test_what_is_excluded_in_events_counts_nowhere(tmp_path: Path) -> None:
    study = make_study(tmp_path, 3, plan=QUICK, events=EVENTS + "6,2,phone rang,exclude\n")
    run_study(study)
    found = table(study).query("label == 'funny' and emotion == 'happy'")
    assert np.allclose(found["valid_s"], 4.0)
    assert np.allclose(found["valid_share"], 1.0)
    assert np.allclose(found["auc_s"], found["mean"] * 6, atol=1e-5)
    assert (table(study, "exclusions")["level"] == "time").sum() == 3


def test_without_a_baseline_nothing_is_subtracted_in_silence(tmp_path: Path) -> None:
    study = make_study(tmp_path, 3, plan=QUICK, events="onset,duration,label\n0.2,6,funny\n12,6,neutral\n")
    run_study(study)
    found = table(study)
    funny, neutral = found[found["label"] == "funny"], found[found["label"] == "neutral"]
    assert set(funny["baseline"]) == {"no_baseline"}
    assert set(funny["reason"]) == {"no baseline"}
    assert set(neutral["baseline"]) == {"before"}
    assert (neutral["used"] == "yes").all()


def test_the_primary_comparison_is_not_made_again_the_other_way_round(tmp_path: Path) -> None:
    study = make_study(tmp_path, 6, plan=QUICK.replace("label: funny - neutral", "label: neutral - funny"))
    found = open_study(study).study
    assert [each.name for each in found.contrasts if each.factor == "label"] == []
    run_study(study)
    names = pd.read_csv(study / "results" / "comparisons.csv")["contrast"].unique()
    assert [name for name in names if name.startswith("label")] == ["label: neutral - funny"]


def test_recordings_whose_names_look_like_formulas_are_found(tmp_path: Path) -> None:
    for name in ("=1+1.mp4", "@b.mp4", "-c.mp4"):
        put_recording(tmp_path / "out", name, [Face(smile((5.0, 8.0)))])
    begin_study(tmp_path / "out", tmp_path / "study")
    assert "./=1+1.mp4" in (tmp_path / "study" / "cast.csv").read_text("utf-8")
    found = check_study(tmp_path / "study")
    assert found.segments == 3
    assert not any("nobody" in str(remark) for remark in found.study.remarks)
    assert {each.recording for each in found.study.design.placements} == {"=1+1.mp4", "@b.mp4", "-c.mp4"}


def test_odd_things_are_said(tmp_path: Path) -> None:
    events = EVENTS + "5,4,funny,stimulus\n18,9,late,stimulus\n"
    study = make_study(tmp_path, 3, plan=QUICK, events=events)
    put_recording(tmp_path / "out", "two.mp4", [Face(smile()), Face(smile())])
    (study / "participants.csv").write_text("participant_id\nsub-01\nsub-02\nsub-03\nx\n", encoding="utf-8")
    (study / "cast.csv").write_text((study / "cast.csv").read_text(encoding="utf-8") + "two.mp4,x,\n", encoding="utf-8")
    said = [str(remark) for remark in check_study(study).study.remarks]
    assert any("begins before 'funny' (line 3) has ended" in line for line in said)
    assert any("which is 20.0 s long" in line and "events.csv, line 6" in line for line in said)
    assert any("two people in two.mp4" in line and "cast.csv, line 5" in line for line in said)


def test_baselines_that_are_not_used_are_remarked_on(tmp_path: Path) -> None:
    study = make_study(tmp_path, 3, plan=PLAN + '[baseline]\ncorrection = "none"\n')
    assert any("kind baseline" in each.words for each in open_study(study).study.remarks)
    (study / "study.toml").write_text(PLAN, encoding="utf-8")
    assert not any("kind baseline" in each.words for each in open_study(study).study.remarks)


def test_a_participant_without_an_event_is_told_and_counted_as_left_out(tmp_path: Path) -> None:
    events = "onset,duration,label,kind,participant_id\n0,3,rest,baseline,\n" + "".join(
        f"4,6,funny,stimulus,sub-0{n}\n12,6,neutral,stimulus,sub-0{n}\n" for n in (1, 2, 3)
    )
    study = make_study(tmp_path, 5, events=events, plan=QUICK)
    checked = check_study(study)
    assert [line for line in checked.left_out if line.endswith("no event")] == ["sub-04: no event", "sub-05: no event"]
    run_study(study)
    left = pd.read_csv(study / "results" / "exclusions.csv")
    assert left.loc[left["reason"] == "no event", "participant_id"].tolist() == ["sub-04", "sub-05"]
    assert "Left out: no event (n = 2)." in (study / "results" / "methods.md").read_text(encoding="utf-8")


def test_other_columns_of_a_cast_are_allowed_and_remarked_on(tmp_path: Path) -> None:
    study = make_study(tmp_path, 3)
    cast = (study / "cast.csv").read_text(encoding="utf-8").splitlines()
    noted = "\n".join([f"{cast[0]},notes", *(f"{row},late" for row in cast[1:])])
    (study / "cast.csv").write_text(noted, encoding="utf-8")
    assert any("column notes: this column is not used" in str(each) for each in open_study(study).study.remarks)
    (study / "cast.csv").write_text(noted.replace("notes", "sesion"), encoding="utf-8")
    with pytest.raises(StudyError, match="Did you mean session"):
        open_study(study)


def test_a_study_over_its_own_results_is_refused(tmp_path: Path) -> None:
    put_recording(tmp_path / "results", "a.mp4", [Face(smile())])
    with pytest.raises(StudyError, match="would be written over"):
        begin_study(tmp_path / "results", tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["results"]


def test_a_study_that_was_begun_can_be_run(tmp_path: Path) -> None:
    for name in ("anna/a.mp4", "anna/b.mp4", "ben/a.mp4"):
        put_recording(tmp_path / "out", name, [Face(smile((5, 8)))])
    put_recording(tmp_path / "out", "cleo/a.mp4", [Face(smile((5, 8))), Face(smile((2, 4)))])
    begun = begin_study(tmp_path / "out", tmp_path / "study")
    assert begun.guess.people == 4
    cast = pd.read_csv(tmp_path / "study" / "cast.csv", dtype=str, keep_default_na=False)
    assert cast["dyad"].tolist() == ["", "", "", "cleo", "cleo"]
    again = begin_study(tmp_path / "out", tmp_path / "study")
    assert not again.written
    assert run_study(tmp_path / "study").done
    assert (table(tmp_path / "study")["used"] == "yes").all()


def test_who_is_who_in_the_results_is_who_takes_part(tmp_path: Path) -> None:
    study = make_study(tmp_path, 3)
    out = tmp_path / "out"
    keys = [f"sub-0{number}_task-film.mp4" for number in (1, 2, 3)]
    names = ("P01", "", "P01")
    rows = "".join(f"{key},1,{name},,0.0,9.0,12,,P09 (0.3)\n" for key, name in zip(keys, names))
    header = "recording,person,participant,confirmed,first_s,last_s,sights,apart,maybe_same_as\n"
    (out / "cast.csv").write_text(header + rows)
    begun = begin_study(out, tmp_path / "new")
    assert begun.guess.how == "who is who in the results"
    table = pd.read_csv(tmp_path / "new" / "cast.csv", dtype=str)
    assert table[["recording", "participant_id"]].to_numpy().tolist() == [[keys[0], "P01"], [keys[2], "P01"]]
    assert pd.read_csv(tmp_path / "new" / "participants.csv")["participant_id"].tolist() == ["P01"]
    # The file itself is a cast of a study too: who takes no part has no line there.
    (study / "cast.csv").write_text(header + rows)
    (study / "participants.csv").write_text("participant_id,group\nP01,patient\n")
    inputs = open_study(study).study.inputs
    assert [(role.recording, role.participant_id) for role in inputs.cast] == [(keys[0], "P01"), (keys[2], "P01")]
    assert inputs.remarks == ()
