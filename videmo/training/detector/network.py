"""Define the face network: small enough for every frame, big enough for turned and half-covered faces."""

from __future__ import annotations

from typing import Any

from videmo.faces.grid import CHANNELS, OUTPUTS, STRIDES

WIDTHS = (16, 64, 96, 128)
"""Channels at strides 4, 8, 16 and 32."""
BLOCKS = (3, 6, 4)
"""Residual blocks at strides 8, 16 and 32."""
NECK = 64
"""Channels where the three scales are merged."""
NORM = "_norm"
"""Added to a convolution's name, names the normalisation behind it."""


def face_network(height: int | None = None, width: int | None = None, blocks: tuple[int, ...] = BLOCKS) -> Any:
    """Build the untrained Keras network, for any input size or a given one, with ``blocks`` at each stride.

    A 4×4 convolution with stride 4 comes first, so that nothing runs at full resolution; then residual blocks of
    separable convolutions (Howard et al., MobileNets, 2017), a pyramid that carries information from the coarse levels
    to the fine ones (Lin et al., FPN, 2017), and three small heads per level.

    Its outputs are nine maps, for each stride in order: score, box, landmarks (see `faces.grid`).
    """
    import keras
    from keras import layers

    picture = keras.Input((height, width, 1))
    flow = _convolution(picture, WIDTHS[0], "stem", kernel=4, stride=4)
    flow = _convolution(flow, WIDTHS[1], "down0", stride=2)
    levels = []
    for place, count in enumerate(blocks):
        if place:
            flow = _separable(flow, WIDTHS[place + 1], f"down{place}", stride=2)
        for block in range(count):
            flow = layers.Add()([flow, _separable(flow, WIDTHS[place + 1], f"level{place}_block{block}")])
        levels.append(flow)
    merged = _convolution(levels[-1], NECK, f"beside{len(levels) - 1}", kernel=1)
    pyramid = [merged]
    for place, level in reversed(list(enumerate(levels[:-1]))):
        merged = layers.Add()([_convolution(level, NECK, f"beside{place}", kernel=1), _enlarged(merged)])
        if place:  # not at the finest level: it would cost most there, and the head has one of its own
            merged = _separable(merged, NECK, f"merged{place}")
        pyramid.insert(0, merged)
    outputs = []
    for stride, features in zip(STRIDES, pyramid):
        features = _separable(features, NECK, f"head{stride}")
        outputs += [_head(features, name, channels, stride) for name, channels in zip(OUTPUTS, CHANNELS)]
    return keras.Model(picture, outputs, name="face")


def blocks_of(network: Any) -> tuple[int, ...]:
    """Count a network's blocks at each stride."""
    names = [layer.name for layer in network.layers if layer.name.endswith("_wide")]
    return tuple(sum(name.startswith(f"level{place}_block") for name in names) for place in range(len(BLOCKS)))


def _convolution(flow: Any, channels: int, name: str, kernel: int = 3, stride: int = 1) -> Any:
    from keras import layers

    flow = layers.Conv2D(channels, kernel, stride, padding="same", use_bias=False, name=name)(flow)
    return _normalised(flow, name)


def _separable(flow: Any, channels: int, name: str, stride: int = 1) -> Any:
    from keras import layers

    deep = f"{name}_deep"
    flow = layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False, name=deep)(flow)
    return _convolution(_normalised(flow, deep), channels, f"{name}_wide", kernel=1)


def _normalised(flow: Any, name: str) -> Any:
    from keras import layers

    return layers.ReLU(6.0)(layers.BatchNormalization(momentum=0.98, name=name + NORM)(flow))


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
