"""Each set is left out of training in turn, and all are measured on every set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faces_on_disk import smooth_faces
from videmo.training.classifier import transfer
from videmo.training.classifier.broad_data import LabelledSets, Scored
from videmo.training.classifier.datasets.framed import with_context
from videmo.training.classifier.mixture import LessonSet

NAMES = ("ferplus", "rafdb", "affectnet", "ckplus")


class Bright:
    """In place of a network: names the word that the brightness of a face stands for, sadness only once it knows it."""

    def __init__(self) -> None:
        self.knows: tuple[str, ...] = ()

    def predict_on_batch(self, inputs: np.ndarray) -> np.ndarray:
        _, place = np.unique(np.round(inputs.mean(axis=(1, 2, 3)), 4), return_inverse=True)
        place[(place == 2) & ("rafdb" not in self.knows)] = 0
        return np.eye(7)[place]


@pytest.fixture
def sets() -> LabelledSets:
    labels = np.repeat(np.arange(5), 4)
    crops = np.full((20, 48, 48), 128, np.uint8) + ((labels - 2) * 32).astype(np.int64)[:, None, None]
    test: dict[str, Scored] = {name: (crops.astype(np.uint8), labels) for name in NAMES}
    # Fear is no word of the five.
    test["rafdb"] = np.concatenate([test["rafdb"][0], test["rafdb"][0][:1]]), np.append(labels, 5)
    images = np.stack([with_context(image) for image in smooth_faces(5, 1)])
    lessons = tuple(LessonSet(name, images, np.eye(7, dtype=np.float32)[:5], 8) for name in NAMES)
    return LabelledSets(lessons, crops.astype(np.uint8), test, test, 0)


def test_each_set_is_left_out_in_turn_and_measured_all_the_same(
    sets: LabelledSets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: dict[str, tuple[list[str], list[str]]] = {}

    def fit(network: Bright, lessons: Any, validation: Any, folder: Path, *_: Any) -> Bright:
        network.knows = tuple(one.name for one in lessons)
        chosen[folder.name] = [one.name for one in lessons], list(validation)
        return network

    monkeypatch.setattr(transfer, "fit_mixture", fit)
    found = transfer.measure_transfer(sets, lambda lessons: Bright(), tmp_path, transfer.SETTINGS, lambda line: None)
    assert list(found) == [transfer.ALL, *NAMES]
    assert chosen[transfer.ALL] == (list(NAMES), list(NAMES))
    for name in NAMES:
        kept = [other for other in NAMES if other != name]
        assert chosen[name] == (kept, kept), "neither learned from nor chosen by"
    assert found[transfer.ALL]["rafdb"] == {"faces": 20, "accuracy": 1.0, "balanced": 1.0, "lowest": 1.0}
    assert found["rafdb"]["rafdb"] == {"faces": 20, "accuracy": 0.8, "balanced": 0.8, "lowest": 0.0}
    page = transfer.transfer_page(found, transfer.SETTINGS, "a machine", "the command")
    assert "| left out of training | FER+ (20) | RAF-DB (20) | AffectNet and FFHQ (20) | CK+ (20) |" in page
    assert "| RAF-DB | 80.0 % | **80.0 %** | 80.0 % | 80.0 % |" in page
    assert "| nothing | 100.0 % | 100.0 % | 100.0 % | 100.0 % |" in page
