"""Training of cascades: features, search, agreement with OpenCV, resuming, and training that can't go on."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from cascades import face, run, texture, write_faces, write_textures
from runs import videmo
from videmo.batch.threads import Threads
from videmo.errors import DatasetError, UsageError
from videmo.training.cascade.agreement import agreement
from videmo.training.cascade.boost import StageSettings
from videmo.training.cascade.classify import _values, plan, plan_stage, stages_passed
from videmo.training.cascade.data import read_material
from videmo.training.cascade.features import haar_features, pixel_weights
from videmo.training.cascade.fit import CascadeSettings, Material, train_cascade
from videmo.training.cascade.integral import Windows, inverse_spread, windows_of_picture, windows_of_samples
from videmo.training.cascade.model import Cascade, Feature, Node, Stage, Tree
from videmo.training.cascade.parallel import serial_map
from videmo.training.cascade.place import place_of
from videmo.training.cascade.stump import best_split
from videmo.training.cascade.values import SampleValues, SortedGroups
from videmo.training.cascade.xml import read_cascade, write_cascade

Capture = pytest.CaptureFixture[str]
BUNDLED = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml"
SMALL = 14
"""Side of the window where speed matters."""


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Windows are too small for OpenCV to share out among threads."""
    cv2.setNumThreads(1)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """200 faces and 12 textures."""
    folder = tmp_path_factory.mktemp("material")
    positives, negatives = write_faces(folder / "faces", 200), write_textures(folder / "none", 12)
    return read_material(positives, negatives, (SMALL, SMALL), pytest.fail)


def settings_of(**changes: object) -> CascadeSettings:
    """A small training."""
    stage = StageSettings(max_false_alarm=0.4, max_depth=int(str(changes.pop("max_depth", 1))))
    return CascadeSettings(**({"stages": 3, "positives": 180, "negatives": 150, "stage": stage} | changes))  # type: ignore[arg-type]


def feature_values(feature: Feature, looked_at: Windows) -> np.ndarray:
    """Values of one feature, as the detector has them."""
    stage = Stage(0.0, (Tree((Node(feature, 0.0, 0, -1),), (0.0, 1.0)),))
    return _values(plan_stage(stage), looked_at)[:, 0]


def windows(count: int, side: int) -> np.ndarray:
    """Faces, textures, and some that are nearly flat: ``(count, side, side)``."""
    rng = np.random.default_rng(5)
    sources = [[face(rng) for _ in range(20)], [texture(rng, (60, 60)) for _ in range(40)]]
    found = []
    for number in range(count):
        source = sources[number % 2][int(rng.integers(len(sources[number % 2])))]
        corner = rng.integers(0, 6 if number % 2 == 0 else 30, 2)
        grown = 54 if number % 2 == 0 else int(rng.integers(14, 30))
        part = source[corner[0] : corner[0] + grown, corner[1] : corner[1] + grown]
        contrast = 0.1 if number % 50 == 0 else 1.0
        found.append(cv2.resize((part * contrast).astype(np.uint8), (side, side), interpolation=cv2.INTER_AREA))
    return np.stack(found)


def test_there_are_as_many_features_as_opencv_counts() -> None:
    assert len(haar_features(24, 24, "basic")) == 162_336, "Viola and Jones (2001) count about 160,000"
    assert len(haar_features(20, 20, "basic")) == 78_460
    core, everything = haar_features(12, 12, "core"), haar_features(12, 12, "all")
    assert everything[: len(core)] == core
    assert len(set(everything)) == len(everything)
    assert any(feature.tilted for feature in everything)


def test_values_of_features_are_the_same_from_sums_and_from_pixels() -> None:
    samples = windows(40, 12)
    features = haar_features(12, 12, "all")
    values = SampleValues(pixel_weights(features, 12, 12), samples, inverse_spread(samples))
    table = windows_of_samples(samples, tilted=True)
    for number in range(0, len(features), 97):
        np.testing.assert_array_equal(values.of([number])[0], feature_values(features[number], table))
    flat = inverse_spread(samples) == 0
    assert 0 < flat.sum() < len(flat)


def test_windows_of_a_picture_are_its_parts() -> None:
    image = texture(np.random.default_rng(0), (30, 40))
    found = windows_of_picture(image, 12, 10, tilted=True, stride=3, offset=(1, 2))
    parts = np.stack([image[y : y + 10, x : x + 12] for y in range(2, 21, 3) for x in range(1, 29, 3)])
    expected = windows_of_samples(parts, tilted=True)
    np.testing.assert_array_equal(found.inverse, expected.inverse)
    for feature in haar_features(12, 10, "all")[::997]:
        np.testing.assert_array_equal(feature_values(feature, found), feature_values(feature, expected))


@pytest.mark.parametrize("seed", range(4))
def test_the_search_finds_what_trying_all_splits_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    samples = rng.integers(0, 256, (60, 6, 6)).astype(np.uint8)
    samples[::7] = samples[0]  # ties
    features = haar_features(6, 6, "basic")
    values = SampleValues(pixel_weights(features, 6, 6), samples, inverse_spread(samples))
    objects = rng.random(60) < 0.5
    weights = rng.random(60) ** 4 * (rng.random(60) < 0.8)
    groups = SortedGroups(values, 10**9, serial_map)
    found = best_split(values, groups, objects, weights, serial_map)
    assert found is not None
    share, labels = weights / weights.sum(), np.where(objects, 1.0, -1.0)
    best = 0.0
    for row in values.of(slice(None)):
        for threshold in np.unique(row)[1:]:
            sides = [(row < threshold), (row >= threshold)]
            best = max(best, sum((share * labels)[s].sum() ** 2 / max(share[s].sum(), 1e-12) for s in sides))
    assert found.gain == pytest.approx(best, abs=1e-9)
    left = values.of([found.feature])[0] < np.float32(found.threshold)
    assert found.left == pytest.approx((share * labels)[left].sum() / share[left].sum())


@pytest.mark.slow
def test_opencvs_own_cascade_reads_back_and_gives_the_same_answers(tmp_path: Path) -> None:
    """At each stage, on 10,000 windows."""
    cascade = read_cascade(BUNDLED)
    write_cascade(tmp_path / "copy.xml", cascade)
    assert read_cascade(tmp_path / "copy.xml") == cascade
    found = agreement(cascade.first(4), windows(10_000, 20))
    assert min(stage.same for stage in found) >= 0.999
    assert found[0].accepted > found[-1].accepted > 100
    assert max(stage.largest_gap for stage in found) < 1e-4


def test_tilted_features_and_trees_give_the_same_answers_as_in_opencv() -> None:
    """Features of all kinds, chosen at random, as stumps and as trees of two levels."""
    rng = np.random.default_rng(3)
    features = haar_features(20, 20, "all")
    samples = windows(1000, 20)
    table = windows_of_samples(samples, tilted=True)

    def node(left: int, right: int) -> Node:
        feature: Feature = features[int(rng.integers(len(features)))]
        return Node(feature, float(np.float32(np.median(feature_values(feature, table)))), left, right)

    def leaves(count: int) -> tuple[float, ...]:
        return tuple(float(np.float32(value)) for value in rng.uniform(-1, 1, count))

    stumps = Stage(-2.0, tuple(Tree((node(0, -1),), leaves(2)) for _ in range(60)))
    trees = Stage(-1.0, tuple(Tree((node(1, 2), node(0, -1), node(-2, -3)), leaves(4)) for _ in range(60)))
    for stage in (stumps, trees):
        (only,) = agreement(Cascade(20, 20, "all", (stage,)), samples)
        assert only.same == 1
        assert 100 < only.accepted < 900
        assert only.largest_gap < 1e-4


@pytest.mark.slow
def test_a_small_training_takes_seconds_and_opencv_runs_its_result(tmp_path: Path, capsys: Capture) -> None:
    """200 positives, four stages, all from the command line; then the windows of both programs compared."""
    positives, negatives = write_faces(tmp_path / "faces", 200), write_textures(tmp_path / "none", 12)
    out = tmp_path / "out"
    samples = ("-p", positives, "-n", negatives, "--num-pos", "190", "--num-neg", "200")
    command = ("train", "cascade", *samples, "--out", out)
    done = videmo(*command, "--stages", "4", "--max-false-alarm", "0.4", "--features", "basic")
    assert done.returncode == 0, done.stderr
    assert "stage 1/4: done" in done.stdout
    assert "hit rate" in done.stdout
    assert "left" in done.stdout
    cascade = read_cascade(out / "cascade.xml")
    assert len(cascade.stages) == 4
    assert min(stage.same for stage in agreement(cascade, windows(10_000, 20))) >= 0.999
    image = texture(np.random.default_rng(9), (150, 200))
    image[40:100, 60:120] = face(np.random.default_rng(8), 60)
    loaded = cv2.CascadeClassifier(str(out / "cascade.xml"))
    boxes = loaded.detectMultiScale(image, 1.1, 3)
    assert any(abs(x - 60) < 20 and abs(y - 40) < 20 and 40 < w < 90 for x, y, w, h in boxes)
    code, _, _ = run(capsys, "cascade", "show", out / "cascade.xml", "--out", tmp_path / "shown.png")
    assert code == 0
    assert cv2.imread(str(tmp_path / "shown.png")) is not None
    code, _, errors = run(capsys, *command, "--stages", "4", "--features", "core")
    assert code == 2
    assert "training run with other samples or settings" in errors


@pytest.mark.slow
def test_a_name_that_ends_in_xml_is_the_file(material: Material, tmp_path: Path) -> None:
    named = tmp_path / "new" / "mine.xml"
    first = train_cascade(material, named, settings_of(stages=1), 10**9, serial_map, lambda _: None, pytest.fail)
    assert read_cascade(named) == first
    assert sorted(path.name for path in named.parent.iterdir()) == ["mine.training.json", "mine.xml"]
    said: list[str] = []
    again = train_cascade(material, named, settings_of(stages=2), 10**9, serial_map, said.append, pytest.fail)
    assert said[0] == "resuming after stage 1"
    assert again.stages[0] == first.stages[0]
    (tmp_path / "foreign.xml").write_bytes(named.read_bytes())
    with pytest.raises(UsageError, match=r"foreign\.xml: comes from a training run with other samples or settings"):
        train_cascade(
            material, tmp_path / "foreign.xml", settings_of(), 10**9, serial_map, lambda _: None, pytest.fail
        )  # fmt: skip
    assert (tmp_path / "foreign.xml").read_bytes() == named.read_bytes()
    (tmp_path / "former.xml").mkdir()
    assert place_of(tmp_path / "former.xml").cascade == tmp_path / "former.xml" / "cascade.xml"


@pytest.mark.slow
@pytest.mark.parametrize("depth", [1, 2])
def test_stages_keep_their_promises(material: Material, tmp_path: Path, depth: int) -> None:
    settings = settings_of(max_depth=depth)
    cascade = train_cascade(material, tmp_path, settings, 10**9, serial_map, lambda _: None, pytest.fail)
    assert read_cascade(tmp_path / "cascade.xml") == cascade
    assert {len(tree.nodes) for stage in cascade.stages for tree in stage.trees} <= ({1} if depth == 1 else {1, 2, 3})
    state = json.loads((tmp_path / "training.json").read_text())
    assert len(state["stages"]) == len(cascade.stages)
    for row in state["stages"]:
        assert row["hit_rate"] >= 0.995
        assert row["false_alarms"] <= 0.4 or row["weak_classifiers"] == 100
    passed = stages_passed(plan(cascade), windows_of_samples(material.positives[:180], tilted=False))
    assert (passed == len(cascade.stages)).mean() >= 0.995 ** len(cascade.stages) - 0.01


@pytest.mark.slow
def test_the_result_depends_neither_on_jobs_nor_memory_nor_interruptions(material: Material, tmp_path: Path) -> None:
    def silent(_: str) -> None: ...

    class PowerCut(Exception):
        """Ends a training in the middle."""

    def cut_after_two(line: str) -> None:
        if line.startswith("stage 2/3: done"):
            raise PowerCut

    settings = settings_of()
    train_cascade(material, tmp_path / "plain", settings, 10**9, serial_map, silent, silent)
    train_cascade(material, tmp_path / "jobs", settings, 10**9, Threads(3), silent, silent)
    lines: list[str] = []
    train_cascade(material, tmp_path / "memory", settings, 0, Threads(2), lines.append, silent)
    assert any("100% of the sorted samples are on disk" in line for line in lines)
    with pytest.raises(PowerCut):
        train_cascade(material, tmp_path / "cut", settings, 10**9, serial_map, cut_after_two, silent)
    train_cascade(material, tmp_path / "cut", settings, 10**9, serial_map, lines.append, silent)
    assert "resuming after stage 2" in lines
    train_cascade(material, tmp_path / "more", settings_of(stages=1), 10**9, serial_map, silent, silent)
    train_cascade(material, tmp_path / "more", settings, 10**9, serial_map, silent, silent)
    plain = (tmp_path / "plain" / "cascade.xml").read_bytes()
    for name in ("jobs", "memory", "cut", "more"):
        assert (tmp_path / name / "cascade.xml").read_bytes() == plain, name


@pytest.mark.slow
def test_negatives_that_run_out_end_training_with_a_sentence(tmp_path: Path, capsys: Capture) -> None:
    positives, negatives = write_faces(tmp_path / "faces", 60), write_textures(tmp_path / "none", 1)
    command = ("train", "cascade", "-p", positives, "-n", negatives, "--width", "8", "--height", "8")
    limits = ("--stages", "30", "--num-neg", "2500", "--max-false-alarm", "0.2", "--max-weak", "10")
    code, told, errors = run(capsys, *command, "--out", tmp_path / "out", *limits)
    assert code == 0, errors
    assert "negatives.txt: negatives have run out" in told
    assert 1 <= len(read_cascade(tmp_path / "out" / "cascade.xml").stages) < 30


@pytest.mark.slow
def test_bad_negatives_are_named_and_training_goes_on(tmp_path: Path, capsys: Capture) -> None:
    positives, negatives = write_faces(tmp_path / "faces", 40), write_textures(tmp_path / "none", 3)
    cv2.imwrite(str(tmp_path / "none" / "tiny.png"), np.zeros((5, 5), np.uint8))
    negatives.write_text(negatives.read_text() + "gone.png\nnegatives.txt\ntiny.png\n")
    command = ("train", "cascade", "-p", positives, "-n", negatives, "--width", "12", "--height", "12")
    few = ("--stages", "2", "--num-neg", "100")
    code, _, errors = run(capsys, *command, "--out", tmp_path / "out", *few)
    assert code == 0, errors
    assert errors.count("negatives.txt, line 4: ") == 1, "told once, though each stage meets it"
    assert "gone.png: no such picture" in errors
    assert "negatives.txt, line 5: " in errors
    assert "not a picture that OpenCV can read" in errors
    assert "tiny.png: 5×5 px are smaller than the window of 12×12" in errors
    negatives.write_text("gone.png\n")
    code, _, errors = run(capsys, *command, "--out", tmp_path / "other", *few)
    assert code == 1
    assert "none of its pictures can be used" in errors
    (tmp_path / "empty.txt").write_text("")
    code, _, errors = run(capsys, *command[:4], "-n", tmp_path / "empty.txt", "--out", tmp_path / "other")
    assert code == 1
    assert "empty.txt: no pictures are listed" in errors
    flat = tmp_path / "flat"
    flat.mkdir()
    cv2.imwrite(str(flat / "flat.png"), np.full((60, 60), 80, np.uint8))
    (flat / "positives.txt").write_text("flat.png 1 5 5 40 40\n")
    code, _, errors = run(capsys, "train", "cascade", "-p", flat / "positives.txt", *command[4:], "--out", flat / "o")
    assert code == 1
    assert "so flat that OpenCV" in errors


@pytest.mark.parametrize(
    "options", [("--memory", "lots"), ("--memory", "100MB"), ("--features", "lbp"), ("--max-depth", "3")]
)
def test_settings_out_of_range_are_refused(options: tuple[str, str], tmp_path: Path, capsys: Capture) -> None:
    code, *_ = run(capsys, "train", "cascade", "-p", "a.vec", "-n", "b.txt", "--out", tmp_path, *options)
    assert code == 2


def test_files_that_are_no_cascades_are_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such file"):
        read_cascade(tmp_path / "none.xml")
    for content, told in (
        ("text", "cannot be read as XML"),
        ("<opencv_storage/>", "not a cascade"),
        ("<o><cascade><featureType>LBP</featureType></cascade></o>", "features are LBP"),
        (
            "<o><cascade><featureType>HAAR</featureType><stageType>BOOST</stageType></cascade></o>",
            "damaged cascade",
        ),
    ):
        (tmp_path / "bad.xml").write_text(content)
        with pytest.raises(DatasetError, match=rf"bad\.xml: .*{told}"):
            read_cascade(tmp_path / "bad.xml")


A_CASCADE = """<opencv_storage><cascade><stageType>BOOST</stageType><featureType>HAAR</featureType>
<height>20</height><width>20</width><stages><_><stageThreshold>-0.5</stageThreshold><weakClassifiers><_>
<internalNodes>1 -2 0 0.25 0 -1 0 0.5</internalNodes><leafValues>-1.0 0.5 1.0</leafValues></_></weakClassifiers></_>
</stages><features><_><rects><_>0 0 10 10 -1.</_><_>5 0 5 10 2.</_></rects><tilted>0</tilted></_></features>
</cascade></opencv_storage>"""
"""A cascade of one tree with two nodes."""


def test_a_small_cascade_is_read(tmp_path: Path) -> None:
    (tmp_path / "small.xml").write_text(A_CASCADE)
    cascade = read_cascade(tmp_path / "small.xml")
    assert (cascade.width, cascade.height, len(cascade.stages)) == (20, 20, 1)
    assert len(cascade.stages[0].trees[0].nodes) == 2


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("<width>20", "<width>0", "its window is 0×20"),
        ("<height>20", "<height>-3", "its window is 20×-3"),
        ("<width>20", "<width>4097", "its window is 4097×20"),
        ("-0.5</stageT", "nan</stageT", "a number in it is not finite"),
        ("-0.5</stageT", "1e999</stageT", "a number in it is not finite"),
        ("-1.0 0.5 1.0", "-1.0 inf 1.0", "a number in it is not finite"),
        ("0 0.25 0", "0 1e60 0", "a number in it is not finite"),
        ("10 -1.", "10 nan", "a number in it is not finite"),
        ("1 -2 0 0.25 0 -1 0 0.5", "", "it has no <internalNodes>"),
        ("1 -2 0 0.25 0 -1 0 0.5", "1 -2", "is shorter than"),
        ("1 -2 0 0.25", "7 -2 0 0.25", "a tree leads nowhere"),
        ("1 -2 0 0.25", "1 -3 0 0.25", "a tree leads nowhere"),
        ("0 -1 0 0.5", "1 -1 0 0.5", "a tree leads nowhere"),
        ("1 -2 0 0.25", "1 -2 -1 0.25", "feature -1"),
        ("1 -2 0 0.25", "1 -2 1 0.25", "out of range"),
        ("0 0 10 10", "-1 0 10 10", "a rectangle outside of the window"),
        ("0 0 10 10", "0 0 10 5000", "a rectangle outside of the window"),
    ],
)
def test_a_cascade_that_cannot_be_searched_with_is_refused(was: str, becomes: str, told: str, tmp_path: Path) -> None:
    assert A_CASCADE.count(was) == 1
    (tmp_path / "bad.xml").write_text(A_CASCADE.replace(was, becomes))
    with pytest.raises(DatasetError, match=rf"bad\.xml: a damaged cascade .*{told}"):
        read_cascade(tmp_path / "bad.xml")


def test_a_cascade_in_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_text('<?xml version="1.0" encoding="klingon"?>' + A_CASCADE)
    with pytest.raises(DatasetError, match=r"bad\.xml: cannot be read as XML"):
        read_cascade(tmp_path / "bad.xml")
