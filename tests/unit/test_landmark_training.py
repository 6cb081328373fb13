"""Training of the landmark network, on pictures made by hand: crops, resuming, export, measuring, page."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from test_detector_training import POINTS, picture
from videmo.errors import UsageError
from videmo.faces.landmarks import SIDE, LandmarkFinder
from videmo.training.landmarks import command, data
from videmo.training.landmarks.data import KEPT_PX, Faces, Variety, make_crop
from videmo.training.landmarks.fit import LandmarkFitSettings, fit_landmarks, make_batch
from videmo.training.landmarks.measure import Marked, scores
from videmo.training.landmarks.network import landmark_network
from videmo.training.landmarks.page import landmark_page
from videmo.weights import Weights

pytestmark = [pytest.mark.filterwarnings("ignore")]  # TensorFlow and Keras warn of their own doings
STILL = Variety(tilt_deg=0.0, zoom=0.0, shift=0.0, small=0.0)


@pytest.fixture(scope="module")
def faces() -> Faces:
    """Disks with dark eyes, nose and mouth."""
    kept = [face for seed in range(40) for face in data._faces_of(picture(seed, 2))]
    return Faces(np.stack([image for image, _ in kept]), np.stack([points for _, points in kept]))


def dark_at(image: Any, points: Any) -> float:
    """Mean of the pixels at points, over the mean of the middle of the picture."""
    rounded = np.clip(np.round(points).astype(int), 0, len(image) - 1)
    return float(image[rounded[:, 1], rounded[:, 0]].mean() / image[10:-10, 10:-10].mean())


def test_surroundings_are_kept_and_landmarks_go_with_them(faces: Faces) -> None:
    assert faces.images.shape[1:] == (KEPT_PX, KEPT_PX)
    assert max(dark_at(image, points) for image, points in zip(faces.images, faces.points)) < 0.45


@pytest.mark.parametrize("variety", [STILL, Variety(), Variety(tilt_deg=40.0)], ids=["still", "usual", "tilted"])
def test_landmarks_lie_where_they_are_in_the_crop(
    variety: Variety, faces: Faces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "degraded", lambda image, rng: image)
    rng = np.random.default_rng(3)
    crops = [make_crop(faces, place, dataclasses.replace(variety, small=0.0), rng) for place in range(len(faces))]
    assert max(dark_at(crop, points * SIDE - 0.5) for crop, points in crops) < 0.65
    eyes = np.array([points[1] - points[0] for _, points in crops])
    assert (eyes[:, 0] > 0).all(), "mirrored faces have their sides exchanged"


def test_crops_depend_on_seed_and_step_alone(faces: Faces) -> None:
    settings = LandmarkFitSettings(batch_size=8)
    make_batch(faces, settings, 1)
    for one, other in zip(make_batch(faces, settings, 2), make_batch(faces, settings, 2)):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(make_batch(faces, settings, 2)[0], make_batch(faces, settings, 3)[0])


@pytest.mark.slow
def test_training_resumes_exactly_and_exports_what_it_learned(faces: Faces, tmp_path: Path) -> None:
    settings = LandmarkFitSettings(
        epochs=3, steps=25, batch_size=32, average=0.9, seed=5, variety=Variety(tilt_deg=8.0)
    )
    lines: list[str] = []
    network = fit_landmarks(landmark_network(5), faces, tmp_path / "whole", settings, lines.append)
    assert len(lines) == 3

    def interrupt(line: str) -> None:
        if line.startswith("epoch 2/"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_landmarks(landmark_network(5), faces, tmp_path / "parts", settings, interrupt)
    again = fit_landmarks(landmark_network(5), faces, tmp_path / "parts", settings, lines.append)
    assert lines[3] == "resuming after epoch 2 of 3"
    for one, other in zip(network.get_weights(), again.get_weights()):
        np.testing.assert_allclose(one, other, atol=1e-5)
    with pytest.raises(UsageError, match="other settings"):
        fit_landmarks(landmark_network(5), faces, tmp_path / "parts", dataclasses.replace(settings, seed=6), print)
    samples = make_batch(faces, settings, 1000)[0]
    path = command._write(tmp_path, network, samples, len(faces), settings)
    card = json.loads(path.with_suffix(".json").read_text())
    assert (card["kind"], card["training_faces"]) == ("landmarks", len(faces))
    finder = LandmarkFinder(Weights("new", path.read_bytes(), card["sha256"]))
    crops = [make_crop(faces, place, STILL, np.random.default_rng(place)) for place in range(20)]
    away = [np.abs(finder.find(crop) - points).mean() for crop, points in crops]
    assert np.median(away) < 0.06


def test_scores_tell_how_far_points_are_off_and_whether_they_tilt() -> None:
    true = np.linspace(-30, 30, 50)
    result = scores(Marked(np.tile([0.1, 0.2, 0.3], (50, 1)), np.stack([true, 0.5 * true], axis=1)))
    assert result["away_over_eye_distance"] == {"eyes": 0.1, "nose": 0.2, "mouth": 0.3}
    assert result["tilt"]["slope"] == 0.5
    page = landmark_page({"half": result}, "a machine", "a command")
    assert "| half | 50 | 10.0 % | 20.0 % | 30.0 % | 0.50 | 7.7° |" in page


def test_points_of_the_disks_are_where_the_order_of_landmarks_says() -> None:
    assert POINTS[0][0] < POINTS[2][0] < POINTS[1][0]
