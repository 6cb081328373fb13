"""Build the identity network."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from videmo.faces.recognition import SIDE, VALUES
from videmo.training.classifier.network import normalised_convolution

WIDTHS: Final = (40, 80, 160)
BLOCKS: Final = (1, 2, 2)


def identity_network(seed: int, precision: str = "float32") -> Any:
    """Build the network, weights drawn by the seed: grey ``(64, 64, 1)`` to 128 values, not yet of unit length.

    A residual network of 3×3 convolutions as the classifier is one, with stages at 16, 8 and 4 pixels. All places of
    the last one are seen by the output: in an aligned face, what is where tells people apart.

    Args:
        seed: of the weights.
        precision: ``float32``, or ``mixed_bfloat16`` for 16-bit arithmetic in training (the weights stay 32-bit).
    """
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    convolve = partial(normalised_convolution, precision=precision)
    crop = keras.Input((SIDE, SIDE, 1), name="crop")
    values = convolve(crop, 16, "stem", stride=2)
    for stage, (width, blocks) in enumerate(zip(WIDTHS, BLOCKS), start=1):
        values = convolve(values, width, f"stage{stage}", stride=2)
        for block in range(1, blocks + 1):
            name = f"stage{stage}_block{block}"
            inner = convolve(values, width, f"{name}a")
            inner = convolve(inner, width, f"{name}b", last=True)
            values = layers.Add(dtype=precision, name=f"{name}_add")([values, inner])
            values = layers.ReLU(dtype=precision, name=f"{name}_relu")(values)
    values = layers.Flatten(dtype=precision, name="flatten")(values)
    return keras.Model(crop, layers.Dense(VALUES, dtype="float32", name="identity")(values), name="identity")
