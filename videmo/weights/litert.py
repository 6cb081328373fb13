"""Load LiteRT networks: TensorFlow's own runtime, without TensorFlow."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

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
