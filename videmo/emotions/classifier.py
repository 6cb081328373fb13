"""Run an emotion network with LiteRT, one face at a time on one thread: the result depends on that face alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from videmo.config import fingerprint
from videmo.emotions.calibration import probabilities
from videmo.emotions.contract import FOUNDING, InputContract
from videmo.errors import UsageError, WeightsError
from videmo.records import EMOTIONS
from videmo.settings import ClassifierSettings
from videmo.weights import Weights, load_weights
from videmo.weights.litert import load_network


class EmotionClassifier:
    """A quantised or float LiteRT network over gray face crops, with its calibration.

    A network may name more than the five emotions; its card then says what (`Weights.words`). What is left after those
    is divided among the five: their probabilities are conditional on the face showing one of them.
    """

    def __init__(
        self, weights: Weights, contract: InputContract = FOUNDING, *, prior_power: float | None = None
    ) -> None:
        """Load a network.

        Args:
            weights: the file and what its card says.
            contract: what the network expects of a crop.
            prior_power: in place of the one that the network ships with, see `settings.ClassifierSettings`.

        Raises:
            UsageError: a prior power is asked for and the network has no card that tells its prior.
            WeightsError: the file is not a LiteRT network with the contract's input and an output for each
                of its words.
        """
        if prior_power is not None and weights.calibration is None:
            raise UsageError(
                f"classifier.prior_power = {prior_power}: {weights.name} has no card with its prior. Leave the setting "
                "out, or put the .json that training wrote beside the network."
            )
        self.contract = contract
        self._calibration, self._prior_power = weights.calibration, prior_power
        self._interpreter = load_network(weights)
        source, result = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
        shapes = tuple(source["shape"]), tuple(result["shape"])
        expected = (1, contract.size, contract.size, 1), (1, len(weights.words))
        if shapes != expected:
            raise WeightsError(f"{weights.name}: shapes {shapes}, expected {expected}. Train it with videmo.")
        if np.dtype(result["dtype"]) != np.float32:
            raise WeightsError(f"{weights.name}: its output is {np.dtype(result['dtype'])}, expected float32.")
        self._input, self._output = source["index"], result["index"]
        self._levels = _input_levels(contract, np.dtype(source["dtype"]), *source["quantization"])
        if weights.calibration is None:
            self._check_probabilities(weights.name)

    def _check_probabilities(self, name: str) -> None:
        """Without a card, outputs are taken for probabilities; logits would become wrong numbers in silence."""
        outputs = self.outputs(np.full((self.contract.size, self.contract.size), 128, np.uint8))
        if (outputs < 0).any() or abs(float(outputs.sum()) - 1) > 0.05:
            raise WeightsError(
                f"{name}: puts out {np.round(outputs, 2).tolist()}, not probabilities. Put the .json that training "
                "wrote beside the network."
            )

    def predict(self, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the probabilities of the five emotions, calibrated if the network's card says how.

        Args:
            crop: ``(size, size)`` gray, full range, framed as the contract says.

        Returns:
            ``(5,)`` in the order of `EMOTIONS`, adding up to 1 within rounding.
        """
        outputs = self.outputs(crop)
        if self._calibration is None:
            five = outputs[: len(EMOTIONS)]
            return five if len(five) == len(outputs) else five / five.sum()
        return probabilities(outputs, self._calibration, self._prior_power).astype(np.float32)

    def outputs(self, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return what the network itself puts out, before calibration: one value a word, the five emotions first."""
        self._interpreter.set_tensor(self._input, self._levels[crop][None, :, :, None])
        self._interpreter.invoke()
        return np.array(self._interpreter.get_tensor(self._output)[0], dtype=np.float32)


def classifier_identity(settings: ClassifierSettings) -> str:
    """What results depend on: the network's content, its calibration, and the prior that the settings ask for.

    Raises:
        UsageError: there is no such network, or it can't have the prior that is asked for.
        WeightsError: it is damaged, or no network for faces.
    """
    weights = load_weights(settings.name)
    EmotionClassifier(weights, prior_power=settings.prior_power)
    return fingerprint(weights.sha256, weights.calibration, settings.prior_power)


def _input_levels(
    contract: InputContract, dtype: np.dtype[np.generic], scale: float, zero_point: int
) -> npt.NDArray[np.generic]:
    """Table from 8-bit luma to the network's input, so that a crop is converted by one look-up."""
    real = (np.arange(256, dtype=np.float64) - contract.offset) / contract.scale
    if dtype == np.float32:
        return real.astype(np.float32)
    bounds = np.iinfo(dtype)  # type: ignore[type-var]
    return np.clip(np.round(real / scale + zero_point), bounds.min, bounds.max).astype(dtype)
