"""Define the face network: small enough for every frame, big enough for turned and half-covered faces."""

from __future__ import annotations

from typing import Any

from videmo.faces.grid import CHANNELS, OUTPUTS, STRIDES

WIDTHS = (16, 64, 96, 128)
"""Channels at strides 4, 8, 16 and 32."""
BLOCKS = (2, 4, 2)
"""Residual blocks at strides 8, 16 and 32."""
NECK = 64
"""Channels where the three scales are merged."""


def face_network(height: int | None = None, width: int | None = None) -> Any:
    """Build the untrained Keras network, for any input size or a given one.

    A 4×4 convolution with stride 4 comes first, so that nothing runs at full resolution; then residual blocks of
    separable convolutions (Howard et al., MobileNets, 2017), a pyramid that carries information from the coarse levels
    to the fine ones (Lin et al., FPN, 2017), and three small heads per level.

    Its outputs are nine maps, for each stride in order: score, box, landmarks (see `faces.grid`).
    """
    import keras
    from keras import layers

    picture = keras.Input((height, width, 1))
    flow = _convolution(picture, WIDTHS[0], kernel=4, stride=4)
    flow = _convolution(flow, WIDTHS[1], stride=2)
    levels = []
    for place, blocks in enumerate(BLOCKS):
        if place:
            flow = _separable(flow, WIDTHS[place + 1], stride=2)
        for _ in range(blocks):
            flow = layers.Add()([flow, _separable(flow, WIDTHS[place + 1])])
        levels.append(flow)
    merged = _convolution(levels[-1], NECK, kernel=1)
    pyramid = [merged]
    for place, level in reversed(list(enumerate(levels[:-1]))):
        merged = layers.Add()([_convolution(level, NECK, kernel=1), _enlarged(merged)])
        if place:  # not at the finest level: it would cost most there, and the head has one of its own
            merged = _separable(merged, NECK)
        pyramid.insert(0, merged)
    outputs = []
    for stride, features in zip(STRIDES, pyramid):
        features = _separable(features, NECK)
        outputs += [_head(features, name, channels, stride) for name, channels in zip(OUTPUTS, CHANNELS)]
    return keras.Model(picture, outputs, name="face")


def _convolution(flow: Any, channels: int, kernel: int = 3, stride: int = 1) -> Any:
    from keras import layers

    flow = layers.Conv2D(channels, kernel, stride, padding="same", use_bias=False)(flow)
    return layers.ReLU(6.0)(layers.BatchNormalization(momentum=0.98)(flow))


def _separable(flow: Any, channels: int, stride: int = 1) -> Any:
    from keras import layers

    flow = layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False)(flow)
    flow = layers.ReLU(6.0)(layers.BatchNormalization(momentum=0.98)(flow))
    return _convolution(flow, channels, kernel=1)


def _enlarged(flow: Any) -> Any:
    """Double the size by repetition. Written so that the converted file contains no fixed size and fits any input."""
    import tensorflow as tf
    from keras import layers

    return layers.Lambda(lambda four: tf.nn.depth_to_space(four, 2))(layers.Concatenate()([flow] * 4))


def _head(features: Any, name: str, channels: int, stride: int) -> Any:
    import keras
    from keras import layers

    start = {"score": -4.6, "box": 2.0, "landmarks": 0.0}[name]
    return layers.Conv2D(channels, 1, bias_initializer=keras.initializers.Constant(start), name=f"{name}_{stride}")(
        features
    )
