"""Figures of time courses say of which films they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import PLAN, Face, make_study, put_recording, smile
from videmo.pipeline.study.films import films_behind
from videmo.pipeline.study.measure import SEGMENTS
from videmo.pipeline.study.run import run_study
from videmo.plots.courses import plot_timecourse
from videmo.study.contrasts import Contrast
from videmo.study.films import films_told
from videmo.study.focus import focus_of
from videmo.study.participants import Participants

SESSIONS, LABELS = Contrast("session", ("1", "2")), Contrast("label", ("funny", "sad"))


def segments(*met: tuple[str, str, str]) -> pd.DataFrame:
    """A used segment of each session, label and stimulus."""
    rows = [{"participant_id": "p", "session": session, "role": "", "label": label, "stimulus": stimulus, "used": "yes"}
            for session, label, stimulus in met]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("contrast", "met", "said"),
    [
        (SESSIONS, [("1", "film", "a.mp4"), ("2", "film", "b.mp4")], "film: a.mp4 in session 1, b.mp4 in session 2"),
        (SESSIONS, [("1", "film", "a.mp4"), ("2", "film", "a.mp4")], "film: a.mp4"),
        (SESSIONS, [("1", "film", "film"), ("2", "film", "")], ""),
        (LABELS, [("1", "funny", "a"), ("1", "funny", "b"), ("2", "sad", "c")], "funny: mean of a and b; sad: c"),
        (LABELS, [("1", "funny", str(number)) for number in range(9)], "funny: mean of 9 stimuli"),
    ],
)
def test_it_names_films_that_labels_do_not(contrast: Contrast, met: list[tuple[str, str, str]], said: str) -> None:
    labels = list(dict.fromkeys(label for _, label, _ in met))
    assert films_told(segments(*met), contrast, labels, Participants((), ())) == said


def test_what_is_not_used_is_in_no_course() -> None:
    rows = segments(("1", "film", "a.mp4"), ("2", "film", "b.mp4"))
    rows.loc[1, "used"] = "no"
    assert films_told(rows, SESSIONS, ["film"], Participants((), ())) == "film: a.mp4"


def test_the_figure_has_it_below() -> None:
    course = pd.DataFrame({"label": "film", "level": "film", "emotion": "happy", "time_s": [0.0, 0.2], "n": 3,
                           "mean": 0.1, "ci_low": 0.0, "ci_high": 0.2})  # fmt: skip
    none = pd.DataFrame({"emotion": [], "label": [], "cells": []})
    figure = plot_timecourse(course, none, emotions=["happy"], title="t", note="film: a$.mp4 in session 1 " * 8)
    said = figure.legends[0].get_title().get_text()
    assert said.count("\n") == 1
    assert r"a\$.mp4" in said


def many(sessions: str, films: int) -> tuple[str, list[str]]:
    labels = [f"label_{name}" for name in "abcdef"]
    met = [(session, label, f"a_long_name_of_a_film_{label}{number}{session}.mp4")
           for session in sessions for label in labels for number in range(films)]  # fmt: skip
    return films_told(segments(*met), Contrast("session", tuple(sessions)), labels, Participants((), ())), labels


def test_many_are_counted() -> None:
    said, labels = many("12", 4)
    assert said == "; ".join(
        f"{label}: mean of 4 stimuli in session 1, mean of 4 stimuli in session 2" for label in labels
    )
    said, labels = many("12", 1)
    assert said.startswith("label_a: 1 stimulus in session 1, 1 stimulus in session 2; label_b: ")


def test_they_do_not_swallow_the_figure() -> None:
    note, labels = many("12345", 6)
    course = pd.DataFrame([
        {"label": label, "level": f"session: {session}", "emotion": "happy", "time_s": time, "n": 3, "mean": 0.1,
         "ci_low": 0.0, "ci_high": 0.2} for label in labels for session in "12345" for time in (0.0, 0.2)
    ])  # fmt: skip
    none = pd.DataFrame({"emotion": [], "label": [], "cells": []})
    figure = plot_timecourse(course, none, emotions=["happy"], title="t", note=note)
    lines = figure.legends[0].get_title().get_text().split("\n")
    assert len(lines) == 4
    assert lines[-1].endswith(" …")
    figure.draw_without_rendering()
    assert figure.axes[0].get_position().height * figure.get_size_inches()[1] > 0.7


@pytest.mark.slow
@pytest.mark.parametrize(
    ("contrast", "said"),
    [
        ("label: funny - neutral", "funny: common.mp4; neutral: n.mp4"),
        ("group: control - patient", "funny: common.mp4; neutral: n.mp4"),
        ("group: control - patient | funny - neutral", "funny: common.mp4; neutral: n.mp4"),
    ],
)
def test_films_of_those_alone_who_are_in_no_curve_are_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contrast: str, said: str
) -> None:
    """One saw two films of their own, of which one is not used: too few by the rule of this study."""
    events = "onset,duration,label,kind,stimulus,participant_id\n0,3,rest,baseline,,\n"
    for number in range(6):
        films = ("common.mp4", "common.mp4") if number else ("own_a.mp4", "own_b.mp4")
        for onset, film in zip((4, 8), films):
            events += f"{onset},3,funny,stimulus,{film},sub-{number + 1:02}\n"
        events += f"12,6,neutral,stimulus,n.mp4,sub-{number + 1:02}\n"
    plan = PLAN.replace("label: funny - neutral", contrast) + "[validity]\nmin_segments = 1.0\n"
    study = make_study(tmp_path, 6, events=events, plan=plan)
    recording = "sub-01_task-film.mp4"
    shutil.rmtree(tmp_path / "out" / recording)
    away = Face(smile((5, 8)), coverage=lambda times: np.where((times > 7.5) & (times < 11.5), 0.0, 1.0))
    put_recording(tmp_path / "out", recording, [away])
    monkeypatch.setattr("videmo.pipeline.study.run.STUDY_STAGES", (SEGMENTS,))
    update = run_study(study).update
    focus = focus_of(update.study)
    assert focus is not None
    shown = ["funny - neutral"] if focus.is_difference else ["funny", "neutral"]
    assert films_behind(update, focus, shown) == said
