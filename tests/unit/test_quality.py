"""Which faces count, the outcome of each sampled frame, and what to review."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

import videmo as package
from runs import videmo
from videmo.config import load_settings
from videmo.errors import UsageError
from videmo.measures.emotions import EMOTIONS
from videmo.measures.quality import brightness, sharpness
from videmo.pipeline.derive import derive
from videmo.settings import LEFT_OUT_REASONS, EpisodeSettings, QualitySettings, TimelineSettings
from videmo.timeline.quality import (
    light,
    mark_left_out,
    measure_quality,
    poor_persons,
    said_of_poor,
    stretches_to_review,
    usable,
)

SETTINGS = QualitySettings()
PARTS = ["usable", *(f"left_out_{reason}" for reason in LEFT_OUT_REASONS), "stray", "no_face", "away"]


def face(frame: int, person: int | None = 1, **values: float | str) -> dict[str, object]:
    """One good face; everything can be overridden."""
    good = {"x": 50.0, "y": 50.0, "w": 80.0, "h": 80.0, "face_score": 0.9, "brightness": 120.0, "sharpness": 30.0}
    good |= {"yaw": 0.0, "pitch": 0.0, "other": 0.1, "valence": 0.75}
    shown = dict(zip(EMOTIONS, (0.05, 0.8, 0.05, 0.05, 0.05)))
    status = "ok" if person else "stray"
    return {"frame": frame, "time_s": frame / 10, "status": status, "person": person, **good, **shown, **values}


def nobody(frame: int) -> dict[str, object]:
    """A frame without a face."""
    return {"frame": frame, "time_s": frame / 10, "status": "no_face", "person": None}


def table(*rows: dict[str, object], settings: QualitySettings = SETTINGS) -> pd.DataFrame:
    """Observations of a 640×360 recording, left-out faces marked."""
    made = pd.DataFrame([face(-1), *rows]).iloc[1:].reset_index(drop=True)  # the first row names all columns
    made["person"] = made["person"].astype("Int64")
    return mark_left_out(made, 640, 360, settings)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, ""),
        ({"h": 13.9}, "small"),
        ({"h": 14.0}, ""),
        ({"sharpness": 4.4}, "blurred"),
        ({"brightness": 23.9}, "dark"),
        ({"yaw": -75.0}, "turned"),
        ({"pitch": 75.0}, "turned"),
        ({"yaw": float("nan"), "pitch": float("nan")}, ""),
        ({"x": -39.0}, "border"),
        ({"x": -30.0}, ""),
        ({"x": 600.0}, "border"),
        ({"y": 330.0}, "border"),
        ({"x": -200.0}, "border"),
        ({"face_score": 0.49}, "low_score"),
        ({"h": 5.0, "sharpness": 1.0, "face_score": 0.1}, "small"),
        ({"brightness": 10.0, "face_score": 0.1}, "dark"),
    ],
)
def test_a_face_is_left_out_for_the_first_reason_that_applies(values: dict[str, float], reason: str) -> None:
    assert table(face(0, **values))["left_out"].tolist() == [reason]


def test_only_the_reasons_that_are_asked_for_are_applied() -> None:
    rows = [face(0, h=5.0, sharpness=1.0), face(1, sharpness=1.0), face(2, face_score=0.1)]
    assert table(*rows, settings=QualitySettings(leave_out=("blurred",)))["left_out"].tolist() == [
        "blurred",
        "blurred",
        "",
    ]
    assert table(*rows, settings=QualitySettings(leave_out=()))["left_out"].tolist() == ["", "", ""]


def test_marking_again_with_other_settings_forgets_the_first() -> None:
    first = table(face(0, brightness=30.0), settings=QualitySettings(min_brightness=50))
    assert first["left_out"].tolist() == ["dark"]
    assert mark_left_out(first, 640, 360, SETTINGS)["left_out"].tolist() == [""]


def test_frames_without_a_face_have_no_reason() -> None:
    assert table(nobody(0))["left_out"].tolist() == [""]


def test_counts_of_the_recording_and_of_each_person_add_up_to_all_sampled_frames() -> None:
    rows = [
        nobody(0), face(1), face(2, h=5.0), face(3), face(3, 2, x=300.0), face(4, None, x=400.0), nobody(5),
        face(6, brightness=3.0), face(6, 2, x=300.0), face(7, sharpness=1.0), nobody(8),
    ]  # fmt: skip
    quality = measure_quality(table(*rows), SETTINGS, 0.9)
    assert (quality[PARTS].sum(axis=1) == quality["sampled"]).all()
    assert quality["person"].fillna(0).tolist() == [0, 1, 2]
    recording, first, second = (row for _, row in quality.iterrows())
    assert recording[PARTS].tolist() == [3, 1, 1, 0, 0, 0, 0, 1, 3, 0]
    assert first[PARTS].tolist() == [2, 1, 1, 1, 0, 0, 0, 0, 2, 2], (
        "dark counts: the other face of the frame is another's"
    )
    assert second[PARTS].tolist() == [2, 0, 0, 0, 0, 0, 0, 0, 2, 5]
    assert recording["usable_share"] == pytest.approx(3 / 9, abs=1e-4)
    assert first["usable_share"] == pytest.approx(2 / 7, abs=1e-4)
    assert recording["longest_gap_s"] == pytest.approx(0.2)
    assert second["longest_gap_s"] == pytest.approx(0.2)


def test_random_tables_add_up_too() -> None:
    rng = np.random.default_rng(5)
    for _ in range(30):
        rows = []
        for frame in range(int(rng.integers(1, 40))):
            persons = [person for person in (1, 2, None) if rng.random() < 0.5]
            rows += [
                face(frame, person, h=rng.uniform(5, 90), sharpness=rng.uniform(0, 40), x=rng.uniform(-90, 700))
                for person in persons
            ] or [nobody(frame)]
        quality = measure_quality(table(*rows), SETTINGS, 4.0)
        assert (quality[PARTS].sum(axis=1) == quality["sampled"]).all()
        assert quality["usable_share"].between(0, 1).all()


@pytest.mark.parametrize(
    ("share", "colour"), [(1.0, "good"), (0.9, "good"), (0.89, "fair"), (0.7, "fair"), (0.69, "poor"), (0.0, "poor")]
)
def test_the_traffic_light(share: float, colour: str) -> None:
    assert light(share, SETTINGS) == colour


def test_thresholds_of_the_traffic_light_are_settings() -> None:
    assert light(0.6, QualitySettings(good_share=0.6, fair_share=0.2)) == "good"


def test_uneven_frame_times_are_counted_for_the_recording() -> None:
    rows = [{**face(k), "time_s": time_s} for k, time_s in enumerate([0.0, 0.1, 0.2, 0.3, 0.9, 1.0, 1.02, 1.12])]
    quality = measure_quality(table(*rows), SETTINGS, 1.2)
    assert quality["irregular_steps"].tolist() == [2, pd.NA]
    assert quality["typical_step_s"].iloc[0] == pytest.approx(0.1)
    assert quality["longest_step_s"].iloc[0] == pytest.approx(0.6)


def test_a_single_frame_is_measured() -> None:
    quality = measure_quality(table(nobody(0)), SETTINGS, 0.04)
    assert quality[["sampled", "no_face", "quality"]].to_numpy().tolist() == [[1, 1, "poor"]]


def test_stretches_to_review_are_long_ones_without_a_usable_face_longest_first() -> None:
    rows = [face(k) for k in range(5)] + [face(k, sharpness=1.0) for k in range(5, 15)]
    rows += [nobody(k) for k in range(15, 18)] + [face(k) for k in range(18, 20)] + [nobody(k) for k in range(20, 50)]
    found = stretches_to_review(table(*rows), SETTINGS, 5.0)
    assert found["person"].fillna(0).tolist() == [0, 0, 1]
    assert found[["start_s", "end_s"]].to_numpy().tolist() == [
        [pytest.approx(2.0), pytest.approx(5.0)],
        [pytest.approx(0.5), pytest.approx(1.8)],
        [pytest.approx(0.5), pytest.approx(1.8)],
    ]
    assert found["reason"].tolist() == ["no_face", "blurred", "blurred"]


def test_left_out_faces_leave_a_gap_in_timeline_episodes_and_summary() -> None:
    rows = [face(k, brightness=5.0 if 10 <= k < 20 else 120.0) for k in range(30)] + [face(k, 2, h=4.0) for k in (1, 2)]
    made = table(*sorted(rows, key=lambda row: int(str(row["frame"]))))
    tables = derive(made, TimelineSettings(), EpisodeSettings(), SETTINGS, 3.0)
    dark = tables.timeline[tables.timeline["start_s"].between(1.0, 1.75)]
    assert dark["emotion"].isna().all()
    assert dark["frames"].sum() == 0
    assert len(tables.episodes) == 2
    summary = tables.summary.set_index("person")
    assert summary.loc[1, ["usable", "left_out_faces"]].tolist() == [20, 10]
    assert summary.loc[1, "seen_s"] == pytest.approx(2.0, abs=0.01)
    assert summary.loc[2, ["usable", "left_out_faces", "seen_s"]].tolist() == [0, 2, 0]
    assert pd.isna(summary.loc[2, "share_happy"])
    assert usable(made).sum() == 20


def test_worse_pictures_give_worse_numbers() -> None:
    """Blurring and darkening a face can only lower what the thresholds look at."""
    rng = np.random.default_rng(0)
    crop = cv2.GaussianBlur(rng.integers(0, 256, (48, 48)).astype(np.uint8), (0, 0), 0.8)
    blurred = [sharpness(cv2.GaussianBlur(crop, (0, 0), sigma)) for sigma in (0.5, 1, 2, 4, 8)]
    assert blurred == sorted(blurred, reverse=True)
    darkened = [brightness((crop * factor).astype(np.uint8)) for factor in (1, 0.7, 0.4, 0.1)]
    assert darkened == sorted(darkened, reverse=True)


@pytest.mark.parametrize(
    "overrides",
    [{"leave_out": ["ugly"]}, {"leave_out": "small"}, {"good_share": 0.5}, {"max_outside": 2.0}, {"review_s": 0.0}],
)
def test_settings_out_of_range_are_refused(overrides: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="quality"):
        load_settings(overrides={f"quality.{name}": value for name, value in overrides.items()})


def test_a_list_of_reasons_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[quality]\nleave_out = ["dark", "blurred"]\n')
    assert load_settings(path).quality.leave_out == ("dark", "blurred")


@pytest.mark.slow
def test_report_marks_faces_anew_without_the_recording(samples: Path, tmp_path: Path) -> None:
    clip, out = tmp_path / "clip.mp4", tmp_path / "out"
    clip.write_bytes((samples / "two-people.mp4").read_bytes())
    done = videmo("analyze", clip, "--out", out, "--fps", "5", "--no-annotate", "--no-plots")
    assert done.returncode == 0, done.stderr
    clip.unlink()
    before = package.read(out)
    assert (before.observations.query("status == 'ok'")["left_out"] == "").all()
    strict = tmp_path / "strict.toml"
    strict.write_text("[quality]\nmin_height_px = 130\n")  # the person on the right is smaller
    done = videmo("report", out, "--config", strict, "--no-plots")
    assert done.returncode == 0, done.stderr
    after = package.read(out)
    assert set(after.observations.query("status == 'ok'")["left_out"]) == {"", "small"}
    assert len(after.timeline) < len(before.timeline)
    assert after.recordings["recording_usable_share"].iloc[0] <= before.recordings["recording_usable_share"].iloc[0]
    assert after.summary["left_out_faces"].sum() > 0
    lenient = tmp_path / "lenient.toml"
    lenient.write_text("[quality]\nmin_height_px = 14\n")
    assert videmo("report", out, "--config", lenient, "--no-plots").returncode == 0
    pd.testing.assert_frame_equal(package.read(out).timeline, before.timeline)


def test_no_face_of_the_real_clips_is_thrown_away_by_the_defaults(data: Path, tmp_path: Path) -> None:
    clips = [data / "recordings" / name for name in ("man-smiles.mp4", "silent-film.mp4", "office-woman-signing.mkv")]
    done = videmo("analyze", *clips, "--out", tmp_path, "--fps", "4", "--no-annotate", "--no-plots")
    assert done.returncode == 0, done.stderr
    seen = package.read(tmp_path).observations.query("status == 'ok'")
    assert len(seen) > 20
    sure = seen[seen["face_score"] >= 0.6]  # more doubtful ones are followed, and may be left out for that
    assert len(sure) > 20
    assert sure["left_out"].isin(["", "turned"]).mean() > 0.98
    assert (sure["left_out"] == "turned").mean() < 0.05  # a profile, for some moments of the film
    assert seen["left_out"].isin(["", "turned", "low_score"]).mean() > 0.98


@pytest.mark.parametrize("step", [0.2, 60.0, 3600.0])
def test_the_time_seen_does_not_depend_on_the_width_of_cells(step: float) -> None:
    for frames in (2, 40, 44):
        seen = table(*(face(frame) for frame in range(frames)))
        timeline = TimelineSettings(step_s=step)
        summary = derive(seen, timeline, EpisodeSettings(), QualitySettings(), frames / 10).summary
        assert summary["seen_s"].item() == pytest.approx(frames / 10)
        assert summary["dominant"].item() == "happy"


def test_no_episode_begins_where_the_recording_has_ended() -> None:
    # It is said to end with its last frame, in which the emotion changes: as of a session that was cut off.
    happy = [face(frame, time_s=float(frame)) for frame in range(10)]
    seen = table(*happy, face(10, time_s=10.15, happy=0.05, sad=0.8))
    for timeline in (TimelineSettings(), TimelineSettings(step_s=1.0, smoothing_s=0.0)):
        tables = derive(seen, timeline, EpisodeSettings(min_duration_s=0.0), QualitySettings(), 10.15)
        assert set(tables.episodes["emotion"]) == {"happy", "sad"}
        assert (tables.episodes["duration_s"] > 0).all()
        assert (tables.episodes["peak_s"] >= tables.episodes["start_s"]).all()
        assert tables.episodes["end_s"].max() <= 11.15, "the last picture lasts as long as pictures do"


@pytest.mark.parametrize(("times", "end_s"), [([0.0, 10.0], 12.0), ([0.0, 3.4], 4.0), ([0.0, 1.0, 2.0], 2.04)])
def test_a_gap_ends_with_the_recording(times: list[float], end_s: float) -> None:
    empty = table(*(nobody(frame) | {"time_s": time} for frame, time in enumerate(times)))
    assert measure_quality(empty, SETTINGS, end_s)["longest_gap_s"].iloc[0] == pytest.approx(end_s)
    assert stretches_to_review(empty, QualitySettings(review_s=0.1), end_s)["end_s"].tolist() == [end_s]


def test_who_is_poor_in_a_recording_that_is_rated_better_is_named() -> None:
    dark = {"brightness": 5.0, "x": 300.0}
    frames = [face(frame) for frame in range(10)]
    second = [face(frame, 2, **(dark if frame > 2 else {"x": 300.0})) for frame in range(10)]
    found = measure_quality(table(*frames, *second), SETTINGS, 1.0)
    assert found["quality"].tolist() == ["good", "good", "poor"]
    assert poor_persons(found) == [2]
    assert said_of_poor(found) == [
        "the recording is rated good, but the data of person 2 are poor (30 % of the frames usable, the others "
        "mostly: too dark)"
    ]


def test_who_only_passes_by_is_not_named_and_nobody_where_all_is_poor() -> None:
    dark = {"brightness": 5.0, "x": 300.0}
    frames = [face(frame) for frame in range(10)]
    assert poor_persons(measure_quality(table(*frames, face(4, 2, **dark)), SETTINGS, 1.0)) == []
    assert poor_persons(measure_quality(table(*(face(frame, **dark) for frame in range(10))), SETTINGS, 1.0)) == []
    assert poor_persons(measure_quality(table(nobody(0)), SETTINGS, 1.0)) == []
