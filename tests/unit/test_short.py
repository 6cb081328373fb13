"""The sentences with which a page begins."""

from __future__ import annotations

import pandas as pd
import pytest

from results import observations
from videmo.pipeline.derive import derive
from videmo.report.moments import strongest_moments
from videmo.report.short import MOST_PERSONS, Told, in_short
from videmo.settings import EpisodeSettings, QualitySettings, TimelineSettings


def told(table: pd.DataFrame, names: dict[int, str] | None = None) -> list[Told]:
    tables = derive(table, TimelineSettings(), EpisodeSettings(), QualitySettings(), 10.0)
    moments = strongest_moments(tables.timeline, tables.episodes, tables.summary, tables.observations)
    return in_short(tables.summary, tables.quality, moments, names or {})


def test_emotions_are_told_by_the_time_for_which_they_were_shown() -> None:
    faces = [(0.0, 5.9, 40.0, "happy"), (6.0, 9.9, 40.0, "sad")]
    (one,) = told(observations(faces, 10.0), {1: "Anna"})
    assert one.name == "Anna"
    assert (
        one.sentence.replace("\N{NO-BREAK SPACE}", " ")
        == "looked happy for 60 % of the 10.0 s in view and sad for 40 %."
    )
    assert {moment.emotion for moment in one.moments} == {"happy", "sad"}


def test_time_in_which_another_emotion_is_more_likely_is_not_told_as_one_of_five_alone() -> None:
    table = observations([(0.0, 9.9, 40.0, "surprise")], 10.0)
    for until_s, said in ((2.4, " For 24 % of it, fear or disgust is more likely."), (0.3, "")):
        (one,) = told(table.assign(other=(table["time_s"] < until_s) * 0.8 + 0.1))
        assert (
            one.sentence.replace("\N{NO-BREAK SPACE}", " ")
            == f"looked surprised for 100 % of the 10.0 s in view.{said}"
        )


def test_who_looked_neutral_is_said_to() -> None:
    (one,) = told(observations([(0.0, 9.9, 40.0, "neutral")], 10.0))
    assert one.sentence.replace("\N{NO-BREAK SPACE}", " ") == "looked neutral for 100 % of the 10.0 s in view."


def test_faces_that_could_not_be_used_are_not_called_anything() -> None:
    table = observations([(0.0, 9.9, 40.0, "happy")], 10.0).assign(left_out="dark")
    (one,) = told(table)
    assert one.sentence == "was seen, but none of the faces could be used (mostly too dark)."
    assert not one.moments


def test_little_that_could_be_used_is_said() -> None:
    table = observations([(0.0, 9.9, 40.0, "happy")], 10.0)
    table.loc[table["time_s"] > 3, "left_out"] = "dark"
    (one,) = told(table)
    assert one.sentence.replace("\N{NO-BREAK SPACE}", " ").endswith(
        " Left out in 69 % of the frames between first and last sight (mostly too dark)."
    )


def test_who_left_the_picture_is_not_told_to_have_had_faces_that_could_not_be_used() -> None:
    faces = [(0.0, 1.9, 40.0, "happy"), (8.0, 9.9, 40.0, "happy")]
    table = observations(faces, 10.0)
    table["person"] = table["person"].where(table["person"].isna(), 1)
    (one,) = told(table)
    words = one.sentence.replace("\N{NO-BREAK SPACE}", " ")
    assert words.endswith(" Not seen in 60 % of the frames between first and last sight.")
    table.loc[table["time_s"] > 9.0, "left_out"] = "turned"
    (one,) = told(table)
    words = one.sentence.replace("\N{NO-BREAK SPACE}", " ")
    assert words.endswith(
        " Not seen in 60 % of the frames between first and last sight; left out in 9 % (mostly turned away)."
    )


def test_who_was_seen_in_one_frame_was_not_seen_for_no_time_at_all() -> None:
    table = observations([(5.0, 5.4, 40.0, "surprise")], 10.0)
    table.loc[table["status"].eq("ok") & (table["time_s"] > 5.0), "left_out"] = "dark"
    (one,) = told(table)
    assert one.sentence.startswith("looked surprised in the only frame that counts.")


@pytest.mark.parametrize("people", [MOST_PERSONS - 1, MOST_PERSONS + 2])
def test_those_seen_longest_come_first_and_not_all(people: int) -> None:
    faces = [(0.0, 4.0 + number, 70.0 * number, "happy") for number in range(people)]
    found = told(observations(faces, 12.0))
    assert len(found) == min(people, MOST_PERSONS)
    assert found[0].name == f"Person {people}"
