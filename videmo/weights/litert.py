"""Load LiteRT networks: TensorFlow's own runtime, without TensorFlow."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from videmo.errors import WeightsError
from videmo.weights import Weights


def load_network(weights: Weights, input_shape: tuple[int, ...] | None = None) -> Interpreter:
    """Make an interpreter on one thread, ready to run.

    Args:
        weights: the network's file.
        input_shape: for a network that takes any size, the one to prepare for.

    Raises:
        WeightsError: the file is not a LiteRT network, or cannot take that shape.
    """
    try:
        with _without_banner():
            interpreter = Interpreter(model_content=weights.content, num_threads=1)
            if input_shape is not None:
                interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], input_shape)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as exc:
        found = f"not a LiteRT network that videmo can run ({exc})"
        raise WeightsError(weights.name, found, advice="Check that the file is whole, or choose another.") from exc
    return interpreter


def ends_of(
    interpreter: Interpreter, name: str, shapes: tuple[tuple[int, ...], tuple[int, ...]], advice: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what LiteRT says of the input and the output of a network.

    Args:
        interpreter: of the network.
        name: of the network, for the error.
        shapes: that input and output must have.
        advice: what to do if they have others.

    Raises:
        WeightsError: they have others.
    """
    source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    found = tuple(source["shape"].tolist()), tuple(result["shape"].tolist())
    if found != shapes:
        said = f"its input and output have the shapes {found[0]} and {found[1]}"
        raise WeightsError(name, said, f"{shapes[0]} and {shapes[1]}", advice)
    return source, result


class CropNetwork:
    """A LiteRT network over int8 grey crops, one at a time: the result depends on that crop alone.

    Args:
        weights: the network's file.
        side: height and width of the crops in pixels.
        output: shape of what it says of a crop, float32.
        advice: what to do if the file is another network.

    Raises:
        WeightsError: the file is not a LiteRT network with such an input and output.
    """

    def __init__(self, weights: Weights, side: int, output: tuple[int, ...], advice: str) -> None:
        self._interpreter = load_network(weights)
        shapes = (1, side, side, 1), (1, *output)
        source, result = ends_of(self._interpreter, weights.name, shapes, advice)
        kinds = np.dtype(source["dtype"]), np.dtype(result["dtype"])
        if kinds != (np.int8, np.float32):
            found = f"its input and output are {kinds[0]} and {kinds[1]}"
            raise WeightsError(weights.name, found, "int8 and float32", advice)
        self._input, self._output = source["index"], result["index"]

    def run(self, crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return what the network says of a crop ``(side, side)``, grey, full range."""
        self._interpreter.set_tensor(self._input, (crop ^ 0x80).view(np.int8)[None, :, :, None])
        self._interpreter.invoke()
        return np.asarray(self._interpreter.get_tensor(self._output)[0], np.float32)


@contextmanager
def _without_banner() -> Iterator[None]:
    """Keep the line that LiteRT writes to stderr for each interpreter, past Python, out of the user's terminal."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
