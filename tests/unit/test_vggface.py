"""A teacher that knows faces: how its network is read, begun and trained, and how broad goes on with it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from faces_on_disk import smooth_faces
from videmo.cli.app import app
from videmo.errors import DatasetError, UsageError, WeightsError
from videmo.training.classifier import broad_refining
from videmo.training.classifier.broad_data import BroadData
from videmo.training.classifier.broad_refining import RefiningSettings, refine_broad
from videmo.training.classifier.datasets.framed import with_context
from videmo.training.classifier.mixture import LessonSet
from videmo.training.classifier.mixture_fit import MixtureSettings
from videmo.training.classifier.vggface import BLOCKS, GRAPH, HALVING, MEANS, SIDE, VggfaceTeacher, vggface_network
from videmo.training.classifier.vggface_training import VggfaceSettings, train_vggface
from videmo.training.common.tfjs import read_weights
from videmo.weights.listing import known_card

pytestmark = [pytest.mark.filterwarnings("ignore")]  # TensorFlow and Keras warn of their own doings
WITHOUT_TORCH = "the teacher is trained with the extra 'vggface'"
WIDTHS = (32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)


def write_graph(path: Path, arrays: dict[str, np.ndarray], stored: dict[str, str] | None = None) -> Path:
    """Write a graph model as TensorFlow.js does."""
    described, content = [], b""
    for name, values in arrays.items():
        one: dict[str, Any] = {"name": name, "shape": list(values.shape), "dtype": str(values.dtype)}
        kind = (stored or {}).get(name)
        if kind:
            one["quantization"] = {"dtype": kind}
        described.append(one)
        content += values.astype("uint8" if kind == "uint8" else kind or values.dtype).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    manifest = [{"paths": [f"{path.stem}.bin"], "weights": described}]
    path.write_text(json.dumps({"format": "graph-model", "weightsManifest": manifest}), encoding="utf-8")
    path.with_suffix(".bin").write_bytes(content)
    return path


def mobile() -> dict[str, np.ndarray]:
    """Arrays of a network of that shape, at random."""
    rng = np.random.default_rng(4)

    def values(*shape: int, scale: float) -> np.ndarray:
        return rng.normal(0, scale, shape).astype(np.float32)

    arrays = {
        "conv1/convolution/merged_input": values(3, 3, 3, 32, scale=0.01),
        "conv1_bn/batchnorm_1/sub": values(32, scale=0.3),
    }
    for place in range(1, BLOCKS + 1):
        inputs, outputs = WIDTHS[place - 1 : place + 1]
        arrays |= {
            f"conv_dw_{place}/depthwise_kernel": values(3, 3, inputs, 1, scale=0.4),
            f"conv_dw_{place}_bn/batchnorm_1/mul": 1 + values(1, 1, 1, inputs, scale=0.1),
            f"conv_dw_{place}_bn/batchnorm_1/sub": values(inputs, scale=0.3),
            f"conv_pw_{place}/convolution/merged_input": values(1, 1, inputs, outputs, scale=(2 / inputs) ** 0.5),
            f"conv_pw_{place}_bn/batchnorm_1/sub": values(outputs, scale=0.3),
        }
    return arrays


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of the npm package."""
    folder = tmp_path_factory.mktemp("human-models")
    write_graph(folder / GRAPH, mobile())
    return folder


def lesson(name: str, labels: list[int], draws: int, seed: int = 1) -> LessonSet:
    """A set of faces with sure labels, which their brightness tells."""
    images = np.stack([with_context(image) for image in smooth_faces(len(labels), seed)]) // 4
    images = images + np.array(labels, np.uint8)[:, None, None] * 25
    return LessonSet(name, images, np.eye(7, dtype=np.float32)[labels], draws)


def test_weights_of_a_graph_model_are_read_as_they_are_stored(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([7], np.int32), "c": np.float32([0.5])}
    found = read_weights(write_graph(tmp_path / "net.json", arrays, {"c": "float16"}))
    for name, values in arrays.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype


def test_what_is_no_graph_model_is_refused(tmp_path: Path) -> None:
    path = write_graph(tmp_path / "net.json", {"a": np.ones(8, np.float32)})
    path.with_suffix(".bin").write_bytes(b"1234")
    with pytest.raises(DatasetError, match=r"its weights end within a\. Install the package again"):
        read_weights(path)
    path.with_suffix(".bin").unlink()
    with pytest.raises(DatasetError, match="No such file"):
        read_weights(path)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(DatasetError, match="no weights are described"):
        read_weights(path)
    quantised = write_graph(tmp_path / "other.json", {"a": np.ones(8, np.float32)}, {"a": "uint8"})
    with pytest.raises(DatasetError, match="a is stored as uint8"):
        read_weights(quantised)


def test_without_torch_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UsageError, match=r"torch: not installed\. Install it with: .*vggface"):
        refine_broad(tmp_path, tmp_path / "out", "broad", tmp_path, RefiningSettings(), "2026-01-02", print)


def test_it_is_for_broad_alone() -> None:
    said = CliRunner().invoke(app, ["train", "classifier", "founding", "--vggface", "models"])
    assert isinstance(said.exception, UsageError)
    assert str(said.exception) == "founding: a network that knows faces is for broad. Omit --vggface."


@pytest.mark.slow
def test_the_network_begins_as_it_was_stored(package: Path) -> None:
    pytest.importorskip("torch", reason=WITHOUT_TORCH)
    tf = pytest.importorskip("tensorflow", reason="training needs the extra 'train'")
    import torch

    def padded(values: Any) -> Any:
        return tf.pad(values, ((0, 0), (0, 1), (0, 1), (0, 0)))

    crops, known = smooth_faces(12, 3), mobile()
    network = vggface_network(package, crops).eval()
    with torch.no_grad():
        said = network[:-2](torch.from_numpy(crops.astype(np.float32))[:, None]).numpy()
    values = tf.image.resize(crops.astype(np.float32)[..., None], (SIDE, SIDE)) - np.float32(MEANS)
    values = tf.nn.conv2d(padded(values), known["conv1/convolution/merged_input"], 2, "VALID")
    values = tf.nn.relu6(values + known["conv1_bn/batchnorm_1/sub"])
    for place in range(1, BLOCKS + 1):
        halving, name = place in HALVING, f"conv_dw_{place}"
        step, padding = (2, "VALID") if halving else (1, "SAME")
        values = padded(values) if halving else values
        values = tf.nn.depthwise_conv2d(values, known[f"{name}/depthwise_kernel"], [1, step, step, 1], padding)
        values = values * known[f"{name}_bn/batchnorm_1/mul"] + known[f"{name}_bn/batchnorm_1/sub"]
        name = f"conv_pw_{place}"
        values = tf.nn.conv2d(tf.nn.relu6(values), known[f"{name}/convolution/merged_input"], 1, "SAME")
        values = tf.nn.relu6(values + known[f"{name}_bn/batchnorm_1/sub"])
    np.testing.assert_allclose(said, values.numpy().mean(axis=(1, 2)), atol=2e-3)


@pytest.mark.slow
def test_a_package_without_the_network_is_refused(package: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason=WITHOUT_TORCH)
    with pytest.raises(DatasetError, match=r"faceres-deep\.json"):
        vggface_network(tmp_path, smooth_faces(2, 1))
    write_graph(tmp_path / GRAPH, {"conv1/convolution/merged_input": np.ones((3, 3, 3, 32), np.float32)})
    with pytest.raises(DatasetError, match="conv1_bn/batchnorm_1/sub is not in it"):
        vggface_network(tmp_path, smooth_faces(2, 1))


@pytest.mark.slow
def test_the_teacher_learns_and_goes_on_where_it_was_interrupted(package: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason=WITHOUT_TORCH)
    sets = [lesson("one", [0, 1, 2, 3, 4] * 8, 0), lesson("two", [1, 5, 6] * 4, 0, seed=2)]
    settings = VggfaceSettings(epochs=3, batch_size=8, average=0.5, draws={"one": 32, "two": 16})

    def stop(line: str) -> None:
        if line.startswith("epoch 2/"):
            raise KeyboardInterrupt

    inputs = ((sets[0].images[:5, 8:56, 8:56].astype(np.float32) - 128) / 128)[..., None]
    whole = train_vggface(package, sets, tmp_path / "whole", settings, lambda line: None)
    with pytest.raises(KeyboardInterrupt):
        train_vggface(package, sets, tmp_path / "parts", settings, stop)
    told: list[str] = []
    parts = train_vggface(package, sets, tmp_path / "parts", settings, told.append)
    assert [line.split("  ")[0] for line in told] == ["epoch 3/3"]
    assert whole.predict_on_batch(inputs).shape == (5, 7)
    np.testing.assert_allclose(whole.predict_on_batch(inputs), parts.predict_on_batch(inputs), atol=0.05)
    with pytest.raises(UsageError, match="other settings"):
        train_vggface(package, sets, tmp_path / "parts", replace(settings, epochs=4), print)


@pytest.mark.slow
def test_broad_goes_on_with_what_both_say(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("keras", reason="training needs the extra 'train'")
    sets = tuple(lesson(name, [*range(7)] * 20, 64, seed) for seed, name in enumerate(("ferplus", "rafdb"), 1))
    held = {one.name: (one.images[:28, 8:56, 8:56], one.targets[:28].argmax(axis=1)) for one in sets}
    data = BroadData(sets, sets[0].images[:40], ("webfaces",), held, 3)
    asked: list[Any] = []

    class Teacher:
        def predict_on_batch(self, inputs: np.ndarray) -> np.ndarray:
            asked.append(inputs.shape)
            return np.zeros((len(inputs), 7), np.float32)

    def trained(folder: Path, lessons: Any, work: Path, *_: Any) -> Teacher:
        assert folder == package
        assert [one.name for one in lessons] == ["ferplus", "rafdb"]
        assert work.name == "vggface"
        return Teacher()

    monkeypatch.setattr(broad_refining, "require_torch", lambda: None)
    monkeypatch.setattr(broad_refining, "broad_data", lambda *_: data)
    monkeypatch.setattr(broad_refining, "train_vggface", trained)
    draws = {"ferplus": 64, "rafdb": 64, "unlabelled": 32}
    settings = RefiningSettings(pupil=MixtureSettings(epochs=1, peak_learning_rate=1e-4, seed=3), draws=draws)

    def refined(begin_with: str) -> Path:
        return refine_broad(tmp_path, tmp_path / "out", begin_with, package, settings, "2026-01-02", lambda line: None)

    written = refined("broad")
    assert len(asked) == 2 * 3, "each set and the faces without labels, and their mirror images"
    card = json.loads(written.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["name"] == "broad"
    assert card["outputs"][5:] == ["fear", "disgust"]
    known = known_card("broad")["made"][:-1]
    assert card["made"][: len(known)] == known, "what it began with was made before"
    assert "then trained on, from broad as it was" in card["made"][-3]
    assert "VGGFace2" in card["made"][-3]
    assert card["made"][-2].startswith("1 epochs of 160 faces, seed 3; the mean opinion of that teacher and of broad")
    assert any("VGGFace2" in source for source in card["terms"])
    assert (written.parent / "broad.md").is_file()
    with pytest.raises(WeightsError, match="layers are not those of broad"):
        refined("ferplus")
    with pytest.raises(DatasetError, match="human-models"):
        refine_broad(tmp_path, tmp_path / "out", "broad", tmp_path, settings, "2026-01-02", print)


def test_the_teacher_is_asked_like_a_network_of_keras() -> None:
    pytest.importorskip("torch", reason=WITHOUT_TORCH)
    import torch

    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48 * 48, 7))
    assert VggfaceTeacher(network).predict_on_batch(np.zeros((3, 48, 48, 1), np.float32)).shape == (3, 7)
