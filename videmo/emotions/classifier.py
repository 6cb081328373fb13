"""Run an emotion network with LiteRT, one face at a time on one thread: the result depends on that face alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from videmo.emotions.contract import FOUNDING, InputContract
from videmo.errors import WeightsError
from videmo.records import EMOTIONS
from videmo.weights import Weights
from videmo.weights.litert import load_network


class EmotionClassifier:
    """A quantised or float LiteRT network over gray face crops."""

    def __init__(self, weights: Weights, contract: InputContract = FOUNDING) -> None:
        """Load a network.

        Raises:
            WeightsError: the file is not a LiteRT network with the contract's input and five outputs.
        """
        self.contract = contract
        self._interpreter = load_network(weights)
        source, result = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
        shapes = tuple(source["shape"]), tuple(result["shape"])
        expected = (1, contract.size, contract.size, 1), (1, len(EMOTIONS))
        if shapes != expected:
            raise WeightsError(f"{weights.name}: shapes {shapes}, expected {expected}. Train it with videmo.")
        if np.dtype(result["dtype"]) != np.float32:
            raise WeightsError(f"{weights.name}: its output is {np.dtype(result['dtype'])}, expected float32.")
        self._input, self._output = source["index"], result["index"]
        self._levels = _input_levels(contract, np.dtype(source["dtype"]), *source["quantization"])

    def predict(self, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the probabilities of the five emotions.

        Args:
            crop: ``(size, size)`` gray, full range, framed as the contract says.

        Returns:
            ``(5,)`` in the order of `EMOTIONS`, adding up to 1 within rounding.
        """
        self._interpreter.set_tensor(self._input, self._levels[crop][None, :, :, None])
        self._interpreter.invoke()
        return np.array(self._interpreter.get_tensor(self._output)[0], dtype=np.float32)


def _input_levels(
    contract: InputContract, dtype: np.dtype[np.generic], scale: float, zero_point: int
) -> npt.NDArray[np.generic]:
    """Table from 8-bit luma to the network's input, so that a crop is converted by one look-up."""
    real = (np.arange(256, dtype=np.float64) - contract.offset) / contract.scale
    if dtype == np.float32:
        return real.astype(np.float32)
    bounds = np.iinfo(dtype)  # type: ignore[type-var]
    return np.clip(np.round(real / scale + zero_point), bounds.min, bounds.max).astype(dtype)
