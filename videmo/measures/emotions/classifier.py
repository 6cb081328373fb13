"""Run an emotion network with LiteRT, one face at a time on one thread: the result depends on that face alone."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from videmo.errors import Given, UsageError, WeightsError
from videmo.measures.emotions import EMOTIONS
from videmo.measures.emotions.calibration import probabilities
from videmo.measures.emotions.contract import FOUNDING, InputContract
from videmo.weights import Weights
from videmo.weights.calibration import Calibration
from videmo.weights.litert import ends_of, load_network

_TRAIN = "Train it with 'videmo train classifier'."


class EmotionClassifier:
    """A quantised or float LiteRT network over grey face crops, with its calibration.

    A network may name more than the five emotions; its card then says what (`Weights.words`). The probabilities of the
    five are then conditional on the face showing one of them, unless all words are asked for.
    """

    def __init__(
        self,
        weights: Weights,
        contract: InputContract = FOUNDING,
        *,
        prior_power: float | None = None,
        words: tuple[str, ...] = EMOTIONS,
    ) -> None:
        """Load a network.

        Args:
            weights: the file and what its card says.
            contract: the crop that the network expects.
            prior_power: in place of the one that the network ships with, see `settings.ClassifierSettings`.
            words: the emotions to name: the five, or all that the network knows.

        Raises:
            UsageError: a prior power is asked for and the network has no card with its prior; or the network doesn't
                know the words.
            WeightsError: the file is not a LiteRT network with the contract's input and an output for each of its
                words, the five emotions first.
        """
        if prior_power is not None and weights.calibration is None:
            chosen, found = Given("classifier.prior_power", prior_power), f"{weights.name} has no card with its prior"
            raise UsageError(chosen, found, advice="Omit the setting, or put the network's card (.json) beside it.")
        self.contract = contract
        self._calibration, self._prior_power = weights.calibration, prior_power
        self._interpreter = load_network(weights)
        known = weights.words or EMOTIONS
        if known[: len(EMOTIONS)] != EMOTIONS:
            raise WeightsError(
                weights.name, f"its card names the outputs {', '.join(known)}", f"{', '.join(EMOTIONS)} first", _TRAIN
            )
        if (said := weights.calibration) is not None:
            priors = len(said.prior), len(said.others) or len(known) - len(EMOTIONS)
            if priors != (len(EMOTIONS), len(known) - len(EMOTIONS)):
                found = f"its card has a calibration for {len(said.prior)} and {len(said.others)} others"
                raise WeightsError(
                    weights.name, found, f"{len(EMOTIONS)} emotions, and {len(known) - len(EMOTIONS)} others", _TRAIN
                )
        self.words = words
        self.knows_rest = _knows_rest(known, weights.calibration)
        """Whether it tells how likely it is that a face shows none of the five emotions."""
        if words != EMOTIONS and (words != known or not self.knows_rest):
            chosen, found = Given("classifier.emotions", "seven"), f"not possible: {weights.name} knows {len(EMOTIONS)}"
            raise UsageError(chosen, found, advice="Choose a network that knows them, such as 'broad'.")
        shapes = (1, contract.size, contract.size, 1), (1, len(known))
        source, result = ends_of(self._interpreter, weights.name, shapes, _TRAIN)
        if np.dtype(result["dtype"]) != np.float32:
            raise WeightsError(weights.name, f"its output is {np.dtype(result['dtype'])}", "float32", _TRAIN)
        self._input, self._output = source["index"], result["index"]
        self._levels = _input_levels(contract, np.dtype(source["dtype"]), *source["quantization"])
        if weights.calibration is None:
            self._check_probabilities(weights.name)

    def _check_probabilities(self, name: str) -> None:
        """Refuse logits: without a card, outputs are taken for probabilities, and would silently be wrong numbers."""
        outputs = self.outputs(np.full((self.contract.size, self.contract.size), 128, np.uint8))
        if (outputs < 0).any() or abs(float(outputs.sum()) - 1) > 0.05:
            found = f"its outputs are {np.round(outputs, 2).tolist()} for a grey crop"
            raise WeightsError(name, found, "probabilities", "Put the network's card (.json) beside it.")

    def predict(self, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the probabilities of the emotions, calibrated if the network's card says how.

        Args:
            crop: ``(size, size)`` grey, full range, framed as the contract says.

        Returns:
            One for each of `words`, adding up to 1 within rounding.
        """
        return self.predict_with_rest(crop)[0]

    def predict_with_rest(self, crop: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float32], float]:
        """Return the same, and the probability that the face shows none of the five emotions.

        The latter is not a number where the network knows no others, or its card doesn't say how frequent they are.
        """
        outputs = self.outputs(crop)
        five, known = outputs[: len(EMOTIONS)], outputs
        if self._calibration is not None:
            five = probabilities(outputs, self._calibration, self._prior_power).astype(np.float32)
            if self.knows_rest:
                known = probabilities(outputs, self._calibration, self._prior_power, others=True).astype(np.float32)
        elif self.knows_rest:
            # Of a face that shows another emotion for sure, all five may be 0: then nothing is known of them.
            five = five / five.sum() if five.any() else np.full_like(five, 1 / len(EMOTIONS))
        rest = float(known[len(EMOTIONS) :].sum()) if self.knows_rest else math.nan
        return (five if self.words == EMOTIONS else known), rest

    def outputs(self, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the network's own outputs, before calibration: one for each word, the five emotions first."""
        self._interpreter.set_tensor(self._input, self._levels[crop][None, :, :, None])
        self._interpreter.invoke()
        return np.array(self._interpreter.get_tensor(self._output)[0], dtype=np.float32)


def _knows_rest(known: tuple[str, ...], calibration: Calibration | None) -> bool:
    """Tell whether a network's outputs beyond the five emotions are probabilities, or can be made ones."""
    others = len(known) - len(EMOTIONS)
    return others > 0 and (calibration is None or len(calibration.others) == others)


def _input_levels(
    contract: InputContract, dtype: np.dtype[np.generic], scale: float, zero_point: int
) -> npt.NDArray[np.generic]:
    """Make the table from 8-bit luma to the network's input, so that a crop is converted by one look-up."""
    real = (np.arange(256, dtype=np.float64) - contract.offset) / contract.scale
    if dtype == np.float32:
        return real.astype(np.float32)
    bounds = np.iinfo(dtype)  # type: ignore[type-var]
    return np.clip(np.round(real / scale + zero_point), bounds.min, bounds.max).astype(dtype)
