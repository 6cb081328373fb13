"""Training of the face detector, on pictures made by hand: scenes, assignment of cells, resuming, export."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from runs import videmo
from videmo.errors import DatasetError, UsageError, WeightsError
from videmo.faces.grid import STRIDES, centres, real_range
from videmo.records import Detection
from videmo.training.common.pictures import Picture, held_out, read_backgrounds, read_web
from videmo.training.detector.fit import DetectorFitSettings, make_batch
from videmo.training.detector.label import box_of_points, with_teacher, without_suspects
from videmo.training.detector.mining import with_mistakes
from videmo.training.detector.scenes import SMALLEST_PX, make_scene
from videmo.training.detector.tables import marked_portrait, read_masks, read_wider
from videmo.training.detector.teacher import Marked, Teacher
from videmo.weights import Weights
from videmo.weights.litert import load_network

pytestmark = [pytest.mark.filterwarnings("ignore")]  # TensorFlow and Keras warn of their own doings
POINTS = np.array([(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)], np.float32)
SHARES = (0.8, 0.2)


def picture(seed: int, faces: int = 1) -> Picture:
    """Disks with dark eyes and mouth on noise; nobody would take them for faces, but a network can learn them."""
    rng = np.random.default_rng(seed)
    image = rng.integers(90, 120, (160, 200)).astype(np.uint8)
    boxes = []
    for number in range(faces):
        size = int(rng.integers(40, 60))
        x, y = int(rng.integers(5, 30)) + 100 * number, int(rng.integers(5, 160 - size - 10))
        cv2.ellipse(image, (x + size // 2, y + size // 2), (size // 2, size // 2), 0, 0, 360, 210, -1)
        for across, down in POINTS:
            cv2.circle(image, (round(x + across * size), round(y + down * size)), max(2, size // 12), 20, -1)
        boxes.append((x, y, size, size))
    table = np.array(boxes, np.float32).reshape(-1, 4)
    landmarks = table[:, None, :2] + POINTS[None] * table[:, None, 2:]
    return Picture(image, table, landmarks.astype(np.float32), np.zeros(len(table), bool))


@pytest.fixture(scope="module")
def sources() -> list[list[Picture]]:
    """Pictures with one or two disks, and without any."""
    return [[picture(seed, 1 + seed % 2) for seed in range(30)], [picture(seed, 0) for seed in range(100, 110)]]


def test_scenes_depend_on_seed_and_step_alone(sources: list[list[Picture]]) -> None:
    settings = DetectorFitSettings(batch_size=3, scene_px=96, shares=SHARES)
    make_batch(sources, settings, 4)
    one, other = make_batch(sources, settings, 5), make_batch(sources, settings, 5)
    np.testing.assert_array_equal(one.inputs, other.inputs)
    np.testing.assert_array_equal(one.boxes, other.boxes)
    assert not np.array_equal(one.inputs, make_batch(sources, settings, 6).inputs)


def test_boxes_and_landmarks_of_a_scene_lie_on_its_faces(sources: list[list[Picture]]) -> None:
    rng = np.random.default_rng(0)
    seen = 0
    for _ in range(60):
        scene = make_scene(sources, SHARES, 128, rng)
        assert scene.image.shape == (128, 128)
        for box, points, ignored in zip(scene.boxes, scene.landmarks, scene.ignore):
            assert box[:2].min() >= 0
            assert (box[:2] + box[2:]).max() <= 128.01
            inside = (points >= 1).all() and (points <= 126).all()
            if ignored or not inside or box[3] < 30:
                continue
            assert points[0, 0] < points[1, 0], "the subject's right eye is on the picture's left, mirrored or not"
            assert points[3, 0] < points[4, 0]
            seen += 1
    assert seen > 20


def test_small_faces_are_neither_to_be_found_nor_mistakes() -> None:
    tiny = Picture(
        np.full((400, 400), 100, np.uint8),
        np.array([[200, 200, 6, 6]], np.float32),
        np.full((1, 5, 2), np.nan, np.float32),
        np.zeros(1, bool),
    )
    rng = np.random.default_rng(0)
    scenes = [make_scene([[tiny]], (1.0,), 128, rng) for _ in range(40)]
    assert all(ignored == (box[3] < SMALLEST_PX) or ignored for s in scenes for box, ignored in zip(s.boxes, s.ignore))
    assert any(s.ignore.any() for s in scenes)


@pytest.mark.slow
def test_the_loss_is_least_when_the_face_is_found() -> None:
    pytest.importorskip("tensorflow")
    from videmo.training.detector.loss import detection_loss

    box, size = np.array([20.0, 24.0, 32.0, 32.0], np.float32), 96
    marks = (box[:2] + POINTS * box[2:]).reshape(1, 1, 10).astype(np.float32)

    def loss(sure: float, shift: float) -> float:
        outputs: list[Any] = []
        for stride in STRIDES:
            points = centres(size, size, stride)
            near = np.abs(points - (box[:2] + box[2:] / 2)).max(axis=1) < 1.5 * stride
            logits = np.where(near & (stride == 8), sure, -6.0)
            left_top = points - (box[:2] + shift)
            reach = np.concatenate([left_top, box[2:] - left_top], axis=1) / stride
            offsets = (marks.reshape(5, 2) - points[:, None]).reshape(-1, 10) / stride
            grid = (1, size // stride, size // stride, -1)
            outputs += [part.reshape(grid).astype(np.float32) for part in (logits, reach, offsets)]
        kinds = np.ones((1, 1), np.float32)
        return float(detection_loss(outputs, box.reshape(1, 1, 4), kinds, marks, size)[0])

    assert loss(4.0, 0.0) < loss(-4.0, 0.0)
    assert loss(4.0, 0.0) < loss(4.0, 6.0)


@pytest.mark.slow
def test_training_resumes_and_exports(sources: list[list[Picture]], tmp_path: Path) -> None:
    """An interrupted training goes on where it was; the float and the int8 file say what the network says."""
    pytest.importorskip("tensorflow")
    from videmo.training.detector.export import for_inference, to_float, to_int8
    from videmo.training.detector.fit import fit_detector
    from videmo.training.detector.network import face_network

    def small() -> Any:  # as deep as another one would be traced for half a minute, and learn the same way
        return face_network(blocks=(1, 1, 1))

    settings = DetectorFitSettings(epochs=3, steps=4, batch_size=4, scene_px=96, shares=SHARES, average=0.9)
    lines: list[str] = []

    class Interrupted(Exception):
        """Stands for a power cut."""

    def stop_after_two(line: str) -> None:
        lines.append(line)
        if line.startswith("epoch 2/"):
            raise Interrupted

    with pytest.raises(Interrupted):
        fit_detector(small(), sources, tmp_path, settings, stop_after_two)
    network = fit_detector(small(), sources, tmp_path, settings, lines.append)
    assert lines[2] == "resuming after epoch 2 of 3"
    assert lines[3].startswith("epoch 3/3")
    with pytest.raises(UsageError, match="training run with other settings"):
        fit_detector(small(), sources, tmp_path, DetectorFitSettings(epochs=4), lines.append)

    inference = for_inference(network)
    samples = np.concatenate([make_batch(sources, settings, 1000 + n).inputs for n in range(5)])
    exact = outputs_of(to_float(inference), samples[0])
    rounded = outputs_of(to_int8(inference, samples), samples[0])
    trained = [np.asarray(level) for level in network(samples[:1], training=False)]
    middle, half = real_range()
    for place, (one, other) in enumerate(zip(exact, rounded, strict=True)):
        kept = np.concatenate(trained[3 * place : 3 * place + 3], axis=-1)
        np.testing.assert_allclose(one, np.clip((kept - middle) / half, -1, 1), atol=1e-4)
        assert np.abs(one - other).mean() < 0.02
        assert np.abs(one - other).max() < 0.15


def outputs_of(content: bytes, picture: np.ndarray) -> list[np.ndarray]:
    """What a network file says of one input, as real numbers."""
    interpreter = load_network(Weights("test", content, ""), (1, *picture.shape))
    source = interpreter.get_input_details()[0]
    values = picture if source["dtype"] == np.float32 else np.round(picture * 128).astype(np.int8)
    interpreter.set_tensor(source["index"], values[None])
    interpreter.invoke()
    found = []
    for detail in interpreter.get_output_details():
        scale, zero_point = detail["quantization"]
        stored = interpreter.get_tensor(detail["index"]).astype(np.float64)
        found.append((stored - zero_point) * scale if scale else stored)
    return found


def table(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write a parquet table."""
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


def encoded(shape: tuple[int, int] = (40, 50)) -> bytes:
    """A gray picture as it is stored."""
    return bytes(cv2.imencode(".png", np.full(shape, 77, np.uint8))[1])


def test_tables_of_pictures_are_read(tmp_path: Path) -> None:
    wider = table(
        tmp_path / "wider.parquet",
        [
            {"split": "train", "image": encoded(), "boxes": [[1, 2, 10, 12], [0, 0, 0, 5]], "invalid": [0, 0]},
            {"split": "validation", "image": encoded(), "boxes": [], "invalid": []},
        ],
    )
    (only,) = read_wider(wider, "train")
    assert only.boxes.tolist() == [[1, 2, 10, 12], [0, 0, 0, 5]]
    assert only.ignore.tolist() == [False, True], "a box without extent is none to find"
    assert read_wider(wider, "validation")[0].boxes.shape == (0, 4)
    rows = [{"name": f"{n}.jpg", "image": encoded(), "points": [[30, 10, 20, 10, 25, 15, 25, 20]]} for n in range(40)]
    web = table(tmp_path / "web.parquet", rows)
    kept, trained = read_web(web, evaluation=True), read_web(web, evaluation=False)
    assert len(kept) + len(trained) == 40
    assert len(kept) == sum(held_out(row["name"]) for row in rows) > 0
    assert trained[0][1][0].tolist() == [[20, 10], [30, 10], [25, 15], [25, 20]], "the eye on the left comes first"
    empty = table(tmp_path / "backgrounds.parquet", [{"split": "train", "image": encoded()}])
    assert len(read_backgrounds(empty, "train")[0].boxes) == 0


def test_bad_tables_are_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"none\.parquet: no such file"):
        read_backgrounds(tmp_path / "none.parquet", "train")
    (tmp_path / "text.parquet").write_text("not parquet")
    with pytest.raises(DatasetError, match=r"text\.parquet: cannot be read as a parquet table"):
        read_backgrounds(tmp_path / "text.parquet", "train")
    lacking = table(tmp_path / "lacking.parquet", [{"split": "train", "picture": encoded()}])
    with pytest.raises(DatasetError, match=r"lacking\.parquet.*image"):
        read_backgrounds(lacking, "train")
    broken = table(tmp_path / "broken.parquet", [{"split": "train", "image": b"no picture"}])
    with pytest.raises(DatasetError, match=r"broken\.parquet, row 0: the picture cannot be decoded"):
        read_backgrounds(broken, "train")


def test_a_missing_or_wrong_teacher_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="videmo models pull yunet"):
        Teacher(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(DatasetError, match=r"text\.onnx: OpenCV cannot read it"):
        Teacher(tmp_path / "text.onnx")


def test_a_box_is_guessed_around_eyes_nose_and_mouth() -> None:
    face = np.array([[40, 40], [60, 40], [50, 52], [50, 62]], np.float32)
    x, y, w, h = box_of_points(face).tolist()
    assert x < 40 < 60 < x + w
    assert y < 40 < 62 < y + h
    assert w < h


@pytest.mark.slow
def test_training_without_data_or_teacher_says_what_is_missing(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    done = videmo("train", "detector", "--data", tmp_path, "--teacher", tmp_path / "y.onnx", "--out", tmp_path / "o")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "y.onnx: no such file" in done.stderr or "no such file" in done.stderr


class Fixed:
    """A teacher or detector that always says the same."""

    def __init__(self, boxes: list[tuple[float, ...]], scores: list[float]) -> None:
        self._marked = Marked(
            np.array(boxes, np.float32).reshape(-1, 4),
            np.array([[[x + w / 2, y + h / 2]] * 5 for x, y, w, h in boxes], np.float32).reshape(-1, 5, 2),
            np.array(scores, np.float32),
        )

    def mark(self, image: Any, longest: int = 640) -> Marked:
        return self._marked

    def search(self, luma: Any) -> list[Detection]:
        return [Detection(*box, score) for box, score in zip(self._marked.boxes.tolist(), self._marked.scores.tolist())]


def empty(*boxes: tuple[float, ...]) -> Picture:
    table = np.array(boxes, np.float32).reshape(-1, 4)
    image = np.full((100, 100), 90, np.uint8)
    return Picture(image, table, np.full((len(table), 5, 2), np.nan, np.float32), np.zeros(len(table), bool))


def test_the_teacher_corrects_boxes_and_adds_what_nobody_annotated() -> None:
    teacher: Any = Fixed([(12, 12, 20, 20), (60, 60, 20, 20), (60, 10, 20, 20)], [0.9, 0.8, 0.4])
    labelled = with_teacher(empty((10, 10, 20, 24)), teacher)
    np.testing.assert_array_equal(labelled.boxes, [(12, 12, 20, 20), (60, 60, 20, 20), (60, 10, 20, 20)])
    assert labelled.ignore.tolist() == [False, False, True], "what it only suspects is nobody's mistake"
    np.testing.assert_array_equal(labelled.landmarks[0], [(22, 22)] * 5)


def test_a_suspect_in_a_picture_without_people_is_ignored() -> None:
    suspected = without_suspects(empty(), Fixed([(12, 12, 20, 20), (60, 60, 20, 20)], [0.9, 0.1]))  # type: ignore[arg-type]
    np.testing.assert_array_equal(suspected.boxes, [(12, 12, 20, 20)])
    assert suspected.ignore.all()


def test_a_portrait_that_the_teacher_is_not_sure_of_is_left_out_and_boxes_end_at_its_edges() -> None:
    image = np.full((100, 100), 90, np.uint8)
    assert marked_portrait(image, Fixed([(25, 25, 90, 90)], [0.5])) is None  # type: ignore[arg-type]
    found = marked_portrait(image, Fixed([(35, 15, 80, 130)], [0.9]))  # type: ignore[arg-type]
    assert found is not None
    np.testing.assert_array_equal(found.boxes, [(10, 0, 80, 100)])


def test_only_what_no_annotation_touches_is_a_mistake() -> None:
    searcher = Fixed([(10, 10, 20, 20), (60, 60, 20, 20)], [0.9, 0.3])
    mined = next(with_mistakes([empty((12, 12, 20, 20))], searcher))
    np.testing.assert_array_equal(mined.mistakes, [(60, 60, 20, 20)])


def test_scenes_of_pictures_without_faces_are_cut_around_mistakes() -> None:
    image = np.full((400, 400), 90, np.uint8)
    image[300:330, 50:80] = 255
    spotted = Picture(image, np.zeros((0, 4), np.float32), np.zeros((0, 5, 2), np.float32), np.zeros(0, bool))
    mined = dataclasses.replace(spotted, mistakes=np.array([(50, 300, 30, 30)], np.float32))

    def shown(one: Picture) -> int:
        rng = np.random.default_rng(0)
        return sum(int((make_scene([[one]], (1.0,), 96, rng).image > 180).sum() > 30) for _ in range(40))

    assert shown(mined) > shown(spotted)


def test_masked_faces_are_read_with_their_boxes(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    content = cv2.imencode(".png", np.full((30, 40), 90, np.uint8))[1].tobytes()
    rows = {"image": [content], "boxes": [[[1.0, 2.0, 10.0, 12.0], [3.0, 4.0, 0.5, 9.0]]]}
    pandas.DataFrame(rows).to_parquet(tmp_path / "masks.parquet")
    (found,) = read_masks(tmp_path / "masks.parquet")
    assert found.boxes.tolist() == [[1, 2, 10, 12], [3, 4, 0.5, 9]]
    assert found.ignore.tolist() == [False, True]


@pytest.mark.slow
@pytest.mark.thorough
def test_a_network_begins_with_what_another_one_says(sources: list[list[Picture]]) -> None:
    """The shipped file, its weights in 8 bits, says nearly what the larger one in float says that begins with it."""
    pytest.importorskip("tensorflow")
    from videmo.training.detector.begin import network_like
    from videmo.training.detector.export import for_inference, to_float
    from videmo.weights import load_weights

    settings = DetectorFitSettings(batch_size=4, scene_px=96, shares=SHARES)
    samples = make_batch(sources, settings, 0).inputs
    shipped = load_weights("videmo", "detector").content
    begun = to_float(for_inference(network_like(shipped, samples)))
    for one, other in zip(outputs_of(shipped, samples[0]), outputs_of(begun, samples[0]), strict=True):
        assert np.abs(one - other).mean() < 0.03


@pytest.mark.slow
def test_another_network_cannot_be_begun_with() -> None:
    pytest.importorskip("tensorflow")
    from videmo.training.detector.begin import network_like
    from videmo.weights import load_weights

    with pytest.raises(WeightsError, match="a face network"):
        network_like(load_weights("founding").content, np.zeros((1, 96, 96, 1), np.float32))
