"""Timelines and summaries of other words than the emotions, and of numbers that are carried as their mean."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from videmo.measures.emotions import EMOTIONS
from videmo.records import Carried
from videmo.settings import EpisodeSettings, TimelineSettings
from videmo.timeline.episodes import find_episodes
from videmo.timeline.resample import build_timeline, timeline_columns
from videmo.timeline.strip import UNKNOWN, strip
from videmo.timeline.summary import dominant_emotion, summarise, summary_columns
from videmo.timeline.transitions import count_transitions

PLAIN = TimelineSettings(step_s=0.2, smoothing_s=0.0)
EPISODES = EpisodeSettings(enter=0.6, leave=0.4, min_duration_s=0.4)
WORDS = Carried(("calm", "excited"))
"""Two words instead of five."""
WITH_YAW = Carried(EMOTIONS, ("yaw",))
"""The emotions, and an angle."""


def observed(person: list[int | None], **columns: list[float]) -> pd.DataFrame:
    """One face, or none, in each of ten frames a second."""
    frames = np.arange(len(person))
    table = pd.DataFrame({"frame": frames, "time_s": frames / 10, "person": pd.array(person, dtype="Int64")})
    table["status"] = np.where(table["person"].isna(), "no_face", "ok")
    return table.assign(h=50.0, left_out="", **columns)


def shown(emotion: str, count: int) -> dict[str, list[float]]:
    """Probabilities of one emotion."""
    return {name: [0.8 if name == emotion else 0.05] * count for name in EMOTIONS}


def test_the_columns_of_emotions_alone_are_those_that_users_know() -> None:
    emotions = Carried(EMOTIONS)
    assert timeline_columns(emotions) == (
        "start_s", "end_s", "person", "frames", "coverage", *EMOTIONS, "emotion", "confidence",
    )  # fmt: skip
    assert summary_columns(emotions) == (
        "person", "first_s", "last_s", "seen_s", "seen_share", "usable", "face_height_px",
        *(f"{kind}_{name}" for kind in ("mean", "share", "episodes") for name in EMOTIONS), "dominant",
        "left_out_faces",
    )  # fmt: skip


def test_a_mean_stands_behind_all_columns_that_were_there_before() -> None:
    assert timeline_columns(WITH_YAW) == (*timeline_columns(Carried(EMOTIONS)), "yaw")
    assert summary_columns(WITH_YAW) == (*summary_columns(Carried(EMOTIONS)), "mean_yaw")


def test_other_words_name_cells_episodes_and_summaries() -> None:
    calm = [0.9] * 10 + [0.1] * 10
    table = observed([1] * 20, calm=calm, excited=[1 - value for value in calm])
    timeline = build_timeline(table, PLAIN, WORDS)
    assert tuple(timeline.columns) == timeline_columns(WORDS)
    assert timeline["emotion"].tolist() == ["calm"] * 5 + ["excited"] * 5
    assert timeline["confidence"].tolist() == pytest.approx([0.9] * 10)
    episodes = find_episodes(timeline, EPISODES, WORDS.words)
    assert episodes["emotion"].tolist() == ["calm", "excited"]
    summary = summarise(table, timeline, episodes, WORDS)
    assert tuple(summary.columns) == summary_columns(WORDS)
    assert summary.loc[0, ["share_calm", "share_excited"]].tolist() == pytest.approx([0.5, 0.5])
    assert summary.loc[0, ["episodes_calm", "episodes_excited"]].tolist() == [1, 1]
    assert dominant_emotion(summary, WORDS.words) == "calm"
    changes = count_transitions(timeline, WORDS.words)
    assert changes.loc["calm", "excited"] == 1
    assert changes.to_numpy().sum() == 9
    assert strip(timeline, 2.0, WORDS.words, parts=4) == "09091919"


def test_a_mean_is_weighed_by_time_as_the_words_are() -> None:
    # Three frames in the first cell: 10° for 0.1 s, then twice 40° for 0.05 s each.
    table = observed([1] * 5, yaw=[10.0, 40.0, 40.0, -20.0, -20.0], **shown("happy", 5))
    table["time_s"] = [0.0, 0.1, 0.15, 0.2, 0.3]
    timeline = build_timeline(table, PLAIN, WITH_YAW, end_s=0.4)
    assert timeline["yaw"].tolist() == pytest.approx([25.0, -20.0])
    summary = summarise(table, timeline, find_episodes(timeline, EPISODES, EMOTIONS), WITH_YAW)
    assert summary["mean_yaw"].tolist() == pytest.approx([2.5])


def test_a_mean_decides_neither_the_strongest_word_nor_its_confidence() -> None:
    table = observed([1] * 10, yaw=[90.0] * 10, **shown("sad", 10))
    timeline, plain = build_timeline(table, PLAIN, WITH_YAW), build_timeline(table, PLAIN, Carried(EMOTIONS))
    assert timeline["emotion"].tolist() == ["sad"] * 5
    pd.testing.assert_frame_equal(timeline.drop(columns="yaw"), plain)
    episodes = find_episodes(timeline, EPISODES, EMOTIONS)
    pd.testing.assert_frame_equal(
        summarise(table, timeline, episodes, WITH_YAW).drop(columns="mean_yaw"),
        summarise(table, plain, episodes, Carried(EMOTIONS)),
    )


def test_a_mean_is_empty_where_the_person_was_not_seen() -> None:
    seen: list[int | None] = [1] * 4 + [None] * 12 + [1] * 4
    table = observed(seen, yaw=[10.0 if person else np.nan for person in seen], **shown("happy", 20))
    timeline = build_timeline(table, PLAIN, WITH_YAW)
    assert timeline["yaw"].isna().tolist() == timeline["confidence"].isna().tolist()
    assert timeline["yaw"].isna().sum() == 6
    assert timeline["yaw"].dropna().tolist() == pytest.approx([10.0] * 4)


def test_a_person_of_whom_every_face_was_left_out_has_no_mean() -> None:
    table = observed([1] * 10, yaw=[10.0] * 10, **shown("happy", 10)).assign(left_out="dark")
    timeline = build_timeline(table, PLAIN, WITH_YAW)
    summary = summarise(table, timeline, find_episodes(timeline, EPISODES, EMOTIONS), WITH_YAW)
    assert summary["person"].tolist() == [1]
    assert summary["mean_yaw"].isna().all()


def test_nobody_gives_empty_tables_with_all_columns() -> None:
    table = observed([None] * 5, yaw=[np.nan] * 5, **shown("happy", 5))
    timeline = build_timeline(table, PLAIN, WITH_YAW)
    summary = summarise(table, timeline, find_episodes(timeline, EPISODES, EMOTIONS), WITH_YAW)
    assert (tuple(timeline.columns), tuple(summary.columns)) == (timeline_columns(WITH_YAW), summary_columns(WITH_YAW))
    assert timeline.empty
    assert summary.empty
    assert strip(timeline, 0.5, EMOTIONS, parts=3) == UNKNOWN * 3


@pytest.mark.parametrize("end_s", [0.0, -1.0, 1e-9])
def test_a_recording_without_length_has_a_strip(end_s: float) -> None:
    # A single picture whose container says nothing of how long it is shown.
    timeline = build_timeline(observed([1], **shown("happy", 1)), PLAIN, Carried(EMOTIONS))
    assert strip(timeline, end_s, EMOTIONS, parts=2) == "1818"
