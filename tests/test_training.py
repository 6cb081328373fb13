"""The founding network, its training and its weights. Needs TensorFlow (the extra ``train``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from videmo.training.evaluate import evaluate_classifier
from videmo.training.ferplus import VOTES, Faces, read_ferplus, scored_rows

from videmo.emotions.classifier import EmotionClassifier
from videmo.emotions.contract import FOUNDING
from videmo.errors import DatasetError, UsageError
from videmo.records import EMOTIONS
from videmo.training.augment import augment
from videmo.training.classifier import training_set
from videmo.training.copies import merge_doubles, near_copies
from videmo.training.fit import FitSettings, TrainingSet, fit, network_input
from videmo.weights import Weights, card, load_weights

pytestmark = [pytest.mark.filterwarnings("ignore")]

TABLE = (
    ("conv1", (46, 46, 64), 640),
    ("norm1", (46, 46, 64), 256),
    ("pool1", (23, 23, 64), 0),
    ("conv2", (21, 21, 128), 73_856),
    ("norm2", (21, 21, 128), 512),
    ("pool2", (10, 10, 128), 0),
    ("conv3", (8, 8, 256), 295_168),
    ("norm3", (8, 8, 256), 1_024),
    ("pool3", (4, 4, 256), 0),
    ("conv4", (2, 2, 256), 590_080),
    ("norm4", (2, 2, 256), 1_024),
    ("pool4", (1, 1, 256), 0),
    ("dense5", (128,), 32_896),
    ("norm5", (128,), 512),
    ("dense6", (64,), 8_256),
    ("norm6", (64,), 256),
    ("emotions", (5,), 325),
)


@pytest.fixture(scope="module")
def network() -> Any:
    """An untrained founding network."""
    pytest.importorskip("tensorflow", reason="training needs the extra 'train'")
    from videmo.training.networks import founding_network

    return founding_network()


def faces_at_random(count: int, seed: int = 0) -> TrainingSet:
    """Noise with labels."""
    rng = np.random.default_rng(seed)
    targets = np.eye(5, dtype=np.float32)[rng.integers(0, 5, count)]
    return TrainingSet(rng.integers(0, 256, (count, 48, 48)).astype(np.uint8), targets)


def test_the_founding_network_is_the_table(network: Any) -> None:
    layers = {layer.name: layer for layer in network.layers}
    assert [(name, tuple(layers[name].output.shape[1:]), layers[name].count_params()) for name, _, _ in TABLE] == list(
        TABLE
    )
    assert network.count_params() == 1_004_805
    assert sum(int(np.prod(weight.shape)) for weight in network.trainable_weights) == 1_003_013
    assert [layers[name].rate for name in ("conv_dropout", "dense_dropout")] == [0.3, 0.25]
    order = [layer.name for layer in network.layers]
    assert order[:9] == ["conv1", "relu1", "norm1", "pool1", "conv2", "conv_dropout", "relu2", "norm2", "pool2"]
    assert order[-8:] == ["dense5", "relu5", "norm5", "dense_dropout", "dense6", "relu6", "norm6", "emotions"]


def test_training_goes_on_after_an_interruption_as_if_there_had_been_none(network: Any, tmp_path: Path) -> None:
    from videmo.training.networks import founding_network

    data = faces_at_random(96)
    lines: list[str] = []

    def train(folder: str, epochs_at_first: int | None) -> list[np.ndarray]:
        settings = FitSettings(epochs=3, batch_size=32)
        if epochs_at_first is not None:
            with pytest.raises(KeyboardInterrupt):
                fit(founding_network, FOUNDING, data, data, tmp_path / folder, settings, _stop_after(epochs_at_first))
        trained = fit(founding_network, FOUNDING, data, data, tmp_path / folder, settings, lines.append)
        return list(trained.get_weights())

    whole, resumed = train("whole", None), train("resumed", 1)
    assert "resuming after epoch 1 of 3" in lines
    other_length = FitSettings(epochs=5, batch_size=32)
    with pytest.raises(UsageError, match="begun with other settings \\(epochs 3\\)"):
        fit(founding_network, FOUNDING, data, data, tmp_path / "whole", other_length, lines.append)
    for one, other in zip(whole, resumed, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def _stop_after(epochs: int) -> Any:
    def report(line: str) -> None:
        if line.startswith(f"epoch {epochs}/"):
            raise KeyboardInterrupt

    return report


def test_folding_and_quantising_keep_the_answer(network: Any) -> None:
    from videmo.training.quantise import fold_batch_norms, to_float, to_int8

    rng = np.random.default_rng(5)
    for layer in network.layers:
        if layer.name.startswith("norm"):
            layer.set_weights([rng.uniform(0.2, 2, values.shape) for values in layer.get_weights()])
    images = faces_at_random(40).images
    inputs = network_input(images, FOUNDING)
    folded = fold_batch_norms(network)
    assert not [layer for layer in folded.layers if "norm" in layer.name]
    reference = network.predict_on_batch(inputs)
    np.testing.assert_allclose(folded.predict_on_batch(inputs), reference, atol=1e-4)
    plain = EmotionClassifier(Weights("float", to_float(folded), ""))
    np.testing.assert_allclose([plain.predict(image) for image in images], reference, atol=1e-4)
    int8 = EmotionClassifier(Weights("int8", to_int8(folded, inputs), ""))
    assert np.abs(np.array([int8.predict(image) for image in images]) - reference).mean() < 0.05


def test_a_negative_scale_before_pooling_is_refused(network: Any) -> None:
    from videmo.training.quantise import fold_batch_norms

    layer = network.get_layer("norm2")
    weights = layer.get_weights()
    layer.set_weights([-np.ones_like(weights[0]), *weights[1:]])
    with pytest.raises(ValueError, match="negative scale"):
        fold_batch_norms(network)
    layer.set_weights(weights)


def smooth_faces(count: int, seed: int) -> np.ndarray:
    """Pictures with structure, no two alike."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (count, 7, 7)).astype(np.uint8)
    return np.stack([cv2.resize(image, (48, 48), interpolation=cv2.INTER_CUBIC) for image in small])


def test_copies_are_found_exact_mirrored_recompressed_and_enlarged() -> None:
    held_out, others = smooth_faces(20, 1), smooth_faces(200, 2)
    brighter = np.clip(held_out[3].astype(int) * 0.8 + 30, 0, 255).astype(np.uint8)
    packed = cv2.imdecode(cv2.imencode(".jpg", held_out[4], [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_GRAYSCALE)
    enlarged = cv2.resize(held_out[5][4:44, 4:44], (48, 48))
    copies = [held_out[0], held_out[1][:, ::-1], brighter, packed, enlarged]
    found = near_copies(np.concatenate([others, np.stack(copies)]), held_out)
    assert found[-5:].all()
    assert found[:-5].mean() < 0.02


def test_doubles_are_merged_and_their_votes_added() -> None:
    images = smooth_faces(3, 1)[[0, 1, 0, 2]]
    merged, votes = merge_doubles(images, np.arange(40, dtype=np.float32).reshape(4, 10))
    assert len(merged) == 3
    assert votes[0].tolist() == (np.arange(10) + np.arange(20, 30)).tolist()


def write_ferplus(path: Path, images: np.ndarray, splits: list[str]) -> Path:
    """A small table like FER+."""
    table = pd.DataFrame({"split": splits, "image": [cv2.imencode(".png", image)[1].tobytes() for image in images]})
    for place, name in enumerate(VOTES):
        table[name] = [10 if row % 5 == place else 0 for row in range(len(table))]
    table.to_parquet(path)
    return path


def test_no_held_out_image_is_ever_trained_on(tmp_path: Path) -> None:
    images = smooth_faces(30, 3)
    images = np.concatenate([images, images[:5], images[5:8, :, ::-1]])
    splits = ["test"] * 5 + ["validation"] * 3 + ["train"] * 30
    faces = read_ferplus(write_ferplus(tmp_path / "ferplus.parquet", images, splits))
    chosen, left_out = training_set(faces)
    assert left_out == 8
    assert len(chosen.images) == 22
    held_out = {image.tobytes() for image in images[:8]} | {image[:, ::-1].tobytes() for image in images[:8]}
    assert not held_out & {image.tobytes() for image in chosen.images}


def test_bad_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"missing\.parquet: no such file"):
        read_ferplus(tmp_path / "missing.parquet")
    (tmp_path / "text.parquet").write_text("no table")
    with pytest.raises(DatasetError, match="not a readable parquet"):
        read_ferplus(tmp_path / "text.parquet")
    write_ferplus(tmp_path / "size.parquet", np.zeros((2, 40, 48), np.uint8), ["train", "test"])
    with pytest.raises(DatasetError, match=r"row 0: 48×40 pixels, expected a 48×48"):
        read_ferplus(tmp_path / "size.parquet")


def test_augmentation_follows_its_seed_and_keeps_the_form() -> None:
    image = smooth_faces(1, 4)[0]
    one, other = (augment(image, np.random.default_rng(9)) for _ in range(2))
    assert one.dtype == np.uint8
    assert one.shape == (48, 48)
    assert (one == other).all()
    assert any((augment(image, np.random.default_rng(seed)) != one).any() for seed in range(5))


def test_the_shipped_weights_belong_to_their_card() -> None:
    weights = load_weights("founding")
    known = card("founding")
    assert known["sha256"] == weights.sha256
    assert known["emotions"] == list(EMOTIONS)
    assert known["scores"]["test"]["rows"] == 3400
    probabilities = EmotionClassifier(weights).predict(np.full((48, 48), 128, np.uint8))
    assert probabilities.shape == (5,)
    assert probabilities.sum() == pytest.approx(1, abs=0.02)


def test_the_shipped_weights_reach_what_their_card_says(data: Path) -> None:
    faces = read_ferplus(data / "data" / "ferplus.parquet")
    test = faces.of("test")
    assert int(scored_rows(test).sum()) == 3400
    scores = evaluate_classifier(load_weights("founding"), faces)
    assert scores["test"]["accuracy"] >= 0.78
    assert scores == card("founding")["scores"], json.dumps(scores)


def test_scored_rows_are_those_whose_top_vote_of_all_ten_is_an_emotion() -> None:
    votes = np.zeros((3, 10), np.float32)
    votes[0, 1], votes[1, 7], votes[2, [2, 5]] = 10, 6, (4, 6)
    votes[1, 0] = 4
    faces = Faces(np.zeros((3, 48, 48), np.uint8), votes, np.array(["test"] * 3))
    assert scored_rows(faces).tolist() == [True, False, False]
