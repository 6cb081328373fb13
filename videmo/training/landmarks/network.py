"""Build the landmark network."""

from __future__ import annotations

from typing import Any

from videmo.faces.landmarks import POINTS, SIDE


def landmark_network(seed: int) -> Any:
    """Build the network, weights drawn by the seed: grey ``(48, 48, 1)`` to a map of ``(12, 12)`` for each landmark.

    It looks at the whole face on a coarse grid, and from there at a finer one: what is in a cell is where it is, so
    that a turned face has turned landmarks. Maps instead of numbers follow a tilt with far fewer examples.
    """
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    source = keras.Input((SIDE, SIDE, 1))
    fine = _block(_block(_block(source, 16, 2), 32, 2), 32, 1)
    coarse = _block(fine, 64, 2)
    coarse = layers.Add()([coarse, _block(coarse, 64, 1)])
    back = layers.UpSampling2D(2)(_block(coarse, 32, 1, kernel=1))
    merged = _block(layers.Add()([back, fine]), 48, 1)
    return keras.Model(source, layers.Conv2D(POINTS, 1, name="maps")(merged), name="landmarks")


def _block(values: Any, channels: int, stride: int, kernel: int = 3) -> Any:
    from keras import layers

    values = layers.Conv2D(channels, kernel, stride, padding="same", use_bias=False)(values)
    return layers.ReLU(6.0)(layers.BatchNormalization(momentum=0.95)(values))
