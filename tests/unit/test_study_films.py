"""Figures of time courses say of which films they are."""

from __future__ import annotations

import pandas as pd
import pytest

from videmo.plots.courses import plot_timecourse
from videmo.study.contrasts import Contrast
from videmo.study.films import films_told
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
