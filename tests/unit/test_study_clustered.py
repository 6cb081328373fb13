"""Clusters are corrected for all that was tested, and time courses are of those who count."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from videmo.plots.courses import plot_timecourse
from videmo.study.clustered import NOT_TESTED, Family, Outcome, cluster_rows, correct_clusters
from videmo.study.contrasts import Contrast
from videmo.study.courses import Part, course_of, difference_of
from videmo.study.design import Seat
from videmo.study.focus import Focus, clusters_of, course_levels, course_title
from videmo.study.seats import Trials, units_of, who_have_enough


def row(contrast: str, emotion: str, p: float | None, statistic: str = "t") -> dict[str, Any]:
    made = {"contrast": contrast, "emotion": emotion, "statistic": statistic, "cells": 0 if p is None else 3}
    return made if p is None else {**made, "p": p}


def test_clusters_are_corrected_over_emotions_and_labels() -> None:
    first = [row("g | a", "happy", 0.01), row("g | a", "happy", 0.03), row("g | a", "sad", None)]
    second = [row("g | b", "happy", 0.02), row("g | b", "sad", None, NOT_TESTED)]
    rows = [*first, *second, row("label", "happy", 0.04), row("label", "sad", 0.6)]
    correct_clusters(rows, [Family(("g | a", "g | b")), Family(("label",))])
    found = [each["p_holm"] for each in rows if "p_holm" in each]
    assert found == pytest.approx([0.03, 0.06, 0.04, 0.08, 0.6])


def test_a_test_that_two_contrasts_ask_for_counts_in_both() -> None:
    rows = [row("g | a", "happy", 0.01), row("g | b", "happy", 0.02), row("g | c", "happy", 0.9)]
    one, whole = Family(("g | a",)), Family(("g | a", "g | b", "g | c"))
    correct_clusters(rows, [dataclasses.replace(one, primary=True), whole])
    assert [each["p_holm"] for each in rows] == pytest.approx([0.01, 0.04, 0.9])
    for families in ([one, whole], [whole, one]):
        correct_clusters(rows, families)
        assert [each["p_holm"] for each in rows] == pytest.approx([0.03, 0.04, 0.9]), "in any order"


def test_rows_say_how_many_were_compared() -> None:
    for sizes, paired, said in (
        ((4, 6), False, {"n_a": 4, "n_b": 6, "n_pairs": 0}), ((5, 5), True, {"n_a": 5, "n_b": 5, "n_pairs": 5}),
        ((3, 4, 5), False, {"n_a": 12, "n_pairs": 0}), ((7, 7, 7), True, {"n_a": 7, "n_pairs": 7}),
    ):  # fmt: skip
        (made,) = cluster_rows(Outcome(None, sizes, paired), "g", "happy", 0.2)
        assert {name: value for name, value in made.items() if name.startswith("n_")} == said


SEATS = [Seat(f"p{number}", session, "", "") for number in range(3) for session in "12"]
TALK = ("talk",)


def test_who_has_too_few_used_segments_is_nowhere_in_a_comparison_of_courses() -> None:
    total, used = np.full(6, 4), np.array([4, 4, 4, 1, 0, 0])
    trials = Trials(units_of(SEATS).of, {"talk": total, "rest": total}, {"talk": used, "rest": total}, 0.5)
    (all_sessions,) = who_have_enough([units_of(SEATS)], [TALK], trials)
    assert all_sessions.of.tolist() == [0, 0, 1, 1, -1, -1], "five of eight are enough"
    sides = [units_of(SEATS, chosen=[seat.session == session for seat in SEATS]) for session in "12"]
    both = who_have_enough(sides, [TALK, TALK], trials)
    assert [side.of.tolist() for side in both] == [[0, -1, -1, -1, -1, -1], [-1, 0, -1, -1, -1, -1]]
    rest = who_have_enough(sides, [("rest",)] * 2, trials)
    assert [side.of.tolist() for side in rest] == [side.of.tolist() for side in sides]
    assert who_have_enough([units_of(SEATS)], [("rest", "talk")], trials)[0].of.tolist()[-1] == -1


def part(values: np.ndarray) -> Part:
    there = np.isfinite(values).astype(np.float64)
    return values, there, there, there, there, there.any(axis=1)


def test_a_dyad_has_a_value_where_both_were_seen() -> None:
    seats = [Seat("a", "", "D", "A"), Seat("b", "", "D", "B"), Seat("c", "", "E", "A"), Seat("d", "", "E", "B")]
    values = np.array([[0.2, 0.2, np.nan], [0.6, np.nan, np.nan], [0.4, 0.4, 0.4], [np.nan] * 3])
    course = course_of([part(values)], units_of(seats, dyads=True))
    np.testing.assert_allclose(course.values, [[0.4, np.nan, np.nan], [0.4, 0.4, 0.4]])
    assert course.met.tolist() == [True, True]
    assert np.isfinite(course.above).tolist() == np.isfinite(course.values).tolist()


def test_a_difference_is_as_long_as_both_and_of_those_who_met_both() -> None:
    units = units_of([Seat("a", "", "", ""), Seat("b", "", "", "")])
    first = course_of([part(np.array([[0.5, 0.6, 0.7], [0.5, np.nan, 0.5]]))], units)
    second = course_of([part(np.array([[0.1, 0.1], [np.nan, np.nan]]))], units)
    found = difference_of(first, second)
    np.testing.assert_allclose(found.values, [[0.4, 0.5], [np.nan, np.nan]])
    assert found.met.tolist() == [True, False]


def timecourse(labels: tuple[str, ...], groups: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"label": label, "group": group, "emotion": emotion, "time_s": cell / 5, "n": 4, "mean": 0.1, "ci_low": 0.0,
          "ci_high": 0.2} for label in labels for group in groups for emotion in ("happy", "sad") for cell in range(5)]
    )  # fmt: skip


ALL_LABELS = ("a", "b", "a - b")
GROUPS = ("(all)", "group: x", "group: y")


@pytest.mark.parametrize(
    ("labels", "levels", "title", "keys", "panels"),
    [
        (("b",), ["x, b", "y, b"], "group: x - y | b", ["group: x - y | b"], ["happy", "sad"]),
        (("a", "b"), ["x, a - b", "y, a - b"], "group: x - y | a - b", ["group: x - y | a - b"], ["happy", "sad"]),
        ((), ["group: x", "group: y"], "group: x - y", ["group: x - y | a", "group: x - y | b"],
         [f"{emotion}, during {label}" for emotion in ("happy", "sad") for label in "ab"]),
    ],
)  # fmt: skip
def test_the_figure_of_groups_names_its_label_and_shows_the_clusters_of_it(
    labels: tuple[str, ...], levels: list[str], title: str, keys: list[str], panels: list[str]
) -> None:
    focus = Focus(Contrast("group", ("x", "y"), labels), "happy", "mean", True)
    courses = course_levels([timecourse(ALL_LABELS, GROUPS)], ["a", "b"], focus)
    assert list(dict.fromkeys(courses["level"])) == levels
    assert course_title(courses, focus) == title
    names = [f"group: x - y | {label}" for label in ALL_LABELS] + ["label: a - b"]
    clusters = pd.DataFrame({"contrast": names, "emotion": "happy", "cells": 2, "start_s": 0.2, "end_s": 0.6,
                             "p_holm": [0.01, 0.02, 0.03, 0.04]})  # fmt: skip
    shown = clusters_of(clusters, dict.fromkeys(courses["label"]), focus)
    assert shown["contrast"].tolist() == keys
    figure = plot_timecourse(courses, shown, emotions=["happy", "sad"], title=title)
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    assert [each for each in titles if each] == panels
    written = [text.get_text() for axis in figure.axes for text in axis.texts]
    place = {"group: x - y | a": ".010", "group: x - y | b": ".020", "group: x - y | a - b": ".030"}
    assert written == [f"p = {place[key]}" for key in keys]


def test_one_label_in_the_whole_study_is_named() -> None:
    focus = Focus(Contrast("role", ("c", "p")), "happy", "mean", True)
    courses = course_levels([timecourse(("play",), ("(all)", "role: c", "role: p"))], ["play"], focus)
    assert list(dict.fromkeys(courses["level"])) == ["c, play", "p, play"]
    assert course_title(courses, focus) == "role: c - p | play"
    sessions = Focus(Contrast("session", ("1", "2"), ("play",)), "happy", "mean", True)
    courses = course_levels([timecourse(("play",), ("(all)", "session: 1", "session: 2"))], ["play"], sessions)
    assert list(dict.fromkeys(courses["level"])) == ["session 1, play", "session 2, play"]


def test_only_clusters_that_are_clear_after_correction_are_dark() -> None:
    focus = Focus(Contrast("label", ("a", "b")), "happy", "mean", True)
    courses = course_levels([timecourse(ALL_LABELS, GROUPS)], ["a", "b"], focus)
    clusters = pd.DataFrame({"contrast": "label: a - b", "emotion": "happy", "cells": 2, "start_s": [0.0, 0.6],
                             "end_s": [0.4, 0.8], "p": [0.01, 0.02], "p_holm": [0.0496, 0.08]})  # fmt: skip
    shown = clusters_of(clusters, ["a", "b"], focus)
    figure = plot_timecourse(courses, shown, emotions=["happy"], title="t")
    assert [text.get_text() for axis in figure.axes for text in axis.texts] == ["p = .0496"]


def test_a_figure_says_how_many_of_its_labels_it_shows() -> None:
    labels = tuple("abcdefgh")
    focus = Focus(Contrast("group", ("x", "y")), "happy", "mean", True)
    courses = course_levels([timecourse(labels, GROUPS)], labels, focus)
    figure = plot_timecourse(
        courses, pd.DataFrame({"emotion": [], "label": [], "cells": []}), emotions=["happy"], title="t"
    )
    assert figure.get_suptitle() == "t (the first 6 of 8 labels)"
    assert sum(axis.get_title(loc="left") != "" for axis in figure.axes) == 6


def test_sessions_with_films_of_their_own_have_a_panel_for_each_film() -> None:
    focus = Focus(Contrast("session", ("1", "2")), "happy", "mean", True)
    pieces = [timecourse(("a",), ("(all)", "session: 1")), timecourse(("b",), ("(all)", "session: 2"))]
    courses = course_levels(pieces, ["a", "b"], focus)
    nothing = pd.DataFrame({"emotion": [], "label": [], "cells": []})
    figure = plot_timecourse(courses, nothing, emotions=["happy"], title=course_title(courses, focus))
    panels = {axis.get_title(loc="left"): len(axis.collections) for axis in figure.axes if axis.get_title(loc="left")}
    assert panels == {"happy, during a": 1, "happy, during b": 1}


def test_panels_of_one_emotion_have_one_scale() -> None:
    focus = Focus(Contrast("session", ("1", "2")), "happy", "mean", True)
    higher = timecourse(("b",), ("session: 2",)).assign(mean=0.6, ci_low=0.5, ci_high=0.7)
    courses = course_levels([timecourse(("a",), ("session: 1",)), higher], ["a", "b"], focus)
    courses.loc[courses["emotion"] == "sad", ["mean", "ci_low", "ci_high"]] = 0.01
    clusters = pd.DataFrame({"emotion": "happy", "label": ["a"], "cells": 2, "start_s": 0.2, "end_s": 0.4, "p_holm": 1})
    figure = plot_timecourse(courses, clusters, emotions=["happy", "sad"], title="t")
    scales = {axis.get_title(loc="left"): axis.get_ylim() for axis in figure.axes if axis.get_title(loc="left")}
    assert scales["happy, during a"] == scales["happy, during b"]
    assert scales["happy, during b"][1] > 0.7 > 0.1 > scales["sad, during a"][1]
