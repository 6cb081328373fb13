"""Network definitions in Keras."""

from __future__ import annotations

from typing import Any

from videmo.emotions.contract import FOUNDING
from videmo.records import EMOTIONS


def founding_network() -> Any:
    """Build the founding project's CNN, untrained.

    Input ``(n, 48, 48, 1)`` float32 as `contract.FOUNDING` says; output ``(n, 5)`` softmax in the order of
    `EMOTIONS`. 1,004,805 parameters, of which 1,003,013 are trained.

    The scale of each batch normalisation is held at zero or above. It then commutes with the max pooling behind it,
    so that `quantise.fold_batch_norms` can move it into the next layer without changing a single output.
    """
    import keras
    from keras import layers

    def normalisation(block: int) -> Any:
        return layers.BatchNormalization(gamma_constraint=keras.constraints.NonNeg(), name=f"norm{block}")

    stack: list[Any] = [keras.Input((FOUNDING.size, FOUNDING.size, 1), name="crop")]
    for block, filters in enumerate((64, 128, 256, 256), start=1):
        stack.append(layers.Conv2D(filters, 3, padding="valid", name=f"conv{block}"))
        if block == 2:
            stack.append(layers.Dropout(0.3, name="conv_dropout"))
        stack += [
            layers.ReLU(name=f"relu{block}"),
            normalisation(block),
            layers.MaxPooling2D(2, name=f"pool{block}"),
        ]
    stack.append(layers.Flatten(name="flatten"))
    for block, units in enumerate((128, 64), start=5):
        stack += [
            layers.Dense(units, name=f"dense{block}"),
            layers.ReLU(name=f"relu{block}"),
            layers.BatchNormalization(name=f"norm{block}"),
        ]
        if units == 128:
            stack.append(layers.Dropout(0.25, name="dense_dropout"))
    stack.append(layers.Dense(len(EMOTIONS), activation="softmax", name="emotions"))
    return keras.Sequential(stack, name="founding")
