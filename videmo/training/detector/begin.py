"""Begin with what a trained face network knows: its file is enough."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.errors import WeightsError
from videmo.faces.grid import CHANNELS, OUTPUTS, STRIDES, real_range
from videmo.training.common.quantise import opened
from videmo.training.detector.export import for_inference, to_float
from videmo.training.detector.network import BLOCKS, NORM, face_network

SHAPES: Final = ((2, 4, 2), BLOCKS)
"""Blocks at each stride of the networks that can be begun with."""
NEW_GAIN: Final = 0.1
"""Gain of the normalisation with which a new block adds to what passes by it: small, but not without a slope."""

_HEADS = "cells_"

Floats = npt.NDArray[np.float32]
Stored = tuple[Floats, Floats]
"""Kernel, in Keras's order of axes, and bias of one convolution, with the normalisation folded in."""


def network_like(content: bytes, samples: Floats) -> Any:
    """Build a network that says what a trained one says, with room for more.

    Blocks that the trained one lacks are put behind its own at each stride and hardly add anything at first.

    Args:
        content: file of the trained network, in int8 or float.
        samples: ``(n, height, width, 1)`` real inputs, from which the normalisations take their statistics.

    Raises:
        WeightsError: the file is not a face network of a known shape.
    """
    stored = _stored(content)
    known = _names(stored)
    network = face_network()
    for place, name in known.items():
        kernel, bias = stored[place]
        if name.startswith(_HEADS):
            _put_heads(network, int(name.removeprefix(_HEADS)), kernel, bias)
        else:
            _put(network, name, kernel, bias)
    old = set(known.values())
    for name in _convolutions(network):
        if name not in old and name.endswith("_wide"):
            gain = network.get_layer(name + NORM).gamma
            gain.assign(np.full(gain.shape, NEW_GAIN, np.float32))
    _take_statistics(network, old, samples)
    return network


def _names(stored: dict[str, Stored]) -> dict[str, str]:
    """Tell which layer of `face_network` each stored convolution is."""
    for blocks in SHAPES:
        names = _named_places(blocks)
        if names.keys() == stored.keys():
            return names
    found = f"it has {len(stored)} convolutions"
    raise WeightsError("the network to begin with", found, "a face network", "Name another, or train from scratch.")


def _named_places(blocks: tuple[int, ...]) -> dict[str, str]:
    """Name the places of a network's convolutions; each gets its number as its bias, and a file is written and read."""
    network = face_network(blocks=blocks)
    names = _convolutions(network)
    for number, name in enumerate(names):
        network.get_layer(name + NORM).beta.assign(np.full_like(network.get_layer(name + NORM).beta, number))
    for number, stride in enumerate(STRIDES):
        network.get_layer(f"{OUTPUTS[0]}_{stride}").bias.assign([number])
    middle, half = real_range()
    return {
        place: f"{_HEADS}{STRIDES[round(float(bias[0] * half[0] + middle[0]))]}"
        if len(bias) == sum(CHANNELS)
        else names[round(float(bias[0]))]
        for place, (_, bias) in _stored(to_float(for_inference(network))).items()
    }


def _convolutions(network: Any) -> list[str]:
    """Names of the convolutions with a normalisation behind them."""
    names = {layer.name for layer in network.layers}
    return [layer.name for layer in network.layers if layer.name + NORM in names]


def _put(network: Any, name: str, kernel: Floats, bias: Floats) -> None:
    network.get_layer(name).set_weights([kernel])
    norm = network.get_layer(name + NORM)
    norm.set_weights([np.ones_like(bias), bias, np.zeros_like(bias), np.full_like(bias, 1 - norm.epsilon)])


def _put_heads(network: Any, stride: int, kernel: Floats, bias: Floats) -> None:
    middle, half = real_range()
    kernel, bias = (kernel * half).astype(np.float32), (bias * half + middle).astype(np.float32)
    borders = np.cumsum(CHANNELS)[:-1]
    for name, part, shift in zip(OUTPUTS, np.split(kernel, borders, axis=-1), np.split(bias, borders), strict=True):
        network.get_layer(f"{name}_{stride}").set_weights([part, shift])


def _take_statistics(network: Any, known: set[str], samples: Floats) -> None:
    """Let the normalisations hold the statistics of the samples, without a change in what the network says.

    Those of new blocks normalise by them.
    """
    import keras

    names = _convolutions(network)
    for name in names:  # from the input on: what a new block adds changes what comes behind it
        flow = keras.Model(network.input, network.get_layer(name).output).predict(samples, batch_size=8, verbose=0)
        mean, variance = flow.mean(axis=(0, 1, 2)), flow.var(axis=(0, 1, 2))
        norm = network.get_layer(name + NORM)
        gain, shift = norm.gamma.numpy(), norm.beta.numpy()
        if name in known:
            gain, shift = gain * np.sqrt(variance + norm.epsilon), shift + gain * mean
        norm.set_weights([gain, shift, mean, variance])


def _stored(content: bytes) -> dict[str, Stored]:
    """Read kernel and bias of each convolution by its place: its shape, and the places of what it takes in.

    The order in a file is the converter's, and another one for each kind of file.
    """
    interpreter = opened(content)
    details = {one["index"]: one for one in interpreter.get_tensor_details()}
    places: dict[int, str] = {}
    found: dict[str, Stored] = {}
    for one in interpreter._get_ops_details():
        sources = sorted({places[source] for source in one["inputs"] if source in places})
        place = "+".join(sources)
        if one["op_name"] in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            kernel, bias = (_real(interpreter.get_tensor(source), details[source]) for source in one["inputs"][1:3])
            place = hashlib.sha256(f"{kernel.shape} {place}".encode()).hexdigest()[:16]
            # Both kinds have one more axis in front: outputs, or nothing where each channel is on its own.
            found[place] = kernel.transpose(1, 2, 3, 0), bias
        places.update(dict.fromkeys(one["outputs"], place))
    return found


def _real(values: npt.NDArray[Any], detail: dict[str, Any]) -> Floats:
    """Turn stored whole numbers into what they stand for."""
    if values.dtype == np.float32:
        return np.asarray(values)
    quantisation = detail["quantization_parameters"]
    shape = [1] * values.ndim
    shape[quantisation["quantized_dimension"]] = -1
    scales = quantisation["scales"].reshape(shape)
    return np.asarray((values.astype(np.float64) - quantisation["zero_points"].reshape(shape)) * scales, np.float32)
