"""Which settings make which stages of a recording anew."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import cv2
import pytest

from videmo.config import load_settings
from videmo.faces.haar import BUILT_IN
from videmo.pipeline.graph import STAGES
from videmo.pipeline.stage import hashes_of
from videmo.weights import FOLDER

EVERYTHING = {"observe", "persons", "tables", "plots", "report", "labels", "annotation"}
BEHIND_PERSONS = EVERYTHING - {"observe"}


def stages_with(overrides: dict[str, Any] | None = None) -> dict[str, str]:
    """Hashes of the stages with some settings changed."""
    return hashes_of(STAGES, load_settings(overrides=overrides), {}, {})


def changed_stages(overrides: dict[str, Any]) -> set[str]:
    """Names of the stages that other settings change."""
    before, after = stages_with(), stages_with(overrides)
    assert set(before) == set(after) == EVERYTHING
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("overrides", "changed"),
    [
        ({}, set()),
        ({"reading.chunk_s": 3.0}, set()),
        ({"reading.fps": 5.0}, EVERYTHING),
        ({"detector.scale_factor": 1.3}, EVERYTHING),
        ({"detector.max_side": 320}, EVERYTHING),
        ({"classifier.prior_power": 0.5}, EVERYTHING),
        ({"tracking.max_gap_s": 0.3}, BEHIND_PERSONS),
        ({"tracking.cut_threshold": 0.5}, BEHIND_PERSONS),
        ({"timeline.step_s": 0.5}, {"tables", "plots", "report"}),
        ({"timeline.smoothing_s": 0.0}, {"tables", "plots", "report"}),
        ({"timeline.max_gap_s": 0.1}, {"tables", "plots", "report", "labels", "annotation"}),
        ({"episodes.enter": 0.9}, {"tables", "plots", "report"}),
        ({"quality.min_brightness": 30.0}, {"tables", "plots", "report", "labels", "annotation"}),
        ({"quality.good_share": 0.8}, {"tables", "plots", "report"}),
        ({"plots.dpi": 60}, {"plots"}),
        ({"plots.enabled": False}, set()),
        ({"report.enabled": False}, set()),
        ({"annotation.quality": 30}, {"annotation"}),
        ({"annotation.audio": False}, {"annotation"}),
        ({"anonymize.margin": 0.5}, set()),
    ],
    ids=lambda value: next(iter(value), "nothing") if isinstance(value, dict) else "",
)
def test_settings_change_only_the_stages_that_they_affect(overrides: dict[str, Any], changed: set[str]) -> None:
    assert changed_stages(overrides) == changed


def test_not_wanting_a_video_does_not_change_what_it_would_be() -> None:
    assert changed_stages({"annotation.enabled": False}) == set()


def test_another_detector_or_classifier_changes_everything() -> None:
    for name, other in (("detector.name", "haar"), ("classifier.name", "founding")):
        assert changed_stages({name: other}) == EVERYTHING


def test_another_cascade_under_the_same_name_changes_everything(tmp_path: Path) -> None:
    own = tmp_path / "own.xml"
    shutil.copy(Path(cv2.__file__).parent / "data" / BUILT_IN, own)
    before = stages_with({"detector.name": str(own)})
    assert stages_with({"detector.name": str(own)}) == before
    own.write_text(own.read_text() + "\n")
    assert not set(before.values()) & set(stages_with({"detector.name": str(own)}).values())


def test_another_network_under_the_same_name_changes_everything(tmp_path: Path) -> None:
    own = tmp_path / "own.tflite"

    def put(name: str) -> dict[str, str]:
        for suffix in (".tflite", ".json"):
            shutil.copy((FOLDER / name).with_suffix(suffix), own.with_suffix(suffix))
        return stages_with({"classifier.name": str(own)})

    before = put("ferplus")
    assert put("ferplus") == before
    assert not set(before.values()) & set(put("founding").values())


def test_stages_behind_a_known_observation_are_the_same() -> None:
    found = stages_with()
    assert hashes_of(STAGES, load_settings(), {"observe": found["observe"]}, {}) == found
