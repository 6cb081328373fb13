"""Define the networks in Keras."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from videmo.errors import Given, UsageError
from videmo.measures.emotions.contract import FOUNDING
from videmo.training.common.labels import CLASSES
from videmo.training.common.quantise import fold_batch_norms

WIDTHS = (48, 112, 224)
BLOCKS = (1, 2, 2)


def founding_network(precision: str = "float32") -> Any:
    """Build the founding project's CNN, untrained.

    Input ``(n, 48, 48, 1)`` float32 as `contract.FOUNDING` says; output ``(n, 5)`` softmax in the order of
    `CLASSES`. 1,004,805 parameters, of which 1,003,013 are trained.

    The scale of each batch normalisation is held at zero or above. It then commutes with the max pooling behind it,
    so that `quantise.fold_batch_norms` can move it into the next layer without changing a single output.

    Raises:
        UsageError: another precision than ``float32`` is asked for.
    """
    if precision != "float32":
        raise UsageError(Given("training.precision", precision), "not possible with the founding network", "float32")
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
    stack.append(layers.Dense(len(CLASSES), activation="softmax", name="emotions"))
    return keras.Sequential(stack, name="founding")


def residual_network(precision: str = "float32") -> Any:
    """Build a residual network of 3×3 convolutions, untrained: that of `ferplus`.

    Input ``(n, 48, 48, 1)`` float32 as `contract.FOUNDING` says; output ``(n, 5)`` logits in the order of `CLASSES`.
    Three stages of residual blocks at 24, 12 and 6 pixels. The head sees a 3×3 grid instead of one mean, because
    positions tell brows from mouths. Every normalisation comes right after its convolution and is merged into it when
    the network is converted.

    Args:
        precision: ``float32``, or ``mixed_bfloat16`` for 16-bit arithmetic in training (the weights stay 32-bit).
    """
    import keras
    from keras import layers

    crop = keras.Input((FOUNDING.size, FOUNDING.size, 1), name="crop")
    values = normalised_convolution(crop, 16, "stem", precision=precision)
    values = residual_stages(values, WIDTHS, BLOCKS, precision=precision)
    values = layers.AveragePooling2D(2, dtype=precision, name="pool")(values)
    values = layers.Flatten(dtype=precision, name="flatten")(values)
    values = layers.Dropout(0.4, dtype=precision, name="dropout")(values)
    logits = layers.Dense(len(CLASSES), dtype="float32", name="emotions")(values)
    return keras.Model(crop, logits, name="residual")


def residual_stages(
    values: Any, widths: Sequence[int], blocks: Sequence[int], *, precision: str, inner: Sequence[int] | None = None
) -> Any:
    """Apply stages of residual blocks, each of which begins by halving height and width.

    Args:
        values: what the stages work on.
        widths: channels of each stage.
        blocks: residual blocks of each stage.
        precision: see `residual_network`.
        inner: channels between the two convolutions of a stage's blocks; None for as many as the stage has.
    """
    from keras import layers

    convolve = partial(normalised_convolution, precision=precision)
    for stage, (width, between, count) in enumerate(zip(widths, inner or widths, blocks, strict=True), start=1):
        values = convolve(values, width, f"stage{stage}", stride=2)
        for block in range(1, count + 1):
            name = f"stage{stage}_block{block}"
            change = convolve(values, between, f"{name}a")
            change = convolve(change, width, f"{name}b", last=True)
            values = layers.Add(dtype=precision, name=f"{name}_add")([values, change])
            values = layers.ReLU(dtype=precision, name=f"{name}_relu")(values)
    return values


def normalised_convolution(
    values: Any, filters: int, name: str, *, precision: str, stride: int = 1, last: bool = False
) -> Any:
    """Apply a 3×3 convolution, a normalisation and, unless it is the last of a residual block, a rectifier."""
    from keras import layers

    values = layers.Conv2D(
        filters,
        3,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        dtype=precision,
        name=f"{name}_conv",
    )(values)
    # A block that ends in zeros begins as the identity: deep networks then train from the first step.
    values = fused_normalisation()(
        gamma_initializer="zeros" if last else "ones", momentum=0.98, dtype=precision, name=f"{name}_norm"
    )(values)
    return values if last else layers.ReLU(dtype=precision, name=f"{name}_relu")(values)


@cache
def fused_normalisation() -> Any:
    """Return the class of a batch normalisation that trains in one fused operation where TensorFlow is the backend.

    Keras composes the normalisation from five operations over the whole activation, a quarter of the training time on
    a CPU. The results are the same except for the running variance, which divides by n - 1 instead of n.
    """
    import keras

    @keras.saving.register_keras_serializable("videmo")
    class FusedNormalisation(keras.layers.BatchNormalization):  # type: ignore[misc]
        def __init__(self, **options: Any) -> None:
            # Means and variances stay 32-bit when the activations are 16-bit.
            super().__init__(**options)
            self.autocast = False

        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            if not training or keras.backend.backend() != "tensorflow":
                return super().call(inputs, training=training, mask=mask)
            import tensorflow as tf

            result = tf.raw_ops.FusedBatchNormV3(
                x=inputs,
                scale=self.gamma,
                offset=self.beta,
                mean=[],
                variance=[],
                epsilon=self.epsilon,
                is_training=True,
                exponential_avg_factor=1.0,
            )
            for running, value in ((self.moving_mean, result[1]), (self.moving_variance, result[2])):
                running.assign(running * self.momentum + value * (1.0 - self.momentum))
            return result[0]

    return FusedNormalisation


def _residual_for_inference(network: Any) -> Any:
    """Return the same weights in 32 bits; the converter folds each normalisation into the convolution before it."""
    inference = residual_network()
    inference.set_weights(network.get_weights())
    return inference


@dataclass(frozen=True, slots=True)
class Network:
    """Describe a network that can be trained."""

    build: Callable[[str], Any]
    """Builds the untrained Keras network for a precision."""
    for_inference: Callable[[Any], Any]
    """Turns the trained network into one without normalisations that a converter can't fold."""
    logits: bool
    """Whether its outputs are logits instead of probabilities."""


NETWORKS: Final = {
    "residual": Network(residual_network, _residual_for_inference, logits=True),
    "founding": Network(founding_network, fold_batch_norms, logits=False),
}
"""A new network is one function and one line here."""
