"""Convert the trained face network to an int8 LiteRT file that accepts any input size."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from videmo.faces.grid import OFFSET, OUTPUTS, SCALE, STRIDES, real_range
from videmo.training.detector.network import blocks_of, face_network


def for_inference(network: Any) -> Any:
    """Copy a trained network with three outputs, one per stride, of ``(1, rows, columns, 15)`` from -1 to 1.

    The three heads of a stride become one convolution: each value is mapped from its range (`faces.grid.RANGES`) by
    scaling the weights, which is exact. Separate heads would each fill a block of 16 channels in LiteRT's kernels, and
    nine small outputs take longer to fetch than three.
    """
    import keras
    import tensorflow as tf
    from keras import layers

    inference = face_network(blocks=blocks_of(network))
    inference.set_weights(network.get_weights())
    middle, half = real_range()
    outputs, weights = [], []
    for stride in STRIDES:
        heads = [inference.get_layer(f"{name}_{stride}") for name in OUTPUTS]
        kernel, bias = (np.concatenate(parts, axis=-1) for parts in zip(*(head.get_weights() for head in heads)))
        weights.append([kernel / half, (bias - middle) / half])
        output = layers.Conv2D(len(middle), 1, name=f"cells_{stride}")(heads[0].input)
        outputs.append(layers.Lambda(lambda value: tf.clip_by_value(value, -1.0, 1.0))(output))
    merged = keras.Model(inference.inputs, outputs, name="faces")
    for stride, values in zip(STRIDES, weights):
        merged.get_layer(f"cells_{stride}").set_weights(values)
    return merged


def to_int8(network: Any, samples: npt.NDArray[np.float32]) -> bytes:
    """Quantise a network to int8, with int8 input and output.

    Args:
        network: as `for_inference` returns it.
        samples: ``(n, height, width, 1)`` real inputs, from which the ranges of the activations are read.
    """
    import tensorflow as tf

    # Both ends of the range, so that the quantised input is exactly ``luma - 128``.
    ends = np.zeros_like(samples[:1])
    ends[..., ::2, :], ends[..., 1::2, :] = (0 - OFFSET) / SCALE, (255 - OFFSET) / SCALE
    converter = _converter(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([sample[None]] for sample in np.concatenate([ends, samples]))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def to_float(network: Any) -> bytes:
    """Convert to a float32 LiteRT file, to compare the int8 one with."""
    return bytes(_converter(network).convert())


def _converter(network: Any) -> Any:
    """Make a converter for one picture of any size."""
    import tensorflow as tf

    from videmo.training.common.quantise import converter_of

    return converter_of(network, tf.TensorSpec((1, None, None, 1), tf.float32))
