"""The networks, their training and their weights. Needs TensorFlow (the extra ``train``)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from faces_on_disk import frame_with_a_face, png, smooth_faces, write_table
from videmo.errors import DatasetError, UsageError
from videmo.measures.emotions import EMOTIONS
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.measures.emotions.contract import FOUNDING
from videmo.training.classifier.augment import augment
from videmo.training.classifier.copies import merge_doubles, near_copies, pool_votes
from videmo.training.classifier.data import training_set
from videmo.training.classifier.datasets.formats import DataSource
from videmo.training.classifier.datasets.store import open_store
from videmo.training.classifier.fit import FitSettings, TrainingSet, fit, network_input, read_history
from videmo.training.classifier.recipe import TeacherSettings, changed, load_recipe, shipped_recipes
from videmo.weights import Weights, card, load_float, load_weights

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
    from videmo.training.classifier.network import founding_network

    return founding_network()


def faces_at_random(count: int, seed: int = 0) -> TrainingSet:
    """Noise with labels."""
    rng = np.random.default_rng(seed)
    targets = np.eye(5, dtype=np.float32)[rng.integers(0, 5, count)]
    return TrainingSet(rng.integers(0, 256, (count, 48, 48)).astype(np.uint8), np.arange(count), targets)


@pytest.mark.slow
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


@pytest.mark.slow
# On processors without AVX-512, one weight in 224 of the residual network differs by 2e-4.
@pytest.mark.parametrize(
    ("name", "precision", "rounding"),
    [("founding", "float32", 1e-5), pytest.param("residual", "float32", 1e-3, marks=pytest.mark.thorough)],
)
def test_training_goes_on_after_an_interruption_as_if_there_had_been_none(
    name: str, precision: str, rounding: float, tmp_path: Path
) -> None:
    tensorflow = pytest.importorskip("tensorflow", reason="training needs the extra 'train'")
    from videmo.training.classifier.network import NETWORKS

    # Otherwise threads add up in any order, and two uninterrupted runs differ in the last digits too.
    tensorflow.config.experimental.enable_op_determinism()
    data = faces_at_random(96)
    lines: list[str] = []

    def build() -> Any:
        return NETWORKS[name].build(precision)

    def train(folder: str, epochs_at_first: int | None) -> list[np.ndarray]:
        settings = FitSettings(epochs=3, batch_size=32, balance="logits", precision=precision)
        if epochs_at_first is not None:
            with pytest.raises(KeyboardInterrupt):
                fit(build, FOUNDING, data, data, tmp_path / folder, settings, _stop_after(epochs_at_first))
            # As if killed in the second epoch, after its line in the history and before its state.
            history = tmp_path / folder / "history.json"
            history.write_text(json.dumps([*json.loads(history.read_text()), {"epoch": 2, "loss": 9.0}]))
        trained = fit(build, FOUNDING, data, data, tmp_path / folder, settings, lines.append)
        return list(trained.get_weights())

    whole, resumed = train("whole", None), train("resumed", 1)
    assert "resuming after epoch 1 of 3" in lines
    assert read_history(tmp_path / "whole")[1]["loss"] == pytest.approx(
        read_history(tmp_path / "resumed")[1]["loss"], rel=1e-3
    )
    other_length = FitSettings(epochs=5, batch_size=32, balance="logits", precision=precision)
    with pytest.raises(UsageError, match="training run with other settings \\(epochs 3\\)"):
        fit(build, FOUNDING, data, data, tmp_path / "whole", other_length, lines.append)
    for one, other in zip(whole, resumed, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=rounding)


def _stop_after(epochs: int) -> Any:
    def report(line: str) -> None:
        if line.startswith(f"epoch {epochs}/"):
            raise KeyboardInterrupt

    return report


@pytest.mark.slow
def test_folding_and_quantising_keep_the_answer(network: Any) -> None:
    from videmo.training.common.quantise import fold_batch_norms, to_float, to_int8

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


@pytest.mark.slow
def test_a_negative_scale_before_pooling_is_refused(network: Any) -> None:
    from videmo.training.common.quantise import fold_batch_norms

    layer = network.get_layer("norm2")
    weights = layer.get_weights()
    layer.set_weights([-np.ones_like(weights[0]), *weights[1:]])
    with pytest.raises(ValueError, match="negative scale"):
        fold_batch_norms(network)
    layer.set_weights(weights)


def test_copies_are_found_exact_mirrored_recompressed_and_enlarged() -> None:
    held_out, others = smooth_faces(20, 1), smooth_faces(200, 2)
    brighter = np.clip(held_out[3].astype(int) * 0.8 + 30, 0, 255).astype(np.uint8)
    packed = cv2.imdecode(cv2.imencode(".jpg", held_out[4], [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_GRAYSCALE)
    enlarged = cv2.resize(held_out[5][4:44, 4:44], (48, 48))
    copies = [held_out[0], held_out[1][:, ::-1], brighter, packed, enlarged]
    images = np.concatenate([others, np.stack(copies)])
    found = near_copies(images, np.arange(len(images)), held_out)
    assert found[-5:].all()
    assert found[:-5].mean() < 0.02
    assert near_copies(images, np.array([0, 203, 1]), held_out).tolist() == [found[0], True, found[1]]


def test_copies_are_found_cut_and_turned_and_look_alikes_are_not() -> None:
    """Picture agencies sell one photograph in many cuts; two people before the same wall are no copies."""
    large = cv2.resize(smooth_faces(3, 5)[0], (96, 96), interpolation=cv2.INTER_CUBIC)
    held_out = cv2.resize(large, (48, 48), interpolation=cv2.INTER_AREA)
    matrix = cv2.getRotationMatrix2D((48, 48), 4, 1.12)
    cut = cv2.resize(cv2.warpAffine(large, matrix, (96, 96))[6:, :90], (48, 48), interpolation=cv2.INTER_AREA)
    other = held_out.copy()
    other[16:36, 14:34] = smooth_faces(1, 6)[0][16:36, 14:34]
    images = np.stack([cut, other])
    assert near_copies(images, np.arange(2), held_out[None]).tolist() == [True, False]


def test_images_of_one_photograph_share_their_votes() -> None:
    images = smooth_faces(12, 7)
    enlarged = cv2.resize(images[2][3:45, 3:45], (48, 48), interpolation=cv2.INTER_CUBIC)
    images = np.concatenate([images, images[5:6, :, ::-1], enlarged[None], images[2:3]])
    votes = np.eye(10, dtype=np.float32)[np.arange(15) % 10]
    pooled = pool_votes(images, np.arange(15), votes)
    assert (pooled[2] == votes[2] + votes[13] + votes[14]).all()
    assert (pooled[13] == pooled[2]).all()
    assert (pooled[14] == pooled[2]).all()
    assert (pooled[5] == votes[5] + votes[12]).all()
    alone = [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]
    assert (pooled[alone] == votes[alone]).all()
    assert (pool_votes(images, np.array([0]), votes[:1]) == votes[:1]).all()


def test_doubles_are_merged_and_their_votes_added() -> None:
    images = smooth_faces(3, 1)[[0, 1, 0, 2]]
    rows, votes = merge_doubles(images, np.arange(4), np.arange(40, dtype=np.float32).reshape(4, 10))
    assert rows.tolist() == [0, 1, 3]
    assert votes[0].tolist() == (np.arange(10) + np.arange(20, 30)).tolist()


def test_no_held_out_image_is_ever_trained_on(tmp_path: Path) -> None:
    images = smooth_faces(30, 3)
    images = np.concatenate([images, images[:5], images[5:8, :, ::-1]])
    splits = ["test"] * 5 + ["validation"] * 3 + ["train"] * 30
    write_table(tmp_path / "ferplus.parquet", images, splits)
    store = open_store([DataSource("ferplus-table", "ferplus.parquet")], tmp_path, tmp_path / "store", print)
    chosen, left_out = training_set(store)
    assert left_out == 8
    assert len(chosen) == 22
    held_out = {image.tobytes() for image in images[:8]} | {image[:, ::-1].tobytes() for image in images[:8]}
    assert not held_out & {chosen.images[row].tobytes() for row in chosen.rows}


def test_an_emotion_of_which_there_is_no_face_is_said_before_training(tmp_path: Path) -> None:
    for name in ("happy", "sad"):
        (tmp_path / "faces" / name).mkdir(parents=True)
        for number, image in enumerate(smooth_faces(12, 3 if name == "sad" else 4)):
            cv2.imwrite(str(tmp_path / "faces" / name / f"{number}.png"), image)
    store = open_store([DataSource("class-folders", "faces")], tmp_path, tmp_path / "store", print)
    with pytest.raises(DatasetError, match="no faces of neutral, surprise, angry, expected faces of neutral, happy"):
        training_set(store)


def test_augmentation_follows_its_seed_and_keeps_the_form() -> None:
    image = smooth_faces(1, 4)[0]
    one, other = (augment(image, np.random.default_rng(9)) for _ in range(2))
    assert one.dtype == np.uint8
    assert one.shape == (48, 48)
    assert (one == other).all()
    assert any((augment(image, np.random.default_rng(seed)) != one).any() for seed in range(5))


@pytest.mark.parametrize("name", ["founding", "ferplus", "broad"])
def test_the_shipped_weights_belong_to_their_card(name: str) -> None:
    weights, known = load_weights(name), card(name)
    assert known["sha256"] == weights.sha256
    assert known["emotions"] == list(EMOTIONS)
    assert weights.calibration is not None
    probabilities = EmotionClassifier(weights).predict(np.full((48, 48), 128, np.uint8))
    assert probabilities.shape == (5,)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)


@pytest.fixture(scope="module")
def residual() -> Any:
    """An untrained residual network whose normalisations do something."""
    pytest.importorskip("tensorflow", reason="training needs the extra 'train'")
    from videmo.training.classifier.network import residual_network

    network, rng = residual_network(), np.random.default_rng(5)
    for layer in network.layers:
        if layer.name.endswith("_norm"):
            layer.set_weights([rng.uniform(0.5, 1.5, values.shape) for values in layer.get_weights()])
    return network


@pytest.mark.slow
def test_float_and_int8_of_the_residual_network_agree(residual: Any) -> None:
    from videmo.training.classifier.network import NETWORKS
    from videmo.training.common.quantise import to_float, to_int8

    images = smooth_faces(60, 5)
    inputs = network_input(images, FOUNDING)
    reference = residual.predict_on_batch(inputs)
    inference = NETWORKS["residual"].for_inference(residual)
    calibration = load_weights("founding").calibration
    whole = EmotionClassifier(Weights("float", to_float(inference), "", calibration))
    half = EmotionClassifier(Weights("half", to_float(inference, half=True), "", calibration))
    int8 = EmotionClassifier(Weights("int8", to_int8(inference, inputs), "", calibration))
    spread = reference.max() - reference.min()
    for network, share in ((whole, 1e-5), (half, 2e-3), (int8, 0.05)):
        outputs = np.array([network.outputs(image) for image in images])
        assert np.abs(outputs - reference).mean() < share * spread


@pytest.mark.slow
def test_normalising_in_one_operation_gives_what_keras_gives() -> None:
    keras = pytest.importorskip("keras", reason="training needs the extra 'train'")
    from videmo.training.classifier.network import fused_normalisation

    values = np.random.default_rng(3).normal(2, 3, (64, 6, 6, 8)).astype(np.float32)
    ours, theirs = fused_normalisation()(momentum=0.9), keras.layers.BatchNormalization(momentum=0.9)
    for training in (True, False):
        one, other = ours(values, training=training), theirs(values, training=training)
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    for mine, its in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-3)  # the variance counts n - 1


@pytest.mark.slow
@pytest.mark.parametrize("balance", [pytest.param("logits", marks=pytest.mark.thorough), "sampling"])
def test_rare_classes_are_made_up_for(balance: str, tmp_path: Path) -> None:
    """Pictures that tell nothing: the network learns how frequent the classes are, or that it can't know."""
    keras = pytest.importorskip("keras", reason="training needs the extra 'train'")

    def build() -> Any:
        return keras.Sequential(
            [keras.Input((48, 48, 1)), keras.layers.AveragePooling2D(48), keras.layers.Flatten(), keras.layers.Dense(5)]
        )

    labels = np.repeat(np.arange(5), [160, 60, 20, 10, 6])
    data = TrainingSet(
        np.full((len(labels), 48, 48), 128, np.uint8), np.arange(len(labels)), np.eye(5, dtype=np.float32)[labels]
    )
    settings = FitSettings(epochs=25, batch_size=32, peak_learning_rate=0.05, average=0.9, calm_epochs=25)
    found = {}
    for kind in ("none", balance):
        chosen = FitSettings(
            **{**{name: getattr(settings, name) for name in settings.__slots__}, "balance": kind, "weight_decay": 0.0}
        )
        network = fit(build, FOUNDING, data, data, tmp_path / kind, chosen, lambda line: None)
        logits = network.predict_on_batch(network_input(data.images[:1], FOUNDING))[0]
        found[kind] = np.exp(logits) / np.exp(logits).sum()
    assert found["none"][0] == pytest.approx(160 / 256, abs=0.1)
    assert np.abs(found[balance] - 0.2).max() < 0.1


def test_recipes_are_read_and_changed(tmp_path: Path) -> None:
    assert shipped_recipes() == ["ferplus", "founding"]
    recipe = load_recipe("ferplus")
    assert recipe.training.balance == "logits"
    assert recipe.data == (DataSource("ferplus-table", "data/ferplus.parquet"),)
    mine = changed(recipe, datasets=["class-folders=x", "affectnet=y"], epochs=3, seed=None, balance="sampling")
    assert [source.format for source in mine.data] == ["class-folders", "affectnet"]
    assert (mine.training.epochs, mine.training.seed, mine.training.balance) == (3, recipe.training.seed, "sampling")
    taught = replace(recipe, unlabelled=(DataSource("pictures", "p"),), teachers=TeacherSettings(count=1))
    same = changed(taught, datasets=[], epochs=None, seed=None, balance=None)
    assert same == taught
    assert not changed(taught, datasets=["affectnet=y"], epochs=None, seed=None, balance=None).unlabelled
    path = tmp_path / "mine.toml"
    data = '[[data]]\nformat = "affectnet"\npath = "a"\n'
    for text, message in (
        ("network =", "not a TOML file"),
        ("", "no network, expected a line such as network"),
        ('network = "large"\n' + data, "network = 'large': no such network, expected one of residual, founding"),
        ('network = "residual"', "no data set. Name one"),
        ('network = "residual"\n[[data]]\nformat = "affectnet"', r"\[\[data\]\] lacks path"),
        ('network = "residual"\n[data]\nformat = "affectnet"', "'data' is not a list of tables"),
        ('network = "residual"\nspeed = 1\n' + data, "unknown 'speed'"),
        ('network = "residual"\n' + data + "[training]\nepoch = 3", "Did you mean 'training.epochs'"),
        ('network = "residual"\n' + data + "[training]\nepochs = 0", "epochs = 0: out of range"),
        ('network = "residual"\n' + data + '[training]\nbalance = "even"', "none, logits, sampling"),
        (
            'network = "residual"\n' + data.replace("affectnet", "pictures"),
            "faces without labels, expected labelled faces",
        ),
        ('network = "residual"\npool_votes = 1\n' + data, "expected true or false"),
        ('network = "residual"\n' + data + '[[unlabelled]]\nformat = "pictures"\npath = "p"', "no teachers to label"),
    ):
        path.write_text(text)
        with pytest.raises(UsageError, match=message):
            load_recipe(str(path))
    with pytest.raises(UsageError, match=r"no such recipe, expected one of broad, ferplus, founding, or the path"):
        load_recipe("fast")


@pytest.mark.slow
def test_a_command_trains_calibrates_and_writes_a_network_that_analysis_can_use(samples: Path, tmp_path: Path) -> None:
    """A tiny recipe with a teacher and faces without labels, from the command line to probabilities."""
    pytest.importorskip("tensorflow", reason="training needs the extra 'train'")
    from typer.testing import CliRunner

    from videmo.cli.app import app

    images = smooth_faces(60, 8)
    write_table(tmp_path / "faces.parquet", images, ["train"] * 40 + ["validation"] * 10 + ["test"] * 10)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(png(frame_with_a_face(samples)))
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        'network = "residual"\n[[data]]\nformat = "ferplus-table"\npath = "faces.parquet"\n'
        '[[unlabelled]]\nformat = "pictures"\npath = "pictures"\n'
        '[training]\nepochs = 1\nbatch_size = 20\nbalance = "logits"\n'
        "[teachers]\ncount = 1\ngo_on = true\nepochs = 2\npeak_learning_rate = 1e-4\n"
    )
    arguments = ["train", "classifier", str(recipe), "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    out = tmp_path / "out"
    assert "accuracy on the validation faces" in done.output
    assert [row["epoch"] for row in read_history(out / "network")] == [1, 2]
    assert (out / "network" / "history.png").stat().st_size > 5_000
    int8, exact = load_weights(str(out / "residual.tflite")), load_float(out / "residual-float.tflite")
    assert exact.calibration == int8.calibration
    one, other = (EmotionClassifier(weights).predict(images[0]) for weights in (int8, exact))
    assert one.sum() == pytest.approx(1, abs=1e-5)
    assert np.abs(one - other).max() < 0.05
    again = CliRunner().invoke(app, [*arguments, "--seed", "3"])
    assert "training run with other settings" in str(again.exception)
    assert "temperature" in (out / "residual.md").read_text()
