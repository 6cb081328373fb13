"""The narrow network: how it is begun, what it learns from, and how it is calibrated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from faces_on_disk import smooth_faces
from videmo.cli.app import app
from videmo.errors import UsageError, WeightsError
from videmo.measures.emotions.calibration import probabilities, softmax
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.training.classifier.calibrate_sets import LEAST_RECALL, calibrate_over_sets
from videmo.training.classifier.datasets.expressions import SEVEN
from videmo.training.classifier.datasets.face import VOTES
from videmo.training.classifier.datasets.framed import with_context
from videmo.training.classifier.mixture import FLOOR, LessonSet, one_epoch, seven_of_labels, seven_of_votes
from videmo.weights import Weights, card, load_weights
from videmo.weights.calibration import Calibration

pytestmark = [pytest.mark.filterwarnings("ignore")]  # TensorFlow and Keras warn of their own doings
KNOWN = Calibration("logits", True, (0.355, 0.349, 0.128, 0.092, 0.076), 1.0, 0.0)


def lesson(name: str, labels: list[int], draws: int, seed: int = 1) -> LessonSet:
    """A set of faces with sure labels, which their brightness tells."""
    images = np.stack([with_context(image) for image in smooth_faces(len(labels), seed)]) // 4
    images = images + np.array(labels, np.uint8)[:, None, None] * 25
    return LessonSet(name, images, np.eye(7, dtype=np.float32)[labels], draws)


def test_votes_and_labels_become_seven_shares() -> None:
    votes = np.zeros((2, len(VOTES)), np.float32)
    votes[0, VOTES.index("fear")], votes[0, VOTES.index("anger")] = 3, 1
    votes[1, VOTES.index("contempt")] = 9
    shares = seven_of_votes(votes)
    assert shares[0, SEVEN.index("fear")] == 0.75
    assert shares[0, SEVEN.index("angry")] == 0.25
    assert not shares[1].any()
    for source, least in (("rafdb", 0.9), ("ckplus", 0.9), ("ffhq", 0.9), ("affectnet", 0.7)):
        soft = seven_of_labels(np.arange(7), source)
        assert soft.sum(axis=1) == pytest.approx(1)
        assert (soft.argmax(axis=1) == np.arange(7)).all()
        assert soft.max(axis=1).min() > least
    doubt = seven_of_labels(np.array([SEVEN.index("sad")]), "affectnet")[0]
    assert doubt[SEVEN.index("sad")] == pytest.approx(0.75 + 0.25 * 0.10)


def test_rare_words_are_drawn_more_often_and_the_prior_knows_it() -> None:
    one = lesson("one", [0] * 90 + [1] * 10, 4000)
    prior = one.prior()
    assert prior.sum() == pytest.approx(1)
    assert prior[1] == pytest.approx(0.25 / 1.1, rel=0.05), "1 to 3 instead of 1 to 9, and five words at the floor"
    assert prior[2:] == pytest.approx(FLOOR / 1.1)
    drawn = one_epoch([one, lesson("two", [3] * 8, 40)], np.random.default_rng(2))
    assert len(drawn) == 4040
    assert (drawn[:, 0] == 1).sum() == 40
    assert (drawn[drawn[:, 0] == 0, 1] >= 90).mean() == pytest.approx(0.25, abs=0.03)
    again = one_epoch([one, lesson("two", [3] * 8, 40)], np.random.default_rng(2))
    np.testing.assert_array_equal(drawn, again)


def test_a_teacher_is_heard_beside_the_labels() -> None:
    one = lesson("one", [0, 1], 2)
    opinion = np.full((2, 7), 1 / 7, np.float32)
    np.testing.assert_allclose(one.taught(opinion, 0.5).targets, (one.targets + opinion) / 2, atol=1e-6)


def test_sets_count_the_same_in_the_calibration() -> None:
    rng = np.random.default_rng(3)
    sets = {}
    for name, count in (("large", 4000), ("small", 400)):
        truth = rng.choice(5, count, p=KNOWN.prior)
        logits = 3 * (1.6 * rng.normal(0, 1, (count, 7)))
        logits[np.arange(count), truth] += 3 * 1.6 * 1.6
        sets[name] = logits, truth
    found = calibrate_over_sets(sets, KNOWN)
    assert found.temperature == pytest.approx(3.0, rel=0.1)
    alone = calibrate_over_sets({"large": sets["large"]}, KNOWN)
    twice = {"large": sets["large"], "again": sets["large"]}
    assert calibrate_over_sets(twice, KNOWN) == alone
    confident = probabilities(sets["small"][0], found).max(axis=1).mean()
    right = (probabilities(sets["small"][0], found).argmax(axis=1) == sets["small"][1]).mean()
    assert confident == pytest.approx(right, abs=0.06)


def test_of_equal_accuracies_one_is_taken_with_which_no_emotion_is_missed_too_often() -> None:
    """Half of the angry faces look as neutral as angry, and so do as many neutral ones as cancel what they bring."""
    alike = 112
    sure = [np.full(600 - alike, 0), *(np.full(100, word) for word in (1, 2, 3)), np.full(50, 4)]
    truth = np.concatenate([*sure, np.full(50, 4), np.full(alike, 0)])
    logits = np.zeros((len(truth), 7))
    logits[np.arange(len(truth)), truth] = 4.0
    logits[-50 - alike :, :5] = 2.0, 0.0, 0.0, 0.0, 2.6
    # Some mistakes, so that the network is as sure as it may be.
    wrong = np.random.default_rng(3).choice(800, 40, replace=False)
    logits[wrong] = np.roll(logits[wrong], 1, axis=1)
    found = calibrate_over_sets({"faces": (logits, truth)}, KNOWN)
    hits = probabilities(logits, found).argmax(axis=1) == truth
    assert hits[truth == 4].mean() > 0.7, "not 0.5"
    assert 0 < found.prior_power < 1, "no further than it takes"


def test_the_default_classifier_misses_no_emotion_too_often_on_any_set_that_it_was_chosen_on() -> None:
    for name, scores in card("broad")["validation"].items():
        counted = np.array(scores["confusion"])
        there = counted.sum(axis=1) > 0
        recalls = counted.diagonal()[there] / counted[there].sum(axis=1)
        assert recalls.min() >= LEAST_RECALL, name


@pytest.fixture(scope="module")
def start() -> bytes:
    """A float file like that of the network that the teacher begins with."""
    keras = pytest.importorskip("keras", reason="training needs the extra 'train'")
    from videmo.training.classifier.network import residual_network
    from videmo.training.common.quantise import to_float

    keras.utils.set_random_seed(3)
    network = residual_network()
    for layer in network.layers:  # as training leaves them: at first, blocks change nothing
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.gamma.assign(np.full(layer.gamma.shape, 0.7, np.float32))
            layer.beta.assign(np.linspace(-0.1, 0.1, layer.beta.shape[0], dtype=np.float32))
    kernel, bias = network.layers[-1].get_weights()
    network.layers[-1].set_weights([kernel, np.linspace(-0.1, 0.1, len(bias), dtype=np.float32)])
    return to_float(network)


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    """Inputs of a network."""
    return ((smooth_faces(300, 8).astype(np.float32) - 128) / 128)[..., None]


@pytest.fixture(scope="module")
def teacher(start: bytes, faces: np.ndarray) -> Any:
    """The residual network with two more words, before it learned them."""
    from videmo.training.classifier.broad import layers_of_file, teacher_network

    return teacher_network(layers_of_file(start), faces)


@pytest.fixture(scope="module")
def narrow(teacher: Any, faces: np.ndarray) -> Any:
    """The narrow network that begins with what the teacher says."""
    from videmo.training.classifier.broad import broad_network, layers_of, with_layers
    from videmo.training.classifier.slim import slimmed

    return with_layers(broad_network(), slimmed(layers_of(teacher), faces[:200], 1), faces[:200])


@pytest.mark.slow
def test_the_teacher_begins_as_the_network_that_it_is_given(start: bytes, teacher: Any, faces: np.ndarray) -> None:
    known = Calibration("logits", True, (0.2,) * 5, 1.0, 0.0)
    classifier, crop = EmotionClassifier(Weights("start", start, "", known)), smooth_faces(300, 8)[7]
    logits = teacher.predict_on_batch(faces[7:8])[0]
    assert logits[:5] == pytest.approx(classifier.outputs(crop), abs=1e-3)
    assert softmax(logits)[5:].max() < softmax(logits)[:5].max()


@pytest.mark.slow
def test_a_network_that_was_quantised_can_be_begun_with(teacher: Any, faces: np.ndarray) -> None:
    from videmo.training.classifier.broad import layers_of, layers_of_file
    from videmo.training.common.quantise import to_int8

    known = layers_of(teacher)
    for (kernel, bias), (wanted, its_bias) in zip(layers_of_file(to_int8(teacher, faces)), known, strict=True):
        assert kernel.shape == wanted.shape
        assert np.abs(kernel - wanted).max() <= np.abs(wanted).max() / 127
        assert bias == pytest.approx(its_bias, abs=1e-3 * max(1e-6, float(np.abs(its_bias).max())) + 1e-4)


@pytest.mark.slow
def test_what_is_no_network_of_that_shape_is_not_begun_with(start: bytes) -> None:
    from videmo.training.classifier.broad import known_layers

    assert len(known_layers(Weights("start", start, ""))) == len(known_layers(load_weights("ferplus")))
    for weights in (load_weights("broad"), load_weights("founding")):
        with pytest.raises(WeightsError, match="convolutions are not those of ferplus"):
            known_layers(weights)
    with pytest.raises(WeightsError, match="not a LiteRT file"):
        known_layers(Weights("mine.tflite", b"no network", ""))


@pytest.mark.slow
def test_a_narrow_network_begins_with_what_a_wide_one_says(teacher: Any, narrow: Any, faces: np.ndarray) -> None:
    said, wanted = (network.predict_on_batch(faces[200:]) for network in (narrow, teacher))
    assert narrow.count_params() < teacher.count_params() / 2
    assert np.corrcoef(said.ravel(), wanted.ravel())[0, 1] > 0.9
    assert (said.argmax(axis=1) == wanted.argmax(axis=1)).mean() > 0.7


@pytest.mark.slow
def test_training_on_sets_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras", reason="training needs the extra 'train'")
    from videmo.training.classifier.mixture_fit import MixtureSettings, fit_mixture

    sets = [lesson("one", [0, 1, 2, 3, 4] * 20, 128), lesson("two", [1, 5, 6] * 10, 64, seed=2)]
    validation = {"one": (sets[0].images[:, 8:56, 8:56], sets[0].targets.argmax(axis=1))}
    settings = MixtureSettings(epochs=4, peak_learning_rate=0.05, seed=5, batch_size=32, average=0.5)

    def network() -> Any:
        keras.utils.set_random_seed(1)
        crop = keras.Input((48, 48, 1))
        values = keras.layers.Flatten()(keras.layers.AveragePooling2D(16)(crop))
        return keras.Model(crop, keras.layers.Dense(7, name="emotions")(values))

    def stop(line: str) -> None:
        if line.startswith("epoch 2/"):
            raise KeyboardInterrupt

    whole = fit_mixture(network(), sets, validation, tmp_path / "whole", settings, lambda line: None)
    with pytest.raises(KeyboardInterrupt):
        fit_mixture(network(), sets, validation, tmp_path / "parts", settings, stop)
    told: list[str] = []
    parts = fit_mixture(network(), sets, validation, tmp_path / "parts", settings, told.append)
    assert told[0] == "resuming after epoch 2 of 4"
    for one, other in zip(whole.get_weights(), parts.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    other_settings = MixtureSettings(epochs=4, peak_learning_rate=0.01, seed=5)
    with pytest.raises(UsageError, match="other settings"):
        fit_mixture(network(), sets, validation, tmp_path / "parts", other_settings, lambda line: None)


@pytest.mark.slow
def test_the_narrow_network_survives_quantisation(narrow: Any, faces: np.ndarray) -> None:
    from videmo.training.common.quantise import to_int8

    int8 = EmotionClassifier(Weights("broad", to_int8(narrow, faces), "", KNOWN, SEVEN))
    images = smooth_faces(300, 8)[:60]
    exact = narrow.predict_on_batch(faces[:60])
    outputs = np.array([int8.outputs(image) for image in images])
    assert np.abs(outputs - exact).mean() < 0.05 * (exact.max() - exact.min())


def test_options_of_another_recipe_are_refused() -> None:
    refused = {
        ("broad", "--seed", "3"): "it has its own data and settings. Omit --dataset, --epochs, --balance and --seed.",
        ("founding", "--begin-with", "ferplus"): "a network to begin with is for broad. Omit --begin-with.",
    }
    for options, message in refused.items():
        said = CliRunner().invoke(app, ["train", "classifier", *options])
        assert isinstance(said.exception, UsageError), options
        assert str(said.exception) == f"{options[0]}: {message}"
