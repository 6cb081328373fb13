"""The network `broad`: cheaper than the founding one, with seven outputs; and its teacher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.errors import WeightsError
from videmo.measures.emotions.contract import FOUNDING
from videmo.training.classifier.datasets.expressions import SEVEN
from videmo.training.classifier.network import normalised_convolution, residual_network, residual_stages
from videmo.training.common.quantise import opened
from videmo.weights import Weights

STEM: Final = 8
WIDTHS: Final = (32, 80, 160)
"""Channels at 24, 12 and 6 pixels."""
INNER: Final = (16, 48, 96)
"""Channels between the two convolutions of a block."""
BLOCKS: Final = (1, 2, 2)
DROPOUT = 0.2
_UNKNOWN_WORD = -2.0
"""Logit with which a teacher begins for a word that its weights don't know."""

Layer = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""Kernel and bias, with the normalisation behind it folded in."""


def broad_network(precision: str = "float32") -> Any:
    """Build the network, untrained.

    Input ``(n, 48, 48, 1)`` float32 as `contract.FOUNDING` says; output ``(n, 7)`` logits in the order of `SEVEN`.
    It has the stages and blocks of `networks.residual_network`, with a quarter to two thirds of its channels: `slim`
    can choose them among those of a trained one.

    Args:
        precision: ``float32``, or ``mixed_bfloat16`` for 16-bit arithmetic in training (the weights stay 32-bit).
    """
    import keras
    from keras import layers

    crop = keras.Input((FOUNDING.size, FOUNDING.size, 1), name="crop")
    values = normalised_convolution(crop, STEM, "stem", precision=precision)
    values = residual_stages(values, WIDTHS, BLOCKS, precision=precision, inner=INNER)
    values = layers.AveragePooling2D(2, dtype=precision, name="pool")(values)
    values = layers.Flatten(dtype=precision, name="flatten")(values)
    values = layers.Dropout(DROPOUT, dtype=precision, name="dropout")(values)
    logits = layers.Dense(len(SEVEN), dtype="float32", name="emotions")(values)
    return keras.Model(crop, logits, name="broad")


def teacher_network(known: list[Layer], faces: npt.NDArray[np.float32], precision: str = "float32") -> Any:
    """Build a residual network with seven outputs that begins as the given one with five.

    Args:
        known: layers of a residual network, see `layers_of_file`.
        faces: ``(n, 48, 48, 1)`` inputs, from which the normalisations take their statistics anew.
        precision: of training.
    """
    import keras

    base = residual_network(precision)
    logits = keras.layers.Dense(len(SEVEN), dtype="float32", name="emotions")(base.get_layer("dropout").output)
    network = keras.Model(base.input, logits, name="teacher")
    kernel, bias = known[-1]
    words = len(bias)
    whole = np.zeros((len(kernel), len(SEVEN)), np.float32), np.full(len(SEVEN), _UNKNOWN_WORD, np.float32)
    whole[0][:, :words], whole[1][:words] = kernel, bias
    return with_layers(network, [*known[:-1], whole], faces)


def with_layers(network: Any, known: list[Layer], faces: npt.NDArray[np.float32]) -> Any:
    """Give a network of convolutions, each with a normalisation, and one dense layer these kernels and biases.

    The outputs are those of the folded layers, but the normalisations hold the statistics of ``faces``, so that
    training can go on from there.
    """
    import keras

    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for convolution, norm, (kernel, bias) in zip(convolutions, norms, known[:-1], strict=True):
        convolution.kernel.assign(kernel)
        _set(norm, np.zeros_like(bias), np.full_like(bias, 1 - norm.epsilon), np.ones_like(bias), bias)
    network.layers[-1].set_weights(list(known[-1]))
    probe = keras.Model(network.input, [layer.output for layer in convolutions])
    for norm, values, (_, bias) in zip(norms, probe.predict(faces, batch_size=200, verbose=0), known, strict=False):
        flat = np.asarray(values, np.float32).reshape(-1, values.shape[-1])
        mean, variance = flat.mean(axis=0), flat.var(axis=0)
        _set(norm, mean, variance, np.sqrt(variance + norm.epsilon), bias + mean)
    return network


def _set(norm: Any, mean: Any, variance: Any, gamma: Any, beta: Any) -> None:
    norm.moving_mean.assign(mean)
    norm.moving_variance.assign(variance)
    norm.gamma.assign(gamma)
    norm.beta.assign(beta)


def known_layers(weights: Weights) -> list[Layer]:
    """Return the layers of a network from which a teacher begins.

    Raises:
        WeightsError: it is not a residual network of the shape of `ferplus`.
    """
    found = layers_to_begin_with(weights, "ferplus")
    shapes = [kernel.shape for kernel, _ in found[:-1]]
    wanted = [kernel.shape for kernel, _ in layers_of(residual_network())[:-1]]
    if shapes != wanted:
        raise WeightsError(
            weights.name,
            f"its {len(shapes)} convolutions are not those of ferplus",
            f"{len(wanted)} convolutions of the same shapes",
            "Begin with ferplus, or with a network that 'videmo train classifier ferplus' wrote.",
        )
    return found


def layers_to_begin_with(weights: Weights, like: str) -> list[Layer]:
    """Return the layers of a network that has to have the shape of the one called ``like``, which is not checked.

    Raises:
        WeightsError: it is no LiteRT file.
    """
    try:
        return layers_of_file(weights.content)
    except (ValueError, RuntimeError) as exc:
        raise WeightsError(weights.name, "not a LiteRT file", f"a network of the shape of {like}") from exc


def layers_of_file(content: bytes) -> list[Layer]:
    """Kernel and bias of each convolution and dense layer of a LiteRT file, float or int8, in Keras's order of axes."""
    interpreter = opened(content)
    operations = interpreter._get_ops_details()
    quantised = {one["index"]: one["quantization_parameters"] for one in interpreter.get_tensor_details()}
    stored = {one["outputs"][0]: one["inputs"][0] for one in operations if one["op_name"] == "DEQUANTIZE"}
    found = []
    for one in operations:
        if one["op_name"] in ("CONV_2D", "FULLY_CONNECTED"):
            places = [stored.get(place, place) for place in one["inputs"][1:3]]
            kernel, bias = (_real(interpreter.get_tensor(place), quantised[place]) for place in places)
            found.append((kernel.transpose(1, 2, 3, 0) if kernel.ndim == 4 else kernel.T, bias))
    return found


def _real(values: npt.NDArray[Any], quantised: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    """Return the real numbers that stored ones stand for; those without a scale stand for themselves."""
    scales, zeros = quantised["scales"], quantised["zero_points"]
    if not len(scales):
        return values.astype(np.float32)
    along = [1] * values.ndim
    along[quantised["quantized_dimension"] if len(scales) > 1 else 0] = len(scales)
    return np.asarray((values - zeros.reshape(along)) * scales.reshape(along), np.float32)


def layers_of(network: Any) -> list[Layer]:
    """The same of a network in Keras, normalisations folded in."""
    import keras

    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    found = []
    for convolution, norm in zip(convolutions, norms, strict=True):
        scale = norm.gamma.numpy() / np.sqrt(norm.moving_variance.numpy() + norm.epsilon)
        found.append((convolution.kernel.numpy() * scale, norm.beta.numpy() - norm.moving_mean.numpy() * scale))
    kernel, bias = network.layers[-1].get_weights()
    return [*found, (kernel, bias)]
