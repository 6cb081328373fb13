"""Faces of other sets than FER+, cut by our own boxes, and networks that name more than five emotions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cascades import run
from faces_on_disk import frame_with_a_face, png, smooth_faces, votes_of, write_table
from videmo.errors import DatasetError, WeightsError
from videmo.faces.detector import framing_of, make_detector
from videmo.measures.emotions import EMOTIONS
from videmo.measures.emotions.calibration import probabilities, softmax
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.records import Detection
from videmo.settings import DetectorSettings
from videmo.training.classifier.datasets.expressions import SEVEN, SOURCES, read_expressions, split_of
from videmo.training.classifier.datasets.face import VOTES
from videmo.training.classifier.datasets.framed import BORDERS, CONTEXT, CROP, Framer, crop_of, scene_of, with_context
from videmo.training.classifier.expressions import SETS, LabelledCrops, evaluate_expressions, held_out_sets
from videmo.training.classifier.measure import predictions
from videmo.training.classifier.metrics import score
from videmo.training.classifier.recordings import as_recorded
from videmo.video.luma import Luma
from videmo.weights import Weights, card, load_weights
from videmo.weights.calibration import Calibration

PRIOR = (0.3, 0.3, 0.2, 0.1, 0.1)
KNOWN = Calibration("logits", True, PRIOR, 1.0, 1.0)


@pytest.fixture(scope="module")
def face(samples: Path) -> np.ndarray:
    """A face cut tightly out of a sample clip, as data sets have them: 72×72."""
    frame = frame_with_a_face(samples)
    found = make_detector(DetectorSettings()).detect(Luma(frame, False, 0))[0]
    return Luma(frame, False, 0).patch(*tight_square(found), 72)


def tight_square(face: Detection) -> tuple[float, float, float]:
    """Left, top and side of the square around a box."""
    side = max(face.w, face.h)
    return face.x + (face.w - side) / 2, face.y + (face.h - side) / 2, side


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory, face: np.ndarray) -> Path:
    """A data folder with both tables; in every tenth picture of the second there is no face."""
    root = tmp_path_factory.mktemp("data-folder")
    splits = ["train", "validation", "test", "test", "test"] * 2
    write_table(root / "data" / "ferplus.parquet", smooth_faces(10, 1), splits)
    rows = [
        {
            "source": source,
            "split": "test" if source == "rafdb" and number % 3 == 0 else "train",
            "name": f"S{number:03d}_001_{source}.png",
            "emotion": [*SEVEN, "contempt"][number % 8],
            "image": png(np.full((72, 72), 90, np.uint8) if number % 10 == 9 else face),
        }
        for source in SOURCES
        for number in range(60)
    ]
    pd.DataFrame(rows).to_parquet(root / "data" / "expressions.parquet")
    return root


def test_a_tight_crop_is_cut_as_analysis_cuts_it_from_a_frame(samples: Path) -> None:
    frame, settings = Luma(frame_with_a_face(samples), False, 0), DetectorSettings()
    found = make_detector(settings).detect(frame)[0]
    (x, y, side), (left, top, tight) = framing_of(settings).square(found), tight_square(found)
    square = Framer().square(frame.patch(left, top, tight, 72))
    assert square is not None
    assert square[2] * tight == pytest.approx(side, rel=0.1)
    assert (left + square[0] * tight, top + square[1] * tight) == pytest.approx((x, y), abs=0.1 * side)


def test_no_face_no_square() -> None:
    assert Framer().square(np.full((72, 72), 90, np.uint8)) is None


@pytest.mark.parametrize("border", BORDERS)
def test_the_picture_stands_in_its_scene_unchanged(border: str) -> None:
    picture = smooth_faces(1, 4, 72)[0]
    scene, left, top = scene_of(picture, border)
    assert scene.shape == (192, 320)
    np.testing.assert_array_equal(scene[top : top + 72, left : left + 72], picture)


def test_the_crop_is_the_middle_of_its_surroundings() -> None:
    crops = smooth_faces(3, 5)
    contexts = np.stack([with_context(crop) for crop in crops])
    assert contexts.shape == (3, CONTEXT, CONTEXT)
    np.testing.assert_array_equal(crop_of(contexts), crops)


def test_augmentation_is_seeded_and_ends_at_a_crop() -> None:
    context = with_context(smooth_faces(1, 6)[0])
    kept = context.copy()
    for seed in range(60):
        one, other = (as_recorded(context, np.random.default_rng(seed)) for _ in range(2))
        np.testing.assert_array_equal(one, other)
        assert one.shape == (CROP, CROP)
        assert one.dtype == np.uint8
    np.testing.assert_array_equal(context, kept)
    calm = as_recorded(context, np.random.default_rng(1), 0.0)
    assert min(np.abs(calm.astype(int) - view).mean() for view in (crop_of(kept), crop_of(kept)[:, ::-1])) < 2


def test_expressions_are_read_split_and_cut(table: Path) -> None:
    faces = read_expressions(table / "data" / "expressions.parquet", Framer())
    assert set(faces.source) == set(SOURCES)
    assert faces.images.shape[1:] == (CONTEXT, CONTEXT)
    assert set(faces.labels) == set(range(len(SEVEN))), "contempt is left out"
    assert 0.85 < faces.found.mean() < 0.95
    held_out = faces.of("test", "rafdb")
    assert len(held_out.images) == sum(number % 3 == 0 and number % 8 != 7 for number in range(60))
    only = read_expressions(table / "data" / "expressions.parquet", Framer(), ("test",))
    np.testing.assert_array_equal(only.of("test", "rafdb").images, held_out.images)


def test_people_of_the_laboratory_stay_together() -> None:
    for person in range(200):
        parts = {split_of("ckplus", "train", f"S{person:03d}_{number:03d}_00000017.png") for number in range(5)}
        assert len(parts) == 1
    split = [split_of("affectnet", "train", f"{number}.jpg") for number in range(2000)]
    assert 0.07 < split.count("validation") / len(split) < 0.13
    assert 0.07 < split.count("test") / len(split) < 0.13
    assert split_of("rafdb", "test", "x") == "test"


def test_an_unknown_source_is_named(tmp_path: Path) -> None:
    row = {
        "source": "mine",
        "split": "train",
        "name": "a",
        "emotion": "sad",
        "image": png(np.zeros((72, 72), np.uint8)),
    }
    pd.DataFrame([row]).to_parquet(tmp_path / "faces.parquet")
    with pytest.raises(DatasetError, match=r"faces\.parquet, row 0: source 'mine'"):
        read_expressions(tmp_path / "faces.parquet", Framer())


def test_words_behind_the_five_are_left_out_of_their_probabilities() -> None:
    logits = np.array([0.4, -1.0, 2.0, 0.0, 1.0, 5.0, -3.0])
    assert probabilities(logits, KNOWN) == pytest.approx(softmax(logits[:5]))
    assert probabilities(np.stack([logits, logits]), KNOWN).shape == (2, 5)


def seven_outputs() -> Any:
    """An untrained network with seven outputs."""
    pytest.importorskip("tensorflow", reason="building a network needs the extra 'train'")
    import keras

    keras.utils.set_random_seed(3)
    crop = keras.Input((48, 48, 1))
    values = keras.layers.Conv2D(4, 3, strides=4, activation="relu")(crop)
    return keras.Model(crop, keras.layers.Dense(7)(keras.layers.Flatten()(values)))


@pytest.mark.slow
def test_a_network_with_seven_outputs_names_five_emotions(tmp_path: Path) -> None:
    network = seven_outputs()
    from videmo.training.common.quantise import to_float

    crop = smooth_faces(1, 2)[0]
    content = to_float(network)
    classifier = EmotionClassifier(Weights("seven", content, "", KNOWN, SEVEN))
    logits = classifier.outputs(crop)
    assert logits.shape == (7,)
    assert classifier.predict(crop) == pytest.approx(softmax(logits[:5].astype(np.float64)), abs=1e-6)
    with pytest.raises(WeightsError, match=r"seven: its input and output have the shapes .*, expected .* and \(1, 5\)"):
        EmotionClassifier(Weights("seven", content, "", KNOWN))
    path = tmp_path / "seven.tflite"
    path.write_bytes(content)
    known = {"calibration": card("ferplus")["calibration"], "outputs": list(SEVEN)}
    path.with_suffix(".json").write_text(json.dumps(known))
    assert load_weights(str(path)).words == SEVEN
    assert EmotionClassifier(load_weights(str(path))).predict(crop).shape == (5,)


@pytest.mark.parametrize("words", [["sad", *EMOTIONS], list(EMOTIONS[:4]), [*EMOTIONS, "sad"], "seven"])
def test_words_in_another_order_are_refused(words: object, tmp_path: Path) -> None:
    path = tmp_path / "mine.tflite"
    path.write_bytes(load_weights("founding").content)
    path.with_suffix(".json").write_text(json.dumps({"outputs": words}))
    with pytest.raises(WeightsError, match=r"mine\.tflite: its card names the outputs"):
        EmotionClassifier(load_weights(str(path)))


def test_a_card_without_a_list_means_the_five() -> None:
    assert load_weights("founding").words == ()
    assert EmotionClassifier(load_weights("founding")).predict(smooth_faces(1, 2)[0]).shape == (5,)


def test_all_sets_are_measured_side_by_side(table: Path, tmp_path: Path) -> None:
    assert set(votes_of(0)) == set(VOTES)
    page = evaluate_expressions(["founding", "ferplus"], table, tmp_path, lambda line: None)
    text = page.read_text(encoding="utf-8")
    for title in SETS:
        assert f"## {title} (n = " in text
    result = json.loads((tmp_path / "expressions.json").read_text())
    assert set(result["classifiers"]) == {"founding", "ferplus"}
    assert set(result["milliseconds"]) == {"founding", "ferplus"}
    assert 0 < result["found"]["RAF-DB"] <= 1


@pytest.mark.slow
def test_one_command_measures_on_ferplus_and_on_all_sets(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("evaluate", "classifier", "--classifier", "founding", "--data", table, "--no-fer", "--no-robustness")
    pages = {"classifier.md", "expressions.md"}
    for option, wanted in (
        ((), pages),
        (("--expressions",), {"expressions.md"}),
        (("--no-expressions",), {"classifier.md"}),
        (("--dataset", f"ferplus-table={table / 'data' / 'ferplus.parquet'}"), {"classifier.md"}),
    ):
        out = tmp_path / "-".join(["out", *option[:1]])
        code, said, errors = run(capsys, *asked, *option, "--out", out)
        assert code == 0, errors
        assert {page.name for page in out.glob("*.md")} == wanted
        for page in wanted:
            assert f"Written: {out / page}" in said
        assert "Left out" not in said


@pytest.mark.parametrize(("option", "value"), [("--dataset", "csv=mine.csv"), ("--float", "mine-float.tflite")])
def test_what_is_not_for_all_sets_is_refused(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, errors = run(capsys, "evaluate", "classifier", "--expressions", option, value)
    assert code == 2
    assert f"{option}: it is not for --expressions" in errors


@pytest.mark.slow
def test_sets_whose_table_is_missing_are_left_out_and_it_is_said(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ferplus.parquet").symlink_to(table / "data" / "ferplus.parquet")
    out = tmp_path / "out"
    asked = ("evaluate", "classifier", "--classifier", "founding", "--data", tmp_path, "--no-fer", "--out", out)
    code, said, errors = run(capsys, *asked, "--no-robustness")
    assert code == 0, errors
    missing = tmp_path / "data" / "expressions.parquet"
    assert f"Left out: RAF-DB, AffectNet and FFHQ, CK+, since there is no {missing}." in said
    assert not (out / "expressions.md").exists()
    code, _, errors = run(capsys, *asked, "--expressions")
    assert code != 0
    assert "expressions.parquet" in errors


@pytest.fixture(scope="module")
def held_out(data: Path) -> dict[str, LabelledCrops]:
    """The faces that the published numbers are about."""
    return held_out_sets(data)


@pytest.mark.parametrize(
    ("name", "every"),
    [
        ("broad", 6),
        ("ferplus", 20),
        *(pytest.param(name, 1, marks=pytest.mark.thorough) for name in ("broad", "ferplus")),
    ],
)
def test_the_published_numbers_are_those_of_the_shipped_weights(
    name: str, every: int, held_out: dict[str, LabelledCrops]
) -> None:
    path = Path(__file__).parents[2] / "reports" / "evaluation" / "expressions.json"
    published = json.loads(path.read_text(encoding="utf-8"))["classifiers"][name]
    classifier = EmotionClassifier(load_weights(name))
    for title, crops in held_out.items():
        truth, images = crops.truth[::every], crops.images[::every]
        found = score(truth, predictions(classifier, images))
        # Of a part, within three standard errors.
        accuracy = published[title]["accuracy"]
        near = 0.002 if every == 1 else 3 * (accuracy * (1 - accuracy) / len(truth)) ** 0.5
        assert found.accuracy == pytest.approx(accuracy, abs=near)
        if every == 1:
            assert found.balanced_accuracy == pytest.approx(published[title]["balanced_accuracy"], abs=0.002)
