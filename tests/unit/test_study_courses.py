"""Time courses from trials: what is not known counts nowhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from videmo import study
from videmo.errors import StudyError
from videmo.measures.emotions import EMOTIONS
from videmo.results.curves import CurveFile, CurveWriter, Shape, write_empty
from videmo.study.courses import course_rows, merged
from videmo.study.plan import Plan, read_plan


def test_who_has_no_value_is_no_trial() -> None:
    values, one = np.array([[np.nan, 0.2], [1.0, 0.4], [3.0, 0.6]]), np.ones((3, 2))
    trials = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
    course = merged([(values, np.zeros((3, 2)), trials, one, one, np.ones(3, bool))], np.arange(3), 3)
    rows = course_rows(course, "film", "fear", "(all)", Plan())
    assert rows is not None
    assert rows["n"].tolist() == [2, 3]
    assert rows["mean"].tolist() == pytest.approx([2.0, 0.4])


def test_a_file_of_courses_knows_the_trials_of_each_emotion(tmp_path: Path) -> None:
    shape = Shape(emotions=2, people=3, cells=4)
    path = tmp_path / "curves.f4"
    write_empty(path, shape)
    values, above, count = (np.arange(8.0).reshape(4, 2) + add for add in (0.0, 100.0, 200.0))
    with path.open("r+b") as stream:
        writer = CurveWriter(stream, shape)
        writer.write(1, values, above, count, np.full(4, 0.5), np.full(4, 3.0))
        writer.write_seen(1, np.full(4, 0.25), np.full(4, 5.0))
    file = CurveFile(path, shape)
    for emotion in range(2):
        np.testing.assert_array_equal(file.values(emotion)[1], values[:, emotion])
        np.testing.assert_array_equal(file.above(emotion)[1], above[:, emotion])
        np.testing.assert_array_equal(file.trials(emotion)[1], count[:, emotion])
        assert not file.trials(emotion)[[0, 2]].any()
    assert file.covered()[1].tolist() == [0.5] * 4
    assert file.seen()[1].tolist() == [0.25] * 4
    assert file.counted()[:, 0].tolist() == [0.0, 3.0, 0.0]
    assert file.counted_all()[:, 0].tolist() == [0.0, 5.0, 0.0]


def test_nothing_can_be_subtracted_without_a_baseline() -> None:
    with pytest.raises(StudyError, match=r"study.toml, line 2, column 1: there is no baseline"):
        read_plan(b'[baseline]\nsource = "none"\n', "study.toml")
    assert read_plan(b'[baseline]\nsource = "none"\ncorrection = "none"\n', "study.toml").baseline.source == "none"
    timeline = pd.DataFrame({"start_s": [0.0], "end_s": [1.0], "coverage": [1.0]}).assign(
        neutral=0.2, happy=0.2, sad=0.2, surprise=0.2, angry=0.2
    )
    events = pd.DataFrame({"onset": [0.0], "duration": [1.0], "label": ["film"]})
    with pytest.raises(StudyError, match="no baseline to subtract"):
        study.segments(timeline, events, baseline="none")
    assert study.segments(timeline, events, baseline="none", correction="none")["used"].unique().tolist() == ["yes"]


def cells(emotion: str, count: int = 10, **more: str) -> pd.DataFrame:
    """A timeline of somebody who shows one emotion all the time."""
    starts = np.arange(count, dtype=np.float64)
    shares = {name: 0.9 if name == emotion else 0.025 for name in EMOTIONS}
    return pd.DataFrame({"start_s": starts, "end_s": starts + 1.0, "coverage": 1.0}).assign(**shares, **more)


def test_cells_of_several_recordings_are_not_one_participants() -> None:
    events = pd.DataFrame({"onset": [2.0], "duration": [5.0], "label": ["film"]})
    one, other = cells("happy", recording="one.mp4"), cells("sad", recording="other.mp4")
    settings = {"baseline": "none", "correction": "none"}
    with pytest.raises(StudyError, match=r"2 recordings \(one.mp4, other.mp4\)"):
        study.segments(pd.concat([one, other]), events, **settings)
    found = study.segments(
        pd.concat([one.assign(participant_id="a"), other.assign(participant_id="b")]), events, **settings
    )
    assert found.query("emotion == 'happy'")["mean"].round(3).tolist() == [0.9, 0.025]


def test_events_count_in_the_recording_that_they_name() -> None:
    events = pd.DataFrame(
        {"onset": [2.0, 4.0], "duration": 1.0, "label": "film", "recording": ["one.mp4", "other.mp4"]}
    )
    settings = {"baseline": "none", "correction": "none"}
    found = study.segments(cells("happy", recording="one.mp4"), events, **settings)
    assert found["onset_s"].unique().tolist() == [2.0]
    marks = study.segments(cells("happy"), events[:1], **settings)
    assert marks["onset_s"].unique().tolist() == [2.0], "one recording, and the marks of its page"
    with pytest.raises(StudyError, match="no column recording, but the events name 2"):
        study.segments(cells("happy"), events, **settings)


def test_a_pair_of_three_levels_is_not_the_comparison() -> None:
    values = pd.Series(
        np.random.default_rng(3).normal(size=13),
        index=pd.MultiIndex.from_tuples([(f"p{n}", "A" if n < 6 else "B" if n < 12 else "C") for n in range(13)]),
    )
    with pytest.raises(StudyError, match="too few participants of C to compare 3 levels"):
        study.compare(values)
    assert study.compare(values[:12]).n == 12


def test_clusters_are_at_the_times_of_the_columns() -> None:
    rng = np.random.default_rng(0)
    for begin in (10.0, -1.0):
        seconds = np.round(begin + np.arange(50) * 0.2, 6)
        first, second = rng.normal(0, 0.1, (12, 50)), rng.normal(0, 0.1, (12, 50))
        first[:, 25:35] += 1
        found = study.timecourse(pd.DataFrame(first, columns=seconds), pd.DataFrame(second, columns=seconds))
        best = found.loc[found["mass"].abs().idxmax()]
        assert (best["start_s"], best["end_s"]) == pytest.approx((begin + 5.0, begin + 7.0))
