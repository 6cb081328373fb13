"""Build the identity network."""

from __future__ import annotations

from typing import Any, Final

from videmo.faces.recognition import SIDE, VALUES
from videmo.training.classifier.network import normalised_convolution, residual_stages

WIDTHS: Final = (40, 80, 160)
BLOCKS: Final = (1, 4, 2)


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
    crop = keras.Input((SIDE, SIDE, 1), name="crop")
    values = normalised_convolution(crop, 16, "stem", precision=precision, stride=2)
    values = residual_stages(values, WIDTHS, BLOCKS, precision=precision)
    values = layers.Flatten(dtype=precision, name="flatten")(values)
    return keras.Model(crop, layers.Dense(VALUES, dtype="float32", name="identity")(values), name="identity")
