"""Timelines, episodes and summaries, checked against small signals that were worked out by hand."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from videmo.errors import UsageError
from videmo.machine import need_memory
from videmo.measures.emotions import EMOTIONS
from videmo.records import Carried
from videmo.settings import EpisodeSettings, TimelineSettings
from videmo.timeline.episodes import COLUMNS as EPISODE_COLUMNS
from videmo.timeline.episodes import find_episodes
from videmo.timeline.resample import _weigh, build_timeline, timeline_columns
from videmo.timeline.summary import dominant_emotion, frames_with_face, summarise, summary_columns

EMOTION = Carried(EMOTIONS)
Floats = npt.NDArray[np.float64]
PLAIN = TimelineSettings(step_s=0.2, smoothing_s=0.0, max_gap_s=0.5)
SMOOTH = TimelineSettings(step_s=0.2, smoothing_s=0.4, max_gap_s=0.5)
HYSTERESIS = EpisodeSettings(enter=0.6, leave=0.4, min_duration_s=0.4)


def smile(happy: float) -> tuple[float, ...]:
    """Probabilities of a face that is happy, and neutral for the rest."""
    return (1 - happy, happy, 0.0, 0.0, 0.0)


def row(time_s: float, person: int, probabilities: Sequence[float], height: float = 100.0) -> dict[str, object]:
    """One observation of a person."""
    return {"time_s": time_s, "status": "ok", "person": person, "h": height, **dict(zip(EMOTIONS, probabilities))}


def blank(time_s: float) -> dict[str, object]:
    """One sampled frame without a face."""
    return {"time_s": time_s, "status": "no_face", "person": None, "h": np.nan, **dict.fromkeys(EMOTIONS, np.nan)}


def stray(time_s: float) -> dict[str, object]:
    """One face that belongs to nobody, as angry as can be."""
    return {**row(time_s, 0, (0, 0, 0, 0, 1)), "status": "stray", "person": None}


def observed(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """An observation table in time order, frames numbered through."""
    columns = ["time_s", "status", "person", "h", *EMOTIONS, "left_out"]
    table = pd.DataFrame(list(rows), columns=columns).sort_values("time_s", kind="stable", ignore_index=True)
    table["person"] = table["person"].astype("Int64")
    table[["time_s", "h", *EMOTIONS]] = table[["time_s", "h", *EMOTIONS]].astype(float)
    table["left_out"] = table["left_out"].fillna("")
    table.insert(0, "frame", table["time_s"].rank(method="dense").astype(int) - 1)
    return table


def smiling(times: Sequence[float], happy: Sequence[float], person: int = 1) -> list[dict[str, object]]:
    """Observations of one person."""
    return [row(float(time), person, smile(float(value))) for time, value in zip(times, happy, strict=True)]


def ticks(start_s: float, end_s: float, fps: float) -> list[float]:
    """Times of frames at a constant rate, as the tables round them."""
    return [round(k / fps, 6) for k in range(round(start_s * fps), round(end_s * fps))]


def grid(happy: Sequence[float], *, step: float = 0.5, person: int = 1, sad: Sequence[float] = ()) -> pd.DataFrame:
    """A timeline of one person; NaN where the person was not seen."""
    starts = np.arange(len(happy)) * step
    table = pd.DataFrame({"start_s": starts, "end_s": starts + step, "person": person, "frames": 1, "coverage": 1.0})
    for name in EMOTIONS:
        table[name] = np.where(np.isnan(happy), np.nan, 0.0)
    table["happy"] = np.array(happy, dtype=float)
    if sad:
        table["sad"] = np.array(sad, dtype=float)
    return table


def spans(episodes: pd.DataFrame, emotion: str) -> list[tuple[float, float]]:
    """Start and end of each episode of an emotion."""
    own = episodes[episodes["emotion"] == emotion]
    return [(round(start, 6), round(end, 6)) for start, end in zip(own["start_s"], own["end_s"])]


def held_until(times: Floats, longest: float) -> Floats:
    """When each of the sampled frames stops to stand for what it shows."""
    steps = np.diff(times)
    return times + np.minimum(np.append(steps, np.median(steps)), longest)


def exact_cell(start: float, end: float, lefts: Floats, rights: Floats, values: Floats) -> tuple[float, float]:
    """Integral of a piecewise constant signal over a cell, divided by the time it is known; and that time."""
    integral = known = 0.0
    for left, right, value in zip(lefts, rights, values):
        shared = max(0.0, min(end, right) - max(start, left))
        integral += shared * value
        known += shared
    return (integral / known if known else math.nan), known


def riemann(start: float, end: float, sigma: float, lefts: Floats, rights: Floats, values: Floats) -> float:
    """Mean over a cell of a piecewise constant signal that is smoothed with a Gaussian, as a fine sum."""
    points = np.arange(start - 6 * sigma, end + 6 * sigma, sigma / 2000) + sigma / 4000
    centres = np.linspace(start, end, 401)[:-1] + (end - start) / 800
    kernel = np.zeros(len(points))
    for centre in centres:
        kernel += np.exp(-(((points - centre) / sigma) ** 2) / 2)
    index = np.searchsorted(lefts, points, "right") - 1
    known = (index >= 0) & (points < rights[np.maximum(index, 0)])
    return float((kernel * known * values[index]).sum() / (kernel * known).sum())


def irregular_times(seed: int, count: int) -> Floats:
    """Times of frames at a variable rate: multiples of 10 ms, 10 to 240 ms apart."""
    return np.round(np.cumsum(np.random.default_rng(seed).integers(1, 25, count)) / 100, 6)


def test_a_constant_signal_stays_constant_on_the_grid() -> None:
    times = ticks(0, 2, 25)
    timeline = build_timeline(observed(smiling(times, [0.7] * len(times))), SMOOTH, EMOTION)
    assert tuple(timeline.columns) == timeline_columns(EMOTION)
    np.testing.assert_allclose(timeline["start_s"], np.arange(10) * 0.2, atol=1e-9)
    np.testing.assert_allclose(timeline["end_s"], np.arange(1, 11) * 0.2, atol=1e-9)
    np.testing.assert_allclose(timeline["happy"], 0.7)
    np.testing.assert_allclose(timeline["neutral"], 0.3)
    np.testing.assert_allclose(timeline["confidence"], 0.7)
    np.testing.assert_allclose(timeline["coverage"], 1)
    assert set(timeline["emotion"]) == {"happy"}
    assert timeline["frames"].tolist() == [5] * 10


def test_without_smoothing_a_cell_is_the_exact_integral_over_the_observed_time() -> None:
    times = irregular_times(1, 60)
    values = np.random.default_rng(2).random(60)
    timeline = build_timeline(observed(smiling(times, values)), PLAIN, EMOTION)
    rights = held_until(times, PLAIN.max_gap_s)
    for cell in timeline.itertuples():
        mean, known = exact_cell(cell.start_s, cell.end_s, times, rights, values)
        assert cell.happy == pytest.approx(mean, abs=1e-9)
        assert cell.coverage == pytest.approx(known / 0.2, abs=1e-9)


def test_with_smoothing_a_cell_is_its_mean_of_the_smoothed_curve() -> None:
    times = irregular_times(3, 40)
    values = np.random.default_rng(4).random(40)
    timeline = build_timeline(observed(smiling(times, values)), SMOOTH, EMOTION)
    rights = held_until(times, SMOOTH.max_gap_s)
    for cell in timeline.itertuples():
        expected = riemann(cell.start_s, cell.end_s, 0.4 / 2.354820045, times, rights, values)
        assert cell.happy == pytest.approx(expected, abs=5e-4)
    rough = build_timeline(observed(smiling(times, values)), PLAIN, EMOTION)
    assert timeline["happy"].std() < 0.8 * rough["happy"].std()


@pytest.mark.parametrize("step", [1.0, 20.0, 60.0, 300.0])
def test_cells_wider_than_the_smoothing_are_means_of_what_is_in_them(step: float) -> None:
    times = ticks(0, 30, 25)
    settings = TimelineSettings(step_s=step, smoothing_s=0.4)
    observations = observed(smiling(times, [float(time < 15) for time in times]))
    timeline = build_timeline(observations, settings, EMOTION, 30.0)
    summary = summarise(observations, timeline, find_episodes(timeline, HYSTERESIS, EMOTIONS), EMOTION).iloc[0]
    assert summary["mean_happy"] == pytest.approx(0.5, abs=0.01)
    at_the_border = observed(smiling(times, [float(time % 1 < 0.19) for time in times]))
    if step == 1.0:
        cells = build_timeline(at_the_border, settings, EMOTION, 30.0)["happy"].iloc[2:-2]
        np.testing.assert_allclose(cells, 0.2, atol=0.02)


@pytest.mark.parametrize("settings", [PLAIN, SMOOTH], ids=["plain", "smooth"])
def test_a_variable_rate_gives_the_same_values_as_a_dense_constant_rate(settings: TimelineSettings) -> None:
    sparse = irregular_times(5, 80)
    values = np.random.default_rng(6).random(80)
    end = round(float(sparse[-1]) + 0.1, 6)
    dense = np.round(np.arange(round(sparse[0] * 100), round(end * 100)) / 100, 6)
    copied = values[np.searchsorted(sparse, dense, "right") - 1]
    few = build_timeline(observed([*smiling(sparse, values), blank(end)]), settings, EMOTION)
    many = build_timeline(observed([*smiling(dense, copied), blank(end)]), settings, EMOTION)
    np.testing.assert_allclose(few["start_s"], many["start_s"])
    np.testing.assert_allclose(few["coverage"], many["coverage"], atol=1e-9)
    np.testing.assert_allclose(few["happy"], many["happy"], atol=2e-4)
    assert len(few) > 30
    assert many["frames"].sum() > 5 * few["frames"].sum()


def test_a_long_look_weighs_more_than_many_short_ones() -> None:
    # Five frames of sadness in 50 ms, then one of happiness that holds for 150 ms.
    rows = [row(0.01 * k, 1, (0, 0, 1, 0, 0)) for k in range(5)] + [row(0.05, 1, smile(1.0)), blank(0.2)]
    cell = build_timeline(observed(rows), PLAIN, EMOTION).iloc[0]
    assert cell["happy"] == pytest.approx(0.75)
    assert cell["sad"] == pytest.approx(0.25)
    assert cell["emotion"] == "happy"


@pytest.mark.parametrize("settings", [PLAIN, SMOOTH], ids=["plain", "smooth"])
def test_smoothing_never_reaches_across_a_time_without_the_face(settings: TimelineSettings) -> None:
    before, between, after = ticks(0, 1, 25), ticks(1, 3, 25), ticks(3, 4, 25)
    rows = smiling(before, [1.0] * 25) + [blank(time) for time in between] + smiling(after, [0.0] * 25)
    timeline = build_timeline(observed(rows), settings, EMOTION)
    assert len(timeline) == 20
    assert timeline["happy"].tolist()[:5] == [1.0] * 5
    assert timeline["happy"].tolist()[15:] == [0.0] * 5
    gap = timeline.iloc[5:15]
    assert gap[[*EMOTIONS, "confidence", "emotion"]].isna().all(axis=None)
    assert gap["coverage"].tolist() == [0.0] * 10
    assert gap["frames"].tolist() == [0] * 10


def test_a_picture_lasts_until_the_next_one() -> None:
    # The recording itself has no frames between 0.9 s and 3 s: what was seen last lasts until then.
    rows = smiling(ticks(0, 1, 10), [1.0] * 10) + smiling(ticks(3, 4, 10), [0.0] * 10)
    timeline = build_timeline(observed(rows), SMOOTH, EMOTION)
    np.testing.assert_allclose(timeline["coverage"], 1)
    np.testing.assert_allclose(timeline["happy"][:11], 1)
    np.testing.assert_allclose(timeline["happy"][19:], 0)
    assert timeline["frames"].sum() == 20


def test_the_last_picture_lasts_until_the_end() -> None:
    timeline = build_timeline(observed(smiling(ticks(0, 1, 10), [1.0] * 10)), PLAIN, EMOTION, end_s=3.0)
    assert timeline["end_s"].max() == pytest.approx(3.0)
    assert timeline["coverage"].min() == pytest.approx(1.0)


def test_a_gap_behind_a_still_picture_is_as_long_as_the_frames_without_the_face() -> None:
    missed, after = [blank(time) for time in (3.0, 3.1, 3.2)], smiling(ticks(3.3, 4, 10), [0.0] * 7)
    timeline = build_timeline(observed(smiling(ticks(0, 1, 10), [1.0] * 10) + missed + after), SMOOTH, EMOTION)
    assert timeline["coverage"].tolist()[:15] == pytest.approx([1.0] * 15)
    assert timeline["coverage"][15] == pytest.approx(0.0, abs=1e-9)
    assert 0 < timeline["happy"][16] < 0.5  # smoothing reaches over the short gap


def test_a_picture_without_the_face_that_stands_still_is_a_gap() -> None:
    rows = [*smiling(ticks(0, 1, 10), [1.0] * 10), blank(1.0), *smiling(ticks(3, 4, 10), [0.0] * 10)]
    timeline = build_timeline(observed(rows), SMOOTH, EMOTION)
    np.testing.assert_allclose(timeline["coverage"][5:15], 0, atol=1e-9)
    assert timeline["happy"][5:15].isna().all()
    np.testing.assert_allclose(timeline["happy"][15:], 0)


def test_smoothing_does_reach_across_a_short_time_without_the_face() -> None:
    rows = [row(time, 1, smile(1.0)) if time < 1 else row(time, 1, smile(0.0)) for time in ticks(0, 2, 25)]
    timeline = build_timeline(observed(rows), SMOOTH, EMOTION)
    assert 0.5 < timeline["happy"][4] < 1
    assert 0 < timeline["happy"][5] < 0.5


def test_a_cell_in_which_the_person_was_not_seen_has_no_values_though_its_neighbours_have() -> None:
    rows = [blank(time) if 0.4 <= time < 0.6 else row(time, 1, smile(1.0)) for time in ticks(0, 1, 10)]
    timeline = build_timeline(observed(rows), SMOOTH, EMOTION)
    assert timeline["happy"].isna().tolist() == [False, False, True, False, False]
    assert timeline["emotion"].isna().tolist() == [False, False, True, False, False]


def test_coverage_is_the_share_of_the_cell_in_which_the_person_was_seen() -> None:
    # At 10 frames/s and cells of 0.2 s: both, the first, the second, none, both of two frames.
    pattern = [1, 1, 1, 0, 0, 1, 0, 0, 1, 1]
    rows = [row(k / 10, 1, smile(0.9)) if seen else blank(k / 10) for k, seen in enumerate(pattern)]
    timeline = build_timeline(observed(rows), PLAIN, EMOTION)
    np.testing.assert_allclose(timeline["coverage"], [1, 0.5, 0.5, 0, 1], atol=1e-9)
    assert timeline["frames"].tolist() == [2, 1, 1, 0, 2]


def test_frames_on_the_edges_of_cells_fall_into_the_cell_that_begins_there() -> None:
    times = ticks(0, 20, 5)
    timeline = build_timeline(observed(smiling(times, [0.5] * len(times))), PLAIN, EMOTION)
    assert timeline["frames"].tolist() == [1] * 100
    np.testing.assert_allclose(timeline["coverage"], 1)


@pytest.mark.parametrize("step_s", [0.01, 0.07, 0.2, 1.0, 60.0])
def test_frames_add_up_to_all_observations_of_a_person(step_s: float) -> None:
    rng = np.random.default_rng(7)
    rows: list[dict[str, object]] = []
    for time in irregular_times(8, 200):
        present = [person for person in (1, 2, 3) if rng.random() < 0.5]
        rows += [row(time, person, rng.dirichlet(np.ones(5)).tolist()) for person in present] or [blank(time)]
    table = observed(rows)
    timeline = build_timeline(table, TimelineSettings(step_s=step_s), EMOTION)
    counted = timeline.groupby("person")["frames"].sum()
    seen = table[table["status"] == "ok"].groupby("person").size()
    assert counted.tolist() == seen.tolist()
    assert counted.sum() == (table["status"] == "ok").sum()
    assert timeline["coverage"].between(0, 1).all()


def test_two_frames_with_one_time_count_the_time_once() -> None:
    rows = [row(time, 1, smile(0.5)) for time in (0.0, 0.05, 0.05)] + [blank(0.1)]
    assert build_timeline(observed(rows), PLAIN, EMOTION)["coverage"].tolist() == [pytest.approx(0.5)]


def test_strays_and_empty_frames_never_contribute() -> None:
    times = ticks(0, 2, 10)
    alone = smiling(times, np.linspace(0, 1, 20))
    wanted = build_timeline(observed(alone), SMOOTH, EMOTION)
    crowded = observed(alone + [stray(time) for time in times])
    pd.testing.assert_frame_equal(build_timeline(crowded, SMOOTH, EMOTION), wanted)
    claimed = observed(alone + [{**stray(time), "person": 1} for time in times])
    pd.testing.assert_frame_equal(build_timeline(claimed, SMOOTH, EMOTION), wanted)
    nobody = observed([stray(0.0), blank(0.1), stray(0.2)])
    assert build_timeline(nobody, SMOOTH, EMOTION).empty


def test_a_frame_with_only_a_stray_ends_what_the_frame_before_stood_for() -> None:
    rows = [row(0.0, 1, smile(1.0)), stray(0.1), row(0.2, 1, smile(1.0)), row(0.3, 1, smile(1.0))]
    np.testing.assert_allclose(build_timeline(observed(rows), PLAIN, EMOTION)["coverage"], [0.5, 1])


def test_persons_are_independent_of_each_other() -> None:
    times = ticks(0, 2, 10)
    first, second = smiling(times, np.linspace(0, 1, 20)), smiling(times[7:], [0.25] * 13, person=2)
    both = build_timeline(observed(first + second), SMOOTH, EMOTION)
    alone = build_timeline(observed(first), SMOOTH, EMOTION)
    assert both["person"].unique().tolist() == [1, 2]
    pd.testing.assert_frame_equal(both[both["person"] == 1], alone, check_dtype=False)
    np.testing.assert_allclose(both.loc[both["person"] == 2, "happy"], 0.25)
    assert both.loc[both["person"] == 2, "start_s"].iloc[0] == pytest.approx(0.6)


def test_an_empty_table_gives_empty_tables_with_all_columns() -> None:
    for table in (observed([]), observed([blank(0.0), blank(0.1)])):
        timeline = build_timeline(table, SMOOTH, EMOTION)
        episodes = find_episodes(timeline, HYSTERESIS, EMOTIONS)
        summary = summarise(table, timeline, episodes, EMOTION)
        assert (tuple(timeline), tuple(episodes), tuple(summary)) == (
            timeline_columns(EMOTION),
            EPISODE_COLUMNS,
            summary_columns(EMOTION),
        )
        assert timeline.empty
        assert episodes.empty
        assert summary.empty
        assert dominant_emotion(summary, EMOTIONS) == ""
        assert frames_with_face(table) == 0


def test_a_single_observation_is_one_cell() -> None:
    table = observed([row(7.3, 1, smile(0.8))])
    timeline = build_timeline(table, SMOOTH, EMOTION)
    assert len(timeline) == 1
    cell = timeline.iloc[0]
    assert cell["start_s"] == pytest.approx(7.2)
    assert cell["happy"] == pytest.approx(0.8)
    assert cell["frames"] == 1
    assert 0 < cell["coverage"] < 1
    summary = summarise(table, timeline, find_episodes(timeline, HYSTERESIS, EMOTIONS), EMOTION).iloc[0]
    assert summary["seen_share"] == 1
    assert summary["usable"] == 1
    assert summary["first_s"] == summary["last_s"] == 7.3


@pytest.mark.parametrize("last", [1.9, 1.8], ids=["inside a cell", "on an edge"])
def test_a_person_seen_only_in_the_last_frame_is_in_the_tables(last: float) -> None:
    times = ticks(0, last, 10)
    table = observed([*smiling(times, [0.1] * len(times)), row(last, 2, smile(0.9))])
    timeline = build_timeline(table, SMOOTH, EMOTION)
    own = timeline[timeline["person"] == 2]
    assert own["frames"].tolist() == [1]
    assert own["happy"].iloc[0] == pytest.approx(0.9)
    # The last frame stands for the median distance of frames: 0.1 s.
    assert own["coverage"].iloc[0] == pytest.approx(0.5)
    summary = summarise(table, timeline, find_episodes(timeline, HYSTERESIS, EMOTIONS), EMOTION)
    assert summary["person"].tolist() == [1, 2]


def test_the_exact_episodes_of_a_known_signal() -> None:
    levels = [(0.0, 0.1), (0.4, 0.05), (0.6, 0.1), (1.0, 0.9), (1.4, 0.95), (1.6, 0.9), (2.0, 0.5), (2.6, 0.2)]
    levels += [(3.0, 0.15), (3.2, 0.2), (4.0, 0.7), (4.2, 0.1), (4.8, 0.05), (5.0, 0.65), (5.2, 0.7), (5.4, 0.1)]
    levels += [(5.6, 0.05), (5.8, 0.1)]
    starts = [start for start, _ in levels]
    times = ticks(0, 6, 10)
    happy = [levels[int(np.searchsorted(starts, time, "right")) - 1][1] for time in times]
    timeline = build_timeline(observed(smiling(times, happy)), PLAIN, EMOTION)
    episodes = find_episodes(timeline, HYSTERESIS, EMOTIONS)
    assert tuple(episodes.columns) == EPISODE_COLUMNS
    # Worked out by hand. Happy for 0.2 s from 4.0 s on is too short; neutral, its complement, begins at 2.0 s
    # because one half is above `leave`.
    expected = [
        (1, "neutral", 0.0, 0.5, 1.0, 1.0, (4 * 0.9 + 0.95) / 5, 0.95),
        (1, "happy", 1.0, 1.5, 2.6, 1.6, (4 * 0.9 + 0.95 + 3 * 0.5) / 8, 0.95),
        (1, "neutral", 2.0, 3.1, 4.0, 2.0, (3 * 0.5 + 6 * 0.8 + 0.85) / 10, 0.85),
        (1, "neutral", 4.2, 4.9, 5.0, 0.8, (3 * 0.9 + 0.95) / 4, 0.95),
        (1, "happy", 5.0, 5.3, 5.4, 0.4, (0.65 + 0.7) / 2, 0.7),
        (1, "neutral", 5.4, 5.7, 6.0, 0.6, (2 * 0.9 + 0.95) / 3, 0.95),
    ]
    assert len(episodes) == len(expected)
    for found, wanted in zip(episodes.itertuples(index=False), expected):
        assert found[:2] == wanted[:2]
        assert found[2:] == pytest.approx(wanted[2:], abs=1e-9)


def test_an_episode_is_extended_in_both_directions_down_to_leave() -> None:
    episodes = find_episodes(grid([0.3, 0.4, 0.5, 0.7, 0.5, 0.4, 0.3]), HYSTERESIS, EMOTIONS)
    assert spans(episodes, "happy") == [(0.5, 3.0)]
    assert episodes["peak_s"].tolist() == [1.75]
    assert episodes["peak"].tolist() == [0.7]


def test_what_never_reaches_enter_is_no_episode() -> None:
    assert find_episodes(grid([0.59] * 20), HYSTERESIS, EMOTIONS).empty


def test_no_episode_ends_or_peaks_after_the_recording() -> None:
    (episode,) = find_episodes(grid([0.7, 0.7, 0.9]), HYSTERESIS, EMOTIONS, 1.1).itertuples()
    assert (episode.start_s, episode.peak_s, episode.end_s, episode.duration_s) == (0.0, 1.1, 1.1, 1.1)
    (whole,) = find_episodes(grid([0.7, 0.7, 0.9]), HYSTERESIS, EMOTIONS).itertuples()
    assert (whole.peak_s, whole.end_s, whole.duration_s) == (1.25, 1.5, 1.5)


def test_episodes_that_the_end_of_the_recording_makes_too_short_are_dropped() -> None:
    late = grid([0.0, 0.7, 0.7])
    assert find_episodes(late, HYSTERESIS, EMOTIONS, 0.89).empty
    (episode,) = find_episodes(late, HYSTERESIS, EMOTIONS, 0.9).itertuples()
    assert (episode.start_s, episode.end_s) == (0.5, 0.9)
    for end_s in np.arange(0.55, 1.5, 0.05):
        found = find_episodes(late, HYSTERESIS, EMOTIONS, float(end_s))
        assert (found["duration_s"] >= HYSTERESIS.min_duration_s - 1e-9).all()


def test_wavering_between_leave_and_enter_is_one_episode() -> None:
    values = [0.7, 0.45, 0.7, 0.41, 0.65]
    assert spans(find_episodes(grid(values), HYSTERESIS, EMOTIONS), "happy") == [(0.0, 2.5)]
    without = EpisodeSettings(enter=0.6, leave=0.6, min_duration_s=0.4)
    assert len(find_episodes(grid(values), without, EMOTIONS)) == 3


def test_an_episode_never_bridges_a_cell_without_the_person() -> None:
    values = [0.8, 0.8, math.nan, 0.8, 0.8]
    assert spans(find_episodes(grid(values), HYSTERESIS, EMOTIONS), "happy") == [(0.0, 1.0), (1.5, 2.5)]
    lowest = EpisodeSettings(enter=0.6, leave=0.0, min_duration_s=0.4)
    assert spans(find_episodes(grid(values), lowest, EMOTIONS), "happy") == [(0.0, 1.0), (1.5, 2.5)]


def test_episodes_shorter_than_the_shortest_are_dropped_and_equal_ones_kept() -> None:
    values = [0.8, 0.0, 0.8, 0.8, 0.0, 0.8, 0.8, 0.8]
    settings = EpisodeSettings(enter=0.6, leave=0.4, min_duration_s=0.6)
    assert spans(find_episodes(grid(values, step=0.3), settings, EMOTIONS), "happy") == [(0.6, 1.2), (1.5, 2.4)]


def test_an_equal_duration_is_kept_wherever_in_the_recording_it_is() -> None:
    values = [0.8, 0.8, 0.0] * 500
    settings = EpisodeSettings(enter=0.6, leave=0.4, min_duration_s=0.4)
    assert len(find_episodes(grid(values, step=0.2), settings, EMOTIONS)) == 500


def test_episodes_of_two_emotions_may_overlap_and_are_ordered_by_start() -> None:
    timeline = grid([0.0, 0.7, 0.7, 0.5], sad=[0.7, 0.5, 0.5, 0.0])
    found = find_episodes(timeline, HYSTERESIS, EMOTIONS)
    assert list(zip(found["emotion"], found["start_s"])) == [("sad", 0.0), ("happy", 0.5)]


def test_episodes_of_persons_do_not_run_into_each_other() -> None:
    both = pd.concat([grid([0.0, 0.8]), grid([0.8, 0.0], person=2)], ignore_index=True)
    found = find_episodes(both, EpisodeSettings(enter=0.6, leave=0.4, min_duration_s=0.0), EMOTIONS)
    assert found[["person", "start_s", "end_s"]].to_numpy().tolist() == [[1, 0.5, 1.0], [2, 0.0, 0.5]]


def test_the_summary_of_a_known_recording() -> None:
    # Person 1 is neutral for 1 s, happy for 3 s; person 2 is there from 2 s to 4 s but for the frames from 2.5 to 3.
    times = ticks(0, 4, 10)
    rows = smiling(times, [0.2] * 10 + [0.9] * 30)
    rows += [row(time, 2, (0, 0, 0.7, 0.3, 0), height=40) for time in times[20:] if not 2.45 < time < 2.95]
    table = observed(rows)
    timeline = build_timeline(table, PLAIN, EMOTION)
    summary = summarise(table, timeline, find_episodes(timeline, HYSTERESIS, EMOTIONS), EMOTION)
    assert tuple(summary.columns) == summary_columns(EMOTION)
    first, second = (summary.iloc[index] for index in (0, 1))
    assert (first["person"], first["usable"], first["face_height_px"], first["dominant"]) == (1, 40, 100, "happy")
    assert first["seen_s"] == pytest.approx(4.0)
    assert first["share_happy"] == pytest.approx(0.75)
    assert first["share_neutral"] == pytest.approx(0.25)
    assert first["mean_happy"] == pytest.approx((0.2 + 3 * 0.9) / 4)
    assert (first["episodes_happy"], first["episodes_neutral"], first["episodes_sad"]) == (1, 1, 0)
    assert (second["first_s"], second["last_s"], second["usable"]) == (2.0, 3.9, 15)
    assert (second["face_height_px"], second["dominant"]) == (40, "sad")
    assert second["seen_s"] == pytest.approx(1.5)
    assert second["seen_share"] == pytest.approx(15 / 20)
    assert second["mean_sad"] == pytest.approx(0.7)
    assert second["episodes_sad"] == 2
    assert dominant_emotion(summary, EMOTIONS) == "happy"
    assert frames_with_face(table) == 40


def test_of_emotions_shown_equally_long_the_first_is_dominant_whatever_the_last_digit_is() -> None:
    shares = {f"share_{name}": [0.0] for name in EMOTIONS} | {
        "share_happy": [0.5000000000000001], "share_neutral": [0.4999999999999999]
    }  # fmt: skip
    assert dominant_emotion(pd.DataFrame({"seen_s": [1.6], **shares}), EMOTIONS) == "neutral"


def test_shares_and_means_of_a_summary_add_up_to_one_and_seen_times_to_the_holding_times() -> None:
    rng = np.random.default_rng(9)
    times = irregular_times(10, 150)
    seen = rng.random(150) < 0.7
    rows = [row(t, 1, rng.dirichlet(np.ones(5)).tolist()) if s else blank(t) for t, s in zip(times, seen)]
    table = observed(rows)
    timeline = build_timeline(table, SMOOTH, EMOTION)
    summary = summarise(table, timeline, find_episodes(timeline, HYSTERESIS, EMOTIONS), EMOTION).iloc[0]
    assert sum(summary[f"share_{name}"] for name in EMOTIONS) == pytest.approx(1)
    assert sum(summary[f"mean_{name}"] for name in EMOTIONS) == pytest.approx(1)
    holds = held_until(times, SMOOTH.max_gap_s) - times
    assert summary["seen_s"] == pytest.approx(holds[seen].sum())
    assert 0.5 < summary["seen_share"] < 0.9


def test_the_dominant_emotion_weighs_persons_by_the_time_they_were_seen() -> None:
    shares = {f"share_{name}": [0.0, 0.0] for name in EMOTIONS}
    summary = pd.DataFrame({"seen_s": [1.0, 10.0], **shares})
    summary["share_angry"], summary["share_sad"] = [1.0, 0.0], [0.0, 0.2]
    assert dominant_emotion(summary, EMOTIONS) == "sad"


def test_two_faces_in_a_frame_are_one_frame_with_a_face() -> None:
    table = observed([row(0.0, 1, smile(1)), row(0.0, 2, smile(1)), stray(0.1), blank(0.2), row(0.3, 1, smile(1))])
    assert frames_with_face(table) == 2


def test_a_length_that_no_recording_has_is_refused_before_memory_runs_out() -> None:
    table = observed([row(0.0, 1, smile(1.0)), row(0.2, 1, smile(1.0))])
    with pytest.raises(UsageError, match="cells"):
        build_timeline(table, PLAIN, EMOTION, end_s=3e13)


def test_without_memory_for_scipy_it_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MemoryError, match="cannot be had"):
        need_memory(1 << 60)
    need_memory(1 << 20)
    monkeypatch.delitem(sys.modules, "scipy.special", raising=False)
    monkeypatch.setattr("videmo.timeline.resample.SCIPY_BYTES", 1 << 60)
    none = np.zeros(0)
    with pytest.raises(MemoryError):
        _weigh(none, none, none.reshape(0, 1), none, TimelineSettings())
