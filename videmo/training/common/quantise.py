"""Convert a trained Keras network to an int8 LiteRT file."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import numpy.typing as npt


def fold_batch_norms(network: Any) -> Any:
    """Return an equivalent network without batch normalisation, for inference.

    Works on a sequence of layers where each normalisation follows a ReLU and is followed, after at most pooling,
    dropout and flattening, by another convolution without padding or a dense layer. The normalisation's scale and
    shift move into that layer's weights; max pooling in between needs a scale that is nowhere negative.

    Raises:
        ValueError: a scale is negative before max pooling, or no layer follows to take it up.
    """
    import keras
    from keras import layers

    folded: list[Any] = [keras.Input(network.input_shape[1:])]
    weights: list[list[npt.NDArray[np.float32]]] = []
    pending: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None = None
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            pending = _scale_and_shift(layer)
        elif isinstance(layer, layers.Dropout):
            continue
        elif isinstance(layer, (layers.Conv2D, layers.Dense)):
            kernel, bias = layer.get_weights()
            if pending is not None:
                kernel, bias = _absorb(kernel, bias, *pending)
                pending = None
            folded.append(type(layer).from_config(layer.get_config()))
            weights.append([kernel, bias])
        else:
            if isinstance(layer, layers.MaxPooling2D) and pending is not None and (pending[0] < 0).any():
                raise ValueError(f"{layer.name}: the normalisation before it has a negative scale")
            folded.append(type(layer).from_config(layer.get_config()))
    if pending is not None:
        raise ValueError("the last normalisation has no layer behind it")
    inference = keras.Sequential(folded, name=f"{network.name}_inference")
    for layer, values in zip((item for item in inference.layers if item.get_weights()), weights, strict=True):
        layer.set_weights(values)
    return inference


def _scale_and_shift(layer: Any) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    gamma, beta, mean, variance = layer.get_weights()
    scale = gamma / np.sqrt(variance + layer.epsilon)
    return scale, beta - mean * scale


def _absorb(
    kernel: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
    scale: npt.NDArray[np.float32],
    shift: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    channels = kernel.shape[-2]
    repeats = channels // len(scale)  # flattening repeats the channels for each pixel
    scale, shift = np.tile(scale, repeats), np.tile(shift, repeats)
    added = (kernel * shift[:, None]).reshape(-1, kernel.shape[-1]).sum(axis=0)
    return kernel * scale[:, None], bias + added


def to_int8(network: Any, samples: npt.NDArray[np.float32]) -> bytes:
    """Quantise a network to int8 with int8 input and float32 output.

    Args:
        network: an inference network (see `fold_batch_norms`).
        samples: ``(n, size, size, 1)`` real inputs, from which the ranges of the activations are read.
    """
    converter = _converter(network)
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([sample[None]] for sample in samples)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.float32
    return bytes(converter.convert())


def to_float(network: Any, *, half: bool = False) -> bytes:
    """Convert a network to a float LiteRT file, to compare the int8 one with.

    Args:
        network: as for `to_int8`.
        half: store the weights in 16 bits; LiteRT calculates in 32 either way.
    """
    converter = _converter(network)
    if half:
        import tensorflow as tf

        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    return bytes(converter.convert())


def _converter(network: Any) -> Any:
    """Make a converter for a batch of exactly one face: the result can't depend on what else is in the batch."""
    import tensorflow as tf

    return converter_of(network, tf.TensorSpec((1, *network.input_shape[1:]), tf.float32))


def opened(content: bytes) -> Any:
    """Open a LiteRT file so that the kernels and biases in it can be read."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model_content=content,
        num_threads=1,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    return interpreter


def converter_of(network: Any, source: Any) -> Any:
    """Make a LiteRT converter for a Keras network, with its variables frozen.

    Args:
        network: in inference form.
        source: ``tf.TensorSpec`` of its input.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    logging.getLogger("absl").setLevel(logging.ERROR)
    function = tf.function(lambda crop: network(crop, training=False))
    concrete = function.get_concrete_function(source)
    return tf.lite.TFLiteConverter.from_concrete_functions([convert_variables_to_constants_v2(concrete)])
